package rules

import (
	"fmt"
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	images "github.com/plimsoll/plimsoll/image"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/rule"
)

func secretInBuildArgument() rule.Rule {
	return rule.Rule{
		ID:    "secret-in-build-argument",
		Title: "The history shows the value of a build argument that is a secret",
		Why: "Builders note every build argument that a RUN can see beside its command, with its value. " +
			"Whoever can pull the image reads it with docker history, however well the Dockerfile hides it. " +
			"Change the secret, and hand the new one in with RUN --mount=type=secret.",
		Bad:      "{\"history\": [{\"created_by\": \"RUN |1 NPM_TOKEN=hunter22 /bin/sh -c npm ci # buildkit\"}]}\n",
		Good:     "{\"history\": [{\"created_by\": \"RUN |1 VERSION=1.4 /bin/sh -c npm ci # buildkit\"}]}\n",
		Severity: finding.High,
		Aliases:  []string{"CIS-DI-0010"},
		Since:    "2026.1",
		Image: func(im *rule.Image) {
			told := map[string]bool{}
			each(im.History, func(i *dockerfile.Instruction) {
				for _, p := range i.Pairs() {
					told[p.Key+"="+p.Value] = true // secret-in-env
				}
			}, "ARG")
			for n, h := range im.Config.History {
				for _, argument := range images.BuildArguments(h.CreatedBy) {
					name, value, _ := strings.Cut(argument, "=")
					if told[argument] || !secretArgument(im, name, value) {
						continue
					}
					told[argument] = true
					im.Report(rule.Found{At: placeOfEntry(im, n), About: name, Message: fmt.Sprintf("The value of the build argument %s stands beside the command of a RUN.", name), Aliases: []string{}})
				}
			}
		},
	}
}

// secretArgument tells whether a build argument is a secret, by its name or by
// the look of its value.
func secretArgument(im *rule.Image, name, value string) bool {
	p := dockerfile.Pair{Key: name, Value: value, HasValue: true}
	if secretName(name) && !harmlessValue(p) {
		return true
	}
	return im.Settings != nil && im.Settings.Secrets != nil && len(im.Settings.Secrets([]byte(value))) > 0
}

// placeOfEntry is the place of an entry of the history.
func placeOfEntry(im *rule.Image, entry int) inventory.Place {
	for n, e := range im.Entries {
		if e == entry && n < len(im.History.Instructions) {
			return im.PlaceOf(im.History.Instructions[n])
		}
	}
	return wholeImage()
}
