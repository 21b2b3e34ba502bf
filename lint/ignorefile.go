package lint

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	maxIgnoreLines   = 10_000
	maxIgnorePattern = 4096 // bytes
)

// IgnoreFile is a .dockerignore: which files of a build context the builder
// does not get. Patterns mean what moby/patternmatcher makes of them.
type IgnoreFile struct{ patterns []ignorePattern }

type ignorePattern struct {
	tokens []token
	keep   bool // "!": what an earlier pattern left out is kept
}

// token is one element of a pattern.
type token struct {
	kind tokenKind
	char rune   // of literal
	set  string // of class: what stands between the brackets
}

type tokenKind int

const (
	literal  tokenKind = iota
	anyChar            // ?: any character but a slash
	anyChars           // *: any number of characters but slashes
	anyDirs            // **/: any number of directories, none too
	anything           // ** at the end
	class              // [a-z]
)

// ParseIgnore reads a .dockerignore. The error says on which line a pattern is
// malformed; the other patterns are read all the same.
func ParseIgnore(data []byte) (*IgnoreFile, error) {
	f := &IgnoreFile{}
	var first error
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	for n, line := range strings.SplitN(string(data), "\n", maxIgnoreLines+1) {
		if n == maxIgnoreLines {
			return f, fmt.Errorf("%d: more than %d lines", n+1, maxIgnoreLines)
		}
		if strings.HasPrefix(line, "#") {
			continue
		}
		line = strings.TrimSpace(line)
		keep := strings.HasPrefix(line, "!")
		if keep {
			line = strings.TrimSpace(line[1:])
		}
		if line == "" {
			continue
		}
		line = path.Clean(strings.ReplaceAll(line, "//", "/"))
		if len(line) > 1 {
			line = strings.TrimPrefix(line, "/")
		}
		tokens, err := ignoreTokens(line)
		if err != nil {
			if first == nil {
				first = fmt.Errorf("%d: %w", n+1, err)
			}
			continue
		}
		f.patterns = append(f.patterns, ignorePattern{tokens, keep})
	}
	return f, first
}

// Exceptions tells whether a pattern takes paths back in with "!".
func (f *IgnoreFile) Exceptions() bool {
	return slices.ContainsFunc(f.patterns, func(p ignorePattern) bool { return p.keep })
}

// Ignored tells whether a path of the context, with slashes, is left out: the
// last pattern that matches it or a directory above it decides.
func (f *IgnoreFile) Ignored(name string) bool {
	if len(name) > maxIgnorePattern {
		return false
	}
	name = strings.TrimPrefix(path.Clean("/"+name), "/")
	if name == "" {
		name = "."
	}
	ignored := false
	for _, p := range f.patterns {
		if ignored == p.keep && p.matchesTree(name) {
			ignored = !p.keep
		}
	}
	return ignored
}

func (p *ignorePattern) matchesTree(name string) bool {
	for at := 0; at < len(name); at++ {
		if name[at] == '/' && matchTokens(p.tokens, name[:at]) {
			return true
		}
	}
	return matchTokens(p.tokens, name)
}

// ignoreTokens splits a pattern into its elements.
func ignoreTokens(s string) ([]token, error) {
	if len(s) > maxIgnorePattern {
		return nil, fmt.Errorf("the pattern is longer than %d bytes", maxIgnorePattern)
	}
	var out []token
	for s != "" {
		r, size := utf8.DecodeRuneInString(s)
		rest := s[size:]
		switch r {
		case '*':
			if !strings.HasPrefix(rest, "*") {
				out = append(out, token{kind: anyChars})
				break
			}
			rest = strings.TrimPrefix(rest[1:], "/")
			if rest == "" {
				out = append(out, token{kind: anything})
			} else {
				out = append(out, token{kind: anyDirs})
			}
		case '?':
			out = append(out, token{kind: anyChar})
		case '[':
			end := classEnd(rest)
			if end < 0 {
				return nil, fmt.Errorf("the pattern %q has a [ without ]", s)
			}
			out = append(out, token{kind: class, set: rest[:end]})
			rest = rest[end+1:]
		case '\\':
			r, size = utf8.DecodeRuneInString(rest)
			if size == 0 {
				return nil, fmt.Errorf("the pattern ends with a backslash")
			}
			out, rest = append(out, token{char: r}), rest[size:]
		default:
			out = append(out, token{char: r})
		}
		s = rest
	}
	return out, nil
}

// classEnd is where the "]" of a character class is; the first character may be
// one itself.
func classEnd(s string) int {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case ']':
			if i > 0 && s[:i] != "^" {
				return i
			}
		}
	}
	return -1
}

// matchTokens follows all ways through the pattern at once, so that its time is
// the product of both lengths whatever the pattern.
func matchTokens(tokens []token, name string) bool {
	states := make([]bool, len(tokens)+1)
	next := make([]bool, len(tokens)+1)
	states[0] = true
	spread(tokens, states, true)
	for _, r := range name {
		clear(next)
		alive := false
		for t, tok := range tokens {
			if !states[t] {
				continue
			}
			switch tok.kind {
			case anyChars:
				next[t] = next[t] || r != '/'
			case anything, anyDirs:
				next[t] = true
			default:
				next[t+1] = next[t+1] || tok.is(r)
			}
			alive = true
		}
		if !alive {
			return false
		}
		states, next = next, states
		spread(tokens, states, r == '/')
	}
	return states[len(tokens)]
}

// spread enters what stands behind elements that may match nothing. Behind
// directories the pattern goes on only where a path element starts.
func spread(tokens []token, states []bool, start bool) {
	for t, tok := range tokens {
		if states[t] && (tok.kind == anyChars || tok.kind == anything || tok.kind == anyDirs && start) {
			states[t+1] = true
		}
	}
}

// is tells whether a token for one character stands for r.
func (t token) is(r rune) bool {
	switch t.kind {
	case anyChar:
		return r != '/'
	case class:
		return r != '/' && inClass(t.set, r)
	}
	return t.char == r
}

func inClass(set string, r rune) bool {
	set, not := strings.CutPrefix(set, "^")
	in := false
	for set != "" {
		low, rest := classChar(set)
		high := low
		if strings.HasPrefix(rest, "-") && len(rest) > 1 {
			high, rest = classChar(rest[1:])
		}
		in = in || low <= r && r <= high
		set = rest
	}
	return in != not
}

func classChar(set string) (rune, string) {
	if set[0] == '\\' && len(set) > 1 {
		set = set[1:]
	}
	r, n := utf8.DecodeRuneInString(set)
	return r, set[n:]
}
