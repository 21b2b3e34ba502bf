package main

import (
	"archive/zip"
	"bufio"
	"bytes"
	"fmt"
	"io"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/klauspost/compress/flate"

	"github.com/plimsoll/plimsoll/vulndb"
)

const starterFolder = "feed/starter"

// starterSegments compiles the starter advisories into a zip of segments.
func starterSegments(root string) ([]byte, error) {
	advisories, err := readAdvisories(filepath.Join(root, starterFolder, "advisories.jsonl"))
	if err != nil {
		return nil, err
	}
	var newest time.Time
	ecosystems := map[string]bool{}
	for _, a := range advisories {
		if a.Modified.After(newest) {
			newest = a.Modified
		}
		for _, affected := range a.Affected {
			ecosystems[affected.Ecosystem] = true
		}
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	// A pinned compressor gives the same bytes with every release of Go.
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestCompression) })
	for _, ecosystem := range slices.Sorted(maps.Keys(ecosystems)) {
		w, err := z.CreateHeader(&zip.FileHeader{Name: vulndb.SegmentName(ecosystem) + vulndb.Extension, Method: zip.Deflate})
		if err != nil {
			return nil, err
		}
		h := vulndb.Header{Ecosystem: ecosystem, Source: "starter", Fetched: newest}
		if err := vulndb.Write(w, h, sequence(advisories)); err != nil {
			return nil, err
		}
	}
	err = z.Close()
	return b.Bytes(), err
}

func readAdvisories(path string) ([]vulndb.Advisory, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var all []vulndb.Advisory
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		a, err := vulndb.ParseOSV(lines.Bytes())
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, n, err)
		}
		all = append(all, a)
	}
	return all, lines.Err()
}

func sequence(advisories []vulndb.Advisory) iter.Seq2[vulndb.Advisory, error] {
	return func(yield func(vulndb.Advisory, error) bool) {
		for _, a := range advisories {
			if !yield(a, nil) {
				return
			}
		}
	}
}
