package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/plimsoll/plimsoll/cache"
	"github.com/plimsoll/plimsoll/explore"
	"github.com/plimsoll/plimsoll/image"
	"github.com/plimsoll/plimsoll/report"
	"github.com/plimsoll/plimsoll/scan"
	"github.com/plimsoll/plimsoll/walk"
)

// exploreFlags are the flags of `plimsoll explore`.
type exploreFlags struct {
	scan   scanFlags // those of a scan that matter here
	report string
	noScan bool
	save   string
	json   bool

	minEfficiency float64
	maxWasted     size
}

func (a *app) exploreCommand() *cobra.Command {
	f := exploreFlags{scan: scanFlags{
		cacheSize: cache.DefaultMax, spoolMem: walk.DefaultMemory, spoolDisk: walk.DefaultDisk, layerSize: 64 << 30,
	}}
	cmd := &cobra.Command{
		Use:   "explore IMAGE|FILE",
		Short: "Browse the layers and files of an image in the terminal",
		Long: `Explore shows which layer brought, changed and removed which file, what that
wastes, and what a scan finds where. ? shows the keys.

It opens at once and scans in the background; an image that was seen before is
not read again to list it. The s key and --save keep all of it in a file, which
explore opens without the image. An IMAGE is named as for plimsoll scan.

Off a terminal, and with --json, --min-efficiency or --max-wasted, it writes a
summary instead: layers, sizes, and the paths that waste most. The exit code is
then 1 when a limit is not kept.`,
		Example: `  plimsoll explore shop.tar
  plimsoll explore --save shop.plimsoll shop:1.4
  plimsoll explore shop.plimsoll
  plimsoll explore --min-efficiency 0.95 --max-wasted 20MB shop:1.4`,
		Args:        cobra.ExactArgs(1),
		Annotations: map[string]string{configOf: "db"},
		RunE:        func(cmd *cobra.Command, args []string) error { return a.explore(cmd.Context(), f, args[0]) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.report, "report", "", "take the findings from this JSON report `file` instead of scanning")
	flags.BoolVar(&f.noScan, "no-scan", false, "look at files alone, for no findings")
	flags.StringVar(&f.save, "save", "", "keep the state in this `file` when done")
	flags.BoolVar(&f.json, "json", false, "write a summary as JSON")
	flags.Float64Var(&f.minEfficiency, "min-efficiency", 0, "exit 1 when the image is less efficient than this `share`, such as 0.95")
	flags.Var(&f.maxWasted, "max-wasted", "exit 1 when more `bytes` than this are wasted")
	flags.StringVar(&f.scan.platform, "platform", "", "`os/arch[/variant]` of an image for several (default linux on this machine's architecture)")
	f.scan.data.add(flags)
	f.scan.checks.add(flags)
	flags.BoolVar(&f.scan.noCache, "no-cache", false, "read every layer anew, and keep nothing of it")
	flags.StringVar(&f.scan.cacheDir, "cache-dir", "", "`directory` of what was read of layers (default: layers in the user's cache directory)")
	flags.StringVar(&f.scan.tempDir, "temp-dir", "", "`directory` for temporary files (default: the system's)")
	return cmd
}

// explorer is one run of `plimsoll explore`.
type explorer struct {
	app     *app
	flags   exploreFlags
	ref     string
	scanner *scan.Scanner // nil: no scan
	lister  *explore.Lister
	hide    func(string) string // leaves secrets out of instructions; nil: not
}

func (a *app) explore(ctx context.Context, f exploreFlags, ref string) error {
	if f.minEfficiency < 0 || f.minEfficiency > 1 {
		return usageError("--min-efficiency %v: want a share from 0 to 1, such as 0.95", f.minEfficiency)
	}
	if f.report != "" && f.noScan {
		return usageError("--report and --no-scan: want one of them")
	}
	if err := checkValues(f.scan); err != nil {
		return err
	}
	if f.scan.platform == allPlatforms {
		return usageError("--platform all: explore shows one image at a time")
	}
	_, onTerminal := terminal(a.out)
	browse := onTerminal && os.Getenv("TERM") != "dumb" && !f.json && f.minEfficiency == 0 && f.maxWasted == 0
	if f.report != "" && !browse && f.save == "" {
		return usageError("--report: its findings show in the terminal and in what --save keeps, and there is neither")
	}
	// The tree of a large image is much of all memory, and holds no pointers:
	// collecting often costs little and keeps the whole small.
	defer debug.SetGCPercent(debug.SetGCPercent(25))
	e := &explorer{app: a, flags: f, ref: ref}
	if isState(ref) {
		return e.reopen(ctx, browse)
	}
	if browse {
		quiet := *a
		quiet.err, quiet.quiet, quiet.progress = io.Discard, true, nil
		e.app = &quiet
	}
	if err := e.prepare(ctx, browse || f.save != ""); err != nil {
		return err
	}
	if browse {
		return e.browse(ctx, nil)
	}
	return e.summarize(ctx)
}

// isState tells whether a reference is a file with a saved state.
func isState(ref string) bool {
	f, err := os.Open(ref)
	if err != nil {
		return false // then it is for package image to say what it is
	}
	defer f.Close()
	head := make([]byte, 64)
	n, _ := io.ReadFull(f, head)
	return explore.IsState(head[:n])
}

// reopen goes on with a saved state.
func (e *explorer) reopen(ctx context.Context, browse bool) error {
	f, err := os.Open(e.ref)
	if err != nil {
		return &exitError{exitFailed, err}
	}
	defer f.Close()
	b, err := explore.Load(f, !utf8Locale())
	if err != nil {
		return &exitError{exitFailed, fmt.Errorf("open %s: %w", e.ref, err)}
	}
	if browse {
		return e.browse(ctx, b)
	}
	return e.tell(b.Summary())
}

// prepare sets up what lists and, if asked to, what scans.
func (e *explorer) prepare(ctx context.Context, scanning bool) error {
	f := e.flags.scan
	spool := &walk.Spool{Memory: int64(f.spoolMem), Disk: int64(f.spoolDisk), Dir: f.tempDir}
	e.lister = &explore.Lister{Spool: spool, Workers: runtime.GOMAXPROCS(0)}
	if !f.noCache {
		var err error
		if e.lister.Cache, err = layerCache(f); err != nil {
			return err
		}
	}
	if err := e.hideSecrets(); err != nil {
		return err
	}
	if !scanning || e.flags.noScan || e.flags.report != "" {
		return nil
	}
	var err error
	e.scanner, err = e.app.newScanner(ctx, f)
	return err
}

// hideSecrets keeps secrets of instructions from the screen and from what is
// saved.
func (e *explorer) hideSecrets() error {
	if e.flags.scan.checks.showSecrets {
		return nil
	}
	kinds, err := secretKinds(e.flags.scan.checks)
	if err != nil {
		return err
	}
	finder, err := kinds.finder()
	if err != nil {
		return err
	}
	e.hide = finder.Hide
	return nil
}

func (e *explorer) open(ctx context.Context) (*image.Image, error) {
	img, err := image.Open(ctx, e.ref, e.flags.scan.options(e.app, e.flags.scan.platform))
	if err != nil {
		return nil, &exitError{exitFailed, err}
	}
	return img, nil
}

func (e *explorer) list(ctx context.Context, img *image.Image) (*explore.Tree, []string, error) {
	tree, warnings, err := e.lister.List(ctx, img)
	if err != nil {
		return nil, nil, &exitError{exitFailed, fmt.Errorf("explore %s: %w", e.ref, err)}
	}
	return tree, warnings, nil
}

// found gives the report of the scan or of the file that stands in for it, and
// nil where neither is wanted.
func (e *explorer) found(ctx context.Context, img *image.Image) (*report.Report, error) {
	switch {
	case e.flags.report != "":
		return readReport(e.flags.report)
	case e.scanner == nil:
		return nil, nil
	}
	r, err := e.scanner.Scan(ctx, img)
	if err != nil {
		return nil, &exitError{exitFailed, fmt.Errorf("scan %s: %w", e.ref, err)}
	}
	return r, nil
}

// maxReport is the largest report that is read, in bytes.
const maxReport = 512 << 20

func readReport(path string) (*report.Report, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, &exitError{exitFailed, err}
	}
	defer f.Close()
	var r report.Report
	if err := json.NewDecoder(io.LimitReader(f, maxReport)).Decode(&r); err != nil {
		return nil, &exitError{exitFailed, fmt.Errorf("read the report %s: %w", path, err)}
	}
	if r.Schema != report.SchemaVersion {
		return nil, &exitError{exitFailed, fmt.Errorf("read the report %s: its schema is %d, not %d: write it with plimsoll scan -o json", path, r.Schema, report.SchemaVersion)}
	}
	return &r, nil
}

