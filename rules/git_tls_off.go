package rules

import (
	"strings"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func gitTlsOff() rule.Rule {
	return rule.Rule{
		ID:    "git-tls-off",
		Title: "git does not check certificates",
		Why: "Whoever sits between the build and the server can then hand it other code, which the image runs. " +
			"Add the certificate of your own server to the image instead.",
		Bad:      "FROM debian:12\nRUN GIT_SSL_NO_VERIFY=1 git clone https://example.com/a.git\n",
		Good:     "FROM debian:12\nRUN git clone https://example.com/a.git\n",
		Severity: finding.High,
		Aliases:  []string{"CKV2_DOCKER_14"},
		Since:    "2026.1",
		History:  true,
		Dockerfile: func(d *rule.Dockerfile) {
			assigned(d, []string{"GIT_SSL_NO_VERIFY"}, func(value string, report func(rule.Problem)) {
				if value != "" {
					report(rule.Problem{Message: "GIT_SSL_NO_VERIFY turns the check of certificates off, whatever its value.", Aliases: []string{"CKV2_DOCKER_14"}})
				}
			})
			eachRun(d, func(r *run) {
				for _, c := range r.calls("git") {
					if gitTLSOff(c) {
						r.report(c.Command, rule.Problem{Message: "http.sslVerify=false turns the check of certificates off.", Aliases: []string{}})
					}
				}
			})
		},
	}
}

// gitTLSOff tells whether a call sets http.sslVerify to false, for itself or for
// good.
func gitTLSOff(c call) bool {
	for k, w := range c.Words {
		name, value, ok := strings.Cut(strings.ToLower(w.Text), "=")
		if !ok && k+1 < len(c.Words) {
			value = strings.ToLower(c.Words[k+1].Text)
		}
		if strings.HasPrefix(name, "http.") && strings.HasSuffix(name, ".sslverify") || name == "http.sslverify" {
			return value == "false" || value == "0" || value == "no" || value == "off"
		}
	}
	return false
}
