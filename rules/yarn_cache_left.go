package rules

import (
	"strings"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func yarnCacheLeft() rule.Rule {
	r := rule.Rule{
		ID:    "yarn-cache-left",
		Title: "yarn leaves its cache in the image",
		Why: "yarn keeps every package that it fetched in its cache, which nothing in the image reads again. " +
			"Run yarn cache clean in the same RUN, or mount a cache over the directory.",
		Bad:      "FROM node:22\nRUN yarn install\n",
		Good:     "FROM node:22\nRUN yarn install && yarn cache clean\n",
		Severity: finding.Low,
		Aliases:  []string{"DL3060"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			kept := keptStages(d)
			eachRun(d, func(r *run) {
				last, found := yarnUncleaned(r)
				if !found || r.outer == r.inner && !kept[r.outer.Stage] {
					return
				}
				r.report(last.Command, rule.Problem{
					Message: "yarn keeps its cache in this layer: end the RUN with yarn cache clean.",
					Fix:     fixed("add yarn cache clean", r.then(last.Command, "yarn cache clean")),
				})
			})
		},
	}
	r.Image = leftInLayers(r.Dockerfile, "yarn")
	return r
}

// yarnUncleaned is the last yarn install where no yarn cache clean comes after it.
func yarnUncleaned(r *run) (last call, found bool) {
	for _, f := range r.inner.Flags {
		if f.Name == "mount" && strings.Contains(f.Value, "yarn") && (strings.Contains(f.Value, "type=cache") || strings.Contains(f.Value, "type=tmpfs")) {
			return last, false
		}
	}
	for _, c := range r.calls("yarn") {
		args := c.Args("--cwd", "--cache-folder", "--registry", "--network-timeout", "--mutex")
		switch {
		case len(args) > 0 && args[0].Text == "install":
			last, found = c, true
		case len(args) > 1 && args[0].Text == "cache" && args[1].Text == "clean":
			found = false
		}
	}
	return last, found && !r.removesAfter(last, "/usr/local/share/.cache/yarn", "/root/.cache/yarn")
}
