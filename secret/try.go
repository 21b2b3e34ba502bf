package secret

import (
	"regexp"
	"slices"
)

// hit tries what wants to know of the keyword at a place.
func (s *Scan) hit(word, at int) {
	if s.full {
		return
	}
	s.window = window{text: s.text, lo: max(0, at-behind), hi: min(len(s.text), at+ahead), path: s.path, work: &s.work}
	for _, p := range s.f.users[word] {
		if s.f.paths[p.index] != nil && !s.fits(p.index) || p.kind.Generic && s.binary {
			continue
		}
		switch p.Form {
		case Token:
			s.token(p, at)
		case Value:
			s.value(p, at, at+len(s.f.filter().words[word].text))
		case Search:
			// What a user's own expressions take is the user's choice.
			if !p.kind.builtin || s.affords(at) {
				s.search(p, at)
			}
		case Reader:
			if !s.affords(at) {
				continue
			}
			for _, c := range readerOf(p.Expression)(&s.window, at) {
				c.kind, c.pattern = p.kind, p
				s.take(c)
			}
		}
	}
}

// What a Scan may spend on readers and searches, in nanoseconds, about: at the
// beginning, and for each byte before.
const (
	workAtStart = 500e6
	workPerByte = 10
)

// affords says whether there is something left to spend on readers and searches.
// Only a text that was made for it takes more than a small part.
func (s *Scan) affords(at int) bool {
	if s.work.spent > workAtStart+workPerByte*(s.base+int64(at)) {
		s.limited = true
		return false
	}
	s.work.spent += 100
	return true
}

// Limited says that so many places in the file looked like the beginning of a
// secret that not all of them were read, or that there are more than MaxMatches.
func (s *Scan) Limited() bool { return s.limited || s.full }

// sampled says that what the file holds are samples, by its path.
func (s *Scan) sampled() bool {
	if s.samplePath == 0 {
		s.samplePath = -1
		if isSamplePath(s.path) {
			s.samplePath = 1
		}
	}
	return s.samplePath > 0
}

// fits says whether the file is one that a kind is for, by its path.
func (s *Scan) fits(kind int) bool {
	if s.pathFits == nil {
		s.pathFits = make([]int8, len(s.f.kinds))
	}
	if s.pathFits[kind] == 0 {
		s.pathFits[kind] = -1
		if s.f.paths[kind].MatchString(s.path) {
			s.pathFits[kind] = 1
		}
	}
	return s.pathFits[kind] > 0
}

// token tries a pattern that begins at its keyword.
func (s *Scan) token(p *pattern, at int) {
	w := &s.window
	if !p.Glued && !w.opensWord(at) {
		return
	}
	e, err := p.compile()
	if err != nil {
		return
	}
	longest := e.most
	if longest < 0 {
		longest = maxToken
	}
	n := e.matchAt(w.text[at:min(w.hi, at+longest)])
	if n <= 0 {
		return
	}
	if c := w.byteAt(at + n); c != 0 && (isAlnum(c) || c == '_' || e.last.has(c)) {
		return
	}
	s.take(candidate{kind: p.kind, pattern: p, start: at, end: at + n, matchStart: at, matchEnd: at + n, shown: 4})
}

// opensWord says whether a word may begin at i.
func (w *window) opensWord(i int) bool {
	if !isAlnum(w.byteAt(i - 1)) {
		return true
	}
	// \n, \t and \r in strings, %3D in addresses.
	switch c := w.text[i-1]; {
	case w.byteAt(i-2) == '\\' && (c == 'n' || c == 't' || c == 'r'):
		return true
	case w.byteAt(i-3) == '%' && (isDigit(w.byteAt(i-2)) || isAlpha(w.byteAt(i-2))):
		return true
	}
	return false
}

// value tries a pattern on what the name around a keyword is set to.
func (s *Scan) value(p *pattern, from, to int) {
	w := &s.window
	a := &s.memo
	if !s.memoRead || from < a.nameStart || to > a.nameEnd {
		*a = w.readAssignment(from, to)
		// A name that was cut is another one from another keyword.
		s.memoRead = from-a.nameStart < maxName && a.nameEnd-to < maxName
	}
	if !a.found || a.end > w.hi {
		return
	}
	e, err := p.compile()
	if err != nil || !e.matchWhole(w.value(a)) {
		return
	}
	assigned := *a
	s.take(candidate{kind: p.kind, pattern: p, start: a.start, end: a.end, matchStart: a.nameStart, matchEnd: a.end, assigned: &assigned})
}

