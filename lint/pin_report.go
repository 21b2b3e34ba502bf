package lint

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/report"
	"github.com/plimsoll/plimsoll/rule"
)

// maxReport is the size, in bytes, of the largest report that is read.
const maxReport = 64 << 20

// builtImage is what a report says is in an image.
type builtImage struct {
	path     string
	stage    string // that it was built of; empty for the last
	distro   inventory.Distro
	packages map[string][]installed // by ecosystem and name
}

// AddReport reads a JSON report that plimsoll scan wrote of a built image. Stage
// is the stage that it was built of, by name or number; empty means the last.
func (v *Versions) AddReport(path, stage string) error {
	data, err := readRegular(path, maxReport)
	if err != nil {
		return &FileError{Path: path, Err: err}
	}
	var doc struct {
		Schema   int
		Target   struct{ Distro inventory.Distro }
		Packages []struct {
			Ecosystem, Name, Version, Owner string
			At                              struct{ Path string }
		}
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		return &FileError{path, jsonLine(data, err), 0, fmt.Errorf("not a JSON report of plimsoll scan: %w", err)}
	}
	switch {
	case doc.Schema == 0:
		return &FileError{path, 1, 0, errors.New("not a report of plimsoll scan -o json: it has no schema")}
	case doc.Schema > report.SchemaVersion:
		return &FileError{path, 1, 0, fmt.Errorf("the report has schema %d: this plimsoll knows up to %d", doc.Schema, report.SchemaVersion)}
	case len(doc.Packages) == 0:
		return &FileError{path, 1, 0, errors.New("the report has no packages: want one of plimsoll scan, of an image that was built")}
	}
	i := builtImage{path: path, stage: stage, distro: doc.Target.Distro, packages: map[string][]installed{}}
	for _, p := range doc.Packages {
		key := packageKey(p.Ecosystem, p.Name)
		i.packages[key] = append(i.packages[key], installed{p.Version, p.At.Path, p.Owner})
	}
	v.images = append(v.images, i)
	return nil
}

// jsonLine is the line of what is wrong with a JSON text.
func jsonLine(data []byte, err error) int {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	offset := int64(0)
	switch {
	case errors.As(err, &syntax):
		offset = syntax.Offset
	case errors.As(err, &kind):
		offset = kind.Offset
	}
	return 1 + bytes.Count(data[:max(min(int(offset)-1, len(data)), 0)], []byte("\n"))
}

// readRegular reads a file of bounded size that is no pipe or device, which
// would never end.
func readRegular(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, reason(err)
	case !info.Mode().IsRegular():
		return nil, errors.New("not a regular file")
	case info.Size() > limit:
		return nil, fmt.Errorf("more than %d MiB", limit>>20)
	}
	data, err := os.ReadFile(path)
	return data, reason(err)
}

// packageKey joins what a package is looked up by. Python's names are the same
// in several spellings (PEP 503).
func packageKey(ecosystem, name string) string {
	if ecosystem == "pypi" {
		name = strings.Join(strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return strings.ContainsRune("-_.", r) }), "-")
	}
	return ecosystem + "\x00" + name
}

// stageOf is the stage of a file that the image was built of; nil if there is
// none such.
func (i *builtImage) stageOf(f *dockerfile.File) *dockerfile.Stage {
	if len(f.Stages) == 0 {
		return nil
	}
	if i.stage == "" {
		return f.Stages[len(f.Stages)-1]
	}
	if s := f.StageNamed(i.stage); s != nil {
		return s
	}
	if n, err := strconv.Atoi(i.stage); err == nil && n >= 0 && n < len(f.Stages) {
		return f.Stages[n]
	}
	return nil
}

// find are the places of the image that a package is at.
func (i *builtImage) find(u *rule.Unpinned) []installed {
	if u.Ecosystem != "golang" {
		return i.packages[packageKey(u.Ecosystem, u.Name)]
	}
	found := moduleOf(u.Name, func(module string) []installed { return i.packages[packageKey("golang", module)] })
	program := goProgram(u.Name)
	own := slices.DeleteFunc(slices.Clone(found), func(p installed) bool { return path.Base(p.path) != program })
	if len(own) > 0 {
		return own // other programs may be built with another version of the module
	}
	return found
}

// moduleOf are the known versions of the module that a Go package belongs to: the
// one with the longest path.
func moduleOf(name string, known func(module string) []installed) []installed {
	module := strings.TrimSuffix(strings.TrimSuffix(name, "..."), "/")
	for module != "." && module != "" {
		found := slices.DeleteFunc(slices.Clone(known(module)), func(p installed) bool {
			return len(p.version) < 2 || p.version[0] != 'v' || p.version[1] < '0' || p.version[1] > '9'
		})
		if len(found) > 0 {
			return found
		}
		module = path.Dir(module)
	}
	return nil
}

// goProgram is what go install calls the program of a package: the last element
// of its path that is no major version.
func goProgram(name string) string {
	base := path.Base(name)
	if digits, ok := strings.CutPrefix(base, "v"); ok && digits != "" && strings.Trim(digits, "0123456789") == "" {
		base = path.Base(path.Dir(name))
	}
	return base
}
