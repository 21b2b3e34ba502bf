package secret

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"sync"
)

// engine is part of the version of a Finder: raise it when the same kinds find
// something else than before.
const engine = "2"

// MaxMatches is how many matches one text gives at most.
const MaxMatches = 1000

// Finder finds secrets of some kinds. It is safe for concurrent use.
type Finder struct {
	kinds   []Kind
	allow   []allowList
	perKind [][]allowList
	paths   []*regexp.Regexp // by kind; nil is any
	// filter is made when it is first used, in the goroutine that searches: until then
	// a scan need not wait for it.
	filter func() *prefilter
	users  [][]*pattern // by keyword: what wants to know of it
	files  []*pattern
	// everywhere are searches without keywords.
	everywhere []*pattern
	own        int // how many kinds are a user's
	version    string
	buffers    sync.Pool
}

// pattern is a Pattern that is ready for use.
type pattern struct {
	Pattern
	kind  *Kind
	index int // of the kind
	// number is the place of the pattern among all.
	number  int
	compile func() (*expression, error)
	search  func() (*regexp.Regexp, error)
	reach   func() int
	places  func() []byteSet // of firstBytes
}

// New makes a Finder of kinds. An error names the kind and the place in its
// expression.
func New(kinds []Kind, allow Allow) (*Finder, error) {
	f := &Finder{kinds: slices.Clone(kinds), perKind: make([][]allowList, len(kinds)), paths: make([]*regexp.Regexp, len(kinds))}
	f.buffers.New = func() any { return new(buffer) }
	var err error
	if f.allow, err = allow.compile(); err != nil {
		return nil, err
	}
	words := map[string]int{}
	var list []keyword
	number := 0
	for i := range f.kinds {
		k := &f.kinds[i]
		if !k.builtin {
			f.own++
		}
		if err := f.prepare(i, k); err != nil {
			return nil, fmt.Errorf("kind %q: %w", k.ID, err)
		}
		for _, from := range k.Patterns {
			p := newPattern(from, k, i, number)
			number++
			if err := p.validate(); err != nil {
				return nil, fmt.Errorf("kind %q: %w", k.ID, err)
			}
			switch {
			case p.Form == File:
				f.files = append(f.files, p)
			case len(p.Keywords) == 0:
				f.everywhere = append(f.everywhere, p)
			}
			for _, word := range p.Keywords {
				n, known := words[word]
				if !known {
					n = len(list)
					words[word] = n
					list = append(list, keyword{text: word})
					f.users = append(f.users, nil)
				}
				f.users[n] = append(f.users[n], p)
				p.follow(&list[n])
			}
		}
	}
	f.filter = sync.OnceValue(func() *prefilter { return newPrefilter(list) })
	f.version = version(kinds, allow)
	return f, nil
}

// prepare compiles what belongs to a kind as a whole.
func (f *Finder) prepare(i int, k *Kind) error {
	if k.ID == "" {
		return errors.New("it has no id")
	}
	var err error
	if k.Path != "" {
		if f.paths[i], err = regexp.Compile(k.Path); err != nil {
			return fmt.Errorf("path: %w", place(k.Path, err))
		}
	}
	if f.perKind[i], err = k.Allow.compile(); err != nil {
		return err
	}
	return nil
}

func newPattern(from Pattern, k *Kind, index, number int) *pattern {
	p := &pattern{Pattern: from, kind: k, index: index, number: number}
	p.compile = sync.OnceValues(func() (*expression, error) { return compileExpression(p.Expression) })
	p.search = sync.OnceValues(func() (*regexp.Regexp, error) { return regexp.Compile(p.Expression) })
	p.places = sync.OnceValue(p.firstBytes)
	p.reach = sync.OnceValue(func() int { return reach(p.Expression, p.Keywords) })
	return p
}

// firstBytes are the bytes that may stand at the first places of what a pattern
// of tokens matches; none of other patterns.
func (p *pattern) firstBytes() []byteSet {
	if p.Form != Token {
		return nil
	}
	tree, err := syntax.Parse(p.Expression, syntax.Perl)
	if err != nil {
		return nil
	}
	places, _ := gate(tree)
	return places
}

