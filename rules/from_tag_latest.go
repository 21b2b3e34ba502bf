package rules

import (
	"fmt"
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	images "github.com/plimsoll/plimsoll/image"
	"github.com/plimsoll/plimsoll/rule"
)

func fromTagLatest() rule.Rule {
	return rule.Rule{
		ID:    "from-tag-latest",
		Title: "The base image has the tag latest",
		Why: "The tag latest moves with every release, so two builds of one Dockerfile can differ by a major version. " +
			"A rollback is impossible, as nothing says what was built upon. " +
			"Name the version that you have tested.",
		Bad:      "FROM node:latest\nRUN node --version\n",
		Good:     "FROM node:24\nRUN node --version\n",
		Severity: finding.Medium,
		Aliases:  []string{"DL3007", "DS-0001", "DKL-DI-0006", "CKV_DOCKER_7", "image_version_using_latest"},
		Since:    "2026.1",
		Image: func(im *rule.Image) {
			if m := parseImage(images.BaseName(im.Config)); m.tag == "latest" && m.digest == "" {
				im.Report(rule.Found{
					At: wholeImage(), Aliases: []string{"DL3007", "DS-0001", "CKV_DOCKER_7", "image_version_using_latest"},
					Message: fmt.Sprintf("It is built on the tag latest of %s, which moves with every release; name a version.", m.path),
				})
			}
		},
		Dockerfile: func(d *rule.Dockerfile) {
			bases(d, func(s *dockerfile.Stage, m image) {
				if m.tag != "latest" || m.digest != "" {
					return
				}
				p := rule.Problem{
					Span:    imageSpan(s),
					Message: fmt.Sprintf("The tag latest of %s moves with every release; name a version.", m.path),
				}
				if strings.Contains(s.Image, "$") {
					p.Aliases = []string{"DS-0001", "DKL-DI-0006"}
				}
				d.Report(p)
			})
		},
	}
}
