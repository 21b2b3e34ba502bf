package rules

import (
	"fmt"
	"path"
	"strings"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/rule"
)

// maxChangedFiles is how many changed files are told one by one.
const maxChangedFiles = 100

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
	told, more := 0, 0
	for _, c := range changed {
		if c.Config {
			continue
		}
		if told++; told > maxChangedFiles {
			more++
			continue
		}
		what := "differs from what the package " + c.Package + " installed"
		if c.Replaced {
			what = "is no regular file any more, as the package " + c.Package + " installed it"
		}
		im.Report(rule.Found{
			At: inventory.Place{Layer: c.Layer, Path: c.Path}, Message: fmt.Sprintf("/%s %s", c.Path, what), Severity: changeSeverity(c.Path),
		})
	}
	if more > 0 {
		im.Report(rule.Found{At: inventory.Place{Layer: -1}, Message: fmt.Sprintf("%d more files of packages have been changed", more)})
	}
	if unknown > 0 {
		im.Report(rule.Found{
			At: inventory.Place{Layer: -1}, Severity: finding.Info,
			Message: fmt.Sprintf("%d files of packages could not be compared: their database uses another digest than its package manager does", unknown),
		})
	}
}

// changeSeverity is high for what runs.
func changeSeverity(file string) finding.Severity {
	switch base := path.Base(file); {
	case strings.Contains(file, "bin/"), strings.HasPrefix(file, "usr/libexec/"), strings.HasSuffix(base, ".so"), strings.Contains(base, ".so."):
		return finding.High
	}
	return finding.Medium
}
