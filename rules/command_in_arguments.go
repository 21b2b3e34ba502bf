package rules

import (
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func commandInArguments() rule.Rule {
	return rule.Rule{
		ID:    "command-in-arguments",
		Title: "A package manager is called among its own arguments",
		Why: "An && is missing where the lines were joined, so the second command is not run: its words are taken for names of packages. " +
			"The build fails, or works by chance and leaves out what was meant.",
		Bad:      "FROM debian:12\nRUN apt-get update && apt-get install -y curl \\\n    apt-get clean\n",
		Good:     "FROM debian:12\nRUN apt-get update && apt-get install -y curl \\\n    && apt-get clean\n",
		Severity: finding.High,
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			eachRun(d, func(r *run) {
				for _, c := range r.commands {
					if !has(managedPrograms(), c.Name) {
						continue
					}
					if at := repeated(c); at > 0 {
						p := rule.Problem{Message: c.Name + " " + short(c.Words[at+1].Text) + " is an argument here and is not run: an && is missing in front of it."}
						if s, ok := r.span(c.Words[at]); ok {
							e := insert(s.Start, "&& ")
							p.Fix = fixed("add &&", &e)
							p.Fix.Unsafe = true
						}
						r.report(c, p)
					}
				}
			})
		},
	}
}

func managedPrograms() []string {
	return []string{"apt-get", "apt", "apk", "yum", "dnf", "microdnf", "zypper"}
}
