// Package starter holds a small set of well-known advisories inside the
// program, so that a first scan works without any network. It is a taste and no
// protection: a report made with it says so.
package starter

import (
	"archive/zip"
	"bytes"
	_ "embed" // for the compiled advisories
	"fmt"
	"io"

	"github.com/plimsoll/plimsoll/vulndb"
)

// Source is the name of these advisories as the source of a segment.
const Source = "starter"

//go:generate go run ../../internal/gen

// segments is a zip of segment files, compiled from advisories.jsonl.
//
//go:embed segments.zip
var segments []byte

// Open gives the starter advisories. They need no closing, but may be closed.
func Open() (*vulndb.DB, error) {
	z, err := zip.NewReader(bytes.NewReader(segments), int64(len(segments)))
	if err != nil {
		return nil, fmt.Errorf("open the starter advisories: %w", err)
	}
	var files [][]byte
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			return nil, fmt.Errorf("open the starter advisories: %w", err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			return nil, fmt.Errorf("open the starter advisories: %w", err)
		}
		files = append(files, b)
	}
	return vulndb.OpenBytes(files...)
}
