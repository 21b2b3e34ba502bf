package rules

import (
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func userRootBuildStage() rule.Rule {
	return rule.Rule{
		ID:    "user-root-build-stage",
		Title: "A build stage ends as root",
		Why: "A stage that only builds something leaves no user in the image, so root does no harm there by itself. " +
			"It does where somebody builds with --target, or where a later stage starts from this one and forgets its USER. " +
			"Ask for this rule if every stage is to end as another user.",
		Bad:      "FROM debian:12 AS build\nUSER root\nRUN make\n\nFROM debian:12\nUSER 10001\nCOPY --from=build /app /app\n",
		Good:     "FROM debian:12 AS build\nRUN make\nUSER 10001\n\nFROM debian:12\nUSER 10001\nCOPY --from=build /app /app\n",
		Severity: finding.Info,
		Aliases:  []string{"DL3002", "DS-0002", "CKV_DOCKER_8"},
		Off:      true,
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			inForce := lastUser(d, finalStage(d))
			all := users(d.Instructions)
			for _, s := range d.Stages {
				own := users(s.Instructions)
				if len(own) == 0 || own[len(own)-1] == inForce {
					continue
				}
				if i := own[len(own)-1]; isRoot(userName(d, i)) {
					d.Report(rule.Problem{Span: i.Span, Aliases: without(rootAliases(d, i, all), "last_user_is_root", "CIS-DI-0001")})
				}
			}
		},
	}
}
