package rules

import (
	"fmt"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func fromArgDefault() rule.Rule {
	return rule.Rule{
		ID:    "from-arg-default",
		Title: "Without build arguments FROM names no valid image",
		Why: "The name of the base image is put together from ARGs, and with their defaults it is empty or not well-formed. " +
			"The build works only for those who know which arguments to give. " +
			"Give the ARG a default that builds.",
		Bad:      "ARG TAG\nFROM debian:${TAG}\nRUN echo hello\n",
		Good:     "ARG TAG=12\nFROM debian:${TAG}\nRUN echo hello\n",
		Severity: finding.Medium,
		Aliases:  []string{"InvalidDefaultArgInFrom"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			if !defaultsExpand(d) {
				return // BuildKit gives up at such an ARG
			}
			for _, s := range d.Stages {
				if s.Image == "" {
					continue
				}
				name, err := resolve(s.Image, d.Escape, defaults(d, s))
				if err != nil {
					return // BuildKit gives up here too
				}
				if !validImage(name) {
					d.Report(rule.Problem{
						Span:    imageSpan(s),
						Message: fmt.Sprintf("With the defaults of its ARGs the base image is %q, which is no valid name.", name),
					})
				}
			}
		},
	}
}

// defaults gives the values of global ARGs where no build arguments are given.
func defaults(d *rule.Dockerfile, s *dockerfile.Stage) func(string) (string, bool) {
	scope := d.Scope(s.From)
	return func(name string) (string, bool) {
		b, ok := scope.Lookup(name)
		return b.Value, ok && b.Set
	}
}
