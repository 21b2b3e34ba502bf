package rules

import (
	"strings"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func userMissing() rule.Rule {
	return rule.Rule{
		ID:    "user-missing",
		Title: "No USER is set, so the image runs as root",
		Why: "Without a USER the image runs as the user of its base image, which is nearly always root. " +
			"A program that runs as root needs only one hole to own the container, and often the machine. " +
			"Make a user, give it the files that it writes, and name it in USER before CMD.",
		Bad:      "FROM debian:12\nCMD [\"/bin/app\"]\n",
		Good:     "FROM debian:12\nUSER 10001\nCMD [\"/bin/app\"]\n",
		Severity: finding.Medium,
		Aliases:  []string{"DS-0002", "CIS-DI-0001", "CKV_DOCKER_3", "missing_user_instruction"},
		Since:    "2026.1",
		Image: func(im *rule.Image) {
			if im.Bare {
				return
			}
			user, _, _ := strings.Cut(strings.TrimSpace(effectiveUser(im)), ":")
			if user == "" && !onWindows(im) {
				im.Report(rule.Found{At: wholeImage(), Message: "The configuration names no user, so the image runs as root."})
			}
		},
		Dockerfile: func(d *rule.Dockerfile) {
			final := finalStage(d)
			if final == nil || lastUser(d, final) != nil {
				return
			}
			base := final
			for p := parentStage(d, base); p != nil; p = parentStage(d, base) {
				base = p
			}
			if strings.Contains(parseImage(base.Image).tag, "nonroot") || strings.Contains(parseImage(base.Image).path, "nonroot") {
				return
			}
			ids := []string{"CIS-DI-0001"}
			if base.Image != "scratch" {
				ids = append(ids, "missing_user_instruction")
			}
			if len(users(d.Instructions)) == 0 {
				ids = append(ids, "DS-0002", "CKV_DOCKER_3")
			}
			d.Report(rule.Problem{Span: final.From.Span, Aliases: ids, Fix: userFix(d, final)})
		},
	}
}
