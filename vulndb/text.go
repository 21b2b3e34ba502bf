package vulndb

import "strings"

// An advisory's texts and URLs often name its own ids. A byte below firstPlain
// stands for one of them: the number of the id plus 1. A literal byte of that
// kind follows a 0.
const (
	firstPlain = 8
	literally  = 0
)

// ownIDs are the ids that texts of an advisory may name in short.
func ownIDs(a *Advisory) []string {
	ids := make([]string, 0, firstPlain-1)
	for _, list := range [...][]string{{a.ID}, a.Aliases, a.Upstream, a.Related} {
		for _, id := range list {
			if len(ids) == firstPlain-1 {
				return ids
			}
			if len(id) > 3 {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// appendText writes a text with numbers in place of ids.
func appendText(b []byte, text string, ids []string) []byte {
	for text != "" {
		at, which := len(text), -1
		for i, id := range ids {
			if n := strings.Index(text[:min(len(text), at+len(id))], id); n >= 0 && n < at {
				at, which = n, i
			}
		}
		b = appendPlain(b, text[:at])
		if which < 0 {
			break
		}
		b = append(b, byte(which)+1)
		text = text[at+len(ids[which]):]
	}
	return b
}

func appendPlain(b []byte, text string) []byte {
	for i := 0; i < len(text); i++ {
		if text[i] < firstPlain {
			b = append(b, literally)
		}
		b = append(b, text[i])
	}
	return b
}

// plainText reads what appendText wrote; ok is false if it is damaged or
// longer than maxBlock.
func plainText(packed []byte, ids []string) (text string, ok bool) {
	var b strings.Builder
	b.Grow(len(packed) + len(packed)/8)
	for i := 0; i < len(packed); i++ {
		switch c := packed[i]; {
		case c >= firstPlain:
			b.WriteByte(c)
		case c == literally:
			if i++; i == len(packed) {
				return "", false
			}
			b.WriteByte(packed[i])
		case int(c) > len(ids) || b.Len() > maxBlock:
			return "", false
		default:
			b.WriteString(ids[c-1])
		}
	}
	return b.String(), true
}
