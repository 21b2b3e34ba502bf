package rules

import (
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func yumCacheLeft() rule.Rule {
	r := rule.Rule{
		ID:    "yum-cache-left",
		Title: "yum leaves its cache in the image",
		Why: "yum keeps package lists and downloads in /var/cache/yum, tens of megabytes that are of no use at run time. " +
			"Run yum clean all in the same RUN: a later one cannot make the layer smaller.",
		Bad:      "FROM centos:7\nRUN yum install -y httpd\n",
		Good:     "FROM centos:7\nRUN yum install -y httpd && yum clean all\n",
		Severity: finding.Low,
		Aliases:  []string{"DL3032", "DS-0015", "yum_clean_all_missing"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			eachRun(d, func(r *run) {
				in, ok := uncleaned(r, yumManager(), false)
				if !ok {
					return
				}
				aliases := []string{"DL3032"}
				if in.verb.Text == "install" {
					aliases = append(aliases, "DS-0015")
					if first := r.installs(yumManager())[0]; r.inLastStage() && !cleanedAfter(r, first.call) {
						aliases = append(aliases, "yum_clean_all_missing")
					}
				}
				r.report(in.Command, rule.Problem{
					Message: "yum keeps its cache in this layer: end the RUN with yum clean all.",
					Aliases: aliases,
					Fix:     fixed("add yum clean all", r.then(in.Command, "yum clean all")),
				})
			})
		},
	}
	r.Image = leftInLayers(r.Dockerfile, "yum", "dnf")
	return r
}

// cleanedAfter tells whether any yum clean all comes after a call: KICS looks at
// the first install only.
func cleanedAfter(r *run, first call) bool {
	seen := false
	for _, c := range r.calls("yum") {
		if seen && c.Subcommand() == "clean" {
			return true
		}
		seen = seen || c.Words[0].Pos() == first.Words[0].Pos()
	}
	return false
}
