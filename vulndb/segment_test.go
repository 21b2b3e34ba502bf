package vulndb

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"pgregory.net/rapid"
)

// sequence yields advisories without errors.
func sequence(list ...Advisory) iter.Seq2[Advisory, error] {
	return func(yield func(Advisory, error) bool) {
		for _, a := range list {
			if !yield(a, nil) {
				return
			}
		}
	}
}

func day(n int) time.Time { return time.Date(2024, 1, n, 0, 0, 0, 0, time.UTC) }

// sampleAdvisories use every field of the format at least once.
func sampleAdvisories() []Advisory {
	return []Advisory{
		{
			ID: "DEBIAN-CVE-2023-5363", Upstream: []string{"CVE-2023-5363"}, Published: day(1), Modified: day(3),
			Summary: "wrong key length", Details: "Some **text**.", References: []Reference{{"ADVISORY", "https://example.org/1"}},
			Severities: []Severity{{"CVSS_V3", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"}},
			Affected: []Affected{
				{Ecosystem: "Debian:12", Name: "openssl", Ranges: []Range{{"ECOSYSTEM", []Event{{Introduced: "0"}, {Fixed: "3.0.11-1~deb12u2"}}}}, Severities: []Severity{{"word", "not yet assigned"}}},
				{Ecosystem: "Debian:11", Name: "openssl", Ranges: []Range{{"ECOSYSTEM", []Event{{Introduced: "0"}}}}, Status: "not-affected"},
			},
		},
		{
			ID: "DSA-1-1", Aliases: []string{"X-1"}, Related: []string{"CVE-2023-1"}, Modified: day(2), Withdrawn: day(4),
			Affected: []Affected{
				{Ecosystem: "Debian:12", Name: "nodejs", Module: "nodejs:18", Platform: "cpe:/o:x", Ranges: []Range{
					{"SEMVER", []Event{{Introduced: "1.0.0"}, {LastAffected: "1.2.0"}}},
					{"VENDOR", []Event{{Introduced: "2"}, {Limit: "3"}}},
				}},
				{Ecosystem: "Debian:12", Name: "nodejs", Versions: []string{"1.0", "1.1", "1.3"}},
				{Ecosystem: "Debian:12", Name: "zlib", Versions: []string{"1.1"}},
			},
		},
		{ID: "MAL-2024-1", Modified: day(1), Affected: []Affected{{Ecosystem: "npm", Name: "evil", Versions: []string{"1.0.0"}}}},
	}
}

var sampleHeader = Header{Ecosystem: "Debian:12", Source: "osv test", Fetched: day(5)}

func written(t testing.TB, h Header, list ...Advisory) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, h, sequence(list...)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func openBytes(t testing.TB, data ...[]byte) *DB {
	t.Helper()
	db, err := OpenBytes(data...)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func lookup(t testing.TB, db *DB, key Key) []Advisory {
	t.Helper()
	var list []Advisory
	for a, err := range db.Lookup(key) {
		if err != nil {
			t.Fatalf("look up %v: %v", key, err)
		}
		list = append(list, a)
	}
	return list
}

func TestLookup(t *testing.T) {
	samples := sampleAdvisories()
	db := openBytes(t, written(t, sampleHeader, samples...))
	want := samples[0]
	want.Details, want.References = "", nil
	want.Affected = want.Affected[:1]
	got := lookup(t, db, Key{"Debian:12", "openssl"})
	if diff := gocmp.Diff([]Advisory{want}, got); diff != "" {
		t.Error(diff)
	}
	details, references, err := db.Details(got[0])
	if err != nil || details != samples[0].Details || !slices.Equal(references, samples[0].References) {
		t.Errorf("details %q, references %v, error %v", details, references, err)
	}
	want = samples[1]
	want.Affected = want.Affected[:2]
	if diff := gocmp.Diff([]Advisory{want}, lookup(t, db, Key{"Debian:12", "nodejs"})); diff != "" {
		t.Error(diff)
	}
	for _, none := range []Key{{"Debian:12", "opens"}, {"Debian:12", ""}, {"Debian:12", "zzz"}, {"Debian:12", "a"}, {"Debian:11", "openssl"}, {"npm", "evil"}} {
		if got := lookup(t, db, none); len(got) > 0 {
			t.Errorf("%v: %v", none, got)
		}
	}
	if !db.Has("Debian:12") || db.Has("Debian:11") {
		t.Error("Has is wrong")
	}
	if err := db.Verify(); err != nil {
		t.Error(err)
	}
}

func TestByID(t *testing.T) {
	samples := sampleAdvisories()
	db := openBytes(t, written(t, sampleHeader, samples...))
	for _, id := range []string{"DSA-1-1", "X-1", "CVE-2023-1"} {
		n := 0
		for a, err := range db.ByID(id) {
			if err != nil {
				t.Fatal(err)
			}
			if diff := gocmp.Diff(samples[1], a); diff != "" {
				t.Errorf("%s: %s", id, diff)
			}
			n++
		}
		if n != 1 {
			t.Errorf("%s: %d advisories", id, n)
		}
	}
	for a := range db.ByID("CVE-0") {
		t.Errorf("CVE-0: %v", a)
	}
}

func TestSegments(t *testing.T) {
	early := Advisory{ID: "A-1", Modified: sampleHeader.Fetched.AddDate(1, 0, 0), Affected: []Affected{{Ecosystem: "Debian:12", Name: "zlib", Versions: []string{"1"}}}}
	db := openBytes(t, written(t, sampleHeader, append(sampleAdvisories(), early)...), written(t, Header{Ecosystem: "npm"}, sampleAdvisories()...))
	got := db.Segments()
	for i := range got {
		if !strings.HasPrefix(got[i].Digest, "sha256:") || got[i].Size == 0 {
			t.Errorf("digest %q, size %d", got[i].Digest, got[i].Size)
		}
		got[i].Digest, got[i].Size = "", 0
	}
	want := []SegmentInfo{
		{Name: "debian-12", Ecosystem: "Debian:12", Source: "osv test", AsOf: day(3), Fetched: day(5), Advisories: 3, Packages: 3},
		{Name: "npm", Ecosystem: "npm", AsOf: day(1), Advisories: 1, Packages: 1},
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestNewestWins(t *testing.T) {
	older, newer, equal := sampleAdvisories()[0], sampleAdvisories()[0], sampleAdvisories()[0]
	older.Modified, newer.Summary, equal.Summary = day(1), "newer", "equal, later"
	for name, list := range map[string][]Advisory{"newer": {older, newer}, "equal, later": {newer, older, equal}} {
		got := lookup(t, openBytes(t, written(t, sampleHeader, list...)), Key{"Debian:12", "openssl"})
		if len(got) != 1 || got[0].Summary != name {
			t.Errorf("%s: got %v", name, got)
		}
	}
}

func TestDistributionVersionsAreDropped(t *testing.T) {
	both := Affected{Name: "a", Versions: []string{"1", "2"}, Ranges: []Range{{"ECOSYSTEM", []Event{{Introduced: "0"}}}}}
	for ecosystem, want := range map[string]int{"Debian:12": 0, "PyPI": 2, "Bitnami": 2} {
		both.Ecosystem = ecosystem
		data := written(t, Header{Ecosystem: ecosystem}, Advisory{ID: "X", Affected: []Affected{both}})
		got := lookup(t, openBytes(t, data), Key{ecosystem, "a"})
		if len(got[0].Affected[0].Versions) != want {
			t.Errorf("%s: versions %v", ecosystem, got[0].Affected[0].Versions)
		}
	}
}

func TestPyPINames(t *testing.T) {
	a := Advisory{ID: "X", Affected: []Affected{{Ecosystem: "PyPI", Name: "Zope.Interface__x", Versions: []string{"1"}}}}
	db := openBytes(t, written(t, Header{Ecosystem: "PyPI"}, a))
	for _, name := range []string{"zope-interface-x", "ZOPE_interface.x", "zope.-interface_x"} {
		if got := lookup(t, db, Key{"PyPI", name}); len(got) != 1 {
			t.Errorf("%s: %d advisories", name, len(got))
		}
	}
}

func TestSegmentName(t *testing.T) {
	seen := map[string]string{}
	for ecosystem, want := range map[string]string{
		"Debian:12": "debian-12", "Alpine:v3.20": "alpine-3.20", "Alpine:edge": "alpine-edge", "npm": "npm", "crates.io": "crates.io",
		"Ubuntu:22.04:LTS": "ubuntu-22.04-lts", "Rocky Linux:9": "rocky-linux-9",
		"Red Hat:enterprise_linux:9::appstream":   "red-hat-enterprise_linux-9--appstream",
		"Packagist:https://packages.drupal.org/8": "packagist-https---packages.drupal.org-8-9c81cee2",
		"../../etc":                                   "etc-74ccf3c5",
		"SUSE:Linux Enterprise Server 15 SP5":         "suse-linux-enterprise-server-15-sp5",
		"SUSE:Linux Enterprise Module for X 15 SP5-ä": "",
		strings.Repeat("x", 300):                      "",
		"":                                            "",
		strings.Repeat("x", 299) + "y":                "",
		"a/b":                                         "",
		"a\\b":                                        "",
	} {
		got := SegmentName(ecosystem)
		if want != "" && got != want {
			t.Errorf("SegmentName(%q) = %q, not %q", ecosystem, got, want)
		}
		if other, taken := seen[got]; taken || got == "" || len(got) > 100 || strings.ContainsAny(got, `/\ :`) || got[0] == '.' {
			t.Errorf("SegmentName(%q) = %q, as of %q", ecosystem, got, other)
		}
		seen[got] = ecosystem
	}
}

// TestRoundTrip writes and reads back advisories of all shapes.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfNDistinct(advisories(), 0, 40, func(a Advisory) string { return a.ID }).Draw(t, "advisories")
		var b bytes.Buffer
		if err := Write(&b, Header{Ecosystem: "npm", Source: "s"}, sequence(list...)); err != nil {
			t.Fatal(err)
		}
		db, err := OpenBytes(b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range naive(list) {
			var got []Advisory
			for a, err := range db.Lookup(Key{"npm", name}) {
				if err != nil {
					t.Fatal(err)
				}
				if a.Details, a.References, err = db.Details(a); err != nil {
					t.Fatal(err)
				}
				got = append(got, a)
			}
			slices.SortFunc(got, func(a, b Advisory) int { return cmp.Compare(a.ID, b.ID) })
			if diff := gocmp.Diff(want, got); diff != "" {
				t.Fatalf("%s: %s", name, diff)
			}
		}
	})
}

// naive is what Lookup is to give for each name, by the plainest means.
func naive(list []Advisory) map[string][]Advisory {
	all := map[string][]Advisory{}
	slices.SortFunc(list, func(a, b Advisory) int { return cmp.Compare(a.ID, b.ID) })
	for _, a := range list {
		own := map[string][]Affected{}
		for _, e := range a.Affected {
			if e.Ecosystem == "npm" {
				own[e.Name] = append(own[e.Name], e)
			}
		}
		for name, entries := range own {
			a.Affected = entries
			all[name] = append(all[name], a)
		}
	}
	return all
}

func advisories() *rapid.Generator[Advisory] {
	word := rapid.StringMatching(`[a-z0-9.@/é-]{1,12}`)
	words := rapid.Custom(func(t *rapid.T) []string { return orNil(rapid.SliceOfN(word, 0, 3).Draw(t, "words")) })
	moment := rapid.Custom(func(t *rapid.T) time.Time {
		if rapid.Bool().Draw(t, "none") {
			return time.Time{}
		}
		return time.Unix(rapid.Int64Range(-1e10, 1e10).Draw(t, "seconds"), 0).UTC()
	})
	severities := rapid.Custom(func(t *rapid.T) []Severity {
		var list []Severity
		for range rapid.IntRange(0, 2).Draw(t, "severities") {
			list = append(list, Severity{word.Draw(t, "type"), word.Draw(t, "score")})
		}
		return list
	})
	event := rapid.Custom(func(t *rapid.T) Event {
		v := word.Draw(t, "version")
		return []Event{{Introduced: v}, {Fixed: v}, {LastAffected: v}, {Limit: v}}[rapid.IntRange(0, 3).Draw(t, "kind")]
	})
	affected := rapid.Custom(func(t *rapid.T) Affected {
		a := Affected{
			Ecosystem: rapid.SampledFrom([]string{"npm", "npm", "PyPI"}).Draw(t, "ecosystem"),
			Name:      rapid.StringMatching(`[a-d]{1,3}`).Draw(t, "name"), Severities: severities.Draw(t, "severities"),
		}
		for range rapid.IntRange(0, 9).Draw(t, "ranges") {
			kind := rapid.SampledFrom([]string{"SEMVER", "ECOSYSTEM", "X"}).Draw(t, "type")
			a.Ranges = append(a.Ranges, Range{kind, rapid.SliceOfN(event, 1, 4).Draw(t, "events")})
		}
		versions := rapid.SliceOfNDistinct(word, 0, 20, rapid.ID).Draw(t, "versions")
		slices.Sort(versions)
		a.Versions = orNil(versions)
		if rapid.Bool().Draw(t, "extra") {
			a.Status, a.Module, a.Platform = word.Draw(t, "status"), word.Draw(t, "module"), word.Draw(t, "platform")
		}
		return a
	})
	return rapid.Custom(func(t *rapid.T) Advisory {
		a := Advisory{
			ID: word.Draw(t, "id"), Aliases: words.Draw(t, "aliases"), Upstream: words.Draw(t, "upstream"), Related: words.Draw(t, "related"),
			Published: moment.Draw(t, "published"), Modified: moment.Draw(t, "modified"), Withdrawn: moment.Draw(t, "withdrawn"),
			Severities: severities.Draw(t, "severities"), Affected: rapid.SliceOfN(affected, 0, 6).Draw(t, "affected"),
		}
		if rapid.Bool().Draw(t, "text") {
			a.Summary = word.Draw(t, "summary")
			a.Details = strings.Repeat(word.Draw(t, "details"), rapid.IntRange(1, 9000).Draw(t, "times"))
			a.References = []Reference{{"WEB", word.Draw(t, "url")}}
		}
		return a
	})
}

func orNil(list []string) []string {
	if len(list) == 0 {
		return nil
	}
	return list
}

func TestSameBytes(t *testing.T) {
	list := sampleAdvisories()
	first := written(t, sampleHeader, list...)
	slices.Reverse(list)
	if !bytes.Equal(first, written(t, sampleHeader, list...)) {
		t.Error("the order of the advisories changes the bytes")
	}
}

func TestCompile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "db")
	broken := &RecordError{ID: "B", Err: errors.New("broken")}
	seq := func(yield func(Advisory, error) bool) {
		for i, a := range sampleAdvisories() {
			if i == 1 && !yield(Advisory{}, fmt.Errorf("zip: %w", broken)) || !yield(a, nil) {
				return
			}
		}
	}
	var told []string
	build := Build{Source: "osv", Fetched: day(6), Want: func(e string) bool { return Family(e) == "Debian" }, Broken: func(e *RecordError) { told = append(told, e.ID) }}
	got, err := Compile(context.Background(), dir, build, seq)
	if err != nil {
		t.Fatal(err)
	}
	if got.Records != 3 || got.Broken != 1 || len(got.Segments) != 2 || !slices.Equal(told, []string{"B"}) {
		t.Errorf("compiled %+v, told %v", got, told)
	}
	if diff := gocmp.Diff(map[string]int{"Debian:11": 1, "Debian:12": 2, "npm": 1}, got.Seen); diff != "" {
		t.Error(diff)
	}
	db, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if diff := gocmp.Diff(got.Segments, db.Segments()); diff != "" {
		t.Error(diff)
	}
	if files, _ := os.ReadDir(dir); len(files) != 2 {
		t.Errorf("files left: %v", files)
	}
	// A failing source changes nothing, and readers keep what they opened.
	failing := func(yield func(Advisory, error) bool) {
		_ = yield(sampleAdvisories()[0], nil) && yield(Advisory{}, errors.New("disk gone"))
	}
	if _, err := Compile(context.Background(), dir, build, failing); err == nil {
		t.Error("no error")
	}
	again, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if diff := gocmp.Diff(got.Segments, again.Segments()); diff != "" {
		t.Error(diff)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Compile(ctx, dir, build, seq); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestReplaceWhileOpen(t *testing.T) {
	dir := t.TempDir()
	build := Build{Source: "osv", Fetched: day(6)}
	compile := func(list ...Advisory) {
		if _, err := Compile(context.Background(), dir, build, sequence(list...)); err != nil {
			t.Fatal(err)
		}
	}
	compile(sampleAdvisories()...)
	old, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close()
	changed := sampleAdvisories()[0]
	changed.Summary = "changed"
	compile(changed)
	if got := lookup(t, old, Key{"Debian:12", "nodejs"}); len(got) != 1 {
		t.Errorf("old reader: %v", got)
	}
	now, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer now.Close()
	if got := lookup(t, now, Key{"Debian:12", "openssl"}); got[0].Summary != "changed" {
		t.Errorf("new reader: %v", got)
	}
}

func TestStamp(t *testing.T) {
	path := filepath.Join(t.TempDir(), "debian-12"+Extension)
	if err := os.WriteFile(path, written(t, sampleHeader, sampleAdvisories()...), 0o644); err != nil {
		t.Fatal(err)
	}
	info := func() SegmentInfo {
		db, err := OpenSegment(path)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if got := lookup(t, db, Key{"Debian:12", "openssl"}); len(got) != 1 || db.Verify() != nil {
			t.Errorf("stamped: %v, %v", got, db.Verify())
		}
		return db.Segments()[0]
	}
	want := info()
	for _, at := range []time.Time{day(20), {}} {
		if err := Stamp(path, at); err != nil {
			t.Fatal(err)
		}
		got := info()
		want.Fetched, want.Size = at, got.Size
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	good := written(t, sampleHeader, sampleAdvisories()...)
	later := bytes.Clone(good)
	later[8] = FormatVersion + 1
	first, err := os.ReadFile("testdata/v1.seg")
	if err != nil {
		t.Fatal(err)
	}
	second, err := os.ReadFile("testdata/v2.seg")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, data := range map[string][]byte{
		"debian-12": good, "empty": nil, "torn": good[:len(good)-100], "text": []byte("not a segment at all, but long enough"),
		"later": later, "first": first, "second": second, "debian-11": good, "long": append(bytes.Clone(good), 0),
	} {
		if err := os.WriteFile(filepath.Join(dir, name+Extension), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	db, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if len(db.Segments()) != 1 || len(db.Refused()) != 8 {
		t.Errorf("segments %v, refused %v", db.Segments(), db.Refused())
	}
	for _, err := range db.Refused() {
		if !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), "plimsoll db update") {
			t.Errorf("refused: %v", err)
		}
	}
	if err := db.Refusal("Debian:11"); !errors.Is(err, ErrFormat) || db.Refusal("Debian:12") != nil || db.Refusal("npm") != nil {
		t.Errorf("refusals by ecosystem: %v", err)
	}
	if _, err := OpenSegment(filepath.Join(dir, "torn"+Extension)); !errors.Is(err, ErrFormat) {
		t.Errorf("OpenSegment: %v", err)
	}
	empty, err := Open(filepath.Join(dir, "none"))
	if err != nil || len(empty.Segments()) != 0 {
		t.Errorf("missing directory: %v, %v", empty, err)
	}
}

// answers is all that a segment says, or the first error.
func answers(data []byte) ([]Advisory, error) {
	db, err := OpenBytes(data)
	if err != nil {
		return nil, err
	}
	var all []Advisory
	for _, key := range []Key{{"Debian:12", "openssl"}, {"Debian:12", "nodejs"}, {"Debian:12", "zlib"}, {"Debian:12", "none"}} {
		for a, err := range db.Lookup(key) {
			if err != nil {
				return nil, err
			}
			if a.Details, a.References, err = db.Details(a); err != nil {
				return nil, err
			}
			all = append(all, a)
		}
	}
	for a, err := range db.ByID("X-1") {
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, nil
}

// TestFlips flips bits and cuts: the answer is right or refused.
func TestFlips(t *testing.T) { flipAndCut(t, written(t, sampleHeader, sampleAdvisories()...)) }

func TestConcurrentLookups(t *testing.T) {
	db := openBytes(t, written(t, sampleHeader, sampleAdvisories()...))
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 200 {
				for a, err := range db.Lookup(Key{"Debian:12", "openssl"}) {
					if err != nil || a.ID != "DEBIAN-CVE-2023-5363" {
						t.Errorf("%v, %v", a, err)
					}
					if details, _, err := db.Details(a); err != nil || details == "" {
						t.Errorf("%q, %v", details, err)
					}
				}
			}
		})
	}
	group.Wait()
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
