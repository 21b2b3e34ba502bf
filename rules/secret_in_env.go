package rules

import (
	"fmt"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func secretInEnv() rule.Rule {
	return rule.Rule{
		ID:    "secret-in-env",
		Title: "A secret is handed in through ARG or ENV",
		Why: "The value of an ENV is in the image's configuration, and that of an ARG in its history and in the build's provenance: everyone who can pull the image reads it. " +
			"An ENV that takes its value from an ARG leaks it just the same. " +
			"While building, use RUN --mount=type=secret; at run time let the orchestrator hand secrets in.",
		Bad:      "FROM debian:12\nARG API_KEY\nENV API_KEY=${API_KEY}\n",
		Good:     "FROM debian:12\nENV API_KEY_FILE=/run/secrets/api_key\nRUN --mount=type=secret,id=api_key fetch --key-file /run/secrets/api_key\n",
		Severity: finding.High,
		Aliases:  []string{"DL3064", "SecretsUsedInArgOrEnv", "DS-0031", "CIS-DI-0010"},
		Since:    "2026.1",
		Image: func(im *rule.Image) {
			secretsInImage(im, func(v *secretVariable) string {
				if !v.secret {
					return ""
				}
				return fmt.Sprintf("%s %s: whoever can pull the image can read what it holds.%s", v.instruction.Name, v.Key, byBase(im, v.outer))
			})
		},
		Dockerfile: func(d *rule.Dockerfile) {
			for _, v := range secretVariables(d) {
				if v.secret {
					d.Report(rule.Problem{
						Span: v.span(), Aliases: v.aliases,
						Message: fmt.Sprintf("%s %s: whoever can pull the image can read what it holds.", v.instruction.Name, v.Key),
					})
				}
			}
		},
	}
}
