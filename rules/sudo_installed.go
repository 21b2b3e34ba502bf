package rules

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/walk"
)

func sudoInstalled() rule.Rule {
	return rule.Rule{
		ID:    "sudo-installed",
		Title: "sudo is in the image",
		Why: "With sudo, a hole in the program is one step closer to root: a careless line in sudoers or a hole in sudo itself does the rest. " +
			"A container needs none, since whoever starts it says which user it runs as. " +
			"Leave sudo and doas out; where a start script has to change the user, gosu or setpriv only give rights up.",
		Bad:      "FROM debian:12\nRUN apt-get update && apt-get install -y sudo\n",
		Good:     "FROM debian:12\nRUN apt-get update && apt-get install -y gosu\n",
		Severity: finding.Low,
		Aliases:  []string{"DKL-DI-0001"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			eachRun(d, func(r *run) {
				if w := sudoInstall(r); w != nil {
					r.report(w.Command, rule.Problem{Message: "sudo is not needed to be root in a container."})
				}
			})
		},
		Entry: func(e *walk.Entry) *inventory.Note {
			if n := len(e.Path); n < 8 || e.Path[n-5:] != "/sudo" && e.Path[n-5:] != "/doas" || e.Mode&fs.ModeType != 0 {
				return nil
			}
			if e.Mode&(fs.ModeSetuid|0o111) == 0 || !strings.HasSuffix(path.Dir(e.Path), "bin") {
				return nil
			}
			return &inventory.Note{Text: "/" + e.Path + " is there."}
		},
		Image: sudoInImage,
	}
}

// sudoInImage reports the RUN that installed sudo, or else the package, or else
// the program.
func sudoInImage(im *rule.Image) {
	told := false
	eachRun(im.History, func(r *run) {
		if w := sudoInstall(r); w != nil && owns(im, r.outer) {
			told = true
			im.Report(rule.Found{At: im.PlaceOf(r.outer), Message: fmt.Sprintf("A RUN installs %s.", w.pkg)})
		}
	})
	if told {
		return
	}
	for _, p := range im.Inventory.Packages {
		if isSudo(p.Name) && (p.Ecosystem == "deb" || p.Ecosystem == "apk" || p.Ecosystem == "rpm") {
			im.Report(rule.Found{
				At: p.At, Message: fmt.Sprintf("The package %s is installed.", p.Name), Aliases: []string{},
				Package: finding.Package{PURL: p.PURL, Name: p.Name, Version: p.Version},
			})
			return
		}
	}
	for _, n := range im.Notes() {
		im.Report(rule.Found{At: rule.At(n), Message: n.Text, Aliases: []string{}})
		return
	}
}

// sudoCall is a command that installs sudo.
type sudoCall struct {
	call
	pkg string
}

// sudoInstall finds the command of a RUN that installs sudo or doas.
func sudoInstall(r *run) *sudoCall {
	for _, m := range []manager{aptManager(), apkManager(), yumManager(), dnfManager(), zypperManager()} {
		for _, in := range r.installs(m) {
			for _, w := range in.packages {
				if isSudo(w.Text) {
					return &sudoCall{in.call, w.Text}
				}
			}
		}
	}
	return nil
}

func isSudo(pkg string) bool {
	return pkg == "sudo" || pkg == "sudo-rs" || pkg == "doas" || pkg == "opendoas"
}
