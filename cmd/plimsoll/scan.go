package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/plimsoll/plimsoll/cache"
	"github.com/plimsoll/plimsoll/catalog/all"
	"github.com/plimsoll/plimsoll/image"
	"github.com/plimsoll/plimsoll/policy"
	"github.com/plimsoll/plimsoll/report"
	"github.com/plimsoll/plimsoll/scan"
	"github.com/plimsoll/plimsoll/walk"
)

// scanFlags are the flags of `plimsoll scan`.
type scanFlags struct {
	data     dataFlags
	checks   checkFlags
	match    matchFlags
	platform string
	output   []string
	gates    gateFlags
	maxAge   time.Duration

	noCache   bool
	cacheDir  string
	cacheSize size
	tempDir   string
	spoolMem  size
	spoolDisk size
	layerSize size
	workers   int
}

// defaultScanFlags are the flags as they are where nobody sets them.
func defaultScanFlags() scanFlags {
	return scanFlags{cacheSize: cache.DefaultMax, spoolMem: walk.DefaultMemory, spoolDisk: walk.DefaultDisk, layerSize: 64 << 30}
}

func (a *app) scanCommand() *cobra.Command {
	f := defaultScanFlags()
	cmd := &cobra.Command{
		Use:   "scan IMAGE…",
		Short: "Look through images and say whether they are safe to ship",
		Long: `Scan opens an image wherever it is kept, reads every layer once, lists what is
installed, matches it against known vulnerabilities, looks for secrets and for
what is wrong in configuration, history and files, and judges.

An image is named by a reference:
  NAME[:TAG][@DIGEST]        a path that exists, else Docker's or Podman's daemon,
                             else the registry
  registry:NAME              the registry and nothing else
  docker:NAME, podman:NAME   the daemon's
  containerd:NAME            containerd's, through its own export
  docker-archive:FILE[:TAG]  what docker save writes, also compressed
  oci:DIR[:TAG]              an OCI layout
  oci-archive:FILE[:TAG]     an OCI layout in a tar, also compressed
  dir:DIR                    a root file system

The exit code is 0 for go and warn, 1 for stop, 2 for wrong usage, 3 when the
work could not be done, and 4 when advisory data is missing or too old.`,
		Example: `  plimsoll scan alpine:3.20
  plimsoll scan shop.tar --fail-on critical
  plimsoll scan shop.tar --fail-on critical --fail-on-exploited --fail-on-epss 0.5
  plimsoll scan -o text -o json=report.json -o sarif=report.sarif ghcr.example/shop:1.4
  plimsoll scan --platform linux/arm64 registry:shop.example/shop:1.4
  plimsoll scan --only vulnerabilities shop.tar
  plimsoll scan --skip rules,generic-api-key shop.tar
  plimsoll scan --vex statements/ shop.tar
  plimsoll scan --offline dir:/mnt/rootfs`,
		Args:        cobra.MinimumNArgs(1),
		Annotations: map[string]string{configOf: "db"},
		RunE:        func(cmd *cobra.Command, args []string) error { return a.scan(cmd.Context(), f, args) },
	}
	flags := cmd.Flags()
	flags.StringArrayVarP(&f.output, "output", "o", nil, "write `FORMAT[=FILE]`: text, full, json or sarif; may be repeated (default text)")
	flags.StringVar(&f.platform, "platform", "", "`os/arch[/variant]` of an image for several, or all (default linux on this machine's architecture)")
	f.gates.add(flags)
	flags.DurationVar(&f.maxAge, "max-data-age", 0, "exit 4 when advisory data was last brought up to date longer ago than this `duration` (default: never)")
	f.data.add(flags)
	f.checks.add(flags)
	f.match.add(flags)
	flags.BoolVar(&f.noCache, "no-cache", false, "read every layer anew, and keep nothing of it")
	flags.StringVar(&f.cacheDir, "cache-dir", "", "`directory` of what was read of layers (default: layers in the user's cache directory)")
	flags.Var(&f.cacheSize, "cache-size", "most `bytes` of the layer cache")
	flags.StringVar(&f.tempDir, "temp-dir", "", "`directory` for temporary files (default: the system's)")
	flags.Var(&f.spoolMem, "spool-memory", "most `bytes` of files kept in memory for random access, all layers together")
	flags.Var(&f.spoolDisk, "spool-disk", "most `bytes` of files kept on disk for random access, all layers together")
	flags.Var(&f.layerSize, "max-layer-size", "most `bytes` that a layer may have uncompressed, and a compressed archive unpacked")
	flags.IntVar(&f.workers, "workers", 0, "how many layers are read side by side (default: one more than processors)")
	return cmd
}

