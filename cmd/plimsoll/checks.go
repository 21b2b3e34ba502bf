package main

import (
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/lint"
	"github.com/plimsoll/plimsoll/malware"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/rules"
	"github.com/plimsoll/plimsoll/scan"
	"github.com/plimsoll/plimsoll/secret"
)

// checkFlags say what a scan looks for.
type checkFlags struct {
	only, skip  []string
	showSecrets bool
	gitleaks    string
	secretKinds []string

	clamd, yara, yaraProgram, hashes string
	malwareSize                      size
	malwareTime                      time.Duration

	rules imageRuleFlags
}

func (f *checkFlags) add(flags *pflag.FlagSet) {
	flags.StringSliceVar(&f.only, "only", nil, "look for these `kinds` of findings or rules alone: vulnerabilities, secrets, rules, malware, or a rule's id or alias; may be repeated")
	flags.StringSliceVar(&f.skip, "skip", nil, "leave these `kinds` of findings, rules or kinds of secrets out; may be repeated")
	flags.BoolVar(&f.showSecrets, "show-secrets", false, "write secrets out in full instead of their first characters")
	flags.StringVar(&f.gitleaks, "gitleaks", "", "also look for the secrets of this gitleaks.toml `file`, with its allow-lists")
	flags.StringArrayVar(&f.secretKinds, "secret-kind", nil, "also look for secrets that match `ID=EXPRESSION`, in the syntax of RE2; may be repeated (in a configuration also a mapping: id, regex, title, severity, keywords, entropy, group, path)")
	flags.Lookup("secret-kind").Annotations = map[string][]string{takesMapping: {}}
	flags.StringVar(&f.clamd, "clamd", "", "have every file scanned for malware by the ClamAV daemon at this `address`: unix:///run/clamav/clamd.ctl or tcp://host:3310")
	flags.StringVar(&f.yara, "yara", "", "have every file scanned with the rules of this `file` by an installed yara or yr")
	flags.StringVar(&f.yaraProgram, "yara-program", "", "the yara `program` (default: yr or yara on the PATH)")
	flags.StringVar(&f.hashes, "malware-hashes", "", "look for files whose MD5, SHA-1 or SHA-256 this `file` lists, a hash and a name in a line")
	flags.Var(&f.malwareSize, "malware-size", "largest file in `bytes` that is given to clamd and yara")
	flags.DurationVar(&f.malwareTime, "malware-time", 0, "longest `duration` that clamd and yara may take for one file (default 150s)")
	f.rules.add(flags)
}

// checks are what a scan looks for.
type checks struct {
	kinds   map[finding.Kind]bool
	rules   []rule.Rule
	secrets *secret.Finder
	wanted  func(id string) bool // which kinds of secrets are reported
	hide    *secret.Finder       // what is not to be shown, whatever is looked for
	show    bool
	malware []malware.Engine

	settings rule.Settings
}

// newChecks resolves --only and --skip and sets up what they leave.
func (a *app) newChecks(f checkFlags) (*checks, error) {
	kinds, err := secretKinds(f)
	if err != nil {
		return nil, err
	}
	settings, err := f.rules.settings()
	if err != nil {
		return nil, err
	}
	only, err := selectionOf("--only", f.only, kinds.list)
	if err != nil {
		return nil, err
	}
	skip, err := selectionOf("--skip", f.skip, kinds.list)
	if err != nil {
		return nil, err
	}
	c := &checks{kinds: map[finding.Kind]bool{}, show: f.showSecrets, settings: settings}
	for _, kind := range scannedKinds() {
		named := slices.Contains(only.kinds, kind) || kind == finding.Rule && len(only.rules) > 0 || kind == finding.Secret && len(only.secrets) > 0
		c.kinds[kind] = (len(f.only) == 0 || named) && !slices.Contains(skip.kinds, kind)
	}
	if c.kinds[finding.Rule] {
		c.rules = imageRules(only, skip)
	}
	if c.hide, err = kinds.finder(); err != nil {
		return nil, err
	}
	if c.kinds[finding.Secret] {
		c.secrets = c.hide
		c.wanted = func(id string) bool {
			return !slices.Contains(skip.secrets, id) && (len(only.secrets) == 0 || slices.Contains(only.kinds, finding.Secret) || slices.Contains(only.secrets, id))
		}
	}
	if c.kinds[finding.Malware] {
		if c.malware, err = malwareEngines(f); err != nil {
			return nil, err
		}
	}
	if slices.Contains(only.kinds, finding.Malware) && len(c.malware) == 0 {
		return nil, usageError("--only malware: say who is to look for it, with --clamd, --yara or --malware-hashes")
	}
	return c, nil
}

