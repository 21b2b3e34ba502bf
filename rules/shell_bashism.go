package rules

import (
	"fmt"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

// shellBashism depends on the shell in force: SHELL, a here-document's #! line or
// the program of a JSON form.
func shellBashism() rule.Rule {
	aliases := []string{"SC2039", "SC2112", "SC2113"}
	for code := 3001; code <= 3060; code++ {
		aliases = append(aliases, fmt.Sprintf("SC%d", code))
	}
	return rule.Rule{
		ID:    "shell-bashism",
		Title: "needs bash, but another shell runs it",
		Why: "Without a SHELL instruction /bin/sh runs a RUN. That is dash on Debian and Ubuntu and busybox on Alpine, which do not know what bash adds; " +
			"they stop with an error, or quietly do something else. " +
			"Write it as POSIX has it, or put SHELL [\"/bin/bash\", \"-c\"] before it.",
		Bad:      "FROM debian:12\nRUN source /etc/os-release && [[ $ID == debian ]]\n",
		Good:     "FROM debian:12\nSHELL [\"/bin/bash\", \"-c\"]\nRUN source /etc/os-release && [[ $ID == debian ]]\n",
		Severity: finding.Medium,
		Aliases:  aliases,
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			shellScripts(d, func(s *rule.Script) {
				set := map[string]bool{}
				for _, name := range s.Variables {
					set["$"+name] = true
				}
				for _, b := range s.Bashisms() {
					if set[b.What] {
						continue
					}
					d.Report(rule.Problem{
						Span:    s.Place(b.From, b.To),
						Message: fmt.Sprintf("%s is not known to every %s", b.What, s.Shell),
						Aliases: []string{b.Code, "SC2039"},
					})
				}
			})
		},
	}
}
