package main

import (
	"archive/tar"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"

	"github.com/plimsoll/plimsoll/internal/cases"
)

// TestCasesImages scans the real images of the cases and compares what is
// found with the image's own apk database, read here on its own.
func TestCasesImages(t *testing.T) {
	t.Parallel()
	dir := cases.Dir(t, "images")
	files, err := filepath.Glob(filepath.Join(dir, "*.docker-archive.tar.gz"))
	if err != nil || len(files) == 0 {
		t.Skipf("no images in %s", dir)
	}
	for _, file := range files {
		want := apkDatabase(t, file)
		if want == nil {
			t.Logf("%s has no apk database: not compared", filepath.Base(file))
			continue
		}
		s := newSession(t)
		r, _ := s.scan(t, file)
		var got []string
		for _, p := range packages(r, "apk") {
			got = append(got, strings.Join([]string{p.Name, p.Version, p.SourceName(), p.Arch, inOrder(strings.Join(p.Licenses, " "))}, " | "))
		}
		diff(t, got, want)
		agree := 0
		for _, w := range want {
			if slices.Contains(got, w) {
				agree++
			}
		}
		cases.Agree(t, "images/"+filepath.Base(file), agree, len(want))
		if r.Target.Distro.ID != "alpine" || !strings.Contains(file, r.Target.Distro.Version) {
			t.Errorf("distro is %+v", r.Target.Distro)
		}
	}
}

// apkDatabase reads lib/apk/db/installed of a one-layer docker archive with
// nothing of the program's own code.
func apkDatabase(t *testing.T, file string) []string {
	t.Helper()
	members := untar(t, gunzip(t, file))
	var manifest []struct{ Layers []string }
	if err := json.Unmarshal([]byte(members["manifest.json"]), &manifest); err != nil {
		t.Fatal(err)
	}
	if len(manifest) != 1 || len(manifest[0].Layers) != 1 {
		return nil
	}
	layer := untar(t, strings.NewReader(members[manifest[0].Layers[0]]))
	var all []string
	for stanza := range strings.SplitSeq(layer["lib/apk/db/installed"], "\n\n") {
		field := map[string]string{}
		for line := range strings.SplitSeq(stanza, "\n") {
			if key, value, ok := strings.Cut(line, ":"); ok && field[key] == "" {
				field[key] = value
			}
		}
		if field["P"] != "" {
			all = append(all, strings.Join([]string{field["P"], field["V"], field["o"], field["A"], inOrder(field["L"])}, " | "))
		}
	}
	return all
}

// inOrder sorts the words of a list of licences, whose order says nothing.
func inOrder(words string) string {
	return strings.Join(slices.Sorted(slices.Values(strings.Fields(words))), " ")
}

func gunzip(t *testing.T, file string) io.Reader {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func untar(t *testing.T, r io.Reader) map[string]string {
	t.Helper()
	files := map[string]string{}
	for tr := tar.NewReader(r); ; {
		h, err := tr.Next()
		if err == io.EOF {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(tr)
		if err != nil {
			t.Fatal(err)
		}
		files[strings.TrimPrefix(h.Name, "./")] = string(b)
	}
}
