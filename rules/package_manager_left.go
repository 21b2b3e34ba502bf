package rules

import (
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func packageManagerLeft() rule.Rule {
	return rule.Rule{
		ID:    "package-manager-left",
		Title: "The package manager stays in the final image",
		Why: "Nothing at run time needs it, and whoever gets into the container finds in it the means to install tools. " +
			"Build on an image without one, or copy what you need into such an image in a last stage.",
		Bad:      "FROM debian:12\nRUN apt-get update && apt-get install -y curl=7.88.1 && rm -rf /var/lib/apt/lists/*\n",
		Good:     "FROM debian:12 AS build\nRUN apt-get update && apt-get install -y gcc\nFROM gcr.io/distroless/static-debian12\nCOPY --from=build /app /app\n",
		Severity: finding.Info,
		Off:      true,
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			var at *call
			var in *run
			eachRun(d, func(r *run) {
				if r.outer.Stage == nil || r.outer.Stage != finalStage(d) {
					return
				}
				for _, c := range r.calls(managerPrograms()...) {
					if at == nil {
						at, in = &c, r
					}
				}
				if removesManager(r) {
					at = nil
				}
			})
			if at != nil {
				in.report(at.Command, rule.Problem{Message: "The last stage uses " + at.Name + " and leaves it in the image."})
			}
		},
	}
}

func managerPrograms() []string {
	return []string{"apt-get", "apt", "aptitude", "apk", "yum", "dnf", "microdnf", "tdnf", "zypper", "pacman"}
}

// removesManager tells whether a RUN takes the package manager away.
func removesManager(r *run) bool {
	for _, c := range r.commands {
		for _, w := range c.Words {
			switch w.Text {
			case "apk-tools", "/sbin/apk", "/usr/bin/apt", "/usr/bin/apt-get", "/usr/bin/dnf", "/usr/bin/yum", "/usr/bin/zypper":
				return c.Name != "ls"
			case "apt", "dnf", "yum", "zypper", "rpm":
				return c.Has("purge", "--purge", "-e", "--erase") || c.Subcommand() == "purge" || c.Subcommand() == "remove"
			}
		}
	}
	return false
}
