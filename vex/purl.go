package vex

import (
	"errors"
	"strings"

	"github.com/package-url/packageurl-go"
)

// PURL is a package URL, taken apart.
type PURL struct {
	Type, Namespace, Name, Version string
	qualifiers                     map[string]string
	Subpath                        string
}

// maxPURL bounds the bytes of a package URL.
const maxPURL = 4096

var errPURL = errors.New("no package URL")

// ParsePURL takes a package URL apart. Names are folded as their type demands:
// PEP 503 names of Python, lower case where case tells none apart. The epoch of
// an rpm's version becomes its qualifier, where most write it.
func ParsePURL(text string) (PURL, error) {
	if len(text) > maxPURL {
		return PURL{}, errPURL
	}
	in, err := packageurl.FromString(text)
	if err != nil {
		return PURL{}, errPURL
	}
	p := PURL{Type: in.Type, Namespace: in.Namespace, Name: in.Name, Version: in.Version, Subpath: in.Subpath, qualifiers: in.Qualifiers.Map()}
	switch p.Type {
	case packageurl.TypePyPi:
		p.Name = strings.ToLower(strings.NewReplacer("_", "-", ".", "-").Replace(p.Name))
	case packageurl.TypeNuget, packageurl.TypeComposer, packageurl.TypeHex, packageurl.TypePub:
		p.Namespace, p.Name = strings.ToLower(p.Namespace), strings.ToLower(p.Name)
	case packageurl.TypeGolang:
		p.Version = strings.TrimPrefix(strings.TrimPrefix(p.Version, "go"), "v")
	case packageurl.TypeRPM:
		if epoch, rest, ok := strings.Cut(p.Version, ":"); ok {
			p.Version, p.qualifiers["epoch"] = rest, epoch
		}
		if p.qualifiers["epoch"] == "0" {
			delete(p.qualifiers, "epoch")
		}
	case packageurl.TypeOCI, packageurl.TypeDocker:
		p.Name, p.Version = strings.ToLower(p.Name), strings.ToLower(p.Version)
	}
	return p, nil
}

// key is the part of a purl that must always be equal.
func (p *PURL) key() string { return p.Type + "\x00" + p.Namespace + "\x00" + p.Name }

// isImage tells whether the purl names a container image.
func (p *PURL) isImage() bool { return p.Type == packageurl.TypeOCI || p.Type == packageurl.TypeDocker }

// isSource tells whether a purl names the source of packages.
func (p *PURL) isSource() bool {
	return p.qualifiers["arch"] == "src" || p.qualifiers["arch"] == "source"
}

// covers tells whether the purl of a statement means a package, as OpenVEX
// demands: type, namespace and name are equal, a version and qualifiers only
// where the statement has them; the package may have more.
func (p *PURL) covers(c *component) bool {
	of := &c.own
	if p.isSource() {
		of = &c.source
	}
	if p.key() != of.key() || p.Version != "" && p.Version != of.Version {
		return false
	}
	for name, want := range p.qualifiers {
		if !c.qualified(of, name, want) {
			return false
		}
	}
	return p.Subpath == "" || p.Subpath == of.Subpath
}

// qualified tells whether a package has a qualifier of a statement. Those that
// tools write by habit and that do not tell packages apart are let pass: type=jar
// of Maven, type=module of Go; and tools differ in how they write distro and
// upstream.
func (c *component) qualified(of *PURL, name, want string) bool {
	have, ok := of.qualifiers[name]
	switch {
	case ok && have == want:
		return true
	case name == "arch" && of == &c.source:
		return true
	case name == "epoch":
		return want == "0" && !ok
	case name == "type":
		return of.Type == packageurl.TypeMaven && want == "jar" || of.Type == packageurl.TypeGolang && want == "module"
	case name == "distro":
		return ok && strings.HasSuffix(have, "-"+want)
	case name == "upstream":
		source, version, _ := strings.Cut(want, "@")
		return source == c.source.Name && (version == "" || version == c.source.Version)
	case name == "rpmmod" || name == "modularitylabel":
		return c.module != "" && (c.module == want || strings.HasPrefix(c.module, want+":"))
	}
	return false
}
