package rules

import (
	"fmt"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func exposeAdmin() rule.Rule {
	return rule.Rule{
		ID:    "expose-admin",
		Title: "A port for administration is exposed",
		Why: "Whoever reaches such a port rules the machine or the cluster behind it, often without a password. " +
			"EXPOSE invites to publish it, and docker run -P does so for all of them. " +
			"Leave it out, and reach it over the private network of the containers.",
		Bad:      "FROM debian:12\nEXPOSE 2375\n",
		Good:     "FROM debian:12\nEXPOSE 8443\n",
		Severity: finding.Medium,
		Since:    "2026.1",
		Image: func(im *rule.Image) {
			exposedPorts(im, func(p port, message string) {
				for _, a := range adminPorts() {
					if p.covers(a.number) {
						im.Report(rule.Found{At: placeOfLast(im, "EXPOSE"), About: fmt.Sprint(a.number), Message: fmt.Sprintf("Port %d is that of %s.%s", a.number, a.service, message)})
					}
				}
			})
		},
		Dockerfile: func(d *rule.Dockerfile) {
			ports(d, func(_ *dockerfile.Instruction, all []port) {
				for _, p := range all {
					for _, a := range adminPorts() {
						if p.covers(a.number) {
							d.Report(rule.Problem{Span: p.word.Span, Message: fmt.Sprintf("Port %d is that of %s.", a.number, a.service)})
						}
					}
				}
			})
		},
	}
}

// adminPort is a port over which a machine is ruled.
type adminPort struct {
	number  int
	service string
}

func adminPorts() []adminPort {
	return []adminPort{
		{23, "Telnet"}, {512, "rexec"}, {513, "rlogin"}, {514, "rsh"}, {623, "IPMI"},
		{2375, "the Docker daemon without TLS"}, {2376, "the Docker daemon"}, {2377, "a Docker swarm's managers"},
		{2379, "etcd"}, {2380, "etcd's members"}, {3389, "remote desktops"}, {5900, "VNC"}, {5985, "WinRM"}, {5986, "WinRM"},
		{10250, "the kubelet"}, {10255, "the kubelet without a login"},
	}
}
