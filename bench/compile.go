package main

import (
	"archive/zip"
	"context"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/plimsoll/plimsoll/vulndb"
)

// Budgets of the advisory database.
const (
	budgetRecords   = 40     // records compiled in a millisecond
	budgetCompiling = 500e6  // bytes of memory
	budgetSize      = 0.25   // of the zip's
	budgetIncrement = 1000   // milliseconds
	changedRecords  = 100    // in an increment
	smallZip        = 64_000 // bytes under which a zip's size is left out: a few texts are most of it
)

// export is a zip of the OSV bucket.
type export struct {
	path       string
	family     string
	ecosystems []string // of the family, in the order of the zip
	records    int
	size       int64
}

// exports lists the zips of a directory that hold records on the ecosystem
// that they are named for.
func exports(dir string) ([]export, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.zip"))
	if err != nil {
		return nil, err
	}
	var list []export
	for _, path := range paths {
		e, err := readExport(path)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", filepath.Base(path), err)
		}
		if len(e.ecosystems) > 0 {
			list = append(list, e)
		}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("no zips of advisories in %s", dir)
	}
	return list, nil
}

func readExport(path string) (export, error) {
	e := export{path: path, family: strings.ReplaceAll(strings.TrimSuffix(filepath.Base(path), ".zip"), "_", " ")}
	info, err := os.Stat(path)
	if err != nil {
		return e, err
	}
	z, err := zip.OpenReader(path)
	if err != nil {
		return e, err
	}
	defer z.Close()
	e.records, e.size = len(z.File), info.Size()
	for _, f := range z.File {
		a, err := readRecord(f)
		if err != nil {
			continue // broken records are counted, but speak of nothing
		}
		for _, affected := range a.Affected {
			if vulndb.Family(affected.Ecosystem) == e.family && !slices.Contains(e.ecosystems, affected.Ecosystem) {
				e.ecosystems = append(e.ecosystems, affected.Ecosystem)
			}
		}
	}
	return e, nil
}

// compile measures "plimsoll db update": all zips in one run for the time, one
// ecosystem or release of each; each zip in a run of its own, with all of them,
// for sizes and memory.
func (b *bench) compile(ctx context.Context, dir string) ([]row, error) {
	b.say("measuring the compiling of advisories")
	list, err := exports(dir)
	if err != nil {
		return nil, err
	}
	records := 0
	home := filepath.Join(b.scratch, "compile")
	command := []string{b.product, "db", "update", "--quiet", "--db", home, "--db-source", dir}
	for _, e := range list {
		command = append(command, e.ecosystems[0])
		records += e.records
	}
	var all []usage
	for range b.runs {
		u, err := b.run(ctx, []int{0}, command...)
		if err != nil {
			return nil, err
		}
		all = append(all, u)
		if err := os.RemoveAll(home); err != nil {
			return nil, err
		}
	}
	timed := row{
		Work: fmt.Sprintf("compile %d records of %d zips", records, len(list)), Unit: "ms", Budget: float64(records) / budgetRecords,
		Figure: middle(all, func(u usage) float64 { return millis(u.Wall) }), CPU: middle(all, func(u usage) float64 { return millis(u.CPU) }),
	}
	timed.Note = fmt.Sprintf("%.0f records/s", 1000*float64(records)/timed.Figure)
	sizes, err := b.sizes(ctx, list)
	if err != nil {
		return nil, err
	}
	increment, err := b.increment(ctx, slices.MaxFunc(list, func(x, y export) int { return x.records - y.records }))
	if err != nil {
		return nil, err
	}
	return append(append([]row{timed}, sizes...), increment), nil
}

