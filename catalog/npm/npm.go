// Package npm finds the Node.js packages that are installed in an image: every
// package.json of a package that lies directly in a node_modules folder,
// whichever of npm, yarn, pnpm and bun put it there, and the few places beside
// node_modules where Node.js itself or a distribution keeps packages.
//
// A package.json elsewhere describes a project and not something that was
// installed; lock files are read by others.
package npm

import (
	"context"
	"fmt"
	"strings"

	"github.com/package-url/packageurl-go"

	"github.com/plimsoll/plimsoll/catalog"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/walk"
)

// maxManifest is the size in bytes up to which a package.json is read. The
// largest that npm's registry serves are a few hundred kilobytes.
const maxManifest = 1 << 20

// maxName is the length in bytes of the longest name or version. npm itself
// takes names of 214 and versions of 256 bytes.
const maxName = 256

// Cataloger finds installed Node.js packages.
func Cataloger() catalog.Cataloger {
	return catalog.Cataloger{
		Name:      "npm",
		Doc:       "Reads package.json of every package in a node_modules folder.",
		Version:   1,
		Ecosystem: inventory.Ecosystem{Type: packageurl.TypeNPM, Advisories: "npm", Scheme: "npm"},
		Want: []walk.Pattern{
			{Glob: "**/node_modules/*/package.json"},
			{Glob: "**/node_modules/*/*/package.json"},
			// Node.js of Debian looks here as well.
			{Glob: "usr/share/nodejs/*/package.json"},
			{Glob: "usr/share/nodejs/*/*/package.json"},
			// The official node images unpack yarn here.
			{Glob: "opt/yarn-*/package.json"},
		},
		Read: read,
	}
}

func read(_ context.Context, f *walk.File, part *inventory.Part) error {
	place, ok := installed(f.Path)
	if !ok {
		return nil
	}
	part.File(f.Path)
	b, err := f.Bytes(maxManifest)
	if err != nil {
		return fmt.Errorf("read package.json: %w", err)
	}
	m, err := parse(b)
	if err != nil {
		return err
	}
	if m.name == "" {
		m.name = place
	}
	// Without a version it is a folder with a setting or two ("type": "module")
	// that somebody put there, and no advisory could be about it.
	if m.name == "" || m.version == "" {
		return nil
	}
	if !catalog.IsWord(m.name) || !catalog.IsWord(m.version) {
		return fmt.Errorf("package.json: %.100q is no name, or %.100q no version", m.name, m.version)
	}
	if len(m.name) > maxName || len(m.version) > maxName {
		return fmt.Errorf("package.json: name of %d or version of %d bytes, at most %d are taken", len(m.name), len(m.version), maxName)
	}
	part.Add(f.Path, inventory.Package{
		PURL:      purl(m.name, m.version),
		Ecosystem: packageurl.TypeNPM,
		Name:      m.name,
		Version:   m.version,
		Licenses:  m.licenses,
	})
	return nil
}

// installed says whether a package.json at this path is that of an installed
// package, and under which name its folder goes. Packages carry more of these
// files deeper inside, for their tests or to set the module format of a folder.
func installed(path string) (name string, ok bool) {
	dir, ok := strings.CutSuffix(path, "/package.json")
	if !ok {
		return "", false
	}
	for _, root := range []string{"node_modules/", "usr/share/nodejs/"} {
		at := strings.LastIndex("/"+dir, "/"+root)
		if at < 0 || root[0] == 'u' && at != 0 {
			continue
		}
		name = dir[at+len(root):]
		scope, rest, scoped := strings.Cut(name, "/")
		if strings.HasPrefix(scope, "@") {
			return name, scoped && rest != "" && !strings.Contains(rest, "/")
		}
		return name, !scoped
	}
	yarn, ok := strings.CutPrefix(dir, "opt/yarn-")
	return "yarn", ok && !strings.Contains(yarn, "/")
}

func purl(name, version string) string {
	scope, bare, ok := strings.Cut(name, "/")
	if !ok {
		scope, bare = "", name
	}
	return packageurl.NewPackageURL(packageurl.TypeNPM, scope, bare, version, nil, "").ToString()
}
