package rules

import (
	"fmt"
	"time"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	images "github.com/plimsoll/plimsoll/image"
	"github.com/plimsoll/plimsoll/rule"
)

func fromEndOfLife() rule.Rule {
	return rule.Rule{
		ID:    "from-end-of-life",
		Title: "The base image is a release that gets no fixes any more",
		Why: "Holes that are found from now on stay open in this release for good, and no rebuild closes them. " +
			"Package repositories of such releases are moved away sooner or later, and the build breaks. " +
			"Move to a release that is looked after.",
		Bad:      "FROM debian:9\nRUN echo hello\n",
		Good:     "FROM debian:13\nRUN echo hello\n",
		Severity: finding.High,
		Since:    "2026.1",
		Image: func(im *rule.Image) {
			now := im.Settings.Now
			if now.IsZero() {
				now = endOfLifeDay()
			}
			distro := im.Inventory.Distro
			r, ok := releaseOf(officialName(distro.ID), distro.Version)
			if ok && distro.Extended == "" && r.ends.Before(now) {
				im.Report(rule.Found{At: wholeImage(), Message: fmt.Sprintf("%s gets no fixes since %s.", distro, r.ends.Format(time.DateOnly))})
				return
			}
			for _, r := range releases(parseImage(images.BaseName(im.Config))) {
				if r.ends.Before(now) && r.image != officialName(distro.ID) {
					im.Report(rule.Found{At: wholeImage(), Message: fmt.Sprintf("It is built on %s %s, which gets no fixes since %s.", r.image, r.release, r.ends.Format(time.DateOnly))})
					return
				}
			}
		},
		Dockerfile: func(d *rule.Dockerfile) {
			now := d.Settings.Now
			if now.IsZero() {
				now = endOfLifeDay()
			}
			bases(d, func(s *dockerfile.Stage, m image) {
				for _, r := range releases(m) {
					if r.ends.Before(now) {
						d.Report(rule.Problem{
							Span:    imageSpan(s),
							Message: fmt.Sprintf("%s %s gets no fixes since %s.", r.image, r.release, r.ends.Format(time.DateOnly)),
						})
						return
					}
				}
			})
		},
	}
}
