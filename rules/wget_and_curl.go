package rules

import (
	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func wgetAndCurl() rule.Rule {
	return rule.Rule{
		ID:    "wget-and-curl",
		Title: "Both wget and curl are used",
		Why: "The two do the same, so one of them only makes the image larger and adds vulnerabilities to follow. " +
			"Choose one for the whole stage.",
		Bad:      "FROM debian:12\nRUN wget -q https://example.com/a\nRUN curl -fO https://example.com/b\n",
		Good:     "FROM debian:12\nRUN curl -fO https://example.com/a\nRUN curl -fO https://example.com/b\n",
		Severity: finding.Info,
		Aliases:  []string{"DL4001", "DS-0014", "run_using_wget_and_curl"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			seen := map[*dockerfile.Stage][2]bool{}
			eachRun(d, func(r *run) {
				wget, curl := r.calls("wget"), r.calls("curl")
				uses := seen[r.outer.Stage]
				uses = [2]bool{uses[0] || len(wget) > 0, uses[1] || len(curl) > 0}
				seen[r.outer.Stage] = uses
				if len(wget)+len(curl) == 0 || !uses[0] || !uses[1] {
					return
				}
				p := rule.Problem{Message: "This stage uses both wget and curl; one of them will do."}
				if len(curl) == 0 {
					p.Aliases = []string{"DL4001", "DS-0014"}
					r.report(wget[0].Command, p)
					return
				}
				r.report(curl[0].Command, p)
			})
		},
	}
}
