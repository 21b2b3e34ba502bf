package secret

import (
	"regexp"
	"regexp/syntax"
	"unicode/utf8"
)

// byteSet is a set of bytes.
type byteSet [4]uint64

// anyByte is the set of all bytes.
var anyByte = byteSet{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}

func (s *byteSet) add(c byte)      { s[c>>6] |= 1 << (c & 63) }
func (s *byteSet) has(c byte) bool { return s[c>>6]>>(c&63)&1 != 0 }

func (s *byteSet) addAll(other byteSet) {
	for i := range s {
		s[i] |= other[i]
	}
}

// addRange adds the runes from lo to hi, those beyond ASCII as any byte that
// UTF-8 may have for them.
func (s *byteSet) addRange(lo, hi rune) {
	for r := lo; r <= min(hi, utf8.RuneSelf-1); r++ {
		s.add(byte(r))
	}
	if hi >= utf8.RuneSelf {
		s[2], s[3] = ^uint64(0), ^uint64(0)
	}
}

// expression is a regular expression with what its syntax tells beforehand, so
// that it runs only where it has a chance.
type expression struct {
	at, whole *regexp.Regexp // anchored at the beginning; at both ends
	// gate holds the bytes that may stand at the first places.
	gate []byteSet
	// least and most are the lengths of what matches, in bytes; most is -1 where
	// there is no bound.
	least, most int
	// last holds the bytes that a match may end with.
	last byteSet
}

// gateLength is how many places a gate knows at most.
const gateLength = 32

func compileExpression(text string) (*expression, error) {
	tree, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, err
	}
	e := new(expression)
	if e.at, err = regexp.Compile(`\A(?:` + text + `)`); err != nil {
		return nil, err
	}
	if e.whole, err = regexp.Compile(`\A(?:` + text + `)\z`); err != nil {
		return nil, err
	}
	e.gate, _ = gate(tree)
	e.least, e.most = lengths(tree)
	lastBytes(tree, &e.last)
	return e, nil
}

// opens says whether text may begin with a match.
func (e *expression) opens(text []byte) bool {
	if len(text) < e.least || len(text) < len(e.gate) {
		return false
	}
	for i := range e.gate {
		if !e.gate[i].has(text[i]) {
			return false
		}
	}
	return true
}

// matchAt is the length of the match that text begins with, or -1.
func (e *expression) matchAt(text []byte) int {
	if !e.opens(text) {
		return -1
	}
	m := e.at.FindIndex(text)
	if m == nil {
		return -1
	}
	return m[1]
}

// matchWhole says whether all of text matches.
func (e *expression) matchWhole(text []byte) bool {
	return e.opens(text) && (e.most < 0 || len(text) <= e.most) && e.whole.Match(text)
}

// gate computes what bytes may stand at the first places of a match, and whether
// these are all places that it has.
func gate(re *syntax.Regexp) ([]byteSet, bool) {
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText,
		syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return nil, true
	case syntax.OpLiteral:
		return gateLiteral(re)
	case syntax.OpCharClass:
		var s byteSet
		for i := 0; i+1 < len(re.Rune); i += 2 {
			s.addRange(re.Rune[i], re.Rune[i+1])
		}
		return []byteSet{s}, s[2]|s[3] == 0
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return []byteSet{anyByte}, false
	case syntax.OpCapture:
		return gate(re.Sub[0])
	case syntax.OpPlus:
		first, _ := gate(re.Sub[0])
		return first, false
	case syntax.OpRepeat:
		return gateRepeat(re)
	case syntax.OpConcat:
		var all []byteSet
		for _, sub := range re.Sub {
			next, exact := gate(sub)
			all = append(all, next...)
			if !exact || len(all) >= gateLength {
				return all[:min(len(all), gateLength)], false
			}
		}
		return all, true
	case syntax.OpAlternate:
		return gateAlternate(re)
	}
	return nil, false
}

