package rules

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/rule"
)

// How many changed files are told one by one, of all packages and of one.
const (
	maxChangedFiles    = 500
	maxChangedTogether = 50
)

func packageFileChanged() rule.Rule {
	return rule.Rule{
		ID:    "package-file-changed",
		Title: "A file of an installed package has been changed",
		Why: "The package databases of dpkg, apk and rpm keep a digest of every file that they install. A program or library with other bytes " +
			"was patched by hand, which the next update undoes, or tampered with. Change what a package installs by building the package, or put " +
			"your own file beside it; then whoever checks the image with `rpm -V`, `debsums` or this rule sees that it is whole. " +
			"Configuration files are left out, and so is what lies in /usr/local, /home, /root and /srv.",
		Bad:      "RUN printf '#!/bin/sh\\nexit 0\\n' > /usr/bin/passwd\n",
		Good:     "COPY my-passwd /usr/local/bin/passwd\n",
		Severity: finding.Medium,
		Since:    "2026.2",
		Sums:     true,
		Image:    reportChangedFiles,
	}
}

func reportChangedFiles(im *rule.Image) {
	changed, unknown := im.Inventory.Disk.Changed()
	changed = slices.DeleteFunc(changed, func(c inventory.Changed) bool { return c.Config })
	told, packages := 0, map[string]int{}
	for _, c := range changed {
		packages[c.Package]++
	}
	for _, c := range changed {
		if packages[c.Package] > maxChangedTogether || told >= maxChangedFiles {
			continue
		}
		told++
		packages[c.Package]--
		what := "differs from what the package " + c.Package + " installed"
		if c.Replaced {
			what = "is no regular file any more, as the package " + c.Package + " installed it"
		}
		im.Report(rule.Found{
			At: inventory.Place{Layer: c.Layer, Path: c.Path}, Message: fmt.Sprintf("/%s %s", c.Path, what), Severity: changeSeverity(c.Path),
		})
	}
	for _, pkg := range slices.Sorted(maps.Keys(packages)) {
		if packages[pkg] > 0 {
			reportChangedPackage(im, changed, pkg, packages[pkg])
		}
	}
	if unknown > 0 {
		im.Report(rule.Found{
			At: inventory.Place{Layer: -1}, Severity: finding.Info,
			Message: fmt.Sprintf("%s of packages could not be compared: their database uses another digest than its package manager does", counted(unknown, "file")),
		})
	}
}

// reportChangedPackage tells of many files of a package at once, at the gravest.
func reportChangedPackage(im *rule.Image, changed []inventory.Changed, pkg string, n int) {
	worst := rule.Found{}
	for _, c := range changed {
		if severity := changeSeverity(c.Path); c.Package == pkg && severity > worst.Severity {
			worst.At, worst.Severity = inventory.Place{Layer: c.Layer, Path: c.Path}, severity
			worst.Message = fmt.Sprintf("%s differ from what the package %s installed, /%s for one: something else was installed over it", counted(n, "file"), pkg, c.Path)
		}
	}
	im.Report(worst)
}

// changeSeverity is high for what runs.
func changeSeverity(file string) finding.Severity {
	switch base := path.Base(file); {
	case strings.Contains(file, "bin/"), strings.HasPrefix(file, "usr/libexec/"), strings.HasSuffix(base, ".so"), strings.Contains(base, ".so."):
		return finding.High
	}
	return finding.Medium
}