// follow adds to a keyword what may follow it in the pattern.
func (p *pattern) follow(k *keyword) {
	if len(k.text) > 4 {
		return
	}
	if places := p.places(); len(places) > len(k.text) {
		k.next.addAll(places[len(k.text)])
		return
	}
	k.next = anyByte
}

// validate tells what is wrong with a pattern. The built-in ones are tried by
// tests, so that a start does not wait for all their expressions.
func (p *pattern) validate() error {
	if p.kind.builtin {
		return nil
	}
	if len(p.Keywords) == 0 && p.Form != File && p.Form != Search {
		return errors.New("it has no keywords: give at least one string that is always near the secret")
	}
	for _, w := range p.Keywords {
		if len(w) < 3 || w != strings.ToLower(w) || !ascii(w) {
			return fmt.Errorf("keyword %q: want at least 3 characters of ASCII, in lower case", w)
		}
	}
	if p.Check != "" && !knownCheck(p.Check) {
		return fmt.Errorf("check %q is not known", p.Check)
	}
	switch p.Form {
	case Token, Value:
		if _, err := p.compile(); err != nil {
			return place(p.Expression, err)
		}
	case Search:
		re, err := p.search()
		if err != nil {
			return place(p.Expression, err)
		}
		if p.Group < FirstGroup || p.Group > re.NumSubexp() {
			return fmt.Errorf("group %d: the expression has %d", p.Group, re.NumSubexp())
		}
	case Reader:
		if readerOf(p.Expression) == nil {
			return fmt.Errorf("reader %q is not known", p.Expression)
		}
	case File:
		if p.kind.Path == "" {
			return errors.New("a kind of files needs a path")
		}
	default:
		return fmt.Errorf("form %q is not known", p.Form)
	}
	return nil
}

// Kind is the kind called id, which may also be one of its aliases or their last
// part; nil where there is none.
func (f *Finder) Kind(id string) *Kind {
	for i := range f.kinds {
		if f.kinds[i].ID == id {
			return &f.kinds[i]
		}
	}
	for i := range f.kinds {
		for _, a := range f.kinds[i].Aliases {
			if _, short, _ := strings.Cut(a, "/"); a == id || short == id {
				return &f.kinds[i]
			}
		}
	}
	return nil
}

// Version identifies what the Finder finds: the kinds, the allow-lists and the
// engine. What was found under another version is to be looked for again.
func (f *Finder) Version() string { return f.version }

func version(kinds []Kind, allow Allow) string {
	h := sha256.New()
	e := json.NewEncoder(h)
	// What is encoded are strings and numbers, which cannot fail.
	_ = e.Encode(engine)
	_ = e.Encode(kinds)
	_ = e.Encode(allow)
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// Find finds the secrets in a whole text, of which no path is known.
func (f *Finder) Find(text []byte) []Match {
	s := f.NewScan("", int64(len(text)))
	s.Whole(text)
	return s.Close()
}

// candidate is a piece of text that may turn out to be a secret.
type candidate struct {
	kind    *Kind
	pattern *pattern
	window  *window
	// The secret, and all that the pattern matched.
	start, end           int
	matchStart, matchEnd int
	// shown is how many bytes of the secret may be shown.
	shown  int
	detail string
	sample bool
	// assigned is the assignment that it is the value of; nil where it is none.
	assigned *assignment
}

func (c *candidate) secret() []byte { return c.window.text[c.start:c.end] }

// target is the text that an allow-list looks at.
func (c *candidate) target(name string) []byte {
	w := c.window
	switch name {
	case "match":
		return w.text[c.matchStart:c.matchEnd]
	case "line":
		lo, hi := c.matchStart, c.matchEnd
		for lo > w.lo && w.text[lo-1] != '\n' {
			lo--
		}
		for hi < w.hi && w.text[hi] != '\n' {
			hi++
		}
		return w.text[lo:hi]
	}
	return c.secret()
}

// place adds to an error of an expression where in it the fault is.
func place(expression string, err error) error {
	fragment := faultOf(err)
	if fragment == "" {
		return err
	}
	if i := strings.Index(expression, fragment); i >= 0 {
		return fmt.Errorf("column %d of the expression: %w", i+1, err)
	}
	return err
}

// order sorts matches by place, the longer first.
func order(a, b Match) int {
	return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(b.End, a.End), cmp.Compare(a.rank, b.rank))
}
