package secret

import (
	"regexp/syntax"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxLiterals is how many strings may stand for an expression.
const maxLiterals = 32

// literals are strings in lower case of which every match of an expression has
// one, in any case; none if there is no such set.
func literals(expression string) []string {
	tree, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return nil
	}
	words := required(tree.Simplify())
	for _, w := range words {
		if len(w) < 3 {
			return nil
		}
	}
	slices.Sort(words)
	return slices.Compact(words)
}

// reach is how far a match of an expression may reach from its keyword on either
// side, in bytes; 0 if there is no bound that is worth knowing, as where a match
// need not hold the keyword.
func reach(expression string, keywords []string) int {
	tree, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return 0
	}
	_, most := lengths(tree)
	if most < 0 || most > searchBehind {
		return 0
	}
	words := literals(expression)
	for _, w := range words {
		if !slices.ContainsFunc(keywords, func(k string) bool { return strings.Contains(w, k) }) {
			return 0
		}
	}
	if len(words) == 0 {
		return 0
	}
	return most
}

// required is the set of strings of which each match has one, the longest that
// can be told.
func required(re *syntax.Regexp) []string {
	switch re.Op {
	case syntax.OpLiteral, syntax.OpCharClass:
		return exactly(re)
	case syntax.OpCapture, syntax.OpPlus:
		return required(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return required(re.Sub[0])
		}
	case syntax.OpConcat:
		return requiredOfAll(re.Sub)
	case syntax.OpAlternate:
		var all []string
		for _, sub := range re.Sub {
			words := required(sub)
			if len(words) == 0 || len(all)+len(words) > maxLiterals {
				return nil
			}
			all = append(all, words...)
		}
		return all
	}
	return nil
}

// requiredOfAll is the set for expressions that stand one behind the other. What
// some of them match exactly is put together.
func requiredOfAll(subs []*syntax.Regexp) []string {
	var best, run []string
	consider := func(words []string) {
		if shortest(words) > shortest(best) {
			best = words
		}
	}
	for _, sub := range subs {
		words := exactly(sub)
		if len(words) == 0 {
			consider(required(sub))
		}
		if len(words) == 0 || len(run)*len(words) > maxLiterals {
			run = nil
		}
		run = joined(run, words)
		consider(run)
	}
	return best
}

// joined are all strings that begin with one of a and go on with one of b; b
// where a is empty.
func joined(a, b []string) []string {
	if len(a) == 0 {
		return b
	}
	all := make([]string, 0, len(a)*len(b))
	for _, begin := range a {
		for _, end := range b {
			all = append(all, begin+end)
		}
	}
	return all
}

// exactly is what an expression matches, in lower case, where that are a few
// strings; else nothing.
func exactly(re *syntax.Regexp) []string {
	switch re.Op {
	case syntax.OpLiteral:
		if word := strings.ToLower(string(re.Rune)); ascii(word) {
			return []string{word}
		}
	case syntax.OpCapture:
		return exactly(re.Sub[0])
	case syntax.OpCharClass:
		var all []string
		for i := 0; i < len(re.Rune); i += 2 {
			for r := re.Rune[i]; r <= re.Rune[i+1]; r++ {
				if r >= utf8.RuneSelf || len(all) == maxLiterals {
					return nil
				}
				all = append(all, strings.ToLower(string(r)))
			}
		}
		slices.Sort(all)
		return slices.Compact(all)
	}
	return nil
}

// shortest is the length of the shortest of words; 0 if there is none.
func shortest(words []string) int {
	if len(words) == 0 {
		return 0
	}
	n := len(words[0])
	for _, w := range words {
		n = min(n, len(w))
	}
	return n
}
