package rules

import (
	"strings"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func zypperCacheLeft() rule.Rule {
	r := rule.Rule{
		ID:    "zypper-cache-left",
		Title: "zypper leaves its cache in the image",
		Why: "zypper keeps package lists and downloads in /var/cache/zypp, which are of no use at run time. " +
			"Run zypper clean in the same RUN: a later one cannot make the layer smaller.",
		Bad:      "FROM opensuse/leap:15.6\nRUN zypper install -y httpd\n",
		Good:     "FROM opensuse/leap:15.6\nRUN zypper install -y httpd && zypper clean\n",
		Severity: finding.Low,
		Aliases:  []string{"DL3036", "DS-0020", "missing_zypper_clean"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			eachRun(d, func(r *run) {
				c, ok := zypperUncleaned(r)
				if !ok {
					return
				}
				aliases := []string{"DS-0020"}
				if c.Subcommand(zypperManager().valued...) != "remove" {
					aliases = append(aliases, "DL3036")
				}
				if r.inLastStage() && !cleanedLater(r, "zypper clean", "zypper cc") && !strings.Contains(r.line(), "zypper cc") && !strings.Contains(r.line(), "zypper clean") {
					aliases = append(aliases, "missing_zypper_clean")
				}
				r.report(c.Command, rule.Problem{
					Message: "zypper keeps its cache in this layer: end the RUN with zypper clean.",
					Aliases: aliases,
					Fix:     fixed("add zypper clean", r.then(c.Command, "zypper clean")),
				})
			})
		},
	}
	r.Image = leftInLayers(r.Dockerfile, "zypper")
	return r
}

// zypperUncleaned is the last call of zypper that changes packages where no
// clean comes after it.
func zypperUncleaned(r *run) (last call, found bool) {
	if mounted(r.inner, "/var/cache/zypp") {
		return last, false
	}
	for _, c := range r.calls("zypper") {
		switch verb := c.Subcommand(zypperManager().valued...); {
		case has(zypperChanges(), verb):
			last, found = c, true
		case verb == "clean" || verb == "cc":
			found = false
		}
	}
	return last, found && !r.removesAfter(last, "/var/cache/zypp", "/var/cache/zypp/packages")
}
