package rules

import (
	"fmt"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func secretLikeName() rule.Rule {
	return rule.Rule{
		ID:    "secret-like-name",
		Title: "ARG or ENV has a name that could be a secret's",
		Why: "Other tools report every name with words such as key, auth or username, also where the value is empty, a path, or the fingerprint of a public key. " +
			"Most of these are no secrets, so this rule is off. " +
			"Ask for it to see them all; secret-in-env has those that very likely are.",
		Bad:      "FROM debian:12\nENV GPG_KEY=0123456789ABCDEF0123456789ABCDEF01234567\n",
		Good:     "FROM debian:12\nENV APP_HOME=/app\n",
		Severity: finding.Info,
		Aliases:  []string{"DL3064", "SecretsUsedInArgOrEnv", "DS-0031", "CIS-DI-0010"},
		Off:      true,
		Since:    "2026.1",
		Image: func(im *rule.Image) {
			secretsInImage(im, func(v *secretVariable) string {
				if v.secret || !owns(im, v.outer) {
					return ""
				}
				return fmt.Sprintf("%s %s: make sure that it holds no secret.", v.instruction.Name, v.Key)
			})
		},
		Dockerfile: func(d *rule.Dockerfile) {
			for _, v := range secretVariables(d) {
				if !v.secret {
					d.Report(rule.Problem{
						Span: v.span(), Aliases: v.aliases,
						Message: fmt.Sprintf("%s %s: make sure that it holds no secret.", v.instruction.Name, v.Key),
					})
				}
			}
		},
	}
}
