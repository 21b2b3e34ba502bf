package lint

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/plimsoll/plimsoll/lockfile"
)

// maxLockFiles is how many lock files of one directory are read.
const maxLockFiles = 50

// locks is what the lock files of a directory hold. Those of an ecosystem are
// read when something of it is asked for.
type locks struct {
	dir    string
	files  []string
	ready  map[string]lockedPackages // by ecosystem
	failed func(error)
}

// lockedPackages are the packages of one ecosystem by packageKey.
type lockedPackages struct {
	ecosystem string
	packages  map[string][]installed
}

// locked are the packages of an ecosystem that the lock files of a directory
// have.
func (v *Versions) locked(dir, ecosystem string) lockedPackages {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.locks == nil {
		v.locks = map[string]*locks{}
	}
	l, ok := v.locks[dir]
	if !ok {
		l = &locks{dir: dir, ready: map[string]lockedPackages{}, failed: v.Failed}
		l.list()
		v.locks[dir] = l
	}
	p, ok := l.ready[ecosystem]
	if !ok {
		p = l.read(ecosystem)
		l.ready[ecosystem] = p
	}
	return p
}

func (l *locks) fail(path string, line int, err error) {
	if l.failed != nil {
		l.failed(&FileError{path, line, 0, err})
	}
}

// list finds the lock files.
func (l *locks) list() {
	entries, err := os.ReadDir(l.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		l.fail(l.dir, 0, reason(err))
	}
	for _, e := range entries {
		if _, ok := lockfile.Ecosystem(e.Name()); !ok || e.IsDir() {
			continue
		}
		if len(l.files) == maxLockFiles {
			l.fail(l.dir, 0, fmt.Errorf("more than %d lock files: the rest is not read", maxLockFiles))
			return
		}
		l.files = append(l.files, e.Name())
	}
}

// read reads the lock files of an ecosystem. One that is broken is told of, and
// the others are used.
func (l *locks) read(ecosystem string) lockedPackages {
	out := lockedPackages{ecosystem, map[string][]installed{}}
	for _, name := range l.files {
		if e, _ := lockfile.Ecosystem(name); e != ecosystem || name == "package-lock.json" && slices.Contains(l.files, "npm-shrinkwrap.json") {
			continue // npm looks at its shrinkwrap alone
		}
		path := filepath.Join(l.dir, name)
		data, err := readRegular(path, lockfile.MaxSize)
		if err != nil {
			l.fail(path, 0, err)
			continue
		}
		packages, err := lockfile.Parse(name, data)
		if err != nil {
			var place *lockfile.Error
			if errors.As(err, &place) {
				l.fail(path, place.Line, errors.New(place.Message))
			} else {
				l.fail(path, 0, err)
			}
			continue
		}
		if name == "yarn.lock" {
			packages = l.asked(packages)
		}
		for _, p := range packages {
			key := packageKey(ecosystem, p.Name)
			out.packages[key] = append(out.packages[key], installed{version: p.Version, path: path})
		}
	}
	return out
}

// asked leaves of a package that yarn.lock has in several versions the one that
// package.json asks for.
func (l *locks) asked(packages []lockfile.Package) []lockfile.Package {
	data, err := readRegular(filepath.Join(l.dir, "package.json"), lockfile.MaxSize)
	if err != nil {
		return packages
	}
	var doc struct{ Dependencies, DevDependencies, OptionalDependencies map[string]string }
	if json.Unmarshal(data, &doc) != nil {
		return packages // yarn would not take it either, and says so better
	}
	ranges := map[string]string{}
	for _, asked := range []map[string]string{doc.OptionalDependencies, doc.DevDependencies, doc.Dependencies} {
		for name, r := range asked {
			ranges[name] = r
		}
	}
	answered := map[string]bool{}
	for _, p := range packages {
		answered[p.Name] = answered[p.Name] || slices.Contains(p.Ranges, ranges[p.Name])
	}
	return slices.DeleteFunc(packages, func(p lockfile.Package) bool {
		return answered[p.Name] && !slices.Contains(p.Ranges, ranges[p.Name])
	})
}

// find are the versions of a package, or of the module of a Go package.
func (l lockedPackages) find(name string) []installed {
	if l.ecosystem == "golang" {
		return moduleOf(name, func(module string) []installed { return l.packages[packageKey("golang", module)] })
	}
	return l.packages[packageKey(l.ecosystem, name)]
}
