package scan

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/image"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/vex"
)

// applyVEX sets aside the vulnerabilities of which a VEX statement says that they
// are none of the image's, and notes what statements say of the others.
func (s *Scanner) applyVEX(img *image.Image, inv *inventory.Inventory, findings []finding.Finding) {
	if s.VEX == nil || len(s.VEX.Documents()) == 0 {
		return
	}
	named := imageNames(img, inv)
	places := placed(inv.Packages)
	for i := range findings {
		f := &findings[i]
		if f.Kind != finding.Vulnerability || f.Suppressed != "" {
			continue
		}
		statement, ok := s.VEX.Judge(named, places.subject(f))
		switch {
		case !ok:
		case statement.Status.Clears():
			f.Suppressed = "VEX: " + reason(statement)
		default:
			f.Because += "; VEX: " + reason(statement)
		}
	}
}

// reason is a statement as a person reads it: "not_affected,
// vulnerable_code_not_in_execute_path: the parser is never called (vex.json)".
func reason(s *vex.Statement) string {
	text := string(s.Status)
	if s.Justification != "" {
		text += ", " + s.Justification
	}
	why := s.Impact
	if s.Status == vex.Affected {
		why = cmp.Or(s.Action, s.Impact)
	}
	if why != "" {
		text += ": " + why
	}
	return text + " (" + s.Document + ")"
}

// imageNames are all ways to know the image.
func imageNames(img *image.Image, inv *inventory.Inventory) *vex.Image {
	out := &vex.Image{Platform: img.Platform, CPE: inv.Distro.CPE, Names: slices.Clone(img.Tags)}
	digests := append([]string{img.Digest, img.ID}, img.Indexes...)
	switch img.Source {
	case "registry", "docker", "podman", "containerd":
		name, digest, _ := strings.Cut(img.Ref, "@") // that of an index where it names one
		out.Names = append(out.Names, name)
		digests = append(digests, digest)
	}
	for _, d := range digests {
		if d != "" {
			out.Digests = append(out.Digests, d)
		}
	}
	return out
}

// places finds packages by where they are.
type places struct {
	packages []inventory.Package
	byPURL   map[string][]*inventory.Package
	byPath   map[string][]*inventory.Package // those of languages, by file
}

func placed(packages []inventory.Package) *places {
	p := &places{packages, map[string][]*inventory.Package{}, map[string][]*inventory.Package{}}
	for i := range packages {
		pkg := &packages[i]
		p.byPURL[pkg.PURL] = append(p.byPURL[pkg.PURL], pkg)
		switch pkg.Ecosystem {
		case "deb", "apk", "rpm":
		default:
			p.byPath[pkg.At.Path] = append(p.byPath[pkg.At.Path], pkg)
		}
	}
	return p
}

// subject says what a finding is about.
func (p *places) subject(f *finding.Finding) *vex.Subject {
	s := &vex.Subject{IDs: append([]string{f.ID}, f.Aliases...), PURL: f.Package.PURL}
	for _, pkg := range p.byPURL[f.Package.PURL] {
		if pkg.At == f.At {
			s.Source, s.SourceVersion, s.Module = pkg.SourceName(), pkg.SourceVer(), pkg.Module
			break
		}
	}
	switch f.Package.Ecosystem {
	case "deb", "apk", "rpm":
		return s
	}
	for _, file := range around(f.At.Path) {
		for _, outer := range p.byPath[file] {
			if outer.PURL != f.Package.PURL && !slices.Contains(s.Within, outer.PURL) && len(s.Within) < maxWithin {
				s.Within = append(s.Within, outer.PURL)
			}
		}
	}
	return s
}

// maxWithin bounds the packages around one: those of a Go program can be many.
const maxWithin = 1000

// around are the files whose packages hold the package of a file: the file
// itself, which a Go program and a shaded jar are for all in them; the archives
// around one in an archive ("a.war!/WEB-INF/lib/b.jar"); and the package.json of
// the packages whose node_modules it is in.
func around(file string) []string {
	files := []string{file}
	for at := strings.LastIndex(file, "!/"); at >= 0; at = strings.LastIndex(file[:at], "!/") {
		files = append(files, file[:at])
	}
	for dir := file; ; {
		at := strings.LastIndex(dir, "/node_modules/")
		if at < 0 {
			return files
		}
		dir = dir[:at]
		files = append(files, path.Join(dir, "package.json"))
	}
}
