package rules

import (
	"fmt"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/walk"
)

func packageManagerInstalled() rule.Rule {
	return rule.Rule{
		ID:    "package-manager-installed",
		Title: "A package manager is in the image",
		Why: "Nothing at run time needs it, and whoever gets into a container finds in it the means to install tools. " +
			"Every image of a distribution has one, so this is no more than information. " +
			"Copy what you need into an image without one, such as distroless or scratch, in a last stage.",
		Bad:      "-rwxr-xr-x 0 0 1024 usr/bin/apt-get\n",
		Good:     "-rwxr-xr-x 0 0 1024 usr/bin/serve\n",
		Severity: finding.Info,
		Since:    "2026.1",
		Entry: func(e *walk.Entry) *inventory.Note {
			if e.Mode&0o111 == 0 || len(e.Path) > 24 || e.Mode.IsDir() || !isBelowAny(e.Path, "bin/", "usr/bin/", "usr/local/bin/", "sbin/") || !isManager(baseOf(e.Path)) {
				return nil
			}
			return &inventory.Note{Size: e.Size}
		},
		Image: func(im *rule.Image) { reportPrograms(im, "package manager", managerPackages()) },
	}
}

func isManager(name string) bool {
	switch name {
	case "apt", "apt-get", "aptitude", "dpkg", "apk", "yum", "dnf", "dnf5", "microdnf", "tdnf", "zypper", "rpm", "pacman", "opkg", "pip", "pip3", "npm", "yarn", "pnpm", "gem",
		"conda", "composer", "poetry", "uv", "cargo", "bun":
		return true
	}
	return false
}

// managerPackages are packages, besides those of the programs, that only serve
// to install others.
func managerPackages() []string {
	return []string{"libapt-pkg", "python-pip", "librpm", "libdnf", "libzypp", "libsolv", "python-pip-whl"}
}

// reportPrograms names the programs of a kind that a rule has noted, with what
// removing their packages, and those that go with them, would save.
func reportPrograms(im *rule.Image, kind string, with []string) {
	notes := im.Notes()
	if len(notes) == 0 {
		return
	}
	var names, owners []string
	for _, n := range notes {
		if name := baseOf(n.Path); !has(names, name) {
			names = append(names, name)
		}
		if owner, ok := im.Owner(n.Path); ok && !has(owners, owner) {
			owners = append(owners, owner)
		}
	}
	var packages []inventory.Package
	for _, p := range im.Inventory.Packages {
		if isSystemPackage(&p) && (has(owners, p.Name) || has(with, plainName(p.Name))) {
			packages = append(packages, p)
		}
	}
	im.Report(rule.Found{At: rule.At(notes[0]), Message: fmt.Sprintf("%s: %s.%s", counted(len(names), kind), listAll(names), saved(packages))})
}
