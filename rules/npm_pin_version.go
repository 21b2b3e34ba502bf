package rules

import (
	"strings"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func npmPinVersion() rule.Rule {
	return rule.Rule{
		ID:    "npm-pin-version",
		Title: "npm install leaves versions open",
		Why: "The same Dockerfile installs other versions tomorrow than today, and a taken-over release reaches you on the day it appears. " +
			"Name the version behind an @, or install what a lock file says with npm ci.",
		Bad:      "FROM node:22\nRUN npm install -g typescript\n",
		Good:     "FROM node:22\nRUN npm install -g typescript@5.5.4\n",
		Severity: finding.Low,
		Aliases:  []string{"DL3016", "npm_install_without_pinned_version"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			eachRun(d, func(r *run) {
				for _, in := range r.installs(npmManager()) {
					words, named := r.unpinned(in, npmPinned)
					if len(words) == 0 {
						continue
					}
					p := rule.Problem{
						Message:  "npm " + in.verb.Text + " leaves open which version it installs of " + list(words) + ".",
						Unpinned: r.open(in, npmPinning()),
					}
					switch {
					case in.verb.Text != "install" && named:
						p.Aliases = []string{"npm_install_without_pinned_version"}
					case !named || allRepositories(words):
						p.Aliases = []string{"DL3016"}
					}
					r.report(in.Command, p)
				}
			})
		},
	}
}

// npmPinned takes name@version, a file or folder, and a repository with a commit
// or tag.
func npmPinned(word string) bool {
	if isRepository(word) {
		return strings.Contains(word, "#")
	}
	if isFile(word, ".tar", ".tar.gz", ".tgz") || strings.HasPrefix(word, "~") || strings.HasPrefix(word, "file:") {
		return true
	}
	if strings.HasPrefix(word, "@") {
		_, word, _ = strings.Cut(word, "/")
	}
	_, version, ok := strings.Cut(word, "@")
	return ok && version != ""
}

// isRepository tells whether npm would clone a word.
func isRepository(word string) bool {
	return strings.HasPrefix(word, "git+") || strings.HasPrefix(word, "git://") || strings.HasPrefix(word, "git@") ||
		strings.HasPrefix(word, "github:")
}

// allRepositories tells whether all words are repositories, which KICS lets pass.
func allRepositories(words []string) bool {
	for _, w := range words {
		if !strings.HasPrefix(w, "git") {
			return false
		}
	}
	return true
}
