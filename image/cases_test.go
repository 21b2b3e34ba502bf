package image

import (
	"archive/tar"
	"bytes"
	"io"
	"path/filepath"
	"testing"

	"github.com/plimsoll/plimsoll/internal/cases"
)

// TestCasesImages opens every real image there is, reads it to the end with all
// checks, and again as the unpacked archive.
func TestCasesImages(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(cases.Dir(t, "images"), "*.tar*"))
	if err != nil {
		t.Fatal(err)
	}
	good := 0
	for _, file := range files {
		temp := t.TempDir()
		img, err := Open(t.Context(), file, Options{TempDir: temp})
		if err != nil {
			t.Error(err)
			continue
		}
		ok := img.ID != "" && img.Platform != "" && len(img.Layers) > 0
		for n, l := range img.Layers {
			data, err := readLayer(t.Context(), l)
			if err != nil {
				t.Errorf("%s: %v", file, err)
				ok = false
				continue
			}
			files := 0
			for r := tar.NewReader(bytes.NewReader(data)); ; files++ {
				if _, err := r.Next(); err != nil {
					if err != io.EOF {
						t.Errorf("%s: layer %d: %v", file, n, err)
						ok = false
					}
					break
				}
			}
			t.Logf("%s: layer %d: %d entries, %s", filepath.Base(file), n, files, Instruction(l.CreatedBy))
		}
		if err := img.Close(); err != nil {
			t.Error(err)
		}
		leftNothing(t, temp)
		if ok {
			good++
		}
	}
	cases.Agree(t, "images", good, len(files))
	if good < len(files) {
		t.Fail()
	}
}
