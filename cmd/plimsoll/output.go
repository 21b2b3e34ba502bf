package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/plimsoll/plimsoll/catalog/all"
	"github.com/plimsoll/plimsoll/report"
	"github.com/plimsoll/plimsoll/version"
)

// output is one report that the user asked for.
type output struct {
	writer report.Writer
	file   string // empty for standard output
}

func parseOutputs(words []string) ([]output, error) {
	if len(words) == 0 {
		words = []string{"text"}
	}
	var outputs []output
	seen := map[string]bool{}
	for _, w := range words {
		format, file, hasFile := strings.Cut(w, "=")
		writer, err := report.For(format)
		if err != nil {
			return nil, usageError("-o %s: %v", w, err)
		}
		if hasFile && file == "" {
			return nil, usageError("-o %s: a file name is missing after the =", w)
		}
		if file == "-" {
			file = ""
		}
		if seen[file] {
			return nil, usageError("-o %s: two formats for the same place; use -o FORMAT=FILE", w)
		}
		seen[file] = true
		outputs = append(outputs, output{writer, file})
	}
	return outputs, nil
}

// write writes a report in every format that was asked for. More adds to the
// options of the writers.
func (a *app) write(outputs []output, r *report.Report, more ...func(*report.Options)) error {
	a.progress.clear()
	schemes := map[string]string{}
	for _, c := range all.Catalogers() {
		schemes[c.Ecosystem.Type] = c.Ecosystem.Scheme
	}
	options := report.Options{
		Now:     a.now(),
		Version: programVersion(),
		Compare: func(ecosystem, x, y string) (int, error) { return version.Compare(schemes[ecosystem], x, y) },
	}
	for _, add := range more {
		add(&options)
	}
	for _, o := range outputs {
		err := a.writeOne(o, r, options)
		if err != nil {
			return &exitError{exitFailed, fmt.Errorf("write the report: %w", err)}
		}
	}
	return nil
}

func (a *app) writeOne(o output, r *report.Report, options report.Options) error {
	if o.file == "" {
		width, _ := terminal(a.out)
		options.Screen = report.Screen{Width: width, Color: a.color(a.out), ASCII: !utf8Locale()}
		return o.writer.Write(a.out, r, options)
	}
	return writeFile(o.file, func(w io.Writer) error { return o.writer.Write(w, r, options) })
}

// utf8Locale tells whether the user's locale shows more than ASCII, as
// locale(7) orders its variables. Without any, the terminal is taken for new.
func utf8Locale() bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := os.Getenv(name); v != "" {
			v = strings.ToLower(v)
			return v != "c" && v != "posix" || strings.Contains(v, "utf")
		}
	}
	return true
}

// writeFile writes a file whole or not at all. What is no file, such as
// /dev/null or a pipe, is written to as it is: a file in its place would take it
// away from everybody.
func writeFile(path string, write func(io.Writer) error) error {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
		if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
			return writeInto(path, write)
		}
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".plimsoll-*")
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	defer os.Remove(f.Name())
	if err = write(f); err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Chmod(f.Name(), 0o644)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return os.Rename(f.Name(), path)
}

// writeInto writes to a device or a pipe.
func writeInto(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	err = write(f)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// size is a flag of bytes: "500MB", "2GiB", "1000000".
type size int64

var sizeUnits = []struct {
	suffix string
	factor int64
}{{"kib", 1 << 10}, {"mib", 1 << 20}, {"gib", 1 << 30}, {"tib", 1 << 40}, {"kb", 1e3}, {"mb", 1e6}, {"gb", 1e9}, {"tb", 1e12}, {"k", 1 << 10}, {"m", 1 << 20}, {"g", 1 << 30}, {"t", 1 << 40}, {"b", 1}}

func (s *size) String() string {
	for _, u := range []string{"tib", "gib", "mib"} {
		for _, unit := range sizeUnits {
			if unit.suffix == u && int64(*s) >= unit.factor && int64(*s)%unit.factor == 0 {
				return fmt.Sprintf("%d%siB", int64(*s)/unit.factor, strings.ToUpper(u[:1]))
			}
		}
	}
	return strconv.FormatInt(int64(*s), 10)
}

// Set reads a number with an optional unit.
func (s *size) Set(text string) error {
	digits, factor := strings.ToLower(strings.TrimSpace(text)), int64(1)
	for _, u := range sizeUnits {
		if rest, ok := strings.CutSuffix(digits, u.suffix); ok {
			digits, factor = strings.TrimSpace(rest), u.factor
			break
		}
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n <= 0 || n > (1<<62)/factor {
		return fmt.Errorf("want a size such as 500MB or 2GiB")
	}
	*s = size(n * factor)
	return nil
}

// Type names the value in --help.
func (s *size) Type() string { return "size" }
