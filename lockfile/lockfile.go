// Package lockfile reads from the files in which package managers keep what they
// resolved to which version that was: those of npm, yarn, pnpm, pip, Poetry, uv,
// Pipenv, Bundler and Go. Of each package it takes the version that a project
// itself would get by the package's name, not what lies below other packages.
package lockfile

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
)

// MaxSize is the size, in bytes, of the largest file that is worth reading.
const MaxSize = 32 << 20

// maxPackages is how many packages of one file are kept.
const maxPackages = 200_000

// Package is a package in the version that a lock file has it in.
type Package struct {
	Ecosystem string // purl type: npm, pypi, gem, golang
	Name      string // as its ecosystem spells it; that of a module for golang
	Version   string
	// Ranges are what was asked for where the file says that, "^5.0.0" in
	// yarn.lock: one package may be there in several versions.
	Ranges []string
}

// Error is what is wrong with a lock file. Line counts from 1.
type Error struct {
	Line    int
	Message string
}

func (e *Error) Error() string { return fmt.Sprintf("%d: %s", e.Line, e.Message) }

// format is one kind of lock file.
type format struct {
	pattern   string // of the file name, as path.Match has it
	ecosystem string
	parse     func([]byte) ([]Package, error)
}

func formats() []format {
	return []format{
		{"npm-shrinkwrap.json", "npm", parsePackageLock},
		{"package-lock.json", "npm", parsePackageLock},
		{"yarn.lock", "npm", parseYarn},
		{"pnpm-lock.yaml", "npm", parsePnpm},
		{"poetry.lock", "pypi", parseTOML},
		{"uv.lock", "pypi", parseTOML},
		{"Pipfile.lock", "pypi", parsePipfile},
		{"requirements*.txt", "pypi", parseRequirements},
		{"constraints*.txt", "pypi", parseRequirements},
		{"Gemfile.lock", "gem", parseGemfile},
		{"gems.locked", "gem", parseGemfile},
		{"go.mod", "golang", parseGoMod},
	}
}

func formatOf(name string) (format, bool) {
	for _, f := range formats() {
		if ok, _ := path.Match(f.pattern, name); ok {
			return f, true
		}
	}
	return format{}, false
}

// Ecosystem is the purl type of what the lock file of a name holds; false where
// that is no name of a lock file.
func Ecosystem(name string) (ecosystem string, ok bool) {
	f, ok := formatOf(name)
	return f.ecosystem, ok
}

// Parse reads the lock file of a name. Packages come in the order of their names
// and versions, each once. What comes from elsewhere than the ecosystem's
// registry, such as a directory or a repository, is left out. An error is an
// *Error but for a name that no lock file has.
func Parse(name string, data []byte) ([]Package, error) {
	f, ok := formatOf(name)
	if !ok {
		return nil, fmt.Errorf("%s: no lock file that is known", name)
	}
	if len(data) > MaxSize {
		return nil, &Error{1, fmt.Sprintf("more than %d MiB", MaxSize>>20)}
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if at := bytes.IndexByte(data, 0); at >= 0 {
		return nil, &Error{lineOf(data, at), "a NUL byte: this is no text"}
	}
	packages, err := f.parse(data)
	if err != nil {
		return nil, err
	}
	packages = slices.DeleteFunc(packages, func(p Package) bool { return p.Name == "" || !resolved(p.Version) })
	if len(packages) > maxPackages {
		return nil, &Error{1, fmt.Sprintf("more than %d packages", maxPackages)}
	}
	for i := range packages {
		packages[i].Ecosystem = f.ecosystem
	}
	return unique(packages), nil
}

// resolved tells whether a version is one of a registry, and not a range, an
// address or a path.
func resolved(v string) bool {
	v = strings.TrimPrefix(v, "v")
	return v != "" && v[0] >= '0' && v[0] <= '9' && !strings.ContainsAny(v, "/ *<>=\"'")
}

// unique orders packages and joins those that are there several times.
func unique(packages []Package) []Package {
	slices.SortStableFunc(packages, func(a, b Package) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Version, b.Version))
	})
	out := packages[:0]
	for _, p := range packages {
		if n := len(out); n > 0 && out[n-1].Name == p.Name && out[n-1].Version == p.Version {
			out[n-1].Ranges = append(out[n-1].Ranges, p.Ranges...)
			continue
		}
		out = append(out, p)
	}
	return out
}

// lineOf is the line, from 1, of a byte.
func lineOf(data []byte, offset int) int {
	return 1 + bytes.Count(data[:max(min(offset, len(data)), 0)], []byte("\n"))
}

// decode reads JSON and gives the line of what is wrong with it.
func decode(data []byte, into any) error {
	err := json.Unmarshal(data, into)
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &syntax):
		return &Error{lineOf(data, int(syntax.Offset)-1), "not JSON: " + syntax.Error()}
	case errors.As(err, &kind):
		return &Error{lineOf(data, int(kind.Offset)-1), "no lock file has a value of this kind here: " + kind.Value}
	}
	return &Error{1, err.Error()}
}

// conflict tells whether a line is one that git leaves where it could not merge.
func conflict(line string) bool {
	return strings.HasPrefix(line, "<<<<<<< ") || strings.HasPrefix(line, ">>>>>>> ") || strings.TrimRight(line, "\r") == "======="
}

// unquote takes the quotes off a text that is in a pair of them.
func unquote(s string) string {
	if len(s) >= 2 && (s[0] == '"' || s[0] == '\'') && s[len(s)-1] == s[0] {
		return s[1 : len(s)-1]
	}
	return s
}

const conflictMessage = "a conflict that git left: solve it first"
