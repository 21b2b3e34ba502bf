package rules

import (
	"fmt"
	"path"
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func workdirSystem() rule.Rule {
	return rule.Rule{
		ID:    "workdir-system",
		Title: "WORKDIR is in a directory of the system",
		Why: "A working directory under /proc let images break out of their container (CVE-2024-21626), since the kernel's files there lead to the host. " +
			"Under /dev and /sys files are hidden by what is mounted when the container starts. " +
			"Work in a directory of your own.",
		Bad:      "FROM debian:12\nWORKDIR /proc/self/fd/8\n",
		Good:     "FROM debian:12\nWORKDIR /app\n",
		Severity: finding.High,
		Aliases:  []string{"DS-0030"},
		Since:    "2026.1",
		History:  true,
		Dockerfile: func(d *rule.Dockerfile) {
			each(d, func(i *dockerfile.Instruction) {
				if len(i.Args) == 0 {
					return
				}
				dir := path.Clean(unquote(i.Args[0].Text)) + "/"
				for _, system := range []string{"/proc/", "/boot/", "/dev/", "/sys/", "/initrd/", "/lost+found/"} {
					if !strings.HasPrefix(dir, system) {
						continue
					}
					p := rule.Problem{
						Span:    i.Args[0].Span,
						Message: fmt.Sprintf("The directory %s belongs to the system.", strings.TrimSuffix(dir, "/")),
					}
					if system == "/sys/" {
						p.Aliases = []string{}
					}
					d.Report(p)
				}
			}, "WORKDIR")
		},
	}
}