// summarize writes the summary and judges the limits.
func (e *explorer) summarize(ctx context.Context) error {
	img, err := e.open(ctx)
	if err != nil {
		return err
	}
	defer img.Close()
	e.lister.Progress = func(done, of int) { e.app.progress.say("listing layer %d of %d", done, of) }
	tree, warnings, err := e.list(ctx, img)
	if err != nil {
		return err
	}
	b := explore.NewBrowser(e.ref, "", false)
	b.SetImage(explore.Describe(img, e.hide))
	b.SetTree(tree, warnings)
	if e.flags.save != "" {
		r, err := e.found(ctx, img)
		if err != nil {
			return err
		}
		setReport(b, r)
		if err := writeFile(e.flags.save, b.Save); err != nil {
			return &exitError{exitFailed, fmt.Errorf("save: %w", err)}
		}
	}
	return e.tell(b.Summary())
}

// tell writes a summary and judges it.
func (e *explorer) tell(s *explore.Summary) (err error) {
	e.app.progress.clear()
	if e.flags.json {
		err = s.JSON(e.app.out)
	} else {
		width, onTerminal := terminal(e.app.out)
		if !onTerminal {
			width = 160
		}
		err = s.Text(e.app.out, width, !utf8Locale())
	}
	if err != nil {
		return &exitError{exitFailed, fmt.Errorf("write the summary: %w", err)}
	}
	return e.judge(s)
}

// judge ends with exit code 1 when a limit is not kept.
func (e *explorer) judge(s *explore.Summary) error {
	var broken []string
	if limit := e.flags.minEfficiency; s.Efficiency < limit {
		broken = append(broken, fmt.Sprintf("the efficiency is %.4f, below --min-efficiency %v", s.Efficiency, limit))
	}
	if limit := e.flags.maxWasted; limit > 0 && s.Wasted > int64(limit) {
		broken = append(broken, fmt.Sprintf("%s are wasted, more than --max-wasted %s", humanBytes(s.Wasted), humanBytes(int64(limit))))
	}
	if len(broken) == 0 {
		return nil
	}
	return &exitError{exitStop, errors.New(strings.Join(broken, "; "))}
}

// setReport gives the browser what was found.
func setReport(b *explore.Browser, r *report.Report) {
	if r == nil {
		return
	}
	base := make([]bool, len(r.Target.Layers))
	for i, l := range r.Target.Layers {
		base[i] = l.Base
	}
	b.SetFindings(r.Findings, base)
}
