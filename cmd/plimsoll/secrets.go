package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/malware"
	"github.com/plimsoll/plimsoll/secret"
)

// kindsOfSecrets are the kinds that are known, with what does not count.
type kindsOfSecrets struct {
	list  []secret.Kind
	allow secret.Allow
}

// secretKinds are the built-in kinds and those that the user adds.
func secretKinds(f checkFlags) (*kindsOfSecrets, error) {
	k := &kindsOfSecrets{list: secret.Kinds()}
	if f.gitleaks != "" {
		file, err := os.Open(f.gitleaks)
		if err != nil {
			return nil, usageError("--gitleaks: %w", err)
		}
		defer file.Close()
		more, allow, err := secret.ReadGitleaks(f.gitleaks, file)
		if err != nil {
			return nil, usageError("--gitleaks: %w", err)
		}
		k.allow = allow
		k.add(more)
	}
	for _, text := range f.secretKinds {
		more, err := ownKind(text)
		if err != nil {
			return nil, usageError("--secret-kind %s: %w", text, err)
		}
		k.add(more)
	}
	return k, nil
}

// userKind is a kind of secret as a user's configuration has it.
type userKind struct {
	ID       string   `yaml:"id"`
	Regex    string   `yaml:"regex"`
	Title    string   `yaml:"title"`
	Severity string   `yaml:"severity"`
	Keywords []string `yaml:"keywords"`
	Entropy  float64  `yaml:"entropy"`
	Group    int      `yaml:"group"`
	Path     string   `yaml:"path"`
}

// ownKind reads ID=EXPRESSION, or a mapping in YAML. It goes the way of a rule
// of gitleaks, which says the same things.
func ownKind(text string) ([]secret.Kind, error) {
	var u userKind
	if strings.HasPrefix(text, "{") {
		if err := readUserKind(text, &u); err != nil {
			return nil, err
		}
	} else {
		u.ID, u.Regex, _ = strings.Cut(text, "=")
	}
	if u.ID == "" || u.Regex == "" {
		return nil, errors.New("want ID=EXPRESSION, or a mapping with id and regex")
	}
	if u.Severity == "" {
		u.Severity = finding.High.String()
	}
	if _, err := finding.ParseSeverity(u.Severity); err != nil {
		return nil, err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "[[rules]]\nid = %s\nregex = %s\ndescription = %s\n", tomlString(u.ID), tomlString(u.Regex), tomlString(cmp.Or(u.Title, u.ID)))
	if len(u.Keywords) > 0 {
		b.WriteString("keywords = [")
		for _, word := range u.Keywords {
			b.WriteString(tomlString(word) + ", ")
		}
		b.WriteString("]\n")
	}
	if u.Entropy > 0 {
		fmt.Fprintf(&b, "entropy = %g\n", u.Entropy)
	}
	if u.Group > 0 {
		fmt.Fprintf(&b, "secretGroup = %d\n", u.Group)
	}
	if u.Path != "" {
		fmt.Fprintf(&b, "path = %s\n", tomlString(u.Path))
	}
	kinds, _, err := secret.ReadGitleaks(u.ID, strings.NewReader(b.String()))
	for i := range kinds {
		kinds[i].Severity = strings.ToLower(u.Severity)
	}
	if inner := errors.Unwrap(err); inner != nil {
		err = inner // without the place in what was written for gitleaks here
	}
	return kinds, err
}

// readUserKind reads a mapping; an unknown key is an error that names the
// nearest known one.
func readUserKind(text string, u *userKind) error {
	var keys map[string]yaml.Node
	if err := yaml.Unmarshal([]byte(text), &keys); err != nil {
		return err
	}
	known := []string{"id", "regex", "title", "severity", "keywords", "entropy", "group", "path"}
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		if !slices.Contains(known, key) {
			return fmt.Errorf("unknown key %q%s", key, meant(nearest(key, known)))
		}
	}
	return yaml.Unmarshal([]byte(text), u)
}

// tomlString quotes a string for TOML, which JSON's way does.
func tomlString(s string) string {
	quoted, err := json.Marshal(s)
	if err != nil {
		return `""` // a string can always be written
	}
	return string(quoted)
}

// add puts kinds before the built-in ones, in whose place those with the same
// id go.
func (k *kindsOfSecrets) add(more []secret.Kind) {
	own := slices.DeleteFunc(k.list, func(old secret.Kind) bool {
		return slices.ContainsFunc(more, func(m secret.Kind) bool { return m.ID == old.ID })
	})
	k.list = append(slices.Clone(more), own...)
}

// secretCalled is the built-in kind with an id or the name that another tool has
// for it; nil where there is none.
func secretCalled(id string) *secret.Kind {
	for _, k := range secret.Kinds() {
		if strings.EqualFold(k.ID, id) || slices.ContainsFunc(k.Aliases, func(alias string) bool {
			_, short, _ := strings.Cut(alias, "/")
			return strings.EqualFold(alias, id) || strings.EqualFold(short, id)
		}) {
			return &k
		}
	}
	return nil
}

// secretNamed is the id of the kind with an id or, as "gitleaks/github-pat",
// another tool's name for it; empty where there is none.
func secretNamed(kinds []secret.Kind, name string) string {
	for _, k := range kinds {
		if k.ID == name || slices.Contains(k.Aliases, name) {
			return k.ID
		}
	}
	return ""
}

// finder finds secrets of all kinds.
func (k *kindsOfSecrets) finder() (*secret.Finder, error) {
	finder, err := secret.New(k.list, k.allow)
	if err != nil {
		return nil, usageError("kinds of secrets: %w", err)
	}
	return finder, nil
}

// yaraProgram is the program that is named, else the newer of the two that is
// installed.
func yaraProgram(named string) string {
	if named != "" {
		return named
	}
	if _, err := exec.LookPath("yr"); err == nil {
		return "yr"
	}
	return "yara"
}

// malwareEngines are those that the flags name.
func malwareEngines(f checkFlags) ([]malware.Engine, error) {
	limits := malware.Limits{Size: int64(f.malwareSize), Time: f.malwareTime}
	var engines []malware.Engine
	if f.clamd != "" {
		if err := malware.ClamdAddress(f.clamd); err != nil {
			return nil, usageError("--clamd %s: %w", f.clamd, err)
		}
		engines = append(engines, malware.Clamd(f.clamd, limits))
	}
	if f.yara != "" {
		engine, err := malware.Yara(yaraProgram(f.yaraProgram), f.yara, limits)
		switch {
		case errors.Is(err, exec.ErrNotFound):
			return nil, &exitError{exitFailed, fmt.Errorf("--yara: %w: install yr or yara, or name it with --yara-program", err)}
		case errors.Is(err, malware.ErrUnreachable):
			return nil, &exitError{exitFailed, err}
		case err != nil:
			return nil, usageError("--yara: %w", err)
		}
		engines = append(engines, engine)
	}
	if f.hashes != "" {
		file, err := os.Open(f.hashes)
		if err != nil {
			return nil, usageError("--malware-hashes: %w", err)
		}
		defer file.Close()
		engine, err := malware.Hashes(file, strings.TrimSpace(f.hashes))
		if err != nil {
			return nil, usageError("--malware-hashes: %w", err)
		}
		engines = append(engines, engine)
	}
	return engines, nil
}
