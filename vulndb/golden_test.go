package vulndb

import (
	"bytes"
	"flag"
	"os"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// go test ./vulndb -update rewrites the golden file.
var update = flag.Bool("update", false, "rewrite golden files")

// TestGolden fails when this version's bytes change: then the format version
// has to change too, or older programs misread what newer ones write.
func TestGolden(t *testing.T) {
	const path = "testdata/v3.seg"
	data := written(t, sampleHeader, sampleAdvisories()...)
	if *update {
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	golden, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// Compressed blocks may differ between releases of the zstd package, so
	// what is read from the file counts, and the bytes only up to the blocks.
	want, err := answers(data)
	if err != nil {
		t.Fatal(err)
	}
	got, err := answers(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for section := sectionKeyIndex; section < sectionEntryIndex; section++ {
		old, err := openBytes(t, golden).segments[0].whole(section)
		if err != nil {
			t.Fatal(err)
		}
		now, err := openBytes(t, data).segments[0].whole(section)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(old, now) {
			t.Errorf("section %d: bytes changed from %x to %x", section, old, now)
		}
	}
}

func (s *segment) whole(section int) ([]byte, error) {
	return s.view(section, 0, s.sections[section].length)
}
