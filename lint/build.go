package lint

import (
	"fmt"
	"path/filepath"
	"strings"
)

// build is one build of a compose or bake file.
type build struct {
	context, dockerfile string // empty where it does not say
	inline              *inline
	args                map[string]string
	ok                  bool // the place of the Dockerfile is known: a local path without variables
}

// inline is a Dockerfile inside another file.
type inline struct {
	text         string
	line, column int  // how far its first character is behind that of the file, in lines and columns
	flat         bool // its lines are not lines of the file: all is at one place
}

// buildFile adds the Dockerfiles of a compose or bake file: those in it, and
// those that it names, with their build arguments.
func (f *Finder) buildFile(p string) {
	clean := filepath.Clean(p)
	if _, known := f.seen[clean]; known {
		return
	}
	f.seen[clean] = -1
	data, err := readFile(p)
	if err != nil {
		f.fail(p, err)
		return
	}
	builds, err := readBuilds(p, data)
	if err != nil {
		f.fail(p, err)
		return
	}
	for _, b := range builds {
		f.build(p, b)
	}
}

func readBuilds(p string, data []byte) ([]build, error) {
	switch {
	case kindOf(filepath.Base(p)) == composeFile:
		return composeBuilds(p, data)
	case strings.EqualFold(filepath.Ext(p), ".json"):
		return bakeJSON(p, data)
	}
	return bakeHCL(p, string(data))
}

func (f *Finder) build(p string, b build) {
	dir := filepath.Join(filepath.Dir(p), filepath.FromSlash(b.context))
	if f.Context != "" {
		dir = f.Context
	}
	if b.inline != nil {
		s := Source{
			Path: p, Text: []byte(b.inline.text), Inline: true, Flat: b.inline.flat,
			Line: b.inline.line, Column: b.inline.column, BuildArgs: b.args,
		}
		if b.ok {
			s.Ignore = f.ignoreFile(filepath.Join(dir, "Dockerfile"))
		}
		f.add(s)
		return
	}
	if !b.ok {
		return
	}
	name := b.dockerfile
	if name == "" {
		name = "Dockerfile"
	}
	file := filepath.FromSlash(name)
	if !filepath.IsAbs(file) {
		file = filepath.Join(dir, file)
	}
	i, ok := f.dockerfile(file)
	if !ok {
		f.errs[len(f.errs)-1] = fmt.Errorf("%w (named by %s)", f.errs[len(f.errs)-1], p)
		return
	}
	if f.sources[i].BuildArgs == nil {
		f.sources[i].BuildArgs = b.args
	}
	if f.sources[i].Ignore == nil {
		f.sources[i].Ignore = f.ignoreFile(filepath.Join(dir, "Dockerfile"))
	}
	if f.sources[i].Context == "" {
		f.sources[i].Context = dir
	}
}

// local tells whether a context or path of a build is one on this machine that
// can be read: no URL, no variable, no other target.
func local(words ...string) bool {
	for _, w := range words {
		if strings.Contains(w, "://") || strings.Contains(w, "$") || strings.HasPrefix(w, "git@") || strings.Contains(w, "\x00") {
			return false
		}
	}
	return true
}
