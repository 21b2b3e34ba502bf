package secret

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// maxConfig is the size of the largest configuration that is read, in bytes.
const maxConfig = 8 << 20

// maxExtends is how many configurations may extend each other.
const maxExtends = 3

// gitleaksConfig is a configuration of gitleaks 8; what is not here, as tags and
// commits, does not bear on what is found in an image.
type gitleaksConfig struct {
	Extend struct {
		Path          string   `toml:"path"`
		URL           string   `toml:"url"`
		UseDefault    bool     `toml:"useDefault"`
		DisabledRules []string `toml:"disabledRules"`
	} `toml:"extend"`
	Allowlist  gitleaksAllow   `toml:"allowlist"`
	Allowlists []gitleaksAllow `toml:"allowlists"`
	Rules      []gitleaksRule  `toml:"rules"`
}

type gitleaksRule struct {
	ID          string          `toml:"id"`
	Description string          `toml:"description"`
	Regex       string          `toml:"regex"`
	Path        string          `toml:"path"`
	SecretGroup int             `toml:"secretGroup"`
	Entropy     float64         `toml:"entropy"`
	Keywords    []string        `toml:"keywords"`
	SkipReport  bool            `toml:"skipReport"`
	Allowlist   gitleaksAllow   `toml:"allowlist"`
	Allowlists  []gitleaksAllow `toml:"allowlists"`
}

type gitleaksAllow struct {
	Condition   string   `toml:"condition"`
	Paths       []string `toml:"paths"`
	RegexTarget string   `toml:"regexTarget"`
	Regexes     []string `toml:"regexes"`
	StopWords   []string `toml:"stopwords"`
	TargetRules []string `toml:"targetRules"`
}

// ReadGitleaks reads the rules and allow-lists of a gitleaks.toml. With
// extend.useDefault the built-in kinds come with them; extend.path is read
// beside path. An error names the rule and the place in the file; a rule without
// keywords is looked for by what its expression cannot do without, and where
// there is no such string, everywhere.
func ReadGitleaks(path string, r io.Reader) ([]Kind, Allow, error) {
	return readGitleaks(path, r, maxExtends)
}

func readGitleaks(path string, r io.Reader, extends int) ([]Kind, Allow, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxConfig+1))
	if err != nil {
		return nil, nil, fmt.Errorf("read %s: %w", path, err)
	}
	if len(text) > maxConfig {
		return nil, nil, fmt.Errorf("read %s: more than %d MiB", path, maxConfig>>20)
	}
	var config gitleaksConfig
	if err := toml.Unmarshal(text, &config); err != nil {
		var where *toml.DecodeError
		if errors.As(err, &where) {
			line, column := where.Position()
			return nil, nil, fmt.Errorf("%s:%d:%d: %w", path, line, column, err)
		}
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	kinds, allow, err := config.base(path, extends)
	if err != nil {
		return nil, nil, err
	}
	at := placesOfRules(text)
	for i, rule := range config.Rules {
		place := path
		if i < len(at) {
			place = fmt.Sprintf("%s:%d", path, at[i])
		}
		if kinds, err = rule.addTo(kinds); err != nil {
			return nil, nil, fmt.Errorf("%s: rule %q: %w", place, rule.ID, err)
		}
	}
	for _, list := range append(config.Allowlists, config.Allowlist) {
		if from, ok := list.allow(); ok {
			allow = append(allow, from)
		}
	}
	if _, err := allow.compile(); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	return kinds, allow, nil
}

// base reads what a configuration extends.
func (c *gitleaksConfig) base(path string, extends int) ([]Kind, Allow, error) {
	var kinds []Kind
	var allow Allow
	switch {
	case c.Extend.URL != "":
		return nil, nil, fmt.Errorf("%s: extend.url is not followed: save %s and give extend.path", path, c.Extend.URL)
	case c.Extend.UseDefault:
		kinds = Kinds()
	case c.Extend.Path != "":
		if extends == 0 {
			return nil, nil, fmt.Errorf("%s: extends more than %d configurations", path, maxExtends)
		}
		other := c.Extend.Path
		file, err := os.Open(other)
		if err != nil && !filepath.IsAbs(other) {
			other = filepath.Join(filepath.Dir(path), other)
			file, err = os.Open(other)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("%s: extend.path: %w", path, err)
		}
		defer file.Close()
		if kinds, allow, err = readGitleaks(other, file, extends-1); err != nil {
			return nil, nil, fmt.Errorf("%s: extend.path: %w", path, err)
		}
	}
	kinds = slices.DeleteFunc(kinds, func(k Kind) bool {
		return slices.ContainsFunc(c.Extend.DisabledRules, k.called)
	})
	if len(c.Extend.DisabledRules) > 0 { // also for who adds the kinds to others
		allow = append(allow, AllowList{Kinds: c.Extend.DisabledRules, Expressions: []string{""}})
	}
	return kinds, allow, nil
}

