package lint

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/rule"
)

// Versions knows the versions that packages are pinned to: those in images that
// were built and scanned, then those of lock files. Its methods may be called
// from several goroutines once all reports are added.
type Versions struct {
	// Failed is told of a lock file that cannot be used, once; it may be nil.
	Failed func(error)

	images []builtImage

	mu    sync.Mutex
	locks map[string]*locks // by directory
}

// unknownVersion is what is said of a package that neither a report nor a lock
// file has.
const unknownVersion = "no version in the data at hand: build the image, scan it with -o json, and give the report with --pin-from"

// notThere is what is said of it where there is a report.
const notThere = "neither the report nor a lock file has it: it may be installed under another name"

// For is what is known for the Dockerfile at hand, whose lock files are in dirs.
func (v *Versions) For(dirs ...string) *FileVersions {
	for i, d := range dirs {
		if slices.Contains(dirs[:i], d) {
			dirs = slices.Delete(slices.Clone(dirs), i, i+1)
			break
		}
	}
	return &FileVersions{versions: v, dirs: dirs, seen: map[string]bool{}}
}

// FileVersions are the versions for one Dockerfile.
type FileVersions struct {
	versions *Versions
	dirs     []string
	seen     map[string]bool
	left     []Left

	// What was found out about the stages of a file, by their numbers.
	file     *dockerfile.File
	lineages map[int]map[int]bool
	roots    map[int]string
}

// Left is a package that was not pinned.
type Left struct {
	Line          int    // in the file as it was
	Program, Word string // as written: "apt-get", "curl"
	Reason        string
}

// String is what is said of it, on one line.
func (l Left) String() string { return fmt.Sprintf("%s: %s: %s", l.Program, l.Word, l.Reason) }

// Left are the packages that no version was found for, in the order in which
// they were asked for, each once.
func (f *FileVersions) Left() []Left { return f.left }

// Version is the version that a package of the file is pinned to; empty where
// none is known, which Left then tells.
func (f *FileVersions) Version(file *dockerfile.File, u *rule.Unpinned) string {
	version, reason := "", u.Left
	if reason == "" {
		version, reason = f.find(file, u)
	}
	if reason == "" && (u.Pin == nil || u.Pin(version) == nil) {
		version, reason = "", fmt.Sprintf("version %.50q cannot be written behind it", version)
	}
	key := u.Program + "\x00" + u.Word
	if reason != "" && !f.seen[key] {
		f.seen[key] = true
		f.left = append(f.left, Left{u.Span.Start.Line, u.Program, u.Word, reason})
	}
	return version
}

// find asks reports first: what they have is what this very file installed.
func (f *FileVersions) find(file *dockerfile.File, u *rule.Unpinned) (version, reason string) {
	if f.file != file {
		f.file, f.lineages, f.roots = file, map[int]map[int]bool{}, map[int]string{}
	}
	own, others, unlike := f.images(u)
	for _, images := range [][]*builtImage{own, others} {
		var found []installed
		for _, i := range images {
			found = append(found, i.find(u)...)
		}
		if len(found) > 0 {
			return oneOf(found, u)
		}
	}
	var found []installed
	for _, dir := range f.dirs {
		found = append(found, f.versions.locked(dir, u.Ecosystem).find(u.Name)...)
	}
	switch {
	case len(found) > 0:
		return oneOf(found, u)
	case unlike != "":
		return "", unlike
	case len(own)+len(others) > 0:
		return "", notThere
	}
	return "", unknownVersion
}

// images are the reports to ask for a package: those of images that its stage is
// in, and others that it may be like. Where there are reports but none to ask,
// unlike says why.
func (f *FileVersions) images(u *rule.Unpinned) (own, others []*builtImage, unlike string) {
	for n := range f.versions.images {
		i := &f.versions.images[n]
		stage := i.stageOf(f.file)
		system := ofSystem(u.Ecosystem)
		fit := likely
		if system {
			fit = i.fits(f.root(u.Stage))
		}
		switch {
		case fit == unlikely:
			unlike = fmt.Sprintf("the report %s is of %s, which this stage does not start from", i.path, i.distro)
		case u.Stage == nil || f.lineage(stage)[u.Stage.Index]:
			own = append(own, i)
		case !system || fit == certain || stage != nil && f.root(stage) == f.root(u.Stage):
			others = append(others, i)
		default:
			unlike = fmt.Sprintf("the report %s is of another stage: scan this one too (docker build --target) and give its report with --pin-from STAGE=FILE", i.path)
		}
	}
	return own, others, unlike
}

// ofSystem tells whether a distribution's packages are meant, whose versions
// depend on its release.
func ofSystem(ecosystem string) bool {
	return ecosystem == "deb" || ecosystem == "apk" || ecosystem == "rpm"
}

// lineage are the numbers of a stage and of all that it builds on.
func (f *FileVersions) lineage(s *dockerfile.Stage) map[int]bool {
	if s == nil {
		return nil
	}
	if known, ok := f.lineages[s.Index]; ok {
		return known
	}
	out := map[int]bool{}
	for at := s; at != nil && !out[at.Index]; {
		out[at.Index] = true
		_, at = f.file.Base(at)
	}
	f.lineages[s.Index] = out
	return out
}

// root is the image that a stage starts from in the end.
func (f *FileVersions) root(s *dockerfile.Stage) string {
	if s == nil || s.Index >= len(f.file.Stages) {
		return ""
	}
	var passed []int
	root := ""
	for at := f.file.Stages[s.Index]; at != nil && len(passed) <= len(f.file.Stages); {
		if known, ok := f.roots[at.Index]; ok {
			root = known
			break
		}
		passed = append(passed, at.Index)
		root, at = f.file.Base(at)
	}
	for _, n := range passed {
		f.roots[n] = root
	}
	return root
}

// installed is a package in one version at one place of an image or lock file.
type installed struct {
	version string
	path    string // in the image, or of the lock file
	owner   string // the distribution's package that brought it
}

// oneOf is the version of a package that is there in some. Where they differ, it
// is that of what is installed at the top.
func oneOf(found []installed, u *rule.Unpinned) (version, reason string) {
	for _, narrow := range []func(installed) bool{
		func(installed) bool { return true },
		func(p installed) bool { return p.owner == "" || ofSystem(u.Ecosystem) },
		func(p installed) bool { return !nested(p.path) },
		func(p installed) bool { return !u.Global || global(p.path) },
	} {
		var kept []installed
		for _, p := range found {
			if narrow(p) {
				kept = append(kept, p)
			}
		}
		if len(kept) == 0 {
			continue
		}
		found = kept
		if !slices.ContainsFunc(found, func(p installed) bool { return p.version != found[0].version }) {
			return found[0].version, ""
		}
	}
	first := found[0]
	i := slices.IndexFunc(found, func(p installed) bool { return p.version != first.version })
	return "", fmt.Sprintf("several versions are there, %.50q (%.100s) and %.50q (%.100s): write the one that is meant", first.version, first.path, found[i].version, found[i].path)
}

// nested tells whether a package is part of another: below its node_modules,
// vendored, or one of Ruby's default gems, which an installed one goes before.
func nested(path string) bool {
	return strings.Count("/"+path, "/node_modules/") > 1 || strings.Contains(path, "/_vendor/") || strings.Contains(path, "/specifications/default/")
}

// global tells whether npm, yarn or pnpm has a package for the whole system.
func global(path string) bool {
	return strings.Contains("/"+path, "/lib/node_modules/") || strings.Contains("/"+path, "/global/")
}
