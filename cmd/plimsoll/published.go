package main

import (
	_ "embed" // for published.txt
	"fmt"
	"strings"

	"github.com/plimsoll/plimsoll/mirror"
	"github.com/plimsoll/plimsoll/trust"
)

// publishedText names the segments that the project publishes: see the file.
//
//go:embed published.txt
var publishedText string

// parsePublished reads it: a reference, then public keys in PEM, and comments. The
// place is empty where there are only comments. Published segments are always signed.
func parsePublished(text string) (place, error) {
	var refs []string
	var rest strings.Builder
	for line := range strings.Lines(text) {
		word := strings.TrimSpace(line)
		switch {
		case word == "" || strings.HasPrefix(word, "#"):
		case rest.Len() > 0 || strings.HasPrefix(word, "-----BEGIN"):
			rest.WriteString(word + "\n")
		default:
			refs = append(refs, word)
		}
	}
	if len(refs) == 0 && rest.Len() == 0 {
		return place{}, nil
	}
	if len(refs) != 1 {
		return place{}, fmt.Errorf("published.txt: want one reference, not %d", len(refs))
	}
	if err := mirror.Check(refs[0]); err != nil {
		return place{}, fmt.Errorf("published.txt: %w", err)
	}
	keys, err := trust.ParsePublicKeys([]byte(rest.String()))
	if err != nil {
		return place{}, fmt.Errorf("published.txt: %w", err)
	}
	return place{refs[0], keys}, nil
}
