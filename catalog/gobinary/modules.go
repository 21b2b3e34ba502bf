package gobinary

import (
	"fmt"
	"regexp"
	"runtime/debug"
	"strings"

	"github.com/package-url/packageurl-go"

	"github.com/plimsoll/plimsoll/catalog"
	"github.com/plimsoll/plimsoll/inventory"
)

// unknownVersion is what Go writes for a module that was built from a working
// tree and not from a released version.
const unknownVersion = "(devel)"

// standardLibrary is the name under which the Go vulnerability database keeps
// the standard library.
const standardLibrary = "stdlib"

// toolchain is the name under which it keeps the go command and what that runs;
// goCommand is the program by which an installed toolchain is known.
const (
	toolchain = "toolchain"
	goCommand = "cmd/go"
)

const (
	// maxCount is the number of modules up to which a program is believed.
	maxCount = 20_000
	// maxName is the length in bytes of the longest module path or version.
	maxName = 1024
)

// boring is a release of the BoringCrypto branch, and released what can be the
// version in a linker flag.
var (
	boring   = regexp.MustCompile(`^([0-9.]+)b[0-9]+$`)
	released = regexp.MustCompile(`^v?[0-9]+\.[0-9]+(\.[0-9]+)?([-+][0-9A-Za-z.+-]+)?$`)
)

// packages lists what a program was built from: its main module, the modules
// that it uses as they were replaced, and the standard library; of the go command
// the toolchain too. With an error it is the standard library alone.
func packages(b blob) ([]inventory.Package, error) {
	all := []inventory.Package{module(standardLibrary, release(b.version))}
	if n := strings.Count(b.modules, "\ndep\t"); n > maxCount {
		return all, fmt.Errorf("%d modules in one program, at most %d are read", n, maxCount)
	}
	info, err := debug.ParseBuildInfo(b.modules)
	if err != nil {
		return all, err
	}
	if info.Path == goCommand && info.Main.Path == "" {
		all = append(all, module(toolchain, release(b.version)))
	}
	if info.Main.Path != "" {
		all = append(all, module(info.Main.Path, mainVersion(info)))
	}
	for _, m := range info.Deps {
		all = append(all, dependency(m))
	}
	for _, p := range all[1:] {
		switch {
		case len(p.Name) > maxName || len(p.Version) > maxName:
			return all[:1], fmt.Errorf("a module name or version of more than %d bytes", maxName)
		case !catalog.IsWord(p.Name) || p.Version != "" && !catalog.IsWord(p.Version):
			return all[:1], fmt.Errorf("%.100q is no module, or %.100q no version", p.Name, p.Version)
		}
	}
	return all, nil
}

func module(path, version string) inventory.Package {
	return inventory.Package{
		PURL: purl(path, version), Ecosystem: packageurl.TypeGolang, Name: path, Version: version,
	}
}

// dependency is the module that was really built in. A replacement by a folder
// has no version, and its name is one that only the machine of the build knew.
func dependency(m *debug.Module) inventory.Package {
	switch r := m.Replace; {
	case r == nil:
		return module(m.Path, m.Version)
	case r.Version == "" || r.Version == unknownVersion || strings.HasPrefix(r.Path, "."):
		return module(m.Path, unknownVersion)
	default:
		return module(r.Path, r.Version)
	}
}

// release is the version of the standard library behind what a toolchain calls
// itself, as the Go vulnerability database writes it: "go1.22.3 X:loopvar" is
// 1.22.3, "go1.19.4b5" of the BoringCrypto branch 1.19.4, and "devel
// go1.23-0a1b2c3d" 1.23-devel, which is before any release of it.
func release(version string) string {
	development := strings.HasPrefix(version, "devel")
	version, _, _ = strings.Cut(strings.TrimSpace(strings.TrimPrefix(version, "devel")), " ")
	version, ok := strings.CutPrefix(version, "go")
	if !ok || version == "" || version[0] < '0' || version[0] > '9' || !catalog.IsWord(version) {
		return unknownVersion
	}
	// What vendors append is no part of a release's name: "1.22.3-google".
	version, _, _ = strings.Cut(version, "-")
	version, _, _ = strings.Cut(version, "+")
	version = boring.ReplaceAllString(version, "$1")
	if development {
		return version + "-devel"
	}
	return version
}

// mainVersion is the version of the program's own module. Programs built from a
// working tree before Go 1.24 do not know theirs, unless they were told by
// "-ldflags=-X main.version=v1.2.3", as many are.
func mainVersion(info *debug.BuildInfo) string {
	if v := info.Main.Version; v != "" && v != unknownVersion {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "-ldflags" {
			if v := flagVersion(s.Value, info.Main.Path); v != "" {
				return v
			}
		}
	}
	return unknownVersion
}

// flagVersion finds a variable of the program's own that is set to a version in
// linker flags: one called version, in package main or below the main module.
func flagVersion(flags, module string) string {
	fields := strings.Fields(flags)
	for i, field := range fields {
		setting, ok := strings.CutPrefix(strings.Trim(field, `'"`), "-X")
		if !ok {
			continue
		}
		setting = strings.TrimPrefix(setting, "=")
		if setting == "" && i+1 < len(fields) {
			setting = fields[i+1]
		}
		name, value, _ := strings.Cut(strings.Trim(setting, `'"`), "=")
		dot := strings.LastIndexByte(name, '.')
		if dot < 0 || !released.MatchString(value) {
			continue
		}
		folder, variable := name[:dot], strings.ToLower(name[dot+1:])
		own := folder == "main" || folder == module || strings.HasPrefix(folder, module+"/")
		switch variable {
		case "version", "buildversion", "appversion", "gitversion", "releaseversion":
			if own || variable == "gitversion" && strings.HasSuffix(folder, "/version") {
				return "v" + strings.TrimPrefix(value, "v")
			}
		}
	}
	return ""
}
