package catalog

import (
	"path"
	"strings"
)

// MayHoldPackage tells whether the file at path, by its name alone, may
// describe or contain a package of a language ecosystem: a Python METADATA, a
// package.json, a jar, an executable. Catalogers of distributions record the
// owner of such files only, because the list of all files that a distribution
// installs is long and of no use here.
func MayHoldPackage(p string) bool {
	dir, base := path.Split(p)
	switch base {
	case "METADATA", "PKG-INFO":
		dir = strings.TrimSuffix(dir, "/")
		return strings.HasSuffix(dir, ".dist-info") || strings.HasSuffix(dir, ".egg-info") || strings.HasSuffix(dir, "EGG-INFO")
	case "package.json", "installed.json", "conaninfo.txt", "DESCRIPTION":
		return true
	}
	switch strings.ToLower(path.Ext(base)) {
	case ".egg-info", ".gemspec", ".jar", ".war", ".ear", ".par", ".sar", ".nar", ".jpi", ".hpi", ".lpkg", ".kar",
		".rockspec", ".whl", ".egg":
		return true
	case ".json":
		return strings.HasSuffix(base, ".deps.json") || inDirectory(dir, "conda-meta")
	}
	return inDirectory(dir, "bin", "sbin", "libexec", "cli-plugins") || inGo(dir)
}

// inDirectory tells whether one of the directories of dir has one of the names.
func inDirectory(dir string, names ...string) bool {
	for dir != "" {
		var name string
		name, dir, _ = strings.Cut(dir, "/")
		for _, n := range names {
			if name == n {
				return true
			}
		}
	}
	return false
}

// inGo tells whether dir is in a Go toolchain, whose pkg/tool holds executables.
func inGo(dir string) bool {
	dir = strings.TrimPrefix(dir, "/")
	return (strings.HasPrefix(dir, "usr/lib/go") || strings.HasPrefix(dir, "usr/local/go/")) && strings.Contains(dir, "/pkg/tool/")
}
