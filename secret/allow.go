package secret

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
)

// Allow is what does not count as a secret: a match that any of its lists names
// is dropped.
type Allow []AllowList

// AllowList is one reason to drop a match.
type AllowList struct {
	// Paths are expressions for paths of files.
	Paths []string
	// Expressions are tried on the Target of a match.
	Expressions []string
	// Target is what Expressions are tried on: "secret" (also ""), "match" for
	// all that the pattern matched, or "line" for the lines that it is on.
	Target string
	// Words are in the secret, in any case.
	Words []string
	// All asks that each of the above that is given applies; otherwise one is
	// enough.
	All bool
	// Kinds are the ids of the kinds that the list is for, ours or those of
	// gitleaks; none is all.
	Kinds []string
}

// allowList is an AllowList that is ready for use.
type allowList struct {
	paths, expressions []*regexp.Regexp
	target             string
	words              [][]byte
	all                bool
	kinds              []string
}

func (a Allow) compile() ([]allowList, error) {
	lists := make([]allowList, 0, len(a))
	for n, from := range a {
		to := allowList{target: from.Target, all: from.All}
		var err error
		if to.paths, err = compileAll(from.Paths); err != nil {
			return nil, fmt.Errorf("allow-list %d: %w", n+1, err)
		}
		if to.expressions, err = compileAll(from.Expressions); err != nil {
			return nil, fmt.Errorf("allow-list %d: %w", n+1, err)
		}
		switch from.Target {
		case "", "secret", "match", "line":
		default:
			return nil, fmt.Errorf("allow-list %d: target %q: want secret, match or line", n+1, from.Target)
		}
		for _, w := range from.Words {
			to.words = append(to.words, bytes.ToLower([]byte(w)))
		}
		to.kinds = from.Kinds
		lists = append(lists, to)
	}
	return lists, nil
}

func compileAll(expressions []string) ([]*regexp.Regexp, error) {
	var all []*regexp.Regexp
	for _, e := range expressions {
		re, err := regexp.Compile(e)
		if err != nil {
			return nil, fmt.Errorf("expression %q: %w", e, err)
		}
		all = append(all, re)
	}
	return all, nil
}

// drops says whether the list names the candidate.
func (l *allowList) drops(c *candidate, path string) bool {
	if len(l.kinds) > 0 && !slices.ContainsFunc(l.kinds, c.kind.called) {
		return false
	}
	given, met := 0, 0
	count := func(list int, applies bool) {
		if list > 0 {
			given++
			if applies {
				met++
			}
		}
	}
	count(len(l.paths), matchAny(l.paths, []byte(path)))
	count(len(l.expressions), len(l.expressions) > 0 && matchAny(l.expressions, c.target(l.target)))
	count(len(l.words), containsAny(c.secret(), l.words))
	if l.all {
		return given > 0 && met == given
	}
	return met > 0
}

func matchAny(all []*regexp.Regexp, text []byte) bool {
	for _, re := range all {
		if re.Match(text) {
			return true
		}
	}
	return false
}

// containsAny says whether any of the words, which are in lower case, is in
// text in any case.
func containsAny(text []byte, words [][]byte) bool {
	if len(words) == 0 {
		return false
	}
	text = bytes.ToLower(text)
	for _, w := range words {
		if bytes.Contains(text, w) {
			return true
		}
	}
	return false
}
