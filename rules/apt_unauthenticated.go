package rules

import (
	"strings"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func aptUnauthenticated() rule.Rule {
	return rule.Rule{
		ID:    "apt-unauthenticated",
		Title: "apt-get installs packages that nobody signed",
		Why: "Without the check of signatures, whoever sits between the build and the mirror chooses what is installed and runs it as root. " +
			"Add the key of the repository with signed-by instead.",
		Bad:      "FROM debian:12\nRUN apt-get install -y --allow-unauthenticated curl\n",
		Good:     "FROM debian:12\nRUN apt-get install -y curl\n",
		Severity: finding.High,
		Aliases:  []string{"CKV2_DOCKER_8", "CKV2_DOCKER_11"},
		Since:    "2026.1",
		History:  true,
		Dockerfile: func(d *rule.Dockerfile) {
			eachRun(d, func(r *run) {
				for _, c := range r.calls("apt-get", "apt", "aptitude") {
					for _, w := range c.Words[1:] {
						switch flag := strings.ToLower(w.Text); {
						case flag == "--allow-unauthenticated":
							r.report(c.Command, rule.Problem{Message: "--allow-unauthenticated installs what nobody signed.", Aliases: []string{"CKV2_DOCKER_8"}})
						case flag == "--force-yes":
							r.report(c.Command, rule.Problem{
								Message: "--force-yes installs what nobody signed, and older versions too; -y does not.", Aliases: []string{"CKV2_DOCKER_11"}})
						case aptCheckOff(flag):
							r.report(c.Command, rule.Problem{Message: short(w.Text) + " takes repositories that nobody signed.", Aliases: []string{}})
						}
					}
				}
			})
		},
	}
}

// aptCheckOff knows the other ways to have apt trust anything.
func aptCheckOff(flag string) bool {
	flag = strings.TrimPrefix(flag, "-o")
	name, value, _ := strings.Cut(flag, "=")
	switch name {
	case "--allow-insecure-repositories", "--no-allow-insecure-repositories":
		return name == "--allow-insecure-repositories" && value != "false"
	case "apt::get::allowunauthenticated", "acquire::allowinsecurerepositories":
		return value == "true" || value == "1" || value == "yes"
	case "acquire::https::verify-peer", "acquire::https::verify-host", "acquire::check-valid-until":
		return name != "acquire::check-valid-until" && (value == "false" || value == "0" || value == "no")
	}
	return false
}
