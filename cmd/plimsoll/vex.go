package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/match"
	"github.com/plimsoll/plimsoll/version"
	"github.com/plimsoll/plimsoll/vex"
)

// matchFlags change what comes of matching.
type matchFlags struct {
	vex           []string
	kernelHeaders bool
	severity      []string // kinds of sources
}

func (f *matchFlags) add(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.vex, "vex", nil, "set vulnerabilities aside by the VEX statements of this `file`, directory, URL or VEX repository (OpenVEX, CSAF, CycloneDX, also in attestations); may be repeated")
	flags.BoolVar(&f.kernelHeaders, "kernel-headers", false, "count vulnerabilities of the kernel also in packages that hold nothing but its headers")
	f.addSeverity(flags)
}

func (f *matchFlags) addSeverity(flags *pflag.FlagSet) {
	flags.StringSliceVar(&f.severity, "vuln-severity-source", nil, "whose severity of a vulnerability is in force, the first of these `sources` that has one: vendor, nvd, ghsa (default: of distributions vendor,nvd,ghsa, of languages ghsa,vendor,nvd)")
}

// severityOrder are the sources of severities as the flags order them.
func (f *matchFlags) severityOrder() ([]match.SeveritySource, error) {
	var order []match.SeveritySource
	for _, word := range f.severity {
		source := match.SeveritySource(strings.ToLower(strings.TrimSpace(word)))
		switch {
		case !slices.Contains(match.SeveritySources(), source):
			return nil, usageError("--vuln-severity-source %s: want vendor, nvd or ghsa", word)
		case slices.Contains(order, source):
			return nil, usageError("--vuln-severity-source: %s is named twice", source)
		}
		order = append(order, source)
	}
	return order, nil
}

// Bounds on what a directory of statements may hold.
const (
	maxVEXFiles = 20_000
	maxVEXBytes = 1 << 30
)

// newVEX reads all documents that the flags name; nil where they name none.
func (a *app) newVEX(ctx context.Context, f matchFlags) (*vex.Set, error) {
	if len(f.vex) == 0 {
		return nil, nil
	}
	r := &vexReader{app: a, set: &vex.Set{InRange: func(v, vers string) (bool, error) { return version.Satisfies("vers", v, vers) }}}
	for _, source := range f.vex {
		if err := r.read(ctx, source); err != nil {
			return nil, err
		}
	}
	return r.set, nil
}

// spokenOf reports whether a VEX statement has set a finding aside or said
// something of it.
func spokenOf(findings []finding.Finding) bool {
	return slices.ContainsFunc(findings, func(f finding.Finding) bool {
		return strings.HasPrefix(f.Suppressed, "VEX: ") || strings.Contains(f.Because, "; VEX: ")
	})
}

// vexReader reads documents into a set.
type vexReader struct {
	app   *app
	set   *vex.Set
	files int
	bytes int64
}

func (r *vexReader) read(ctx context.Context, source string) error {
	if strings.HasPrefix(source, "https://") || strings.HasPrefix(source, "http://") {
		docs, err := r.app.remoteVEX(ctx, source)
		if err != nil {
			code := exitFailed
			if errors.As(err, new(*vex.Error)) {
				code = exitUsage
			}
			return &exitError{code, fmt.Errorf("--vex: %w", err)}
		}
		r.add(source, docs)
		return nil
	}
	info, err := os.Stat(source)
	switch {
	case err != nil:
		return usageError("--vex: %v", err)
	case info.IsDir():
		return r.directory(source)
	}
	data, err := readVEX(source)
	if err != nil {
		return err
	}
	if vex.IsArchive(data) {
		docs, err := vex.ReadArchive(source, data, "")
		if err != nil {
			return usageError("--vex: %w", err)
		}
		r.add(source, docs)
		return nil
	}
	return r.document(source, data)
}

func readVEX(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, usageError("--vex: %v", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, vex.MaxDocument+1))
	if err != nil {
		return nil, &exitError{exitFailed, fmt.Errorf("--vex: %w", err)}
	}
	return data, nil
}

// document takes in one file, which must hold a document.
func (r *vexReader) document(name string, data []byte) error {
	docs, err := vex.ReadAll(name, data)
	if err != nil {
		return usageError("--vex: %w", err)
	}
	r.add(name, docs)
	return nil
}

func (r *vexReader) add(name string, docs []*vex.Document) {
	states := 0
	for _, d := range docs {
		states += len(d.Statements)
		r.set.Add(d)
	}
	if states == 0 {
		r.app.warn("--vex: %s states nothing", name)
	}
}

// repository takes in a directory that has the index of a VEX repository: what
// the index names, and nothing else. False says that it has none.
func (r *vexReader) repository(dir string) (bool, error) {
	docs, err := vex.ReadRepository(dir, func(name string) ([]byte, error) {
		if name == vex.IndexName {
			return os.ReadFile(filepath.Join(dir, name))
		}
		return r.bounded(filepath.Join(dir, filepath.FromSlash(name)))
	})
	switch {
	case errors.Is(err, vex.ErrNoIndex):
		return false, nil
	case err != nil:
		return true, usageError("--vex: %w", err)
	}
	r.add(dir, docs)
	return true, nil
}

// bounded reads a file of a directory, of which there must not be too many.
func (r *vexReader) bounded(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if r.files, r.bytes = r.files+1, r.bytes+info.Size(); r.files > maxVEXFiles || r.bytes > maxVEXBytes {
		return nil, usageError("--vex: more than %d files or %s in a directory", maxVEXFiles, humanBytes(maxVEXBytes))
	}
	return readVEX(path)
}

// directory takes in all documents of a directory and those below. Files
// that are something else are passed over and told of; broken ones are an error.
func (r *vexReader) directory(dir string) error {
	if is, err := r.repository(dir); is || err != nil {
		return err
	}
	found, foreign, first := 0, 0, ""
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return usageError("--vex: %v", err)
		case entry.IsDir() && path != dir && strings.HasPrefix(entry.Name(), "."):
			return fs.SkipDir // .git; and the other names of a ConfigMap's files
		case entry.IsDir() || !vexName(entry.Name()):
			return nil
		}
		info, err := os.Stat(path) // a ConfigMap's files are links
		if err != nil || !info.Mode().IsRegular() {
			return nil
		}
		data, err := r.bounded(path)
		if err == nil {
			err = r.document(path, data)
		}
		if errors.Is(err, vex.ErrFormat) {
			if foreign++; first == "" {
				first = path
			}
			return nil
		}
		found++
		return err
	})
	if err == nil && found == 0 {
		err = usageError("--vex: no VEX document in %s", dir)
	}
	if foreign > 0 {
		r.app.warn("--vex: %d files in %s are no VEX documents: %s", foreign, dir, first)
	}
	return err
}

// vexName tells whether a file of a directory may be a document by its name.
func vexName(name string) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".json", ".jsonl", ".xml", ".vex", ".openvex", ".csaf", ".cdx", ".intoto", ".dsse", ".att":
		return true
	}
	return false
}
