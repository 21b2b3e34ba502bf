package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/image"
	"github.com/plimsoll/plimsoll/lint"
	"github.com/plimsoll/plimsoll/rule"
)

// maxLeft is how many packages that could not be pinned are named in one run.
const maxLeft = 200

// digest asks a registry for the digest of a base image.
func (a *app) digest(ctx context.Context, ref string) (string, error) {
	return image.Digest(ctx, ref, image.Options{Offline: a.offline})
}

// digests are the digests of base images that have none.
func (r *lintRun) digests(ctx context.Context, f *dockerfile.File) []*rule.Fix {
	return lint.Pin(f, func(image string) (string, error) { return r.digest(ctx, image) }, func(image string, err error) {
		r.warn("cannot pin %s: %v", image, err)
	})
}

// versions reads the reports of --pin-from.
func (a *app) versions(from []string) (*lint.Versions, error) {
	v := &lint.Versions{Failed: func(err error) { a.warn("cannot pin to this lock file: %v", err) }}
	for _, path := range from {
		stage := ""
		if _, err := os.Stat(path); err != nil {
			if before, after, ok := strings.Cut(path, "="); ok {
				stage, path = before, after
			}
		}
		if err := v.AddReport(path, stage); err != nil {
			return nil, &exitError{exitFailed, fmt.Errorf("--pin-from %w", err)}
		}
	}
	return v, nil
}

// versionsFor are those for one Dockerfile, whose lock files are beside it and in
// its build context.
func (r *lintRun) versionsFor(s lint.Source) *lint.FileVersions {
	beside := filepath.Dir(s.Path)
	if s.Path == r.flags.stdinName {
		beside = "."
	}
	return r.pins.For(cmp.Or(r.flags.context, s.Context, beside), beside)
}

// tellLeft names the packages that could not be pinned, a line for each.
func (r *lintRun) tellLeft() {
	n := 0
	for i, v := range r.pinned {
		if v == nil {
			continue
		}
		for _, left := range v.Left() {
			if n++; n <= maxLeft {
				r.warn("%s:%d: not pinned: %v", filepath.ToSlash(r.sources[i].Path), left.Line, left)
			}
		}
	}
	if n > maxLeft {
		r.warn("%d more packages are not pinned", n-maxLeft)
	}
}
