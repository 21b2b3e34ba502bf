// Command gen writes what the repository derives from itself: the lists of
// catalogers, feeds and rules, the table of rules, the schema of the JSON report,
// the starter database and the sample image. `go generate ./...` runs it; with -check it writes nothing
// and fails where something is stale.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

//go:generate go run .

// output is one generated file: its path below the repository's root and how
// its bytes are made.
type output struct {
	path  string
	bytes func(root string) ([]byte, error)
}

func main() {
	check := flag.Bool("check", false, "fail where a file is stale, and write nothing")
	flag.Parse()
	root, err := moduleRoot()
	if err == nil {
		err = run(root, *check)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

// run makes every output and compares or writes it.
func run(root string, check bool) error {
	outs, err := outputs(root)
	if err != nil {
		return err
	}
	var errs []error
	for _, o := range outs {
		want, err := o.bytes(root)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", o.path, err))
			continue
		}
		file := filepath.Join(root, filepath.FromSlash(o.path))
		have, err := os.ReadFile(file)
		switch {
		case err == nil && bytes.Equal(have, want):
		case check:
			errs = append(errs, fmt.Errorf("%s is stale: go generate ./... makes it anew", o.path))
		default:
			errs = append(errs, errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, want, 0o644)))
		}
	}
	return errors.Join(errs...)
}

func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", errors.New("no go.mod above the working directory")
		}
		dir = up
	}
}