// called says whether gitleaks has the kind under a name.
func (k Kind) called(id string) bool {
	return k.ID == id || slices.Contains(k.Aliases, "gitleaks/"+id)
}

// placesOfRules are the lines of the expressions, or else of the headings, of
// the rules of a configuration, in order.
func placesOfRules(text []byte) []int {
	var p unstable.Parser
	p.Reset(text)
	var lines []int
	inside := false
	for p.NextExpression() {
		e := p.Expression()
		var key []string
		var first *unstable.Node
		for it := e.Key(); it.Next(); {
			if first == nil {
				first = it.Node()
			}
			key = append(key, string(it.Node().Data))
		}
		if first == nil {
			continue
		}
		line := p.Shape(first.Raw).Start.Line
		switch name := strings.Join(key, "."); {
		case e.Kind == unstable.ArrayTable && name == "rules":
			lines = append(lines, line)
			inside = true
		case e.Kind == unstable.Table || e.Kind == unstable.ArrayTable:
			inside = false
		case inside && name == "regex":
			lines[len(lines)-1] = line
		}
	}
	return lines
}

// addTo adds what a rule says to kinds; one that is there already is changed.
func (r *gitleaksRule) addTo(kinds []Kind) ([]Kind, error) {
	if r.ID == "" {
		return nil, errors.New("it has no id")
	}
	if r.SkipReport {
		return kinds, nil // part of another rule only
	}
	i := slices.IndexFunc(kinds, func(k Kind) bool { return k.called(r.ID) })
	known := i >= 0
	if !known {
		kinds = append(kinds, Kind{ID: r.ID, Title: r.ID, Severity: "high"})
		i = len(kinds) - 1
	}
	k := &kinds[i]
	k.builtin = false
	if r.Description != "" {
		k.Title = strings.TrimSuffix(r.Description, ".")
	}
	if r.Path != "" {
		k.Path = r.Path
	}
	switch {
	case r.Regex != "":
		group := r.SecretGroup
		if group == 0 {
			group = FirstGroup
		}
		k.Patterns = []Pattern{{Form: Search, Expression: r.Regex, Group: group, Entropy: r.Entropy, Keywords: r.keywords()}}
	case !known && r.Path == "":
		return nil, errors.New("it has neither regex nor path")
	case !known:
		k.Patterns = []Pattern{{Form: File}}
	}
	for _, list := range append(r.Allowlists, r.Allowlist) {
		if from, ok := list.allow(); ok {
			k.Allow = append(k.Allow, from)
		}
	}
	return kinds, tryKind(*k)
}

// tryKind tells what New would not take of a kind.
func tryKind(k Kind) error {
	k.builtin = false
	if k.Path != "" {
		if _, err := regexp.Compile(k.Path); err != nil {
			return fmt.Errorf("path: %w", place(k.Path, err))
		}
	}
	if _, err := k.Allow.compile(); err != nil {
		return err
	}
	for _, from := range k.Patterns {
		if err := newPattern(from, &k, 0, 0).validate(); err != nil {
			return err
		}
	}
	return nil
}

// keywords are those of the rule if all of them can be looked for.
func (r *gitleaksRule) keywords() []string {
	var words []string
	for _, w := range r.Keywords {
		w = strings.ToLower(w)
		if len(w) < 3 || !ascii(w) {
			words = nil
			break
		}
		words = append(words, w)
	}
	if words == nil {
		words = literals(r.Regex)
	}
	slices.Sort(words)
	return slices.Compact(words)
}

func ascii(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= 0x80 })
}

// allow is the list as an AllowList; false if it names nothing that bears on an
// image.
func (a *gitleaksAllow) allow() (AllowList, bool) {
	list := AllowList{
		Paths: a.Paths, Expressions: a.Regexes, Target: a.RegexTarget, Words: a.StopWords,
		All: a.Condition == "AND", Kinds: a.TargetRules,
	}
	return list, len(a.Paths)+len(a.Regexes)+len(a.StopWords) > 0
}
