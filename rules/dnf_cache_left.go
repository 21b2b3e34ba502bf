package rules

import (
	"strings"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func dnfCacheLeft() rule.Rule {
	r := rule.Rule{
		ID:    "dnf-cache-left",
		Title: "dnf leaves its cache in the image",
		Why: "dnf keeps package lists and downloads in /var/cache, tens of megabytes that are of no use at run time. " +
			"Run dnf clean all in the same RUN: a later one cannot make the layer smaller.",
		Bad:      "FROM fedora:40\nRUN dnf install -y httpd\n",
		Good:     "FROM fedora:40\nRUN dnf install -y httpd && dnf clean all\n",
		Severity: finding.Low,
		Aliases:  []string{"DL3040", "DS-0019", "DS-0027", "missing_dnf_clean_all"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			eachRun(d, func(r *run) {
				in, ok := uncleaned(r, dnfManager(), true)
				if !ok {
					return
				}
				r.report(in.Command, rule.Problem{
					Message: in.Name + " keeps its cache in this layer: end the RUN with " + in.Name + " clean all.",
					Aliases: dnfCleanAliases(r, in),
					Fix:     fixed("add "+in.Name+" clean all", r.then(in.Command, in.Name+" clean all")),
				})
			})
		},
	}
	r.Image = leftInLayers(r.Dockerfile, "dnf", "yum")
	return r
}

// dnfCleanAliases are the tools that report a dnf without a clean: Trivy where
// the text has "dnf install", KICS where that is in the last stage and no later
// RUN there cleans.
func dnfCleanAliases(r *run, in install) []string {
	aliases := []string{"DL3040"}
	line := r.line()
	if strings.Contains(line, "dnf in") || strings.Contains(line, "dnf rei") {
		aliases = append(aliases, "DS-0019")
		if r.inLastStage() && !cleanedLater(r, "dnf clean") {
			aliases = append(aliases, "missing_dnf_clean_all")
		}
	}
	if in.Name == "microdnf" {
		aliases = append(aliases, "DS-0027")
	}
	return aliases
}
