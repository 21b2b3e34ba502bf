package intel

import (
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestReleases holds that releases come out as they went in, each once, and that
// a version is of the release with the most of its numbers.
func TestReleases(t *testing.T) {
	day := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	var b, carried Builder
	b.AddSource(Source{Name: "endoflife", AsOf: day})
	for _, r := range []Release{
		{"ubuntu", "22.04", "jammy", "2027-04-01"}, {"debian", "12", "bookworm", "2026-06-10"}, {"debian", "12", "bookworm", "2028-06-30"},
		{"debian", "3.1", "sarge", "2008-03-31"}, {"debian", "3.0", "woody", "2006-06-30"},
	} {
		if err := b.Add(Record{Release: r}); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range []Release{{"a", "1", "", ""}, {"a", "1", "", "1960-01-01"}, {"a", "", "", "2020-01-01"}, {"", "1", "", "2020-01-01"}, {"a", "1", "", "soon"}} {
		if err := b.Add(Record{Release: r}); err == nil {
			t.Errorf("%+v was taken", r)
		}
	}
	f := opened(t, &b)
	if !carried.Carry(f, "endoflife") {
		t.Error("nothing to carry")
	}
	want := []Release{{"debian", "12", "bookworm", "2028-06-30"}, {"debian", "3.0", "woody", "2006-06-30"}, {"debian", "3.1", "sarge", "2008-03-31"}, {"ubuntu", "22.04", "jammy", "2027-04-01"}}
	for _, f := range []*File{f, opened(t, &carried)} {
		if diff := cmp.Diff(want, f.Releases()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	l := f.Lifetimes()
	for _, c := range []struct{ product, version, want string }{
		{"debian", "12.4", "12"}, {"debian", "bookworm", "12"}, {"debian", "3.1.2", "3.1"}, {"debian", "3", ""}, {"ubuntu", "22.10", ""}, {"suse", "12", ""}, {"debian", "", ""},
	} {
		if r, ok := l.Of(c.product, c.version); ok != (c.want != "") || r.Version != c.want {
			t.Errorf("%s %s is of %q", c.product, c.version, r.Version)
		}
	}
	if l.String() != "endoflife.date of 2026-11-20" || l.Len() != 8 || !l.Knows("ubuntu") || l.Knows("suse") {
		t.Errorf("%s with %d", l, l.Len())
	}
	r, _ := l.Of("debian", "12")
	if r.Ended(day) || !r.Ended(day.AddDate(2, 0, 0)) {
		t.Error("the end of Debian 12 is another day")
	}
	var none *Lifetimes
	if _, ok := none.Of("debian", "12"); ok || none.Knows("debian") || none.Len() != 0 || (*File)(nil).Lifetimes() != nil {
		t.Error("nothing knows something")
	}
}

func opened(t *testing.T, b *Builder) *File {
	t.Helper()
	data, err := b.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	f, err := Read(data)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestFormats reads a file of each version of the format: the golden files stay
// as they are.
func TestFormats(t *testing.T) {
	for _, name := range []string{"testdata/v1.intel", "testdata/v2.intel"} {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		f, err := Read(data)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got, ok := f.CVE(log4shell.CVE); !ok || !cmp.Equal(got, log4shell) || len(f.Sources()) < 2 {
			t.Errorf("%s: %+v", name, got)
		}
		_, ok := f.Lifetimes().Of("debian", "bookworm")
		if want := name != "testdata/v1.intel"; ok != want {
			t.Errorf("%s: Debian 12 is known %v, want %v", name, ok, want)
		}
	}
}
