package rules

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/secret"
)

// Doc is docs/rules.md: all rules in a table, with the ids that other tools have
// for the same check.
func Doc() []byte {
	all := All()
	slices.SortFunc(all, func(a, b rule.Rule) int { return strings.Compare(a.ID, b.ID) })
	var b strings.Builder
	b.WriteString("# Rules\n\n<!-- Written by go generate; edit the rules instead. -->\n\n")
	fmt.Fprintf(&b, "%d rules. `plimsoll explain ID` shows why one is there, with an example of what it reports and of what it does not; "+
		"ID may be another tool's. Rules marked off are quiet unless they are asked for. "+
		"A fix marked unsafe may change what the image does and wants `--unsafe-fixes`.\n\n", len(all))
	b.WriteString("| id | what is wrong | looks at | severity | fix | other tools |\n|---|---|---|---|---|---|\n")
	for _, r := range all {
		severity := r.Severity.String()
		if r.Off && r.OnImages {
			severity += ", off for Dockerfiles"
		} else if r.Off {
			severity += ", off"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s |\n", r.ID, cell(r.Title), looksAt(r), severity, mends(r), cell(strings.Join(r.Aliases, " ")))
	}
	return []byte(b.String())
}

// looksAt says what a rule judges. The history of an image is read as a
// Dockerfile.
func looksAt(r rule.Rule) string {
	var all []string
	if r.Dockerfile != nil {
		all = append(all, "Dockerfile")
	}
	if r.Image != nil || r.History {
		all = append(all, "image")
	}
	if r.Entry != nil || r.File != nil {
		all = append(all, "files")
	}
	return strings.Join(all, ", ")
}

// cell keeps text from ending a cell of a table.
func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

// mends says whether a rule mends its own bad example.
func mends(r rule.Rule) string {
	word := ""
	for _, p := range problems(r, r.Bad) {
		switch {
		case p.Fix == nil:
		case !p.Fix.Unsafe:
			return "yes"
		default:
			word = "unsafe"
		}
	}
	return word
}

// problems are what a rule has to say about a Dockerfile under the settings of
// the examples.
func problems(r rule.Rule, source string) []rule.Problem {
	if r.Dockerfile == nil {
		return nil
	}
	var found []rule.Problem
	view := rule.NewDockerfile(dockerfile.Parse([]byte(source)), "Dockerfile", exampleSettings(), func(p rule.Problem) { found = append(found, p) })
	r.Dockerfile(view)
	return found
}

// exampleSettings are the settings that the examples of rules count on: labels
// of every kind, a .dockerignore with node_modules and */vendored/* in it, and
// the kinds of secrets that are built in.
func exampleSettings() *rule.Settings {
	return &rule.Settings{
		LabelSchema: map[string]string{
			"title": "text", "homepage": "url", "licence": "spdx", "revision": "hash",
			"created": "rfc3339", "version": "semver", "maintainer": "email",
		},
		StrictLabels:  true,
		Secrets:       builtInSecrets,
		HasIgnoreFile: true,
		Ignored: func(name string) bool {
			vendored, _ := path.Match("*/vendored/*", name)
			return vendored || name == "node_modules" || strings.HasPrefix(name, "node_modules/")
		},
	}
}

// builtInSecrets finds secrets of the kinds that are built in.
func builtInSecrets(text []byte) []rule.Secret {
	finder, err := secret.New(secret.Kinds(), secret.Allow{})
	if err != nil {
		return nil // the tests of package secret hold that there is none
	}
	var found []rule.Secret
	for _, m := range finder.Find(text) {
		found = append(found, rule.Secret{Start: int(m.Start), End: int(m.End), Kind: m.Kind.Title})
	}
	return found
}