// sizes measures what the segments take, of all zips and of that with the
// largest for its size, and what memory the hungriest took.
func (b *bench) sizes(ctx context.Context, list []export) ([]row, error) {
	peak := row{Work: "compile one zip, peak memory", Unit: "bytes", Budget: budgetCompiling}
	all := row{Work: "segments of all zips", Unit: "bytes", Budget: budgetSize}
	worst := row{Unit: "bytes", Budget: budgetSize}
	for _, e := range list {
		home := filepath.Join(b.scratch, "sizes")
		command := append([]string{b.product, "db", "update", "--quiet", "--db", home, "--db-source", e.path}, e.ecosystems...)
		u, err := b.run(ctx, []int{0}, command...)
		if err != nil {
			return nil, err
		}
		size, err := database{dir: home}.size()
		if err != nil {
			return nil, err
		}
		if err := os.RemoveAll(home); err != nil {
			return nil, err
		}
		peak.Figure = max(peak.Figure, float64(u.Memory))
		all.Figure, all.Floor = all.Figure+float64(size), all.Floor+float64(e.size)
		if ratio := float64(size) / float64(e.size); ratio > worst.Ratio && e.size >= smallZip {
			worst.Work = fmt.Sprintf("segments of %s, the largest for their zip", e.family)
			worst.Figure, worst.Floor, worst.Ratio = float64(size), float64(e.size), ratio
		}
	}
	all.Ratio = all.Figure / all.Floor
	return []row{peak, all, worst}, nil
}

// increment measures an update with some changed records.
func (b *bench) increment(ctx context.Context, e export) (row, error) {
	z, err := zip.OpenReader(e.path)
	if err != nil {
		return row{}, err
	}
	defer z.Close()
	start := time.Now().Add(-24 * time.Hour)
	served := &bucket{export: e, records: map[string]*zip.File{}, list: start.UTC().Format(time.RFC3339) + ",first\n"}
	server := httptest.NewServer(served)
	defer server.Close()
	home := filepath.Join(b.scratch, "increment")
	defer os.RemoveAll(home)
	var all []usage
	for i := range b.runs + 1 {
		for n := range changedRecords {
			f := z.File[(i*changedRecords+n)*len(z.File)/((b.runs+1)*changedRecords)]
			served.change(f, start.Add(time.Duration(i+1)*time.Minute))
		}
		u, err := b.run(ctx, []int{0}, b.product, "db", "update", "--quiet", "--db", home, "--db-source", server.URL, e.ecosystems[0])
		if err != nil {
			return row{}, err
		}
		if i > 0 { // the first fetches and compiles all
			all = append(all, u)
		}
	}
	return row{
		Work: fmt.Sprintf("update %s with %d changed records", e.family, changedRecords), Unit: "ms", Budget: budgetIncrement,
		Figure: middle(all, func(u usage) float64 { return millis(u.Wall) }), CPU: middle(all, func(u usage) float64 { return millis(u.CPU) }),
	}, nil
}

// bucket serves a zip, and single records of it that are said to have changed.
type bucket struct {
	export
	records map[string]*zip.File
	list    string
}

// change says that a record changed.
func (b *bucket) change(f *zip.File, at time.Time) {
	b.records[f.Name] = f
	b.list = fmt.Sprintf("%s,%s\n%s", at.UTC().Format(time.RFC3339), strings.TrimSuffix(f.Name, ".json"), b.list)
}

// ServeHTTP answers as the OSV bucket does.
func (b *bucket) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch name := path.Base(r.URL.Path); name {
	case "all.zip":
		http.ServeFile(w, r, b.path)
	case "modified_id.csv":
		_, _ = io.WriteString(w, b.list) // a client that hangs up fails by itself
	default:
		f := b.records[name]
		if f == nil {
			http.NotFound(w, r)
			return
		}
		in, err := f.Open()
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		defer in.Close()
		_, _ = io.Copy(w, in)
	}
}

// size is what the segments take on disk, in bytes.
func (d database) size() (int64, error) {
	if d.dir == "" {
		return 0, nil
	}
	var total int64
	entries, err := os.ReadDir(d.dir)
	for _, e := range entries {
		var info fs.FileInfo
		if err == nil && strings.HasSuffix(e.Name(), vulndb.Extension) {
			if info, err = e.Info(); err == nil {
				total += info.Size()
			}
		}
	}
	return total, err
}
