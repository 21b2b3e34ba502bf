package rules

import (
	"slices"
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/shell"
)

// pinning is how a package manager writes a package with its version.
type pinning struct {
	ecosystem string // purl type
	pinned    func(word string) bool
	// name is the package that a word means; empty where it means another thing.
	name func(word string) string
	// write adds a version, as inventories have it, to a word.
	write func(word, version string) string
}

func equals(word, version string) string { return word + "=" + version }

func aptPinning() pinning {
	return pinning{"deb", aptPinned, func(word string) string {
		name, _, _ := strings.Cut(word, ":")
		return name
	}, equals}
}

// apkPinning writes name@tag=version as apk-world(5) has it.
func apkPinning() pinning {
	return pinning{"apk", apkPinned, func(word string) string {
		name, _, _ := strings.Cut(word, "@")
		return strings.TrimPrefix(name, "!")
	}, equals}
}

// rpmPinning writes name-version-release.arch, which dnf, yum, microdnf and tdnf
// all take; an epoch not all of them take at the same place.
func rpmPinning() pinning {
	return pinning{"rpm", dashVersion, rpmName, func(word, version string) string {
		_, version = cutEpoch(version)
		name := rpmName(word)
		return name + "-" + version + word[len(name):]
	}}
}

func zypperPinning() pinning {
	return pinning{"rpm", zypperPinned, rpmName, func(word, version string) string {
		if epoch, rest := cutEpoch(version); epoch == "0" {
			version = rest
		}
		return equals(word, version)
	}}
}

// rpmName is a package without its architecture; groups, patterns and such are
// none.
func rpmName(word string) string {
	if strings.HasPrefix(word, "@") || strings.ContainsAny(word, ":*?()/") {
		return ""
	}
	if at := strings.LastIndexByte(word, '.'); at > 0 {
		switch word[at+1:] {
		case "x86_64", "i386", "i586", "i686", "aarch64", "armv7hl", "ppc64le", "s390x", "riscv64", "noarch":
			return word[:at]
		}
	}
	return word
}

func cutEpoch(version string) (epoch, rest string) {
	if epoch, rest, ok := strings.Cut(version, ":"); ok {
		return epoch, rest
	}
	return "0", version
}

// pipPinning keeps extras, which stand behind the name: name[extra]==version.
func pipPinning() pinning {
	return pinning{"pypi", pipPinned, func(word string) string {
		name, _, _ := strings.Cut(word, "[")
		if strings.ContainsAny(name, "/:;+ ") {
			return ""
		}
		return name
	}, func(word, version string) string { return word + "==" + version }}
}

func npmPinning() pinning {
	return pinning{"npm", npmPinned, func(word string) string {
		name := strings.TrimSuffix(word, "@")
		if isRepository(word) || strings.Contains(name, ":") || strings.Contains(strings.TrimPrefix(name, "@"), "@") {
			return ""
		}
		if strings.Contains(name, "/") != strings.HasPrefix(name, "@") {
			return ""
		}
		return name
	}, func(word, version string) string { return strings.TrimSuffix(word, "@") + "@" + version }}
}

func gemPinning() pinning {
	return pinning{"gem", gemPinned, func(word string) string { return word }, func(word, version string) string { return word + ":" + version }}
}

func goPinning() pinning {
	return pinning{"golang", goPinned, goPath, func(word, version string) string { return goPath(word) + "@" + version }}
}

func goPath(word string) string {
	path, _, _ := strings.Cut(word, "@")
	if first, _, _ := strings.Cut(path, "/"); !strings.Contains(first, ".") {
		return "" // of the standard library, or all
	}
	return path
}

