package rules

import (
	"strings"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func pipPinVersion() rule.Rule {
	return rule.Rule{
		ID:    "pip-pin-version",
		Title: "pip install leaves versions open",
		Why: "The same Dockerfile installs other versions tomorrow than today, and a taken-over release reaches you on the day it appears. " +
			"Name versions with ==, or install from a requirements or constraints file that does, best with hashes.",
		Bad:      "FROM python:3.12\nRUN pip install --no-cache-dir flask\n",
		Good:     "FROM python:3.12\nRUN pip install --no-cache-dir flask==3.0.3\n",
		Severity: finding.Low,
		Aliases:  []string{"DL3013", "unpinned_package_version_in_pip_install"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			eachRun(d, func(r *run) {
				for _, in := range pipInstalls(r) {
					if in.Has("-r", "--requirement", "-c", "--constraint", "--require-hashes") {
						continue
					}
					words, named := r.unpinned(in, pipPinned)
					if len(words) == 0 {
						continue
					}
					p := rule.Problem{
						Message:  "pip install leaves open which version it installs of " + list(words) + ".",
						Unpinned: r.open(in, pipPinning()),
					}
					if !named {
						p.Aliases = []string{"DL3013"}
					}
					r.report(in.Command, p)
				}
			})
		},
	}
}

// pipInstalls are the calls of pip install, also those through python -m pip.
func pipInstalls(r *run) []install {
	var out []install
	for n, c := range r.commands {
		first := isPip(c)
		if first == 0 {
			continue
		}
		inner := *c
		inner.Words = c.Words[first-1:]
		if in, ok := (call{&inner, n}).install(pipManager()); ok {
			out = append(out, in)
		}
	}
	return out
}

// pipPinned takes a condition on the version, a file, and a commit or tag of a
// repository.
func pipPinned(word string) bool {
	for _, condition := range []string{"==", ">=", "<=", "<", ">", "!=", "~=", "@"} {
		if strings.Contains(word, condition) {
			return true
		}
	}
	if strings.Contains(word, "+") && strings.Contains(word, "://") {
		return false
	}
	return isFile(word, ".whl", ".tar.gz", ".zip")
}
