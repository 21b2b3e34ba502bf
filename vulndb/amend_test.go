package vulndb

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// everything is all that a database says on some names and ids, sorted.
func everything(t interface{ Fatal(...any) }, db *DB, names, ids []string) []string {
	var all []string
	take := func(what string, list iter.Seq2[Advisory, error]) {
		var found []string
		for a, err := range list {
			if err == nil {
				a.Details, a.References, err = db.Details(a)
			}
			if err != nil {
				t.Fatal(err)
			}
			found = append(found, fmt.Sprintf("%s: %+v", what, a))
		}
		slices.Sort(found)
		all = append(all, found...)
	}
	for _, name := range names {
		take(name, db.Lookup(Key{"npm", name}))
	}
	for _, id := range ids {
		take(id, db.ByID(id))
	}
	return all
}

// TestAmend compares amended segments with compiled ones.
func TestAmend(t *testing.T) {
	root := t.TempDir()
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		distinct := func(a Advisory) string { return a.ID }
		base := rapid.SliceOfNDistinct(advisories(), 0, 30, distinct).Draw(t, "base")
		base = append(base, Advisory{ID: "always", Affected: []Affected{{Ecosystem: "npm", Name: "a", Versions: []string{"1"}}}})
		n++
		dir := filepath.Join(root, fmt.Sprint(n))
		build := Build{Source: "s", Basis: "b", Fetched: day(1)}
		if _, err := Compile(context.Background(), dir, build, sequence(base...)); err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second amendment replaces the first
			changes := rapid.SliceOfNDistinct(advisories(), 0, 10, distinct).Draw(t, "changes")
			for i := range changes {
				if rapid.Bool().Draw(t, "known") {
					changes[i].ID = rapid.SampledFrom(base).Draw(t, "old").ID
				}
				if rapid.IntRange(0, 4).Draw(t, "kind") == 0 {
					changes[i] = Advisory{ID: changes[i].ID}
				}
			}
			slices.SortStableFunc(changes, func(a, b Advisory) int { return strings.Compare(a.ID, b.ID) })
			changes = slices.CompactFunc(changes, func(a, b Advisory) bool { return a.ID == b.ID })
			build.Fetched = day(2)
			if _, err := Amend(context.Background(), dir, []string{"npm"}, build, sequence(changes...)); err != nil {
				t.Fatal(err)
			}
			checkAmended(t, dir, base, changes)
		}
	})
}

func checkAmended(t *rapid.T, dir string, base, changes []Advisory) {
	merged := slices.Clone(changes)
	var names, ids []string
	for _, a := range base {
		if !slices.ContainsFunc(changes, func(c Advisory) bool { return c.ID == a.ID }) {
			merged = append(merged, a)
		}
	}
	for _, a := range slices.Concat(base, changes) {
		ids = slices.AppendSeq(ids, a.eachID())
		for _, e := range a.Affected {
			names = append(names, e.Name)
		}
	}
	slices.Sort(names)
	slices.Sort(ids)
	names, ids = slices.Compact(names), slices.Compact(ids)
	whole := filepath.Join(dir, "whole")
	if _, err := Compile(context.Background(), whole, Build{Source: "s"}, sequence(append(merged, Advisory{
		ID: "unseen", Affected: []Affected{{Ecosystem: "npm", Name: "unseen", Versions: []string{"1"}}},
	})...)); err != nil {
		t.Fatal(err)
	}
	var got [2][]string
	for i, path := range []string{whole, dir} {
		db, err := OpenSegment(filepath.Join(path, "npm"+Extension))
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Verify(); err != nil {
			t.Fatal(err)
		}
		got[i] = everything(t, db, names, ids)
		if info := db.Segments()[0]; i == 1 && (!info.Fetched.Equal(day(2)) || info.Advisories < 0) {
			t.Fatalf("%+v", info)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if diff := gocmp.Diff(got[0], got[1]); diff != "" {
		t.Fatal(diff)
	}
}

// amended is a segment with an amendment that changes, adds and takes back.
func amended(t testing.TB) []byte {
	t.Helper()
	dir := t.TempDir()
	build := Build{Source: "s", Basis: "b", Want: func(e string) bool { return e == "Debian:12" }}
	if _, err := Compile(context.Background(), dir, build, sequence(sampleAdvisories()...)); err != nil {
		t.Fatal(err)
	}
	changed, added := sampleAdvisories()[0], sampleAdvisories()[1]
	changed.Summary, added.ID = "changed", "DSA-2-1"
	changes := func(yield func(Advisory, error) bool) {
		_ = yield(changed, nil) && yield(added, nil) && yield(Advisory{}, &RecordError{ID: "DSA-1-1", Err: errors.New("broken")})
	}
	done, err := Amend(context.Background(), dir, []string{"Debian:12"}, build, changes)
	if err != nil || done.Broken != 1 || done.Records != 2 {
		t.Fatal(done, err)
	}
	data, err := os.ReadFile(filepath.Join(dir, "debian-12"+Extension))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestAmendInfo(t *testing.T) {
	db := openBytes(t, amended(t))
	info := db.Segments()[0]
	if info.Advisories != 2 || info.Packages != 3 || info.Basis != "b" {
		t.Errorf("%+v", info)
	}
	var ids []string
	for _, name := range []string{"openssl", "nodejs"} {
		for _, a := range lookup(t, db, Key{"Debian:12", name}) {
			ids = append(ids, a.ID+" "+a.Summary)
		}
	}
	if want := []string{"DEBIAN-CVE-2023-5363 changed", "DSA-2-1 "}; !slices.Equal(ids, want) {
		t.Errorf("%q", ids)
	}
}

func TestAmendRefuses(t *testing.T) {
	dir := t.TempDir()
	build := Build{Source: "s", Basis: "b"}
	if _, err := Compile(context.Background(), dir, build, sequence(sampleAdvisories()...)); err != nil {
		t.Fatal(err)
	}
	for name, other := range map[string]Build{"basis": {Source: "s", Basis: "c"}, "source": {Source: "t", Basis: "b"}, "none": {Source: "s"}} {
		if _, err := Amend(context.Background(), dir, []string{"npm"}, other, sequence()); !errors.Is(err, ErrBasis) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Amend(context.Background(), dir, []string{"Go"}, build, sequence()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
}

// TestAmendedFlips is TestFlips for an amended segment, also cut where the
// amendment begins.
func TestAmendedFlips(t *testing.T) { flipAndCut(t, amended(t)) }

// flipAndCut flips 10,000 bits, one at a time, and cuts everywhere: the answer
// is right or refused.
func flipAndCut(t *testing.T, good []byte) {
	t.Helper()
	want, err := answers(good)
	if err != nil {
		t.Fatal(err)
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	refused := 0
	for range 10_000 {
		bad := slices.Clone(good)
		at := random.IntN(len(bad) * 8)
		bad[at/8] ^= 1 << (at % 8)
		got, err := answers(bad)
		switch {
		case errors.Is(err, ErrFormat):
			refused++
		case err != nil:
			t.Fatalf("bit %d: %v is no ErrFormat", at, err)
		case !gocmp.Equal(want, got):
			t.Fatalf("bit %d: %s", at, gocmp.Diff(want, got))
		}
	}
	t.Logf("refused %d of 10000 flips of %d bits, the others do not matter", refused, len(good)*8)
	for n := range good {
		if _, err := answers(good[:n]); !errors.Is(err, ErrFormat) {
			t.Fatalf("cut to %d bytes: %v", n, err)
		}
	}
}
