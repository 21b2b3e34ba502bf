// Package osrelease finds out which distribution an image is, from os-release
// (os-release(5) of systemd) and from the release files that came before it.
//
// Every file gives a Distro of its own, because a layer may rewrite one of them
// and the layers below may have others. An image's distribution is that of the
// file that comes first in this order, which Files repeats: etc/os-release and
// usr/lib/os-release say what the distribution calls itself; of the older files
// those of one family come before those that several families have.
package osrelease

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/plimsoll/plimsoll/catalog"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/walk"
)

// maxSize is the most bytes that a release file may have.
const maxSize = 64 << 10

// maxValue is the most bytes of one value; a longer one is left out.
const maxValue = 1 << 10

// Files are the paths that are read, the one that counts most first.
func Files() []string {
	return []string{
		"etc/os-release",
		"usr/lib/os-release",
		"etc/alpine-release",
		"etc/centos-release",
		"etc/oracle-release",
		"etc/rocky-release",
		"etc/almalinux-release",
		"etc/fedora-release",
		"etc/photon-release",
		"etc/mariner-release",
		"etc/azurelinux-release",
		"etc/SuSE-release",
		"etc/redhat-release",
		"etc/system-release",
		"etc/system-release-cpe",
		"etc/gentoo-release",
		"etc/lsb-release",
		"etc/arch-release",
		"etc/debian_version",
	}
}

// Cataloger finds the distribution; it finds no packages.
func Cataloger() catalog.Cataloger {
	var want []walk.Pattern
	for _, p := range Files() {
		want = append(want, walk.Pattern{Glob: p})
	}
	for _, p := range []string{proStatus, repoFiles, manifests, contentSets} {
		want = append(want, walk.Pattern{Glob: p})
	}
	return catalog.Cataloger{
		Name:    "os-release",
		Doc:     "Reads os-release and older release files and finds which distribution an image is, and whether it gets extended support.",
		Version: 3,
		Want:    want,
		Read:    read,
	}
}

func read(ctx context.Context, f *walk.File, part *inventory.Part) error {
	switch {
	case f.Path == proStatus:
		return readPro(ctx, f, part)
	case isStreamFile(f.Path):
		return readStream(ctx, f, part)
	}
	rec := part.File(f.Path)
	b, err := f.Bytes(maxSize)
	if err != nil {
		return fmt.Errorf("read a release file: %w", err)
	}
	d := parse(f.Path, clean(string(b)))
	if d.ID == "" && d.Version == "" && d.Name == "" && len(d.IDLike) == 0 {
		return nil // an empty file, as some minimal images have, names nothing
	}
	rec.Distro = &d
	return nil
}

// clean drops what cannot be seen: byte order marks, NULs, zero-width and
// control characters, which some build systems leave in release files.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || unicode.IsGraphic(r) && r != unicode.ReplacementChar {
			return r
		}
		return -1
	}, s)
}

func parse(file, text string) inventory.Distro {
	first, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	first = strings.TrimSpace(first)
	if len(first) > maxValue {
		first = ""
	}
	switch path.Base(file) {
	case "os-release":
		return fromOSRelease(variables(text))
	case "lsb-release":
		return fromLSB(variables(text))
	case "alpine-release":
		return release("alpine", "", first)
	case "debian_version":
		return fromDebianVersion(first)
	case "arch-release":
		return inventory.Distro{ID: "arch", Version: "rolling", Name: "Arch Linux"} // the file is empty
	case "system-release-cpe":
		return fromCPE(first)
	case "SuSE-release":
		return fromSuSE(first, variables(text))
	default:
		return fromRelease(first)
	}
}

// release is a Distro whose file has nothing but a version.
func release(id, name, version string) inventory.Distro {
	if version == "" || strings.ContainsAny(version, " \t") {
		return inventory.Distro{}
	}
	return inventory.Distro{ID: id, Name: name, Version: version}
}