// imageRules are the rules for images that a selection leaves.
func imageRules(only, skip selection) []rule.Rule {
	var chosen []rule.Rule
	for _, r := range rules.All() {
		named := func(id string) bool { return lint.Named(&r, id) }
		asked := slices.ContainsFunc(only.rules, named)
		if !onImages(&r) || slices.ContainsFunc(skip.rules, named) || r.Off && !r.OnImages && !asked {
			continue
		}
		if asked || only.empty() || slices.Contains(only.kinds, finding.Rule) {
			chosen = append(chosen, r)
		}
	}
	return chosen
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
	kinds   []finding.Kind
	rules   []string
	secrets []string // ids of kinds of secrets
}

func (s selection) empty() bool { return len(s.kinds)+len(s.rules)+len(s.secrets) == 0 }

// selectionOf sorts the words of a flag out; a word that means nothing is an
// error that names the nearest one that does.
func selectionOf(flag string, words []string, kinds []secret.Kind) (s selection, err error) {
	all := rules.All()
	for _, word := range words {
		kind, isKind := kindCalled(word)
		isRule := slices.ContainsFunc(all, func(r rule.Rule) bool { return lint.Named(&r, word) })
		secretID := secretNamed(kinds, word)
		switch {
		case isKind:
			s.kinds = append(s.kinds, kind)
		case secretID != "":
			s.secrets = append(s.secrets, secretID)
		case isRule && flag == "--only" && !onAnyImage(all, word):
			return s, usageError("%s %s: that rule looks at Dockerfiles alone: plimsoll lint --only %s", flag, word, word)
		case isRule:
			s.rules = append(s.rules, word)
		default:
			known := []string{"vulnerabilities", "secrets", "rules", "malware"}
			for _, r := range all {
				known = append(known, r.ID)
			}
			for _, k := range kinds {
				known = append(known, k.ID)
			}
			return s, usageError("%s %s: no kind of findings, no rule and no kind of secret is called that%s", flag, word, meant(nearest(word, known)))
		}
	}
	return s, nil
}

// onAnyImage tells whether one of the rules that are called so looks at images.
func onAnyImage(all []rule.Rule, name string) bool {
	return slices.ContainsFunc(all, func(r rule.Rule) bool { return lint.Named(&r, name) && onImages(&r) })
}

// kindCalled is the kind of findings that a word means.
func kindCalled(word string) (finding.Kind, bool) {
	for _, kind := range scannedKinds() {
		_, many := kind.Nouns()
		if strings.EqualFold(word, string(kind)) || strings.EqualFold(word, string(kind)+"s") || strings.EqualFold(word, many) {
			return kind, true
		}
	}
	return "", false
}

// apply sets a scanner up to look for it.
func (c *checks) apply(s *scan.Scanner) {
	if !c.kinds[finding.Vulnerability] {
		s.Data = nil
	}
	s.Rules, s.Secrets, s.SecretKinds, s.Hide, s.ShowSecrets, s.Malware = c.rules, c.secrets, c.wanted, c.hide, c.show, c.malware
	s.Settings = c.settings
}
