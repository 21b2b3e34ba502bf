package rules

import (
	"fmt"
	"time"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func imageCreatedAbsurd() rule.Rule {
	return rule.Rule{
		ID:    "image-created-absurd",
		Title: "The date of the image cannot be right",
		Why: "The image claims to be from the future, or older than containers are. " +
			"Nothing that judges by age can be trusted then, such as the rule for old images or a registry's cleaning up. " +
			"Mend the clock of the machine that builds; for reproducible builds set SOURCE_DATE_EPOCH to the day of the commit.",
		Bad:      "{\"created\": \"2106-02-07T06:28:15Z\"}\n",
		Good:     "{\"created\": \"2026-01-01T00:00:00Z\"}\n",
		Severity: finding.Low,
		Since:    "2026.1",
		Image: func(im *rule.Image) {
			created := im.Config.Created.Time
			if zeroDate(created) {
				return
			}
			if why := absurdDate(created, im.Settings.Now); why != "" {
				im.Report(rule.Found{At: wholeImage(), Message: fmt.Sprintf("It says that it was built on %s, %s.", created.UTC().Format(time.DateOnly), why)})
			}
		},
	}
}

// absurdDate says why an image cannot be of a date; empty where it can. A day is
// left for clocks that differ. Docker came in March 2013.
func absurdDate(created, now time.Time) string {
	switch {
	case !now.IsZero() && created.After(now.Add(24*time.Hour)):
		return "which is still to come"
	case created.Before(time.Date(2013, time.March, 1, 0, 0, 0, 0, time.UTC)):
		return "before there were such images"
	}
	return ""
}
