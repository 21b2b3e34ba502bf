package rules

import (
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func pythonTlsOff() rule.Rule {
	return rule.Rule{
		ID:    "python-tls-off",
		Title: "Python does not check certificates",
		Why: "Every connection of the process then takes any certificate, at run time too where ENV sets it. " +
			"Add your own certificate authority to the trust store of the image instead.",
		Bad:      "FROM python:3.12\nENV PYTHONHTTPSVERIFY=0\n",
		Good:     "FROM python:3.12\nENV SSL_CERT_FILE=/etc/ssl/company.pem\n",
		Severity: finding.High,
		Aliases:  []string{"CKV2_DOCKER_5"},
		Since:    "2026.1",
		History:  true,
		Dockerfile: func(d *rule.Dockerfile) {
			assigned(d, []string{"PYTHONHTTPSVERIFY"}, func(value string, report func(rule.Problem)) {
				if value == "0" {
					report(rule.Problem{Message: "PYTHONHTTPSVERIFY=0 turns the check of certificates off.", Aliases: []string{"CKV2_DOCKER_5"}})
				}
			})
		},
	}
}
