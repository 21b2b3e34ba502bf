package rules

import (
	"fmt"
	"time"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

// defaultMaxAge is the age from which an image is old where nothing else is
// configured: two quarters, in which every distribution fixes holes.
const defaultMaxAge = 180 * 24 * time.Hour

func imageOld() rule.Rule {
	return rule.Rule{
		ID:    "image-old",
		Title: "The image was built long ago",
		Why: "An image does not get the fixes that came after it was built, also those for holes that no advisory names. " +
			"Rebuild it on a fresh base at least every few months. " +
			"The age is 180 days unless max-image-age says otherwise; images with a date that stands for none, as reproducible builds set it, are left out.",
		Bad:      "{\"created\": \"2025-01-01T00:00:00Z\"}\n",
		Good:     "{\"created\": \"2026-01-01T00:00:00Z\"}\n",
		Severity: finding.Low,
		Since:    "2026.1",
		Image: func(im *rule.Image) {
			created, now := im.Config.Created.Time, im.Settings.Now
			limit := im.Settings.MaxImageAge
			if limit <= 0 {
				limit = defaultMaxAge
			}
			if now.IsZero() || zeroDate(created) || absurdDate(created, now) != "" {
				return
			}
			if age := now.Sub(created); age > limit {
				const day = 24 * time.Hour
				im.Report(rule.Found{At: wholeImage(), Message: fmt.Sprintf(
					"It was built on %s; more than %d days are too many.", created.UTC().Format(time.DateOnly), limit/day)})
			}
		},
	}
}

// zeroDate tells whether a date stands for none: the zero of Go, Unix, DOS and
// npm's archives, which tools set so that a build gives the same bytes again.
func zeroDate(t time.Time) bool {
	switch t.UTC().Format(time.DateOnly) {
	case "0001-01-01", "1970-01-01", "1980-01-01", "1985-10-26":
		return true
	}
	return false
}