func gateLiteral(re *syntax.Regexp) ([]byteSet, bool) {
	var all []byteSet
	for _, r := range re.Rune {
		if r >= utf8.RuneSelf || len(all) >= gateLength {
			return all, false
		}
		var s byteSet
		s.add(byte(r))
		if re.Flags&syntax.FoldCase != 0 {
			if lower := r | 0x20; lower >= 'a' && lower <= 'z' {
				s.add(byte(lower))
				s.add(byte(lower &^ 0x20))
				// K and S have relatives beyond ASCII.
				s[2], s[3] = ^uint64(0), ^uint64(0)
			}
		}
		all = append(all, s)
	}
	return all, true
}

func gateRepeat(re *syntax.Regexp) ([]byteSet, bool) {
	one, exact := gate(re.Sub[0])
	if re.Min == 0 {
		return nil, false
	}
	if !exact {
		return one, false
	}
	var all []byteSet
	for n := 0; n < re.Min; n++ {
		all = append(all, one...)
		if len(all) >= gateLength {
			return all[:gateLength], false
		}
	}
	return all, re.Max == re.Min
}

func gateAlternate(re *syntax.Regexp) ([]byteSet, bool) {
	all, exact := gate(re.Sub[0])
	all = append([]byteSet(nil), all...)
	for _, sub := range re.Sub[1:] {
		next, same := gate(sub)
		if !same || len(next) != len(all) {
			exact = false
		}
		all = all[:min(len(all), len(next))]
		for i := range all {
			all[i].addAll(next[i])
		}
	}
	return all, exact
}

// lengths are the least and the greatest number of bytes of a match, the latter
// -1 where there is no bound.
func lengths(re *syntax.Regexp) (least, most int) {
	switch re.Op {
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase != 0 {
			return len(re.Rune), len(re.Rune) * utf8.UTFMax
		}
		n := len(string(re.Rune))
		return n, n
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		if n := len(re.Rune); n > 0 && re.Rune[n-1] < utf8.RuneSelf {
			return 1, 1
		}
		return 1, utf8.UTFMax
	case syntax.OpCapture:
		return lengths(re.Sub[0])
	case syntax.OpStar:
		return 0, -1
	case syntax.OpPlus:
		least, _ = lengths(re.Sub[0])
		return least, -1
	case syntax.OpQuest:
		_, most = lengths(re.Sub[0])
		return 0, most
	case syntax.OpRepeat:
		least, most = lengths(re.Sub[0])
		if re.Max < 0 || most < 0 {
			return least * re.Min, -1
		}
		return least * re.Min, most * re.Max
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			l, m := lengths(sub)
			least += l
			if m < 0 || most < 0 {
				most = -1
			} else {
				most += m
			}
		}
		return least, most
	case syntax.OpAlternate:
		least, most = lengths(re.Sub[0])
		for _, sub := range re.Sub[1:] {
			l, m := lengths(sub)
			least = min(least, l)
			if m < 0 || most < 0 {
				most = -1
			} else {
				most = max(most, m)
			}
		}
		return least, most
	}
	return 0, 0
}

// lastBytes adds the bytes that a match may end with, and says whether it may be
// empty.
func lastBytes(re *syntax.Regexp, to *byteSet) bool {
	switch re.Op {
	case syntax.OpLiteral:
		r := re.Rune[len(re.Rune)-1]
		to.addRange(r, r)
		return false
	case syntax.OpCharClass:
		for i := 0; i+1 < len(re.Rune); i += 2 {
			to.addRange(re.Rune[i], re.Rune[i+1])
		}
		return false
	case syntax.OpCapture, syntax.OpPlus:
		return lastBytes(re.Sub[0], to)
	case syntax.OpStar, syntax.OpQuest:
		lastBytes(re.Sub[0], to)
		return true
	case syntax.OpRepeat:
		return lastBytes(re.Sub[0], to) || re.Min == 0
	case syntax.OpConcat:
		for i := len(re.Sub) - 1; i >= 0; i-- {
			if !lastBytes(re.Sub[i], to) {
				return false
			}
		}
		return true
	case syntax.OpAlternate:
		empty := false
		for _, sub := range re.Sub {
			empty = lastBytes(sub, to) || empty
		}
		return empty
	}
	return true
}
