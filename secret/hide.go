package secret

import "strings"

// Hide is a text with every secret in it cut to the prefix that may be shown,
// and three dots.
func (f *Finder) Hide(text string) string {
	matches := f.Find([]byte(text))
	if len(matches) == 0 {
		return text
	}
	if len(matches) >= MaxMatches {
		return "…" // there may be more
	}
	var b strings.Builder
	at := 0
	for i := range matches {
		m := &matches[i]
		start, end := int(m.Start), int(m.End)
		if start < at || end < start || end > len(text) {
			continue
		}
		shown, _, _ := strings.Cut(m.Redacted, "…")
		b.WriteString(text[at:start] + shown + "…")
		at = end
	}
	return b.String() + text[at:]
}
