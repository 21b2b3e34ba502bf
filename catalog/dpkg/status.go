package dpkg

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/plimsoll/plimsoll/catalog"
	"github.com/plimsoll/plimsoll/inventory"
)

const (
	maxField     = 1 << 10 // bytes of a field that is kept
	maxConffiles = 10_000  // of one package
)

// stanza holds the fields of one paragraph that matter.
type stanza struct {
	name, version, arch, source, status, size string
	conffiles                                 []string // "/etc/x DIGEST", as they stand

	line        int  // where it begins
	any         bool // it has a field
	inConffiles bool // the lines that follow name configuration files
	large       bool // a field was longer than maxField
}

// status reads the stanzas of a status file one after the other.
type status struct {
	rec     *inventory.File
	implied bool           // a stanza without Status is installed
	index   map[string]int // name and architecture → place in rec.Packages
	faults  catalog.Faults
	budget  catalog.Budget
}

func readStatus(lines *catalog.Lines, rec *inventory.File, part *inventory.Part) error {
	s := &status{rec: rec, implied: rec.Path != statusPath, index: map[string]int{}}
	var st stanza
	for {
		line, ok := lines.Next()
		if !ok {
			break
		}
		if len(line) == 0 {
			s.end(&st)
			st = stanza{}
			continue
		}
		if !st.field(line, lines.Line()) {
			s.faults.Add("lines that are no field", lines.Line())
		}
	}
	s.end(&st)
	s.faults.Warn(part, rec.Path)
	return lines.Err()
}

// field takes one line. It is false for what is neither a field nor the
// continuation of one.
func (st *stanza) field(line []byte, number int) bool {
	if line[0] == ' ' || line[0] == '\t' {
		if st.inConffiles && len(line) <= maxPath && len(st.conffiles) < maxConffiles {
			st.conffiles = append(st.conffiles, string(line))
		}
		return st.any
	}
	if line[0] == '#' {
		return true
	}
	key, value, ok := bytes.Cut(line, []byte(":"))
	if !ok || len(key) == 0 || bytes.ContainsAny(key, " \t\x00") {
		return false
	}
	if !st.any {
		st.any, st.line = true, number
	}
	st.inConffiles = bytes.EqualFold(key, []byte("Conffiles"))
	if into := st.slot(key); into != nil {
		value = bytes.TrimSpace(value)
		if len(value) > maxField {
			st.large = true
			return true
		}
		*into = string(value)
	}
	return true
}

// slot is where the value of a field belongs, nil if nowhere. The names of
// fields are the same in either case.
func (st *stanza) slot(key []byte) *string {
	is := func(name string) bool { return len(key) == len(name) && strings.EqualFold(string(key), name) }
	switch {
	case is("Package"):
		return &st.name
	case is("Version"):
		return &st.version
	case is("Status"):
		return &st.status
	case is("Source"):
		return &st.source
	case is("Architecture"):
		return &st.arch
	case is("Installed-Size"):
		return &st.size
	}
	return nil
}

// end adds the package of a stanza if it is installed.
func (s *status) end(st *stanza) {
	if !st.any {
		return
	}
	installed, known := state(st.status)
	switch {
	case st.large:
		s.faults.Add(fmt.Sprintf("stanzas with a field of more than %d bytes", maxField), st.line)
		return
	case st.status == "":
		installed = s.implied
	case !known:
		s.faults.Add("stanzas with an unknown Status", st.line)
		return
	}
	if !installed {
		return
	}
	if !catalog.IsWord(st.name) || !catalog.IsWord(st.version) {
		s.faults.Add("stanzas without a usable Package or Version", st.line)
		return
	}
	s.keep(st)
}

// keep records a package. One name and architecture is installed once: the
// last stanza counts, as it does for dpkg.
func (s *status) keep(st *stanza) {
	pkg := inventory.Package{Ecosystem: "deb", Name: st.name, Version: st.version, Arch: st.arch}
	pkg.Source, pkg.SourceVersion = source(st)
	pkg.At.Path, pkg.At.Line = s.rec.Path, st.line
	if kib, err := strconv.ParseInt(st.size, 10, 40); err == nil && kib > 0 {
		pkg.Size = kib << 10
	}
	if !s.budget.Package(&pkg) {
		s.faults.Add("packages of a database that is too large", st.line)
		return
	}
	st.addConffiles(s.rec)
	key := st.name + "\x00" + st.arch
	if i, ok := s.index[key]; ok {
		s.rec.Packages[i] = pkg
		return
	}
	s.index[key] = len(s.rec.Packages)
	s.rec.Packages = append(s.rec.Packages, pkg)
}

// addConffiles notes the configuration files of a package, which stand in its
// stanza with the digests that they were installed with.
func (st *stanza) addConffiles(rec *inventory.File) {
	for _, line := range st.conffiles {
		words := strings.Fields(line)
		if len(words) < 2 || !strings.HasPrefix(words[0], "/") {
			continue
		}
		rec.AddInstalled(inventory.Installed{Package: st.name, Path: words[0][1:], Sum: md5Sum([]byte(words[1])), Config: true})
	}
}

// source splits "openssl (3.0.9-1)", and leaves out what is the same as the
// package's own name and version.
func source(st *stanza) (name, version string) {
	name, version, _ = strings.Cut(st.source, "(")
	name = strings.TrimSpace(name)
	version = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(version), ")"))
	if !catalog.IsWord(name) || name == st.name {
		name = ""
	}
	if !catalog.IsWord(version) || version == st.version {
		version = ""
	}
	return name, version
}

// state reads the third word of a Status, "install ok installed". A package
// counts as installed as soon as its files may be there, as for dpkg-query's
// db:Status-Status: all but not-installed and config-files.
func state(s string) (installed, known bool) {
	words := strings.Fields(s)
	if len(words) != 3 {
		return false, false
	}
	switch words[2] {
	case "installed", "unpacked", "half-installed", "half-configured", "triggers-awaited", "triggers-pending":
		return true, true
	case "not-installed", "config-files":
		return false, true
	}
	return false, false
}
