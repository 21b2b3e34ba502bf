package rules

import (
	"strings"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/shell"
)

func gemPinVersion() rule.Rule {
	return rule.Rule{
		ID:    "gem-pin-version",
		Title: "gem install leaves versions open",
		Why: "The same Dockerfile installs other versions tomorrow than today, and a taken-over release reaches you on the day it appears. " +
			"Write the version behind a colon, or use a Gemfile with its lock file.",
		Bad:      "FROM ruby:3.3\nRUN gem install bundler\n",
		Good:     "FROM ruby:3.3\nRUN gem install bundler:2.5.18\n",
		Severity: finding.Low,
		Aliases:  []string{"DL3028", "gem_install_without_version"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			eachRun(d, func(r *run) {
				for _, in := range r.installs(gemManager()) {
					if in.Has("-v", "--version", "-g", "--file") {
						continue
					}
					in.packages = beforeDashes(in)
					words, named := r.unpinned(in, gemPinned)
					if len(words) == 0 {
						continue
					}
					p := rule.Problem{
						Message:  "gem " + in.verb.Text + " leaves open which version it installs of " + list(words) + ".",
						Unpinned: r.open(in, gemPinning()),
					}
					if !named || in.verb.Text != "install" {
						p.Aliases = []string{"DL3028"}
					}
					r.report(in.Command, p)
				}
			})
		},
	}
}

// gemPinned takes name:version and a file. A mere true or false belongs to a
// flag that is passed on to the build of native parts.
func gemPinned(word string) bool {
	return strings.Contains(word, ":") || isFile(word, ".gem") || word == "true" || word == "false"
}

// beforeDashes are the packages in front of --: what follows goes to the build of
// native parts.
func beforeDashes(in install) []shell.Word {
	for _, w := range in.Words {
		if w.Text != "--" {
			continue
		}
		for k, p := range in.packages {
			if p.Pos().Offset() > w.Pos().Offset() {
				return in.packages[:k]
			}
		}
	}
	return in.packages
}
