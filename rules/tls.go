package rules

import (
	"bytes"
	"strings"

	"github.com/plimsoll/plimsoll/rule"
)

// assigned calls f for each value that an ENV, an ARG or a command of a RUN gives
// to one of the variables.
func assigned(d *rule.Dockerfile, names []string, f func(value string, report func(rule.Problem))) {
	if !mentions(d, names) {
		return
	}
	for _, i := range d.Instructions {
		inner := i
		if i.Name == "ONBUILD" && i.OnBuild != nil {
			inner = i.OnBuild
		}
		for _, pair := range inner.Pairs() {
			if inner.Name == "LABEL" || !has(names, pair.Key) {
				continue
			}
			f(pair.Value, func(p rule.Problem) {
				p.Span = pair.Span
				d.Report(p)
			})
		}
	}
	eachRun(d, func(r *run) {
		for _, c := range r.commands {
			for _, a := range c.Assigns {
				if has(names, a.Name) {
					f(a.Value, func(p rule.Problem) { r.report(c, p) })
				}
			}
		}
	})
}

// mentions tells whether one of the words is anywhere in the file.
func mentions(d *rule.Dockerfile, words []string) bool {
	for _, w := range words {
		if bytes.Contains(d.Source, []byte(w)) {
			return true
		}
	}
	return false
}

// shortFlag tells whether a word of short flags has one of them. valued are the
// flags that take the rest of the word as their value.
func shortFlag(word string, flag byte, valued string) bool {
	if len(word) < 2 || word[0] != '-' || word[1] == '-' {
		return false
	}
	for k := 1; k < len(word); k++ {
		if word[k] == flag {
			return true
		}
		if strings.IndexByte(valued, word[k]) >= 0 {
			return false
		}
	}
	return false
}
