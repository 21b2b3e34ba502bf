package secret

import (
	"fmt"
	"slices"
)

// Match is a secret and where it is.
type Match struct {
	Start, End   int64 // byte offsets in the file
	Line, Column int   // of Start, from 1; the column counts bytes
	Kind         *Kind
	// Redacted is what may be shown: the prefix that all tokens of the kind have,
	// and the length.
	Redacted string
	// Secret is the value itself, for fingerprints and for who asks to see it.
	Secret string
	// Sample says that it is written as an example or lies among tests or
	// documentation.
	Sample bool
	// Detail is what the value tells about itself: "AWS account 123456789012".
	Detail string

	// rank is the place of its pattern among all; generic ones are last.
	rank int
}

// Severity is that of the kind, or low for a sample.
func (m *Match) Severity() string {
	if m.Sample {
		return "low"
	}
	return m.Kind.Severity
}

// genericRank is added to the rank of matches of generic kinds.
const genericRank = 1 << 20

// redact shows at most shown bytes of a secret, and never more than a fifth.
func redact(secret []byte, shown int) string {
	n := min(shown, len(secret)/5)
	for i, c := range secret[:n] {
		if c < ' ' || c > '~' {
			n = i
			break
		}
	}
	return fmt.Sprintf("%s… (%d characters)", secret[:n], len(secret))
}

// settle orders matches by place and leaves the best of those that overlap.
func settle(all []Match) []Match {
	slices.SortFunc(all, order)
	var kept []Match
	for _, m := range all {
		lost := false
		for i := len(kept) - 1; i >= 0 && i >= len(kept)-8; i-- {
			k := &kept[i]
			if k.End <= m.Start {
				continue
			}
			if k.rank <= m.rank {
				lost = true
				break
			}
			kept = slices.Delete(kept, i, i+1)
		}
		if !lost {
			kept = append(kept, m)
		}
	}
	return kept
}
