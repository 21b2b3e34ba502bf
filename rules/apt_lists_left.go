package rules

import (
	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func aptListsLeft() rule.Rule {
	r := rule.Rule{
		ID:    "apt-lists-left",
		Title: "The package lists of apt stay in the image",
		Why: "The lists that apt-get update fetches take tens of megabytes, are of no use at run time and are stale tomorrow. " +
			"Delete them in the same RUN: a later one cannot make the layer smaller.",
		Bad:      "FROM debian:12\nRUN apt-get update && apt-get install -y curl\n",
		Good:     "FROM debian:12\nRUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*\n",
		Severity: finding.Low,
		Aliases:  []string{"DL3009", "DKL-DI-0005", "apt_get_install_lists_were_not_deleted"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			cleanGone := map[*dockerfile.Stage]bool{} // stages where apt keeps what it downloads
			kept := keptStages(d)
			eachRun(d, func(r *run) {
				if dropsDockerClean(r) {
					cleanGone[r.outer.Stage] = true
				}
				c, left := listsLeft(r, cleanGone[r.outer.Stage])
				if !left || !kept[r.outer.Stage] {
					return
				}
				p := rule.Problem{Message: "Delete the package lists in the same RUN: rm -rf /var/lib/apt/lists/*."}
				if mountsAptLists(r) {
					p.Message = "apt keeps its downloads in this layer, since docker-clean is gone: mount a cache over /var/cache/apt too."
				}
				if !uncleanInstall(r) {
					p.Aliases = []string{"DL3009", "DKL-DI-0005"}
				}
				if calls := r.calls("apt-get", "apt", "aptitude"); len(calls) > 0 && !mountsAptLists(r) {
					p.Fix = fixed("delete the package lists", r.then(calls[len(calls)-1].Command, "rm -rf /var/lib/apt/lists/*"))
				}
				r.report(c.Command, p)
			})
		},
	}
	r.Image = leftInLayers(r.Dockerfile, "apt")
	return r
}

// listsLeft is the first apt-get update whose lists stay in the layer. Where
// nothing cleans what apt downloads, that has to be on a mount as well.
func listsLeft(r *run, keepsDownloads bool) (call, bool) {
	if mountsAptLists(r) && (!keepsDownloads || mounted(r.inner, "/var/cache/apt")) {
		return call{}, false
	}
	update, left := call{}, false
	for _, c := range r.calls("apt-get", "apt", "aptitude") {
		switch c.Subcommand(aptManager().valued...) {
		case "update":
			if !left {
				update, left = c, true
			}
		case "dist-clean", "distclean":
			left = false
		}
	}
	return update, left && !r.removesAfter(update, "/var/lib/apt/lists")
}

// dropsDockerClean tells whether a RUN removes the configuration with which the
// images of Debian and Ubuntu have apt delete what it downloaded.
func dropsDockerClean(r *run) bool {
	for _, c := range r.calls("rm") {
		for _, w := range c.Args() {
			if w.Text == "/etc/apt/apt.conf.d/docker-clean" {
				return true
			}
		}
	}
	return false
}

func mountsAptLists(r *run) bool { return mounted(r.inner, "/var/lib/apt/lists") }

// uncleanInstall tells whether neither apt-get clean nor rm comes after the
// first apt-get install of a RUN, which is what KICS asks for.
func uncleanInstall(r *run) bool {
	for _, in := range r.installs(aptManager()) {
		if in.Name != "apt-get" {
			continue
		}
		for _, c := range r.calls("apt-get", "rm") {
			if c.n > in.n && (c.Name == "rm" && c.Has("-r") && c.Has("-f") || c.Name == "apt-get" && c.Subcommand() == "clean") {
				return false
			}
		}
		return true
	}
	return false
}
