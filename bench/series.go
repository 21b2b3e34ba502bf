package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/plimsoll/plimsoll/report"
)

// Budgets, as docs/design.md has them: ratios to the floor, milliseconds, bytes.
const (
	budgetPacked  = 1.15
	budgetPlain   = 1.5
	budgetAll     = 1.5 // everything on
	budgetWarm    = 100
	budgetMemory  = 200e6
	budgetMatch   = 20
	budgetStart   = 30
	budgetStartMB = 40e6
	budgetBinary  = 60e6
)

// bench measures one build of the product.
type bench struct {
	runner
	product string // the binary
	scratch string // for caches, removed at the end
	runs    int
	db      database
	peers   bool
	say     func(string)
}

// subject is an image to scan.
type subject struct {
	name string // as the table shows it
	ref  string
	// plain says that its layers are not compressed.
	plain bool
	huge  bool
}

// pair is one round of a subject: the floor, a cold scan and a warm one for
// vulnerabilities alone, and both with everything on.
type pair struct{ floor, cold, warm, allCold, allWarm usage }

// vulnerabilities leaves all but packages and vulnerabilities out of a scan.
const vulnerabilities = "--only=vulnerabilities"

// scanCodes are the exit codes of a scan that has done its work: go or warn,
// stop, advisories missing for something in the image.
func scanCodes() []int { return []int{0, 1, 4} }

// scan runs the product on an image.
func (b *bench) scan(ctx context.Context, ref string, flags ...string) (usage, error) {
	db := b.db.dir
	if db == "" {
		db = "starter"
	}
	command := append([]string{b.product, "scan", "--offline", "--quiet", "--db", db}, flags...)
	return b.run(ctx, scanCodes(), append(command, ref)...)
}

// image measures an image: floor, cold and warm in turn, so that what else the
// machine does meanwhile falls on all of them.
func (b *bench) image(ctx context.Context, s subject) ([]row, error) {
	runs := b.runs
	if s.huge {
		runs = min(runs, 3)
	}
	b.say("measuring " + s.name)
	found, err := b.found(ctx, s) // also brings the file into the page cache
	if err != nil {
		return nil, err
	}
	var pairs []pair
	for n := range runs {
		cache := filepath.Join(b.scratch, fmt.Sprintf("cache-%d", n))
		var p pair
		if p.floor, err = b.run(ctx, []int{0}, b.self, "-floor", s.ref); err != nil {
			return nil, err
		}
		for _, run := range []struct {
			into  *usage
			flags []string
		}{{&p.cold, []string{vulnerabilities}}, {&p.warm, []string{vulnerabilities}}, {&p.allCold, nil}, {&p.allWarm, nil}} {
			if *run.into, err = b.scan(ctx, s.ref, append(run.flags, "-o", "json", "--cache-dir", cache)...); err != nil {
				return nil, err
			}
		}
		if err := os.RemoveAll(cache); err != nil {
			return nil, err
		}
		pairs = append(pairs, p)
	}
	rows := rowsOf(s, pairs)
	rows[0].Note = found
	return rows, nil
}

// found says what a scan finds in an image: a figure of a scan that looked at
// nothing would be worth nothing.
func (b *bench) found(ctx context.Context, s subject) (string, error) {
	file := filepath.Join(b.scratch, "report.json")
	if _, err := b.scan(ctx, s.ref, "--no-cache", "-o", "json="+file); err != nil {
		return "", err
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	var r report.Report
	if err := json.Unmarshal(data, &r); err != nil {
		return "", fmt.Errorf("read the report: %w", err)
	}
	return fmt.Sprintf("%d layers, %d packages, %d findings", len(r.Target.Layers), len(r.Packages), len(r.Findings)), nil
}

// rowsOf gives the medians of a series.
func rowsOf(s subject, pairs []pair) []row {
	budget := budgetPacked
	if s.plain {
		budget = budgetPlain
	}
	rows := scanRows(s.name+",", budget, pairs, func(p pair) (cold, warm usage) { return p.cold, p.warm })
	return append(rows, scanRows(s.name+", everything on,", budgetAll, pairs, func(p pair) (cold, warm usage) { return p.allCold, p.allWarm })...)
}

// scanRows are the rows of one kind of scan; of gives its two runs in a round.
func scanRows(name string, budget float64, pairs []pair, of func(pair) (cold, warm usage)) []row {
	colds := func(f func(usage) float64) float64 {
		return middle(pairs, func(p pair) float64 { cold, _ := of(p); return f(cold) })
	}
	warms := func(f func(usage) float64) float64 {
		return middle(pairs, func(p pair) float64 { _, warm := of(p); return f(warm) })
	}
	wall := func(u usage) float64 { return millis(u.Wall) }
	cpu := func(u usage) float64 { return millis(u.CPU) }
	return []row{
		{
			Work: name + " cold", Unit: "ms", Budget: budget, Figure: colds(wall), CPU: colds(cpu),
			Floor:    middle(pairs, func(p pair) float64 { return wall(p.floor) }),
			Ratio:    middle(pairs, func(p pair) float64 { cold, _ := of(p); return float64(cold.Wall) / float64(p.floor.Wall) }),
			CPUFloor: middle(pairs, func(p pair) float64 { return cpu(p.floor) }),
		},
		{Work: name + " warm", Unit: "ms", Budget: budgetWarm, Figure: warms(wall), CPU: warms(cpu)},
		{
			Work: name + " peak memory", Unit: "bytes", Budget: budgetMemory,
			Figure: middle(pairs, func(p pair) float64 { cold, warm := of(p); return float64(max(cold.Memory, warm.Memory)) }),
			Floor:  middle(pairs, func(p pair) float64 { return float64(p.floor.Memory) }),
		},
	}
}

// matching measures opening the database and matching packages, here in this
// process.
func (b *bench) matching(ctx context.Context) (row, error) {
	b.say("measuring the database")
	var took []time.Duration
	found := 0
	for range max(b.runs, 9) {
		d, n, err := b.db.matching(ctx)
		if err != nil {
			return row{}, err
		}
		took, found = append(took, d), n
	}
	size, err := b.db.size()
	return row{
		Work: fmt.Sprintf("open the database, match %d packages", matched), Unit: "ms", Budget: budgetMatch,
		Figure: middle(took, millis),
		Note:   fmt.Sprintf("%d findings, %.1f MB of segments, first time %.1f ms", found, float64(size)/1e6, millis(took[0])),
	}, err
}

// start measures the shortest command, and the binary's size.
func (b *bench) start(ctx context.Context) ([]row, error) {
	b.say("measuring the start")
	var all []usage
	for range 3 * b.runs {
		u, err := b.run(ctx, []int{0}, b.product, "version")
		if err != nil {
			return nil, err
		}
		all = append(all, u)
	}
	info, err := os.Stat(b.product)
	if err != nil {
		return nil, err
	}
	return []row{
		{
			Work: "start (plimsoll version)", Unit: "ms", Budget: budgetStart,
			Figure: middle(all, func(u usage) float64 { return millis(u.Wall) }),
			CPU:    middle(all, func(u usage) float64 { return millis(u.CPU) }),
		},
		{Work: "start, peak memory", Unit: "bytes", Budget: budgetStartMB, Figure: middle(all, func(u usage) float64 { return float64(u.Memory) })},
		{Work: "binary", Unit: "bytes", Budget: budgetBinary, Figure: float64(info.Size())},
	}, nil
}
