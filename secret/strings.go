package secret

import "encoding/binary"

// shortString is how many ASCII characters a string in a file that is no text
// has at least to be looked into. The tokens that are known have 20 and more.
const shortString = 2*octet - 1

// octet is how many bytes are told to be ASCII at once: wherever a string of
// shortString begins, there is a whole one in it.
const octet = 8

// The bytes from tab to the end of ASCII are taken for text, of which a few
// control characters are none. A byte below leaves the high bit when low is
// taken from it, one above has it.
const (
	low  = 0x09090909_09090909
	high = 0x80808080_80808080
)

// scanStrings is scan for what is no text: it passes over all but strings.
func (f *prefilter) scanStrings(text []byte, from, to int, hit func(word, at int)) {
	var s sifted
	to = min(to, len(text)-2)
	done := from
	// The octet that tells a string may be the one before from or the one behind to.
	i := nextASCII(text, max(0, from-octet))
	for i < to+octet && i+octet <= len(text) {
		begin := max(done, i-octet)
		for i < to && i+octet <= len(text) && isASCII(text[i:]) {
			i += octet
		}
		done = max(begin, min(i+octet, to))
		f.scanRange(text, begin, done, &s, hit)
		i = nextASCII(text, i+octet)
	}
	if i+octet > len(text) { // too few bytes to tell
		f.scanRange(text, max(done, i-octet), to, &s, hit)
	}
}

func isASCII(text []byte) bool {
	x := binary.LittleEndian.Uint64(text)
	return (x-low|x)&high == 0
}

// nextASCII goes on by octets to one that is ASCII, or as far as there are whole
// ones. It takes four at once, as most are not.
func nextASCII(text []byte, i int) int {
	for ; i < len(text)-(4*octet-1); i += 4 * octet {
		next := (*[4 * octet]byte)(text[i : i+4*octet])
		a, b := binary.LittleEndian.Uint64(next[:]), binary.LittleEndian.Uint64(next[octet:])
		c, d := binary.LittleEndian.Uint64(next[2*octet:]), binary.LittleEndian.Uint64(next[3*octet:])
		if (a-low|a)&high == 0 || (b-low|b)&high == 0 || (c-low|c)&high == 0 || (d-low|d)&high == 0 {
			break
		}
	}
	for i+octet <= len(text) && !isASCII(text[i:]) {
		i += octet
	}
	return i
}
