package main

import (
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/lint"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/rules"
	"github.com/plimsoll/plimsoll/scan"
)

// checkFlags say what a scan looks for.
type checkFlags struct {
	only, skip []string
}

func (f *checkFlags) add(flags *pflag.FlagSet) {
	flags.StringSliceVar(&f.only, "only", nil, "look for these `kinds` of findings or rules alone: vulnerabilities, secrets, rules, malware, or a rule's id or alias; may be repeated")
	flags.StringSliceVar(&f.skip, "skip", nil, "leave these `kinds` of findings or rules out")
}

// checks are what a scan looks for.
type checks struct {
	kinds map[finding.Kind]bool
	rules []rule.Rule
}

// newChecks resolves --only and --skip.
func (a *app) newChecks(f checkFlags) (*checks, error) {
	c := &checks{kinds: map[finding.Kind]bool{}}
	only, err := selectionOf("--only", f.only)
	if err != nil {
		return nil, err
	}
	skip, err := selectionOf("--skip", f.skip)
	if err != nil {
		return nil, err
	}
	for _, kind := range scannedKinds() {
		named := slices.Contains(only.kinds, kind) || kind == finding.Rule && len(only.rules) > 0
		c.kinds[kind] = (len(f.only) == 0 || named) && !slices.Contains(skip.kinds, kind)
	}
	if !c.kinds[finding.Rule] {
		return c, nil
	}
	for _, r := range rules.All() {
		named := func(id string) bool { return lint.Named(&r, id) }
		asked := slices.ContainsFunc(only.rules, named)
		if !onImages(&r) || slices.ContainsFunc(skip.rules, named) || r.Off && !r.OnImages && !asked {
			continue
		}
		if asked || len(only.rules) == 0 || slices.Contains(only.kinds, finding.Rule) {
			c.rules = append(c.rules, r)
		}
	}
	return c, nil
}

// scannedKinds are the kinds of findings that a scan can yield.
func scannedKinds() []finding.Kind {
	return []finding.Kind{finding.Vulnerability, finding.Secret, finding.Rule, finding.Malware}
}

// onImages tells whether a rule has anything to say of an image.
func onImages(r *rule.Rule) bool {
	return r.Image != nil || r.Entry != nil || r.File != nil || r.History && r.Dockerfile != nil
}

// selection is a list of words sorted out.
type selection struct {
	kinds []finding.Kind
	rules []string
}

// selectionOf sorts the words of a flag out; a word that means nothing is an
// error that names the nearest one that does.
func selectionOf(flag string, words []string) (s selection, err error) {
	all := rules.All()
next:
	for _, word := range words {
		for _, kind := range scannedKinds() {
			_, many := kind.Nouns()
			if strings.EqualFold(word, string(kind)) || strings.EqualFold(word, string(kind)+"s") || strings.EqualFold(word, many) {
				s.kinds = append(s.kinds, kind)
				continue next
			}
		}
		if !slices.ContainsFunc(all, func(r rule.Rule) bool { return lint.Named(&r, word) }) {
			known := []string{"vulnerabilities", "secrets", "rules", "malware"}
			for _, r := range all {
				known = append(known, r.ID)
			}
			return s, usageError("%s %s: no kind of findings and no rule is called that%s", flag, word, meant(nearest(word, known)))
		}
		s.rules = append(s.rules, word)
	}
	return s, nil
}

// apply sets a scanner up to look for it.
func (c *checks) apply(s *scan.Scanner) {
	if !c.kinds[finding.Vulnerability] {
		s.Data = nil
	}
	s.Rules = c.rules
}