// scan scans all images and ends with the worst of their codes.
func (a *app) scan(ctx context.Context, f scanFlags, refs []string) error {
	limitMemory()
	outputs, err := parseOutputs(f.output)
	if err != nil {
		return err
	}
	if err := onlyOne(outputs, f, refs); err != nil {
		return err
	}
	if err := checkValues(f); err != nil {
		return err
	}
	gates, err := f.gates.gates()
	if err != nil {
		return err
	}
	scanner, err := a.newScanner(ctx, f)
	if err != nil {
		return err
	}
	scanner.Policy = policy.Policy{Gates: gates}
	code := exitOK
	for _, ref := range refs {
		platforms, err := a.platforms(ctx, f, ref)
		for _, p := range platforms {
			var r *report.Report
			if r, err = a.scanOne(ctx, scanner, f.options(a, p), ref); err != nil {
				break
			}
			if err := a.write(outputs, r); err != nil {
				return err
			}
			code = worse(code, a.codeOf(f, r))
		}
		if err != nil {
			if ctx.Err() != nil || len(refs) == 1 {
				return err
			}
			code = worse(code, a.exit(ctx, err))
		}
	}
	if code != exitOK {
		return &exitError{code: code}
	}
	return nil
}

// newScanner sets a scanner up as the flags have it, but for the policy.
func (a *app) newScanner(ctx context.Context, f scanFlags) (*scan.Scanner, error) {
	checks, err := a.newChecks(f.checks)
	if err != nil {
		return nil, err
	}
	f.data.maxAge, f.data.wanted = f.maxAge, f.gates.needs()
	data, err := a.newData(f.data)
	if err != nil {
		return nil, err
	}
	data.begin(ctx)
	statements, err := a.newVEX(ctx, f.match)
	if err != nil {
		return nil, err
	}
	order, err := f.match.severityOrder()
	if err != nil {
		return nil, err
	}
	scanner := &scan.Scanner{
		Catalogers:    all.Catalogers(),
		Data:          data,
		VEX:           statements,
		KernelHeaders: f.match.kernelHeaders,
		SeverityOrder: order,
		Spool:         &walk.Spool{Memory: int64(f.spoolMem), Disk: int64(f.spoolDisk), Dir: f.tempDir},
		Workers:       f.workers,
		Now:           a.now,
		Progress:      a.scanProgress,
	}
	checks.apply(scanner)
	scanner.Settings.Lifetimes = data.lifetimes()
	if !f.noCache {
		if scanner.Cache, err = layerCache(f); err != nil {
			return nil, err
		}
	}
	return scanner, nil
}

// allPlatforms as a platform means one report for each.
const allPlatforms = "all"

// platforms are those of an image that are to be scanned.
func (a *app) platforms(ctx context.Context, f scanFlags, ref string) ([]string, error) {
	if f.platform != allPlatforms {
		return []string{f.platform}, nil
	}
	all, err := image.Platforms(ctx, ref, f.options(a, ""))
	if err != nil {
		return nil, &exitError{exitFailed, err}
	}
	return all, nil
}

