package rules

import (
	"fmt"

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
			e, distro := newLifetimes(im.Settings), im.Inventory.Distro
			r, ok := e.of(officialName(distro.ID), distro.Version)
			if ok && distro.Extended == "" && e.over(r) {
				im.Report(rule.Found{At: wholeImage(), Message: fmt.Sprintf("%s gets no fixes since %s (%s).", distro, r.Ends, r.table)})
				return
			}
			for _, r := range e.releases(parseImage(images.BaseName(im.Config))) {
				if e.over(r) && r.Product != officialName(distro.ID) {
					im.Report(rule.Found{At: wholeImage(), Message: fmt.Sprintf("It is built on %s %s, which gets no fixes since %s (%s).", r.Product, r.Version, r.Ends, r.table)})
					return
				}
			}
		},
		Dockerfile: func(d *rule.Dockerfile) {
			e := newLifetimes(d.Settings)
			bases(d, func(s *dockerfile.Stage, m image) {
				for _, r := range e.releases(m) {
					if e.over(r) {
						d.Report(rule.Problem{
							Span:    imageSpan(s),
							Message: fmt.Sprintf("%s %s gets no fixes since %s (%s).", r.Product, r.Version, r.Ends, r.table),
						})
						return
					}
				}
			})
		},
	}
}