// open are the packages of an install whose version is left open, as something
// that a version can be added to.
func (r *run) open(in install, how pinning) []rule.Unpinned {
	if len(in.packages) == 0 {
		return nil
	}
	global := in.Has("-g", "--global", "--location=global") || slices.ContainsFunc(in.Words, func(w shell.Word) bool { return w.Text == "global" })
	group := isGroup(in)
	var out []rule.Unpinned
	for _, w := range in.packages {
		if !r.isOpen(w, how.pinned) {
			continue
		}
		place, found := r.place(w)
		u := rule.Unpinned{
			Ecosystem: how.ecosystem, Program: in.Name, Name: how.name(w.Text), Word: w.Text, Global: global,
			Stage: r.outer.Stage, Span: r.inner.Span,
		}
		if !r.joined {
			u.Span = r.script.Span(w)
		}
		switch {
		case !w.Literal:
			u.Left = "it holds a variable: write versions where that is set"
		case group || u.Name == "":
			u.Left = "it is no single package that has a version"
		case !found:
			u.Left = "it is written in a way that is not edited: write it without quotes and backslashes inside"
		default:
			u.Span = place
			u.Pin = func(version string) *rule.Edit { return pin(place, w.Text, how, version) }
		}
		out = append(out, u)
	}
	return out
}

// isGroup tells whether what an install names are no packages: modules of dnf,
// patterns and patches of zypper.
func isGroup(in install) bool {
	switch in.Name {
	case "zypper":
		kind, ok := in.Value("-t", "--type")
		return ok && kind != "package"
	case "dnf", "yum", "microdnf", "dnf5":
		return len(in.Words) > 1 && slices.ContainsFunc(in.Words[1:], func(w shell.Word) bool { return w.Text == "module" && w.Pos().Offset() < in.verb.Pos().Offset() })
	}
	return false
}

// pin is the edit that adds a version to a word; nil where the version is none
// that the manager or the shell takes as it is.
func pin(place dockerfile.Span, word string, how pinning, version string) *rule.Edit {
	text := how.write(word, version)
	if !plainVersion(version) || !how.pinned(text) {
		return nil
	}
	same := 0
	for same < len(word) && same < len(text) && word[same] == text[same] {
		same++
	}
	return &rule.Edit{Start: place.Start.Offset + same, End: place.End.Offset, New: text[same:]}
}

// maxVersion is the length, in bytes, of the longest version that is written.
const maxVersion = 200

// plainVersion tells whether a version starts with a letter or digit and holds
// nothing that means something to a shell inside a word, bare or quoted.
func plainVersion(version string) bool {
	if version == "" || len(version) > maxVersion || strings.Contains(version, ":~") {
		return false
	}
	for i := range len(version) {
		c := version[i]
		alphanumeric := c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
		if !alphanumeric && (i == 0 || strings.IndexByte(".-+~^:_", c) < 0) {
			return false
		}
	}
	return true
}

// place is where the text of a word stands in the file letter by letter, quotes
// around it left out.
func (r *run) place(w shell.Word) (s dockerfile.Span, ok bool) {
	s, ok = r.script.Span(w), !r.joined
	if r.joined {
		s, ok = r.element(w)
	}
	if !ok || !w.Literal || w.Text == "" || s.Start.Offset < 0 || s.End.Offset > len(r.d.Source) || s.Start.Offset > s.End.Offset {
		return s, false
	}
	text := written(r.d, s)
	if n := len(text); n >= 2 && (text[0] == '"' || text[0] == '\'') && text[n-1] == text[0] {
		text = text[1 : n-1]
		s.Start.Offset, s.End.Offset = s.Start.Offset+1, s.End.Offset-1
		s.Start.Column, s.End.Column = s.Start.Column+1, s.End.Column-1
	}
	return s, text == w.Text
}

// element is the string of a JSON form that is a word.
func (r *run) element(w shell.Word) (s dockerfile.Span, ok bool) {
	offset := 0
	for _, element := range r.inner.Args {
		if offset == int(w.Pos().Offset()) && element.Text == w.Text {
			return element.Span, true
		}
		offset += len(element.Text) + 1
	}
	return s, false
}
