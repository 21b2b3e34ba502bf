package rules

import (
	"fmt"
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	images "github.com/plimsoll/plimsoll/image"
	"github.com/plimsoll/plimsoll/rule"
)

func fromTagMissing() rule.Rule {
	return rule.Rule{
		ID:    "from-tag-missing",
		Title: "The base image has no tag",
		Why: "Without a tag Docker takes the one called latest, whatever that is on the day of the build. " +
			"The same Dockerfile then gives other images over time, and a broken build cannot be traced to a change. " +
			"Name the version that you have tested.",
		Bad:      "FROM debian\nRUN echo hello\n",
		Good:     "FROM debian:12\nRUN echo hello\n",
		Severity: finding.Medium,
		Aliases:  []string{"DL3006", "DS-0001", "CKV_DOCKER_7", "image_version_not_explicit"},
		Since:    "2026.1",
		Image: func(im *rule.Image) {
			m := parseImage(images.BaseName(im.Config))
			if m.path != "" && m.path != "scratch" && m.tag == "" && m.digest == "" {
				im.Report(rule.Found{At: wholeImage(), Message: fmt.Sprintf("It is built on %s without a tag, whatever was the latest on that day.", m.path)})
			}
		},
		Dockerfile: func(d *rule.Dockerfile) {
			bases(d, func(s *dockerfile.Stage, m image) {
				if m.tag != "" || m.digest != "" || strings.HasSuffix(baseName(d, s), ":") {
					return // an empty tag is no valid name, which another rule reports
				}
				p := rule.Problem{
					Span:    imageSpan(s),
					Message: fmt.Sprintf("The base image %s has no tag, so it is whatever is the latest on the day of the build.", m.path),
				}
				if strings.Contains(s.Image, "$") {
					// Only Trivy puts the defaults of ARGs in the place of variables.
					p.Aliases = []string{"DS-0001"}
				}
				d.Report(p)
			})
		},
	}
}
