package vulndb

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestShare holds that a shared segment answers as the one it was made from,
// that it does not change with times and bases, and that no other is installed.
func TestShare(t *testing.T) {
	dir := t.TempDir()
	old := Advisory{ID: "A-1", Summary: "old", Affected: []Affected{{Ecosystem: "npm", Name: "a", Versions: []string{"1"}}}}
	changed := old
	changed.Summary = "new"
	made := Build{Source: "s", Basis: "b", Fetched: day(1)}
	if _, err := Compile(context.Background(), dir, made, sequence(old)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "npm"+Extension)
	plain := share(t, path)
	if err := Stamp(path, day(2)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(plain, share(t, path)) {
		t.Error("another time gives other bytes")
	}
	var amended []byte
	for i := range 2 {
		made.Fetched = day(3 + i)
		if _, err := Amend(context.Background(), dir, []string{"npm"}, made, sequence(changed)); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			amended = share(t, path)
		}
	}
	if !bytes.Equal(amended, share(t, path)) || bytes.Equal(amended, plain) {
		t.Error("the amended segment is not shared by its content")
	}

	to := t.TempDir()
	info, err := Install(to, "npm", amended, day(9))
	if err != nil || !info.Fetched.Equal(day(9)) || info.Basis != "" || info.Source != "s" {
		t.Fatalf("%+v, %v", info, err)
	}
	ours, theirs := open(t, dir), open(t, to)
	if ours.Segments()[0].Digest != info.Digest {
		t.Errorf("digest %s, not %s", info.Digest, ours.Segments()[0].Digest)
	}
	want, got := everything(t, ours, []string{"a"}, []string{"A-1"}), everything(t, theirs, []string{"a"}, []string{"A-1"})
	if len(want) != 2 || len(got) != 2 || want[0] != got[0] {
		t.Errorf("want %q, got %q", want, got)
	}

	for i := range amended {
		flipped := bytes.Clone(amended)
		flipped[i] ^= 1
		if _, err := Install(to, "npm", flipped, day(9)); !errors.Is(err, ErrFormat) {
			t.Fatalf("byte %d: %v", i, err)
		}
		if _, err := Portable(flipped[:i]); !errors.Is(err, ErrFormat) {
			t.Fatalf("cut at %d: %v", i, err)
		}
	}
	if _, err := Install(to, "PyPI", amended, day(9)); !errors.Is(err, ErrFormat) {
		t.Errorf("installed as another ecosystem: %v", err)
	}
}

func share(t *testing.T, path string) []byte {
	t.Helper()
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if file, err = Portable(file); err != nil {
		t.Fatal(err)
	}
	return file
}

func open(t *testing.T, dir string) *DB {
	t.Helper()
	db, err := Open(dir)
	if err != nil || len(db.Segments()) != 1 {
		t.Fatal(err, db)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}
