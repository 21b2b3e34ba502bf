package explore

import (
	"bytes"
	"fmt"
	"slices"
	"sort"
	"strings"
	"unicode"
)

// maxMatches bounds what a search keeps.
const maxMatches = 20_000

// search finds the paths of the scope that hold all words of a query. Without
// capital letters in it the case does not matter. A word with a slash is looked
// for in the whole path, any other in the name.
func (b *Browser) search(query string) {
	b.query, b.matches = query, nil
	words := strings.Fields(query)
	if len(words) == 0 || b.tree == nil {
		b.query = ""
		return
	}
	q := newWords(words)
	var path []byte
	for id := nodeID(1); int(id) < b.tree.nodes.n && len(b.matches) < maxMatches; id++ {
		if !b.wanted(id) {
			continue
		}
		path = path[:0]
		if q.whole {
			path = b.tree.appendPath(append(path, '/'), id)
		}
		if q.in(b.tree.rawName(id), path) {
			b.matches = append(b.matches, id)
		}
	}
	slices.SortFunc(b.matches, b.ranking().compare)
}

// words are what a search looks for.
type words struct {
	name, path [][]byte
	fold       bool
	whole      bool // some word needs the whole path
	scratch    []byte
}

func newWords(list []string) *words {
	q := &words{fold: !strings.ContainsFunc(strings.Join(list, ""), unicode.IsUpper)}
	for i, w := range list {
		if i == len(list)-1 && !strings.Contains(w, "/") {
			q.name = append(q.name, []byte(w))
			continue
		}
		q.path, q.whole = append(q.path, []byte(w)), true
	}
	return q
}

func (q *words) in(name, path []byte) bool {
	return q.all(q.name, name) && (!q.whole || q.all(q.path, path))
}

func (q *words) all(list [][]byte, text []byte) bool {
	if q.fold && len(list) > 0 {
		text = q.lower(text)
	}
	for _, w := range list {
		if !bytes.Contains(text, w) {
			return false
		}
	}
	return true
}

// lower folds ASCII in place of a copy; other letters rarely stand in paths.
func (q *words) lower(text []byte) []byte {
	q.scratch = append(q.scratch[:0], text...)
	for i, c := range q.scratch {
		if c >= 'A' && c <= 'Z' {
			q.scratch[i] = c + 'a' - 'A'
		}
	}
	return q.scratch
}

// next goes to the next match after the selected line, to the one before it, or
// with 0 to the first that is not before it.
func (b *Browser) next(by int) {
	if b.query == "" {
		if by != 0 {
			b.message = "nothing searched for: press /"
		}
		return
	}
	if b.matches == nil {
		b.search(b.query)
	}
	n := len(b.matches)
	if n == 0 {
		b.message = fmt.Sprintf("nothing matches %s", b.query)
		return
	}
	b.list, b.focus = filesList, filesPane
	here, _ := b.selected()
	r := b.ranking()
	i := sort.Search(n, func(i int) bool { return r.compare(b.matches[i], here) >= 0 })
	at := i < n && b.matches[i] == here
	switch {
	case by > 0 && at:
		i++
	case by < 0:
		i--
	}
	i = (i + n) % n
	b.goTo(b.matches[i], true)
	more := ""
	if n == maxMatches {
		more = " or more"
	}
	b.message = fmt.Sprintf("match %d of %d%s for %s", i+1, n, more, b.query)
}
