package rules

import (
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func nodeTlsOff() rule.Rule {
	return rule.Rule{
		ID:    "node-tls-off",
		Title: "Node.js does not check certificates",
		Why: "Every connection of the process then takes any certificate, at run time too where ENV sets it. " +
			"Add your own certificate authority with NODE_EXTRA_CA_CERTS instead.",
		Bad:      "FROM node:22\nENV NODE_TLS_REJECT_UNAUTHORIZED=0\n",
		Good:     "FROM node:22\nENV NODE_EXTRA_CA_CERTS=/etc/ssl/company.pem\n",
		Severity: finding.High,
		Aliases:  []string{"CKV2_DOCKER_6"},
		Since:    "2026.1",
		History:  true,
		Dockerfile: func(d *rule.Dockerfile) {
			assigned(d, []string{"NODE_TLS_REJECT_UNAUTHORIZED"}, func(value string, report func(rule.Problem)) {
				if value == "0" {
					report(rule.Problem{Message: "NODE_TLS_REJECT_UNAUTHORIZED=0 turns the check of certificates off.", Aliases: []string{"CKV2_DOCKER_6"}})
				}
			})
		},
	}
}
