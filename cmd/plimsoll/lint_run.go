package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/plimsoll/plimsoll/lint"
	"github.com/plimsoll/plimsoll/report"
	"github.com/plimsoll/plimsoll/rule"
)

// lintRun is one run over all sources.
type lintRun struct {
	*app
	linter  *lint.Linter
	flags   lintFlags
	sources []lint.Source
	failed  []error // of files that could not be read or written
	results []lint.Result
	mended  []lint.Fixed         // with --fix and --diff
	pins    *lint.Versions       // with --pin
	pinned  []*lint.FileVersions // with --pin, of the source with the same index
	texts   map[string][]byte
	titles  map[string]string // of the fix for a finding, by its fingerprint
}

// lint looks at all sources, and mends them where that was asked for. Files that
// failed are named at once.
func (r *lintRun) lint(ctx context.Context) error {
	var err error
	switch {
	case r.flags.diff:
		err = r.diff(ctx)
	case r.flags.fix:
		r.failed = append(r.failed, r.fix(ctx)...)
	default:
		r.results = r.linter.LintAll(ctx, r.sources)
	}
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return err
	}
	for _, err := range r.failed {
		r.progress.clear()
		fmt.Fprintf(r.err, "plimsoll: %s\n", clean(err.Error()))
	}
	return nil
}

// mend fixes every source in memory, side by side.
func (r *lintRun) mend(ctx context.Context) {
	options := lint.FixOptions{Unsafe: r.flags.unsafe}
	if r.flags.pin {
		options.More = r.digests
		r.pinned = make([]*lint.FileVersions, len(r.sources))
	}
	r.mended = make([]lint.Fixed, len(r.sources))
	r.results = make([]lint.Result, len(r.sources))
	var wait sync.WaitGroup
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i := range r.sources {
		slots <- struct{}{}
		wait.Go(func() {
			defer func() { <-slots }()
			if ctx.Err() == nil {
				options := options
				if r.flags.pin {
					r.pinned[i] = r.versionsFor(r.sources[i])
					options.Version = r.pinned[i].Version
				}
				r.mended[i] = r.linter.Fix(ctx, r.sources[i], options)
				r.results[i] = r.mended[i].Result
			}
		})
	}
	wait.Wait()
	r.tellLeft()
}

// diff shows what fix would change. The findings are those of the files as
// they are.
func (r *lintRun) diff(ctx context.Context) error {
	r.mend(ctx)
	r.progress.clear()
	for i, m := range r.mended {
		if _, err := io.WriteString(r.out, lint.Diff(filepath.ToSlash(r.sources[i].Path), m.Before, m.After)); err != nil {
			return &exitError{exitFailed, fmt.Errorf("write the diff: %w", err)}
		}
	}
	r.results = r.linter.LintAll(ctx, r.sources)
	return nil
}

// fix writes what was mended. The findings are those that are left.
func (r *lintRun) fix(ctx context.Context) []error {
	r.mend(ctx)
	if ctx.Err() != nil {
		return nil
	}
	var errs []error
	fixes, files := 0, 0
	for i, m := range r.mended {
		if !m.Changed() {
			continue
		}
		if err := replaceFile(r.sources[i].Path, m.Text); err != nil {
			errs = append(errs, err)
			continue
		}
		r.sources[i].Text = m.After
		fixes, files = fixes+len(m.Titles), files+1
	}
	if fixes > 0 && !r.quiet {
		r.progress.clear()
		fmt.Fprintf(r.err, "plimsoll: made %s in %s\n", amount(fixes, "fix", "fixes"), amount(files, "file", "files"))
	}
	return errs
}

func amount(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// replaceFile writes a file whole or not at all. Its mode stays, and a link to
// it stays a link.
func replaceFile(path string, text []byte) error {
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return fmt.Errorf("fix %w", err)
	}
	info, err := os.Stat(target)
	if err != nil {
		return fmt.Errorf("fix %w", err)
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("fix %s: not a regular file", path)
	}
	if info.Mode().Perm()&0o200 == 0 {
		return fmt.Errorf("fix %s: the file is read-only", path)
	}
	f, err := os.CreateTemp(filepath.Dir(target), ".plimsoll-*")
	if err != nil {
		return fmt.Errorf("fix %s: %w", path, err)
	}
	defer os.Remove(f.Name())
	_, err = f.Write(text)
	if err == nil {
		err = f.Chmod(info.Mode().Perm())
	}
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), target)
	}
	if err != nil {
		return fmt.Errorf("fix %s: %w", path, err)
	}
	return nil
}

// report is the document with all that was found.
func (r *lintRun) report() *report.Report {
	doc := &report.Report{Schema: report.SchemaVersion}
	doc.Target.Source = report.DockerfileSource
	r.texts, r.titles = map[string][]byte{}, map[string]string{}
	for i, result := range r.results {
		s := r.sources[i]
		if _, ok := r.texts[s.Path]; !ok && !s.Inline && result.File != nil {
			r.texts[s.Path] = result.File.Source
		}
		doc.Findings = append(doc.Findings, result.Findings...)
		if result.Dropped > 0 {
			r.warn("%s: %d more findings are left out", s.Path, result.Dropped)
		}
		for k, fix := range result.Fixes {
			if fix != nil {
				r.titles[result.Findings[k].Fingerprint] = fixTitle(fix)
			}
		}
	}
	for _, err := range r.failed {
		doc.Warnings = append(doc.Warnings, warningOf(err))
	}
	return doc
}

func fixTitle(fix *rule.Fix) string {
	if fix.Unsafe {
		return fix.Title + " (with --unsafe-fixes)"
	}
	return fix.Title
}

// options let writers show source lines and fixes.
func (r *lintRun) options(o *report.Options) {
	o.Files = len(r.sources)
	o.Source = func(path string) []byte {
		text, ok := r.texts[path]
		if !ok {
			text, _ = os.ReadFile(path) // a compose or bake file, which was read before
			r.texts[path] = text
		}
		return text
	}
	o.Fix = func(fingerprint string) string { return r.titles[fingerprint] }
}
