package rules

import (
	"fmt"
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func exposeProtocolCase() rule.Rule {
	return rule.Rule{
		ID:    "expose-protocol-case",
		Title: "The protocol of an exposed port is not in lower case",
		Why: "Tools that read the image's configuration compare the protocol with tcp and udp, letter by letter. " +
			"Write it in lower case.",
		Bad:      "FROM debian:12\nEXPOSE 8080/TCP\n",
		Good:     "FROM debian:12\nEXPOSE 8080/tcp\n",
		Severity: finding.Info,
		Aliases:  []string{"ExposeProtoCasing"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			needed := dispatched(d)
			ports(d, func(i *dockerfile.Instruction, all []port) {
				for _, p := range all {
					if p.protocol == strings.ToLower(p.protocol) {
						continue
					}
					problem := rule.Problem{
						Span:    p.word.Span,
						Message: fmt.Sprintf("Write the protocol %s in lower case.", p.protocol),
						Aliases: ifBuilt(needed, i, "ExposeProtoCasing"),
					}
					if !strings.Contains(p.word.Text, "$") {
						problem.Fix = &rule.Fix{Title: "write the protocol in lower case", Edits: []rule.Edit{replace(p.word.Span, strings.ToLower(written(d, p.word.Span)))}}
					}
					d.Report(problem)
				}
			})
		},
	}
}

// ifBuilt are aliases of BuildKit for an instruction, which it looks at only
// where the final stage needs it: empty in other stages.
func ifBuilt(needed map[*dockerfile.Stage]bool, i *dockerfile.Instruction, aliases ...string) []string {
	if i.Stage != nil && !needed[i.Stage] {
		return []string{}
	}
	return aliases
}
