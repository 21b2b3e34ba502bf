package rules

import (
	"fmt"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func commandPointless() rule.Rule {
	return rule.Rule{
		ID:    "command-pointless",
		Title: "RUN uses a command that makes no sense in a build",
		Why: "Commands that show or control a running system (ps, top, service, mount, ssh, …) find none while an image is built: " +
			"what they start is gone when the RUN ends, and what they show is the builder. " +
			"Start services from CMD or ENTRYPOINT, and look into running containers with docker exec.",
		Bad:      "FROM debian:12\nRUN service nginx start\n",
		Good:     "FROM debian:12\nCMD [\"nginx\", \"-g\", \"daemon off;\"]\n",
		Severity: finding.Info,
		Aliases:  []string{"DL3001", "run_utilities_and_posix_commands"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			eachRun(d, func(r *run) {
				for _, c := range r.commands {
					aliases, pointless := pointlessCommand(c.Name)
					if pointless {
						r.report(c, rule.Problem{Aliases: aliases, Message: fmt.Sprintf("%s has nothing to work on while an image is built.", c.Name)})
						return
					}
				}
			})
		},
	}
}

// pointlessCommand tells whether a program works only on a running system, and
// which tools say so.
func pointlessCommand(name string) (aliases []string, ok bool) {
	const hadolint, kics = "DL3001", "run_utilities_and_posix_commands"
	switch name {
	case "free", "kill", "mount", "ps", "service", "shutdown", "top", "vim", "ifconfig":
		return []string{hadolint, kics}, true
	case "ssh":
		return []string{hadolint}, true
	case "nano":
		return []string{kics}, true
	case "vi", "htop", "reboot", "systemctl", "umount":
		return []string{}, name != "systemctl"
	}
	return nil, false
}
