package rules

import (
	"strings"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func goPinVersion() rule.Rule {
	return rule.Rule{
		ID:    "go-pin-version",
		Title: "go fetches a module without a version",
		Why: "go install, go get and go run take the latest version where none is named, so the same Dockerfile builds other code tomorrow than today. " +
			"Write the version behind an @, or let go.mod say it.",
		Bad:      "FROM golang:1.23\nRUN go install example.com/tool@latest\n",
		Good:     "FROM golang:1.23\nRUN go install example.com/tool@v1.2.3\n",
		Severity: finding.Low,
		Aliases:  []string{"DL3062"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			eachRun(d, func(r *run) {
				for _, c := range r.calls("go") {
					args := c.Args("-C", "-ldflags", "-tags", "-o", "-mod", "-modfile", "-gcflags", "-asmflags", "-exec", "-p", "-buildmode", "-overlay", "-pkgdir", "-installsuffix", "-compiler", "-gccgoflags")
					if len(args) < 2 || !has([]string{"install", "get", "run"}, args[0].Text) {
						continue
					}
					packages := args[1:]
					if args[0].Text == "run" {
						packages = packages[:1]
					}
					in := install{call: c, verb: args[0], packages: packages}
					if words, _ := r.unpinned(in, goPinned); len(words) > 0 {
						r.report(c.Command, rule.Problem{
							Message:  "go " + args[0].Text + " leaves open which version it takes of " + list(words) + ".",
							Unpinned: r.open(in, goPinning()),
						})
					}
				}
			})
		},
	}
}

// goPinned takes path@version, but for latest, and what lies in the file system.
func goPinned(word string) bool {
	if strings.HasPrefix(word, ".") || strings.HasPrefix(word, "/") || strings.HasSuffix(word, ".go") {
		return true
	}
	_, version, ok := strings.Cut(word, "@")
	return ok && version != "" && version != "latest"
}
