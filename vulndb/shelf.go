package vulndb

import (
	"encoding/binary"
	"maps"
	"slices"
	"sync"
	"time"
)

// shelf keeps the newest advisory of each id while a source is read, in little
// memory: as bytes, what they say of packages by ecosystem, and short texts once.
// Some sources have hundreds of thousands of records that say millions of things.
type shelf struct {
	heads  []head
	byID   map[string]int
	chunks [][]byte          // of packed advisories without entries
	packed map[string][]byte // entries by ecosystem: see add
	words  map[string]uint64
	texts  []string // by the number that words has
	older  int      // advisories that a newer one replaced
	taking sync.Mutex
}

// head is where an advisory without its entries lies.
type head struct {
	chunk, at int32 // chunk is -1 where a newer one has taken the place
	modified  time.Time
}

// chunkSize is how large a chunk becomes, in bytes, but for a long advisory.
const chunkSize = 1 << 20

func newShelf() *shelf {
	return &shelf{byID: map[string]int{}, packed: map[string][]byte{}, words: map[string]uint64{}}
}

// add takes in an advisory. An ecosystem's bytes are, for each advisory, its
// number, the length of its entries and the entries, as uvarints.
func (s *shelf) add(a Advisory) {
	at := len(s.heads)
	if before, seen := s.byID[a.ID]; seen {
		s.older++
		if a.Modified.Before(s.heads[before].modified) {
			return
		}
		s.heads[before].chunk = -1
	}
	s.byID[a.ID] = at
	own := map[string][]byte{}
	for i := range a.Affected {
		if e := &a.Affected[i]; usable(e) {
			own[e.Ecosystem] = s.pack(own[e.Ecosystem], e)
		}
	}
	for ecosystem, entries := range own {
		to := binary.AppendUvarint(s.packed[ecosystem], uint64(at))
		to = binary.AppendUvarint(to, uint64(len(entries)))
		s.packed[ecosystem] = append(to, entries...)
	}
	s.heads = append(s.heads, s.keep(&a))
}

// keep packs an advisory without its entries.
func (s *shelf) keep(a *Advisory) head {
	last := len(s.chunks) - 1
	if last < 0 || len(s.chunks[last]) > chunkSize {
		s.chunks = append(s.chunks, make([]byte, 0, chunkSize+chunkSize/8))
		last++
	}
	to := s.chunks[last]
	h := head{int32(last), int32(len(to)), a.Modified}
	for _, text := range [...]string{a.ID, a.Summary, a.Details} {
		to = appendString(to, text)
	}
	for _, list := range [...][]string{a.Aliases, a.Upstream, a.Related} {
		to = binary.AppendUvarint(to, uint64(len(list)))
		for _, id := range list {
			to = appendString(to, id)
		}
	}
	for _, at := range [...]time.Time{a.Published, a.Modified, a.Withdrawn} {
		to = appendMomentExactly(to, at)
	}
	to = binary.AppendUvarint(to, uint64(len(a.References)))
	for _, r := range a.References {
		to = appendString(s.word(to, r.Type), r.URL)
	}
	to = s.severities(to, a.Severities)
	if a.Malicious {
		to = append(to, 1)
	} else {
		to = append(to, 0)
	}
	s.chunks[last] = to
	return h
}

// appendMomentExactly writes a moment with its nanoseconds; the zero time is 0.
func appendMomentExactly(to []byte, at time.Time) []byte {
	if at.IsZero() {
		return append(to, 0)
	}
	to = binary.AppendUvarint(append(to, 1), uint64(at.Nanosecond()))
	return binary.AppendVarint(to, at.Unix())
}

func (s *shelf) severities(to []byte, list []Severity) []byte {
	to = binary.AppendUvarint(to, uint64(len(list)))
	for _, v := range list {
		to = s.word(s.word(to, v.Type), v.Score)
	}
	return to
}

// pack appends an entry, without its ecosystem.
func (s *shelf) pack(to []byte, e *Affected) []byte {
	to = s.word(s.word(s.word(s.word(to, e.Name), e.Status), e.Module), e.Platform)
	to = binary.AppendUvarint(to, uint64(len(e.Versions)))
	for _, v := range e.Versions {
		to = s.word(to, v)
	}
	to = s.severities(to, e.Severities)
	var ranges []byte
	for _, r := range e.Ranges {
		ranges = binary.AppendUvarint(s.word(ranges, r.Type), uint64(len(r.Events)))
		for _, event := range r.Events {
			ranges = s.word(s.word(s.word(s.word(ranges, event.Introduced), event.Fixed), event.LastAffected), event.Limit)
		}
	}
	to = binary.AppendUvarint(to, uint64(len(e.Ranges)))
	to = binary.AppendUvarint(to, uint64(len(ranges)))
	return append(to, ranges...)
}

