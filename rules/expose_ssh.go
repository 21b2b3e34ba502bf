package rules

import (
	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func exposeSSH() rule.Rule {
	return rule.Rule{
		ID:    "expose-ssh",
		Title: "The port of SSH is exposed",
		Why: "A container with an SSH server has passwords or keys to steal and a second way in that nothing watches. " +
			"To look into a running container there is docker exec. " +
			"Leave the server and its port out.",
		Bad:      "FROM debian:12\nEXPOSE 22\n",
		Good:     "FROM debian:12\nEXPOSE 8080\n",
		Severity: finding.Medium,
		Aliases:  []string{"DS-0004", "CKV_DOCKER_1", "exposing_port_22"},
		Since:    "2026.1",
		Image: func(im *rule.Image) {
			exposedPorts(im, func(p port, message string) {
				if p.covers(22) {
					im.Report(rule.Found{At: placeOfLast(im, "EXPOSE"), Message: "Port 22 is that of SSH." + message})
				}
			})
		},
		Dockerfile: func(d *rule.Dockerfile) {
			ports(d, func(_ *dockerfile.Instruction, all []port) {
				for _, p := range all {
					if !p.covers(22) {
						continue
					}
					problem := rule.Problem{Span: p.word.Span}
					if p.first != p.last || p.host != "" {
						problem.Aliases = []string{} // the other tools see the plain number only
					}
					d.Report(problem)
				}
			})
		},
	}
}
