package rules

import (
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/rule"
)

// reportRPMYes reports installs of yum or dnf that ask before they install.
func reportRPMYes(r *run, m manager) {
	for _, in := range r.installs(m) {
		if in.Has("-y", "--assumeyes", "--assume-yes", "--assumeno") {
			continue
		}
		r.report(in.Command, rule.Problem{
			Message: in.Name + " " + in.verb.Text + " asks before it installs, and nobody can answer in a build: add -y.",
			Fix:     fixed("add -y", r.addAfter(in.verb, "-y")),
		})
	}
}

// rpmCaches are where yum and dnf keep what they fetch.
func rpmCaches() []string { return []string{"/var/cache/yum", "/var/cache/dnf", "/var/cache/libdnf5"} }

// uncleaned is the last call of yum or dnf that installs where its own clean all
// does not come after it; with upgrades, one that upgrades counts too.
func uncleaned(r *run, m manager, upgrades bool) (last install, found bool) {
	for _, dir := range rpmCaches() {
		if mounted(r.inner, dir) {
			return last, false
		}
	}
	for _, c := range r.calls(m.programs...) {
		in, ok := c.install(m)
		args := c.Args(m.valued...)
		switch {
		case ok:
			last, found = in, true
		case upgrades && len(args) > 0 && has(rpmUpgrades(), args[0].Text):
			last, found = install{c, args[0], args[1:]}, true
		case found && c.Name == last.Name && len(args) > 1 && args[0].Text == "clean" && args[1].Text == "all":
			found = false
		}
	}
	return last, found && !r.removesAfter(last.call, rpmCaches()...)
}

// rpmUpgrades are the commands of dnf that fetch packages and install none by
// name.
func rpmUpgrades() []string {
	return []string{
		"upgrade", "up", "update", "upgrade-minimal", "up-min", "update-minimal", "distro-sync", "dsync",
		"distrosync", "downgrade", "swap", "builddep", "groupupdate"}
}

// cleanedLater tells whether the text of a later RUN of the same stage has one
// of the phrases, which is enough for KICS. A rule always asks for the same ones.
func cleanedLater(r *run, phrases ...string) bool {
	if r.facts.cleaned == nil {
		r.facts.cleaned = map[*dockerfile.Stage]int{}
		for _, i := range r.d.Instructions {
			for _, p := range phrases {
				if i.Name == "RUN" && strings.Contains(i.Text, p) {
					r.facts.cleaned[i.Stage] = i.Span.Start.Offset
				}
			}
		}
	}
	return r.facts.cleaned[r.outer.Stage] > r.outer.Span.Start.Offset
}