func (f scanFlags) options(a *app, platform string) image.Options {
	return image.Options{
		Platform: platform, Offline: a.offline, TempDir: f.tempDir,
		MaxLayer: int64(f.layerSize), MaxTemp: int64(f.layerSize), Progress: a.imageProgress,
	}
}

func (a *app) scanOne(ctx context.Context, scanner *scan.Scanner, options image.Options, ref string) (*report.Report, error) {
	img, err := image.Open(ctx, ref, options)
	if err != nil {
		return nil, &exitError{exitFailed, err}
	}
	defer img.Close()
	r, err := scanner.Scan(ctx, img)
	if err != nil {
		return nil, &exitError{exitFailed, fmt.Errorf("scan %s: %w", ref, err)}
	}
	if scanner.VEX != nil && !spokenOf(r.Findings) {
		a.note("no statement of --vex is about a vulnerability that was found in %s", ref)
	}
	return r, nil
}

// codeOf is the exit code of one report. Missing data weighs more than a stop:
// the verdict is then one on a part of the image only.
func (a *app) codeOf(f scanFlags, r *report.Report) int {
	if len(r.Database.Missing) > 0 {
		return exitNoData
	}
	if f.maxAge > 0 {
		if old := a.tooOldFor(f, r); old != "" {
			a.progress.clear()
			fmt.Fprintf(a.err, "plimsoll: %s older than --max-data-age %s: run plimsoll db update\n", clean(old), f.maxAge)
			return exitNoData
		}
	}
	if r.Verdict.Result == policy.Stop {
		return exitStop
	}
	return exitOK
}

// checkValues refuses values that could only fail later, or mean nothing.
func checkValues(f scanFlags) error {
	parts := strings.Split(f.platform, "/")
	if f.platform != "" && f.platform != allPlatforms && (len(parts) < 2 || len(parts) > 3 || slices.Contains(parts, "")) {
		return usageError("--platform %s: want os/arch or os/arch/variant, such as linux/arm64, or all", f.platform)
	}
	if f.workers < 0 {
		return usageError("--workers %d: want a number of layers, or 0 for one more than processors", f.workers)
	}
	if f.maxAge < 0 {
		return usageError("--max-data-age %s: want a duration such as 48h", f.maxAge)
	}
	return nil
}

func layerCache(f scanFlags) (*cache.Cache, error) {
	dir := f.cacheDir
	if dir == "" {
		user, err := cacheDir()
		if err != nil {
			return nil, err
		}
		dir = filepath.Join(user, "layers")
	}
	return &cache.Cache{Dir: dir, Max: int64(f.cacheSize)}, nil
}

func (a *app) scanProgress(e scan.Event) {
	switch {
	case e.Step == "layer" && !e.Done && e.Bytes > 0:
		a.progress.say("reading layer %d of %d (%s)", e.Layer+1, e.Layers, humanBytes(e.Bytes))
	case e.Step == "layer" && !e.Done:
		a.progress.say("reading layer %d of %d", e.Layer+1, e.Layers)
	case e.Step == "match":
		a.progress.say("matching packages with advisories")
	}
}

func (a *app) imageProgress(e image.Event) {
	switch {
	case e.Err != nil:
		a.warn("%s: %v; trying again", e.Name, e.Err)
	case e.Total > 0:
		a.progress.say("%s %s: %s of %s", e.Kind, e.Name, humanBytes(e.Bytes), humanBytes(e.Total))
	default:
		a.progress.say("%s %s: %s", e.Kind, e.Name, humanBytes(e.Bytes))
	}
}

var errSeveral = errors.New("a file takes the report of one image: scan them one by one, or write to standard output")

// onlyOne refuses to write several reports into one file.
func onlyOne(outputs []output, f scanFlags, refs []string) error {
	for _, o := range outputs {
		if o.file != "" && (len(refs) > 1 || f.platform == allPlatforms) {
			return usageError("-o %s=%s: %w", o.writer.Name, o.file, errSeveral)
		}
	}
	return nil
}