// Bounds of a Search around its keyword, in bytes: where the expression has no
// bound itself, of which a half is sure ahead, and what is added where it has.
const (
	searchBehind = behind
	searchAhead  = 8 << 10
	searchMore   = 512
)

// search tries a pattern that may lie anywhere around its keyword. A window that
// was searched for an earlier keyword is not searched again, so that a text full
// of keywords takes no more than a few times its length.
func (s *Scan) search(p *pattern, at int) {
	w := &s.window
	before, after, sure := searchBehind, searchAhead, searchAhead/2
	if r := p.reach(); r > 0 {
		before, after, sure = r, r+searchMore, r
	}
	done, seen := s.searched[p.number]
	if seen && s.base+int64(at+sure) <= done {
		return
	}
	re, err := p.search()
	if err != nil {
		return
	}
	lo, hi := max(w.lo, at-before), min(w.hi, at+after)
	if s.searched == nil {
		s.searched = map[int]int64{}
	}
	s.searched[p.number] = s.base + int64(hi)
	s.searchIn(p, re, lo, hi)
}

func (s *Scan) searchIn(p *pattern, re *regexp.Regexp, lo, hi int) {
	w := &s.window
	if p.kind.builtin {
		s.work.spent += 50 * int64(hi-lo)
	}
	for _, m := range re.FindAllSubmatchIndex(w.text[lo:hi], MaxMatches) {
		from, to := group(m, p.Group)
		if from < 0 || from == to {
			continue
		}
		s.take(candidate{kind: p.kind, pattern: p, start: lo + from, end: lo + to, matchStart: lo + m[0], matchEnd: lo + m[1]})
	}
}

// group is the range of a group of a match.
func group(m []int, n int) (from, to int) {
	if n == FirstGroup {
		for n = 1; 2*n < len(m) && m[2*n] == m[2*n+1]; n++ {
		}
		if 2*n >= len(m) {
			n = 0
		}
	}
	return m[2*n], m[2*n+1]
}

// blockSize is how much text lookEverywhere searches at once, in bytes.
const blockSize = 32 << 10

// lookEverywhere tries the searches that have no keyword, on blocks that overlap
// so far that a match in one is whole.
func (s *Scan) lookEverywhere(last bool) {
	if len(s.f.everywhere) == 0 || s.full {
		return
	}
	for {
		from := int(s.block - s.base)
		if from >= len(s.text) || !last && from+blockSize+searchAhead > len(s.text) {
			return
		}
		s.window = window{text: s.text, lo: from, hi: min(len(s.text), from+blockSize+searchAhead), path: s.path, work: &s.work}
		for _, p := range s.f.everywhere {
			if s.f.paths[p.index] != nil && !s.fits(p.index) {
				continue
			}
			if re, err := p.search(); err == nil {
				s.searchIn(p, re, s.window.lo, s.window.hi)
			}
		}
		s.block += blockSize
	}
}

// take verifies a candidate and keeps what stands.
func (s *Scan) take(c candidate) {
	c.window = &s.window
	k := c.kind
	text := c.secret()
	if e := c.pattern.Entropy; e > 0 && entropy(text) < e {
		return
	}
	switch placeholder(text) {
	case isPlaceholder:
		return
	case isSample:
		c.sample = true
	}
	if !c.verify() {
		return
	}
	for _, lists := range [][]allowList{s.f.allow, s.f.perKind[c.pattern.index]} {
		if slices.ContainsFunc(lists, func(l allowList) bool { return l.drops(&c, s.path) }) {
			return
		}
	}
	c.sample = c.sample || c.introduced() || s.binary && isLibrary(s.path)
	m := Match{
		Start: s.base + int64(c.start), End: s.base + int64(c.end), Kind: k,
		Redacted: redact(c.secret(), c.shown), Secret: string(c.secret()),
		Sample: c.sample || s.sampled(), Detail: c.detail, rank: c.pattern.number,
	}
	if k.Generic {
		m.rank += genericRank
	}
	m.Line, m.Column = s.place(c.start)
	s.keep(m)
}

// keep adds a match, and stops where there are too many.
func (s *Scan) keep(m Match) {
	s.matches = append(s.matches, m)
	if len(s.matches) >= 2*MaxMatches {
		s.matches = settle(s.matches)
		s.full = len(s.matches) >= MaxMatches
	}
}
