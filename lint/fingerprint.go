package lint

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
)

// fingerprints makes the fingerprints of one file: from the rule, the path and
// the text of the line, so that lines may move and each finding still has its
// own.
type fingerprints struct {
	source []byte
	seen   map[string]int
}

func (p *fingerprints) print(f finding.Finding, at dockerfile.Pos) string {
	key := f.ID + "\x00" + string(bytes.TrimSpace(lineAt(p.source, at.Offset)))
	n := p.seen[key]
	p.seen[key]++
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%d", finding.Fingerprint(f), key, n))
	return hex.EncodeToString(sum[:16])
}

// lineAt is the line around an offset, without its end.
func lineAt(source []byte, offset int) []byte {
	offset = min(max(offset, 0), len(source))
	start := bytes.LastIndexByte(source[:offset], '\n') + 1
	end := len(source)
	if n := bytes.IndexByte(source[offset:], '\n'); n >= 0 {
		end = offset + n
	}
	return source[start:max(end, start)]
}
