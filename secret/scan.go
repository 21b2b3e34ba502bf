package secret

import "bytes"

// bufferSize is how much text a Scan holds at most, in bytes.
const bufferSize = 256 << 10

// binaryProbe is how much of a file is looked at to tell whether it is text, in
// bytes.
const binaryProbe = 8 << 10

// buffer is what one Scan uses and the next one may use again.
type buffer struct{ text []byte }

// Scan finds the secrets in one file while it is read.
type Scan struct {
	f          *Finder
	path       string
	samplePath int8 // whether isSamplePath: 1 yes, -1 no, 0 not known yet
	buffer     *buffer
	text       []byte // what is kept of the file
	base       int64  // offset in the file of text[0]
	next       int    // first place in text that was not looked at
	lines      int    // line breaks before text[0]
	lineStart  int64  // offset in the file of the line of text[0]
	wide       wide
	matches    []Match
	memo       assignment // the last one that was read, at offsets in text
	memoRead   bool
	searched   map[int]int64 // by pattern: how far Search has looked
	block      int64         // offset in the file of the next block of lookEverywhere
	window     window
	work       work
	pathFits   []int8 // by kind: 1 yes, -1 no, 0 not known yet
	limited    bool   // something was passed over
	full       bool   // there are MaxMatches
	binary     bool   // the file is no text
	closed     bool
}

// NewScan makes a Scan of a file: write its bytes, then close it. The path is
// relative to the root of the image; the size may be a guess.
func (f *Finder) NewScan(path string, size int64) *Scan {
	return &Scan{f: f, path: path}
}

// Reset makes a Scan that was closed one of another file.
func (s *Scan) Reset(path string) {
	*s = Scan{f: s.f, path: path}
}

// Write takes the next bytes of the file. It never fails.
func (s *Scan) Write(p []byte) (int, error) {
	n := len(p)
	if s.buffer == nil {
		s.buffer = s.f.buffers.Get().(*buffer)
		if s.buffer.text == nil {
			s.buffer.text = make([]byte, 0, bufferSize)
		}
		s.text = s.buffer.text[:0]
	}
	p = s.wide.begin(p)
	for len(p) > 0 {
		room := bufferSize - len(s.text)
		var taken int
		s.text, taken = s.wide.append(s.text, p, room)
		p = p[taken:]
		if len(s.text) == bufferSize {
			s.look(len(s.text)-ahead, false)
			s.discard()
		}
	}
	return n, nil
}

// Whole takes all of the file at once, in place of Write and without a copy: the
// content must stay as it is until Close.
func (s *Scan) Whole(content []byte) {
	if isWide(content) {
		// Write never fails.
		_, _ = s.Write(content)
		return
	}
	s.text = content
}

// Overlap is how much of a piece comes again in front of the next one, in bytes:
// as far as what is looked for may reach.
const Overlap = blockSize + searchAhead

// Piece takes the next piece of the file, in place of Write and without a copy.
// In front of it, text has again the last bytes that were seen: Overlap of them,
// or all if there are fewer. It must stay as it is until the next Piece or Close.
func (s *Scan) Piece(text []byte, seen int) {
	if s.wide.on || seen == 0 && isWide(text) {
		_, _ = s.Write(text[seen:])
		return
	}
	s.text = text
	limit := len(text) - ahead
	s.look(limit-(limit-s.next)&1, false)
	s.forget(len(text) - min(Overlap, len(text)))
}

// Close says what was found, ordered by place. Of matches that overlap, the one
// that says most is kept; there are at most MaxMatches.
func (s *Scan) Close() []Match {
	if s.closed {
		return nil
	}
	s.closed = true
	s.look(len(s.text), true)
	s.findFile()
	if s.buffer != nil {
		s.f.buffers.Put(s.buffer)
		s.buffer, s.text = nil, nil
	}
	found := settle(s.matches)
	found = found[:min(len(found), MaxMatches)]
	for i := range found {
		s.wide.place(&found[i])
	}
	return found
}

// look finds what has its keyword before the place limit in the text; last says
// that no more text will follow.
func (s *Scan) look(limit int, last bool) {
	s.lookEverywhere(last)
	if limit <= s.next {
		return
	}
	s.memoRead = false
	s.work.runs = [4]run{}
	if s.base == 0 && s.next == 0 {
		s.binary = bytes.IndexByte(s.text[:min(len(s.text), binaryProbe)], 0) >= 0
	}
	if s.binary && s.f.own == 0 { // what a user's kinds match may be shorter than any string
		s.f.filter().scanStrings(s.text, s.next, limit, s.hit)
	} else {
		s.f.filter().scan(s.text, s.next, limit, s.hit)
	}
	s.next = limit
}

// discard forgets the text that no later window reaches.
func (s *Scan) discard() {
	n := s.next - 2*behind
	if len(s.f.everywhere) > 0 {
		n = min(n, int(s.block-s.base))
	}
	if n <= 0 {
		return
	}
	kept := s.text
	s.forget(n)
	s.text = kept[:copy(kept, kept[n:])]
}

// forget takes the first n bytes off the text.
func (s *Scan) forget(n int) {
	gone := s.text[:n]
	if last := bytes.LastIndexByte(gone, '\n'); last >= 0 {
		s.lines += bytes.Count(gone, []byte{'\n'})
		s.lineStart = s.base + int64(last) + 1
	}
	s.text = s.text[n:]
	s.base += int64(n)
	s.next -= n
}

// place is the line and the column of a place in the text.
func (s *Scan) place(at int) (line, column int) {
	before := s.text[:at]
	line = s.lines + bytes.Count(before, []byte{'\n'}) + 1
	start := s.lineStart
	if last := bytes.LastIndexByte(before, '\n'); last >= 0 {
		start = s.base + int64(last) + 1
	}
	return line, int(s.base + int64(at) - start + 1)
}

// findFile finds what is a secret by its path.
func (s *Scan) findFile() {
	for _, p := range s.f.files {
		if path := s.f.paths[p.index]; path != nil && path.MatchString(s.path) {
			s.matches = append(s.matches, Match{Kind: p.kind, Sample: s.sampled(), Redacted: "the whole file", rank: p.number})
		}
	}
}
