package intel

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var log4shell = Record{
	CVE: "CVE-2021-44228", Score: Score{0.94358, 0.99962},
	Exploited: Exploited{Name: "Apache Log4j2 Remote Code Execution", Vendor: "Apache", Product: "Log4j2", Added: "2021-12-10", Due: "2021-12-24", Ransomware: true, Action: "Update."},
	Ratings:   []Rating{{"NVD", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H"}, {"NVD", "AV:N/AC:M/Au:N/C:C/I:C/A:C"}},
}

func sample(t testing.TB) []byte {
	t.Helper()
	var b Builder
	b.AddSource(Source{Name: "epss", URL: "https://epss.example", AsOf: time.Unix(1_780_000_000, 0).UTC(), Fetched: time.Unix(1_780_000_100, 0).UTC(), Records: 2})
	b.AddSource(Source{Name: "kev"})
	b.AddSource(Source{Name: "endoflife"})
	for _, r := range []Record{log4shell, {CVE: "CVE-1999-0001", Score: Score{0.03351, 0.8765}}, {Release: Release{"debian", "12", "bookworm", "2028-06-30"}}} {
		if err := b.Add(r); err != nil {
			t.Fatal(err)
		}
	}
	data, err := b.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestRoundTrip holds that what goes in comes out.
func TestRoundTrip(t *testing.T) {
	f, err := Read(sample(t))
	if err != nil {
		t.Fatal(err)
	}
	got, ok := f.CVE("CVE-2021-44228")
	if diff := cmp.Diff(log4shell, got); !ok || diff != "" {
		t.Errorf("found %v, -want +got:\n%s", ok, diff)
	}
	if s := f.Sources(); len(s) != 3 || s[0].Records != 2 || s[0].AsOf.Unix() != 1_780_000_000 || !s[1].AsOf.IsZero() {
		t.Errorf("sources %+v", s)
	}
	for _, id := range []string{"CVE-2021-44229", "CVE-2021-44227", "CVE-1998-0001", "CVE-2999-99999", "GHSA-jfh8-c2jp-5v3q", "", "CVE-2021-044228"} {
		if r, ok := f.CVE(id); ok {
			t.Errorf("%q is %+v", id, r)
		}
	}
	if _, ok := (*File)(nil).CVE("CVE-2021-44228"); ok {
		t.Error("no file knows something")
	}
}

// TestRoundTripMany puts many CVEs in any order in and looks each up again,
// against a map.
func TestRoundTripMany(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := map[string]Record{}
		var b Builder
		for range rapid.IntRange(0, 400).Draw(t, "n") {
			cve := "CVE-" + rapid.StringMatching(`(1999|200[0-3])-(0[0-9]{3}|[1-9][0-9]{3,4})`).Draw(t, "cve")
			r := Record{CVE: cve, Score: Score{float64(rapid.IntRange(1, scoreUnit).Draw(t, "p")) / scoreUnit, 0.5}}
			for range rapid.IntRange(0, 3).Draw(t, "ratings") {
				r.Ratings = append(r.Ratings, Rating{rapid.SampledFrom([]string{"NVD", "x"}).Draw(t, "source"), rapid.String().Draw(t, "vector")})
			}
			if err := b.Add(r); err != nil {
				t.Fatal(err)
			}
			r.Ratings = append(want[cve].Ratings, r.Ratings...)
			want[cve] = r
		}
		data, err := b.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		f, err := Read(data)
		if err != nil {
			t.Fatal(err)
		}
		for cve, r := range want {
			if got, _ := f.CVE(cve); !cmp.Equal(got, r) {
				t.Fatalf("%s is %+v, want %+v", cve, got, r)
			}
		}
	})
}

// TestAddRefuses holds what is no CVE and no share out of the file.
func TestAddRefuses(t *testing.T) {
	for _, r := range []Record{
		{}, {CVE: "CVE-1"}, {CVE: "cve-2020-0001"}, {CVE: "CVE-2020-001"}, {CVE: "CVE-2020-00001"}, {CVE: "CVE-20-00001"}, {CVE: "CVE-2020-1234567890123"}, {CVE: "CVE-2020-12x4"},
		{CVE: "CVE-2020-0001", Score: Score{1.1, 0}}, {CVE: "CVE-2020-0001", Score: Score{0.1, -0.1}}, {CVE: "CVE-2020-0001", Score: Score{math.NaN(), 0.1}},
	} {
		if err := new(Builder).Add(r); err == nil {
			t.Errorf("%+v was taken", r)
		}
	}
}

// TestDamage cuts the file at every length and flips bits: it is refused, with
// the error that asks for a new one.
func TestDamage(t *testing.T) {
	good := sample(t)
	for n := range good {
		if _, err := Read(good[:n]); !errors.Is(err, ErrFormat) {
			t.Fatalf("cut at %d: %v", n, err)
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 10_000 {
		bad := append([]byte{}, good...)
		at := random.IntN(len(bad) * 8)
		bad[at/8] ^= 1 << (at % 8)
		if _, err := Read(bad); !errors.Is(err, ErrFormat) {
			t.Fatalf("bit %d: %v", at, err)
		}
	}
	if _, err := Read(append(append([]byte{}, good...), 0)); !errors.Is(err, ErrFormat) {
		t.Errorf("longer: %v", err)
	}
}

// TestCarry takes a source over from another file, and leaves the others.
func TestCarry(t *testing.T) {
	from, err := Read(sample(t))
	if err != nil {
		t.Fatal(err)
	}
	var all, kev Builder
	all.AddSource(Source{Name: "nvd"})
	if err := all.Add(Record{CVE: "CVE-2021-44228", Ratings: log4shell.Ratings}); err != nil {
		t.Fatal(err)
	}
	if !all.Carry(from, "epss") || !all.Carry(from, "kev") || all.Carry(from, "nvd") || all.Carry(from, "gossip") || !kev.Carry(from, "kev") || kev.Carry(nil, "epss") {
		t.Error("another answer to what was there")
	}
	for b, want := range map[*Builder]Record{&all: log4shell, &kev: {CVE: log4shell.CVE, Exploited: log4shell.Exploited}} {
		data, err := b.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		f, err := Read(data)
		if err != nil {
			t.Fatal(err)
		}
		got, _ := f.CVE(log4shell.CVE)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	}
}

// TestWriteFile replaces a file, and leaves nothing else.
func TestWriteFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	if _, err := Open(path); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("without a file: %v", err)
	}
	for range 2 {
		if err := new(Builder).WriteFile(path); err != nil {
			t.Fatal(err)
		}
	}
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := f.CVE("CVE-2020-0001"); ok {
		t.Error("an empty file knows something")
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("%v, %v", entries, err)
	}
	if _, err := Open(filepath.Dir(path)); !errors.Is(err, ErrFormat) {
		t.Errorf("a directory: %v", err)
	}
	if err := new(Builder).WriteFile(filepath.Join(path, "x")); err == nil {
		t.Error("written below a file")
	}
}

// FuzzRead gives hostile bytes with a right checksum: nothing may panic.
func FuzzRead(f *testing.F) {
	f.Add(sample(f), "CVE-2021-44228")
	f.Add([]byte(magic), "CVE-1999-0001")
	f.Fuzz(func(_ *testing.T, data []byte, cve string) {
		if file, err := Read(sealed(data)); err == nil {
			file.CVE(cve)
			file.CVE("CVE-2021-44228")
			file.Lifetimes()
			for _, source := range []string{"epss", "kev", "nvd", "endoflife"} {
				new(Builder).Carry(file, source)
			}
		}
	})
}

func BenchmarkLookup(b *testing.B) {
	f, err := Read(sample(b))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		f.CVE("CVE-1999-0001")
	}
}

// sealed puts the right magic, version and checksum into bytes.
func sealed(data []byte) []byte {
	if len(data) < fixedHeader+8*sections {
		return data
	}
	data = append([]byte{}, data...)
	copy(data, magic)
	binary.LittleEndian.PutUint32(data[8:], formatVersion)
	binary.LittleEndian.PutUint32(data[12:], crc32.Checksum(data[fixedHeader:], castagnoli))
	return data
}
