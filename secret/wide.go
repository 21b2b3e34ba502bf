package secret

// wide turns UTF-16 into bytes, as Windows writes many of its files: characters
// beyond Latin-1, of which no secret consists, become question marks.
type wide struct {
	decided bool
	on, big bool
	head    []byte // bytes that were too few to decide or to make a character
}

// isWide says whether text begins with the byte order mark of UTF-16.
func isWide(text []byte) bool {
	return len(text) >= 2 && (text[0] == 0xff && text[1] == 0xfe || text[0] == 0xfe && text[1] == 0xff)
}

// begin looks for a byte order mark in the first bytes, and returns those that
// are to be appended.
func (w *wide) begin(p []byte) []byte {
	if len(w.head) > 0 {
		p = append(w.head, p...)
		w.head = nil
	}
	if w.decided {
		return p
	}
	if len(p) < 2 {
		w.head = append(w.head, p...)
		return nil
	}
	w.decided = true
	if isWide(p) {
		w.on, w.big = true, p[0] == 0xfe
		return p[2:]
	}
	return p
}

// append adds up to room bytes to text, and says how many bytes of p it took.
func (w *wide) append(text, p []byte, room int) ([]byte, int) {
	if !w.on {
		n := min(room, len(p))
		return append(text, p[:n]...), n
	}
	n := 0
	for ; n+1 < len(p) && room > 0; n, room = n+2, room-1 {
		low, high := p[n], p[n+1]
		if w.big {
			low, high = high, low
		}
		if high != 0 {
			low = '?'
		}
		text = append(text, low)
	}
	if n+1 == len(p) {
		w.head = append(w.head, p[n])
		n++
	}
	return text, n
}

// place turns the offsets of a match into those in the file.
func (w *wide) place(m *Match) {
	if w.on && m.End > 0 {
		m.Start, m.End = 2*m.Start+2, 2*m.End+2
	}
}
