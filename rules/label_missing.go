package rules

import (
	"fmt"
	"maps"
	"slices"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func labelMissing() rule.Rule {
	return rule.Rule{
		ID:    "label-missing",
		Title: "A label that the schema asks for is missing",
		Why: "The label schema of the configuration says which labels every image has, so that people and programs find what they look for. " +
			"A stage that only serves others, by COPY --from or as their base, needs none. " +
			"Add the label.",
		Bad: "FROM debian:12\nLABEL title=\"Shop\"\n",
		Good: "FROM debian:12\nLABEL title=\"Shop\" homepage=\"https://example.org\" licence=\"MIT\" revision=\"2dbfae9\" \\\n" +
			"      created=\"2026-01-31T12:00:00Z\" version=\"1.0.0\" maintainer=\"shop@example.org\"\n",
		Severity: finding.Info,
		Aliases:  []string{"DL3049"},
		Since:    "2026.1",
		History:  true,
		Dockerfile: func(d *rule.Dockerfile) {
			for _, name := range slices.Sorted(maps.Keys(d.Settings.LabelSchema)) {
				for _, s := range unlabelled(d, name) {
					d.Report(rule.Problem{Span: s.From.Span, Message: fmt.Sprintf("The label %s is missing.", name)})
				}
			}
		},
	}
}

// unlabelled are the stages without a label that are no other stage's helper:
// none copies from them, and none that has the label, or that builds on one that
// has it, starts from them.
func unlabelled(d *rule.Dockerfile, name string) []*dockerfile.Stage {
	good := map[*dockerfile.Stage]bool{}
	helper := map[*dockerfile.Stage]bool{}
	for _, s := range d.Stages {
		parent := parentStage(d, s)
		good[s] = parent != nil && good[parent]
		for _, i := range s.Instructions {
			switch i.Name {
			case "LABEL":
				if slices.ContainsFunc(i.Pairs(), func(p dockerfile.Pair) bool { return p.Key == name }) {
					good[s] = true
					if parent != nil {
						helper[parent] = true
					}
				}
			case "COPY":
				t, ok := i.Copy()
				if !ok || t.From == "" {
					continue
				}
				if other := stageReferred(d, s, t.From); other != nil && other != s {
					helper[other] = true
				}
			}
		}
	}
	var bad []*dockerfile.Stage
	for _, s := range d.Stages {
		if !good[s] && !helper[s] {
			bad = append(bad, s)
		}
	}
	return bad
}
