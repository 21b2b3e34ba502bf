package rules

import (
	"strings"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func pipTrustedHost() rule.Rule {
	return rule.Rule{
		ID:    "pip-trusted-host",
		Title: "pip does not check certificates",
		Why: "A trusted host may have any certificate, or none, so whoever sits in between can hand pip other packages, which run code at once. " +
			"Name your own certificate authority with --cert or PIP_CERT instead.",
		Bad:      "FROM python:3.12\nRUN pip install --no-cache-dir --trusted-host example.com flask==3.0.3\n",
		Good:     "FROM python:3.12\nRUN pip install --no-cache-dir --cert /etc/ssl/company.pem flask==3.0.3\n",
		Severity: finding.High,
		Aliases:  []string{"CKV2_DOCKER_4", "CKV2_DOCKER_16"},
		Since:    "2026.1",
		History:  true,
		Dockerfile: func(d *rule.Dockerfile) {
			assigned(d, []string{"PIP_TRUSTED_HOST"}, func(value string, report func(rule.Problem)) {
				if value != "" {
					report(rule.Problem{Message: "PIP_TRUSTED_HOST turns the check of certificates off for that host.", Aliases: []string{"CKV2_DOCKER_16"}})
				}
			})
			eachRun(d, func(r *run) {
				for _, c := range r.commands {
					program := isPip(c)
					if program == 0 {
						continue
					}
					for k, w := range c.Words[program:] {
						switch {
						case w.Text == "--trusted-host" || strings.HasPrefix(w.Text, "--trusted-host="):
							r.report(c, rule.Problem{Message: "--trusted-host turns the check of certificates off for that host.", Aliases: []string{"CKV2_DOCKER_4"}})
						case w.Text == "config" && k+2 < len(c.Words[program:]) && strings.HasSuffix(c.Words[program+k+2].Text, ".trusted-host"):
							r.report(c, rule.Problem{Message: "This setting turns the check of certificates off for that host.", Aliases: []string{}})
						default:
							continue
						}
						break
					}
				}
			})
		},
	}
}
