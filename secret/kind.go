// Package secret finds tokens, keys and passwords in the bytes of a file.
//
// A Finder is made of kinds: what a provider's tokens look like. It looks for
// the keywords of all kinds at once, in any case, at more than two bytes a
// nanosecond; only around a keyword are expressions tried, and what they match
// must then pass the checks of its kind: entropy, checksums, structure. Text is
// read as it comes, in windows, so that a file of any size and of any line length
// takes the same memory. Of a file that is no text, strings of 15 ASCII characters
// and more are looked into, unless the user has kinds of his own.
//
// Certificates and public keys are no secrets. What is written as a sample is
// reported as one, with the severity of a sample.
package secret

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
)

// Form says how a pattern of a kind is looked for around its keywords.
type Form string

// The forms of patterns.
const (
	// Token is a string that begins with a keyword. The expression must match
	// there, and nothing that could belong to it may stand before or after.
	Token Form = "token"
	// Value is what something is set to whose name holds a keyword, as in
	// name = "value". The expression must match the whole value.
	Value Form = "value"
	// Search is an expression that is tried on the text around a keyword, from
	// 2 KiB before it to at least 4 KiB behind it. Without keywords it is tried on
	// all text, which is slow.
	Search Form = "search"
	// File is a file that is a secret by its path, whatever it holds.
	File Form = "file"
	// Reader is a piece of text with a grammar of its own, such as a PEM block;
	// the expression is the name of the function that reads it.
	Reader Form = "reader"
)

// FirstGroup stands for the first group of an expression that holds something.
const FirstGroup = -1

// Pattern is one way to recognise a kind.
type Pattern struct {
	Form Form
	// Keywords are in lower case, of at least 3 bytes each; 5 are faster.
	Keywords []string
	// Expression has the syntax of RE2. It matches bytes; case matters unless
	// it says (?i).
	Expression string
	// Group is the number of the group that holds the secret; 0 is all, and
	// FirstGroup is the first one that matched something, or all.
	Group int
	// Entropy is the least that the secret must have, in bits a byte.
	Entropy float64
	// Check names what is verified beyond the expression: see checks.
	Check string
	// Glued tokens may have letters and digits before them.
	Glued bool
}

// Kind is one kind of secret.
type Kind struct {
	ID       string // "github-pat"
	Title    string // "GitHub personal access token"
	Provider string // "GitHub", or "" where it is nobody's in particular
	Severity string // critical, high, medium or low
	// Aliases are the names that others have for it, as "gitleaks/github-pat".
	Aliases []string
	// Path is an expression that the path of the file must match; "" is any.
	Path     string
	Patterns []Pattern
	// Allow is what does not count for this kind.
	Allow Allow
	// Generic kinds tell from the name of a setting only; any other kind that
	// finds the same place wins over them.
	Generic bool

	builtin bool
}

// Why says in one sentence what the secret opens and what to do.
func (k *Kind) Why() string {
	const advice = "revoke it where it was issued and build the image again without it: deleting the file in a later layer leaves it readable."
	if k.Provider == "" {
		return k.Title + ": whoever pulls the image can read and use it; " + advice
	}
	return k.Title + ": whoever pulls the image can act at " + k.Provider + " as its owner; " + advice
}

//go:embed kinds.txt
var table string

// Kinds are the kinds that are known, in the order of their table; earlier ones
// win where two match the same text. The caller may change what it is given.
func Kinds() []Kind {
	kinds, err := parseTable(table)
	if err != nil {
		panic("secret: the built-in table: " + err.Error())
	}
	return kinds
}

// parseTable reads stanzas such as
//
//	[github-pat]
//	title GitHub personal access token
//	provider GitHub
//	severity critical
//	aka gitleaks trivy=other-name
//	token ghp_[0-9A-Za-z]{36,251}
//	keys ghp_
//	entropy 3
//	check crc32
//
// in which token, value, search, file and reader begin a pattern that the lines
// after them belong to. Lines that begin with # are comments.
func parseTable(text string) ([]Kind, error) {
	kinds := make([]Kind, 0, 400)
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimRight(line, "\n")
		switch {
		case line == "" || line[0] == '#':
			continue
		case line[0] == '[':
			kinds = append(kinds, Kind{ID: strings.Trim(line, "[]"), builtin: true})
			continue
		case len(kinds) == 0:
			return nil, fmt.Errorf("line %d: no kind yet", n)
		}
		if err := kinds[len(kinds)-1].set(line); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
	}
	return kinds, nil
}

// set takes in one line of a stanza.
func (k *Kind) set(line string) error {
	key, rest, _ := strings.Cut(line, " ")
	switch key {
	case "title":
		k.Title = rest
		return nil
	case "provider":
		k.Provider = rest
		return nil
	case "severity":
		k.Severity = rest
		return nil
	case "path":
		k.Path = rest
		return nil
	case "generic":
		k.Generic = true
		return nil
	case "aka":
		for _, name := range strings.Fields(rest) {
			tool, id, other := strings.Cut(name, "=")
			if !other {
				id = k.ID
			}
			k.Aliases = append(k.Aliases, tool+"/"+id)
		}
		return nil
	case "token", "value", "search", "file", "reader":
		k.Patterns = append(k.Patterns, Pattern{Form: Form(key), Expression: rest})
		return nil
	}
	if len(k.Patterns) == 0 {
		return fmt.Errorf("%q before any pattern", key)
	}
	return k.Patterns[len(k.Patterns)-1].set(key, rest)
}

// set takes in one line that belongs to a pattern.
func (p *Pattern) set(key, rest string) error {
	var err error
	switch key {
	case "keys":
		p.Keywords = strings.Fields(rest)
	case "group":
		p.Group, err = strconv.Atoi(rest)
	case "entropy":
		p.Entropy, err = strconv.ParseFloat(rest, 64)
	case "check":
		p.Check = rest
	case "glued":
		p.Glued = true
	default:
		err = fmt.Errorf("unknown key %q", key)
	}
	return err
}