// variables reads lines KEY=VALUE with the quoting of os-release(5). Blanks
// around "=", as SuSE-release has them, are let pass. The last of several
// lines for one key counts, as in a shell.
func variables(text string) map[string]string {
	vars := map[string]string{}
	for line := range strings.SplitSeq(text, "\n") {
		key, value, ok := strings.Cut(strings.TrimSpace(line), "=")
		key = strings.TrimSpace(key)
		if !ok || strings.HasPrefix(key, "#") || key == "" {
			continue
		}
		if value = unquote(strings.TrimSpace(value)); len(value) <= maxValue {
			vars[key] = value
		}
	}
	return vars
}

// unquote takes away single or double quotes. Within double quotes and
// without any, a backslash makes the next character a plain one.
func unquote(s string) string {
	if len(s) >= 2 && s[0] == '\'' && s[len(s)-1] == '\'' {
		return s[1 : len(s)-1]
	}
	quote := len(s) >= 2 && s[0] == '"' && s[len(s)-1] == '"'
	if quote {
		s = s[1 : len(s)-1]
	}
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && (!quote || strings.IndexByte("\"\\$`", s[i+1]) >= 0) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func fromOSRelease(v map[string]string) inventory.Distro {
	d := inventory.Distro{
		ID:        strings.ToLower(v["ID"]),
		Version:   v["VERSION_ID"],
		Name:      v["PRETTY_NAME"],
		Codename:  v["VERSION_CODENAME"],
		CPE:       v["CPE_NAME"],
		VariantID: v["VARIANT_ID"],
	}
	if d.Name == "" {
		d.Name = v["NAME"]
	}
	for id := range strings.FieldsSeq(strings.ToLower(v["ID_LIKE"])) {
		if !slices.Contains(d.IDLike, id) && len(d.IDLike) < 16 {
			d.IDLike = append(d.IDLike, id)
		}
	}
	if d.Codename == "" && d.ID == "ubuntu" {
		d.Codename = v["UBUNTU_CODENAME"]
	}
	if d.Version == "" && d.ID == "debian" && d.Codename == "" {
		d.Codename = debianCodename(d.Name)
	}
	if d.Version == "" && d.ID != "" {
		// Debian testing has a codename only, Arch Linux BUILD_ID=rolling.
		d.Version = cmp.Or(d.Codename, v["BUILD_ID"])
	}
	return d
}

// debianCodename reads "trixie" out of "Debian GNU/Linux trixie/sid": so
// testing and unstable call themselves before a release has its number.
func debianCodename(pretty string) string {
	name := pretty[strings.LastIndexByte(pretty, ' ')+1:]
	name, _, sid := strings.Cut(name, "/sid")
	if !sid && name != "sid" || !catalog.IsWord(name) {
		return ""
	}
	return name
}

func fromLSB(v map[string]string) inventory.Distro {
	id := strings.ToLower(v["DISTRIB_ID"])
	if strings.Contains(id, " ") {
		id, _ = identify(v["DISTRIB_ID"])
	}
	if id == "" {
		return inventory.Distro{}
	}
	d := inventory.Distro{ID: id, Version: v["DISTRIB_RELEASE"], Codename: v["DISTRIB_CODENAME"], Name: v["DISTRIB_DESCRIPTION"]}
	d.IDLike = family(id)
	if d.Version == "" {
		d.Version = d.Codename
	}
	return d
}

// fromDebianVersion reads "12.5" or "trixie/sid". Ubuntu has the file too, with
// the words of the Debian that it began with; its os-release comes before.
func fromDebianVersion(text string) inventory.Distro {
	if text == "" || strings.ContainsAny(text, " \t") {
		return inventory.Distro{}
	}
	d := inventory.Distro{ID: "debian", Name: "Debian GNU/Linux " + text}
	if text[0] >= '0' && text[0] <= '9' {
		d.Version, _, _ = strings.Cut(text, ".") // advisories are for the major release
		return d
	}
	d.Codename, _, _ = strings.Cut(text, "/")
	d.Version = d.Codename
	return d
}
