package rules

import (
	"strings"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func rpmUnverified() rule.Rule {
	return rule.Rule{
		ID:    "rpm-unverified",
		Title: "Packages are installed that nobody signed",
		Why: "Without the check of signatures or certificates, whoever sits between the build and the mirror chooses what is installed and runs it as root. " +
			"Import the key of the repository with rpm --import instead.",
		Bad:      "FROM fedora:40\nRUN dnf install -y --nogpgcheck httpd-2.4.59 && dnf clean all\n",
		Good:     "FROM fedora:40\nRUN dnf install -y httpd-2.4.59 && dnf clean all\n",
		Severity: finding.High,
		Aliases:  []string{"CKV2_DOCKER_9", "CKV2_DOCKER_10", "CKV2_DOCKER_15"},
		Since:    "2026.1",
		History:  true,
		Dockerfile: func(d *rule.Dockerfile) {
			eachRun(d, func(r *run) {
				for _, c := range r.calls("rpm", "yum", "dnf", "dnf5", "tdnf", "microdnf", "zypper", "yum-config-manager", "dnf-config-manager") {
					flag, aliases := uncheckedRPM(c)
					if flag != "" {
						r.report(c.Command, rule.Problem{Message: c.Name + " " + short(flag) + " takes packages that nobody signed, or from anybody.", Aliases: aliases})
					}
				}
			})
		},
	}
}

// uncheckedRPM is the flag that turns a check off, with the tools that look for
// it.
func uncheckedRPM(c call) (flag string, aliases []string) {
	for k, w := range c.Words[1:] {
		text := strings.ToLower(w.Text)
		switch {
		case c.Name == "rpm" && has([]string{"--nodigest", "--nosignature", "--noverify", "--nofiledigest"}, text):
			return w.Text, []string{"CKV2_DOCKER_10"}
		case c.Name != "rpm" && c.Name != "zypper" && text == "--nogpgcheck":
			return w.Text, []string{"CKV2_DOCKER_9"}
		case c.Name == "zypper" && text == "--no-gpg-checks":
			return w.Text, []string{}
		}
		option, ok := strings.CutPrefix(text, "--setopt=")
		if !ok && text == "--setopt" && k+2 < len(c.Words) {
			option = strings.ToLower(c.Words[k+2].Text)
		}
		name, value, _ := strings.Cut(option, "=")
		name = name[strings.LastIndexByte(name, '.')+1:]
		if !has([]string{"0", "false", "no"}, value) {
			continue
		}
		switch {
		case name == "sslverify" && ok && (strings.HasSuffix(c.Name, "config-manager") || c.Subcommand() == "config-manager"):
			return w.Text, []string{"CKV2_DOCKER_15"}
		case name == "sslverify", name == "gpgcheck", name == "repo_gpgcheck" && c.Has("--nogpgcheck"):
			return "--setopt " + option, []string{}
		}
	}
	return "", nil
}
