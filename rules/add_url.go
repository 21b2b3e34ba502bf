package rules

import (
	"fmt"
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func addURL() rule.Rule {
	return rule.Rule{
		ID:    "add-url",
		Title: "ADD fetches a file that nobody checks",
		Why: "What a server sends today need not be what it sent yesterday, and ADD takes it as it comes. " +
			"The file also stays in a layer of its own, even if a later RUN deletes it. " +
			"Give ADD a --checksum, or fetch, check, unpack and delete the file in one RUN.",
		Bad:      "FROM debian:12\nADD https://example.com/tool /usr/bin/tool\n",
		Good:     "FROM debian:12\nADD --checksum=sha256:24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d https://example.com/tool /usr/bin/tool\n",
		Severity: finding.Medium,
		Aliases:  []string{"curl_or_wget_instead_of_add", "CKV_DOCKER_4"},
		Since:    "2026.1",
		// Builders do not note a --checksum in the history.
		Image: func(im *rule.Image) {
			each(im.History, func(i *dockerfile.Instruction) {
				from, to, _ := copied(i)
				for _, source := range from {
					if owns(im, i) && (strings.HasPrefix(source, "http://") || strings.HasPrefix(source, "https://") && !strings.Contains(source, ".git")) {
						im.Report(rule.Found{At: im.PlaceOf(i), Severity: finding.Low, Message: fmt.Sprintf("%s comes from %s; the history does not show whether it was checked.", short(to), short(source))})
					}
				}
			}, "ADD")
		},
		Dockerfile: func(d *rule.Dockerfile) {
			each(d, func(i *dockerfile.Instruction) {
				if _, ok := flagOf(i, "checksum"); ok {
					return
				}
				from, _, _ := copied(i)
				for n, s := range from {
					if strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://") && !strings.Contains(s, ".git") {
						d.Report(rule.Problem{Span: i.Args[n].Span, Message: fmt.Sprintf("%s is taken as it comes, without a checksum.", s)})
					}
				}
			}, "ADD")
		},
	}
}