// word appends the number of a text.
func (s *shelf) word(to []byte, text string) []byte {
	n, ok := s.words[text]
	if !ok {
		n = uint64(len(s.texts))
		s.words[text] = n
		s.texts = append(s.texts, text)
	}
	return binary.AppendUvarint(to, n)
}

// close ends the adding and gives the ecosystems that anything is said of, sorted.
func (s *shelf) close() []string {
	s.byID, s.words = nil, nil // the memory is needed for what follows
	return slices.Sorted(maps.Keys(s.packed))
}

// take gives the advisories with what they say of one ecosystem, once. It may be
// called from several goroutines.
func (s *shelf) take(ecosystem string) []*Advisory {
	s.taking.Lock()
	u := unpacker{shelf: s, data: s.packed[ecosystem], ranges: map[string][]Range{}}
	delete(s.packed, ecosystem)
	s.taking.Unlock()
	var list []*Advisory
	for len(u.data) > 0 {
		h := s.heads[u.number()]
		size := u.number()
		if h.chunk < 0 {
			u.data = u.data[size:]
			continue
		}
		at := unpacker{shelf: s, data: s.chunks[h.chunk][h.at:]}
		a := at.advisory()
		for rest := len(u.data) - int(size); len(u.data) > rest; {
			a.Affected = append(a.Affected, u.entry(ecosystem))
		}
		list = append(list, &a)
	}
	return list
}

// unpacker reads what the shelf has packed itself.
type unpacker struct {
	*shelf
	data   []byte
	ranges map[string][]Range // by their bytes: many packages have the same ones
}

func (u *unpacker) number() uint64 {
	n, size := binary.Uvarint(u.data)
	u.data = u.data[size:]
	return n
}

func (u *unpacker) text() string { return u.texts[u.number()] }

// own reads a text that is written where it belongs.
func (u *unpacker) own() string {
	n := u.number()
	text := string(u.data[:n])
	u.data = u.data[n:]
	return text
}

func (u *unpacker) time() time.Time {
	set := u.data[0]
	if u.data = u.data[1:]; set == 0 {
		return time.Time{}
	}
	nanoseconds := u.number()
	seconds, size := binary.Varint(u.data)
	u.data = u.data[size:]
	return time.Unix(seconds, int64(nanoseconds)).UTC()
}

func (u *unpacker) severities() (list []Severity) {
	for range u.number() {
		list = append(list, Severity{Type: u.text(), Score: u.text()})
	}
	return list
}

func (u *unpacker) advisory() Advisory {
	a := Advisory{ID: u.own(), Summary: u.own(), Details: u.own()}
	for _, list := range [...]*[]string{&a.Aliases, &a.Upstream, &a.Related} {
		for range u.number() {
			*list = append(*list, u.own())
		}
	}
	a.Published, a.Modified, a.Withdrawn = u.time(), u.time(), u.time()
	for range u.number() {
		a.References = append(a.References, Reference{Type: u.text(), URL: u.own()})
	}
	a.Severities = u.severities()
	a.Malicious = u.data[0] == 1
	return a
}

func (u *unpacker) entry(ecosystem string) Affected {
	e := Affected{Ecosystem: ecosystem, Name: u.text(), Status: u.text(), Module: u.text(), Platform: u.text()}
	for range u.number() {
		e.Versions = append(e.Versions, u.text())
	}
	e.Severities = u.severities()
	count, size := u.number(), u.number()
	bytes := u.data[:size]
	if have, ok := u.ranges[string(bytes)]; ok {
		e.Ranges, u.data = have, u.data[size:]
		return e
	}
	for range count {
		r := Range{Type: u.text()}
		for range u.number() {
			r.Events = append(r.Events, Event{Introduced: u.text(), Fixed: u.text(), LastAffected: u.text(), Limit: u.text()})
		}
		e.Ranges = append(e.Ranges, r)
	}
	u.ranges[string(bytes)] = e.Ranges
	return e
}
