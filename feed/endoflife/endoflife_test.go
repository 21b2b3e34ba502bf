package endoflife

import (
	"net/http"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plimsoll/plimsoll/feed"
	"github.com/plimsoll/plimsoll/feed/feedtest"
	"github.com/plimsoll/plimsoll/intel"
)

const sample = `{"schema_version":"1.2.1","generated_at":"2026-11-20T02:03:04+00:00","total":4,"result":[
{"name":"debian","aliases":[],"label":"Debian","category":"os","releases":[
 {"name":"12","codename":"Bookworm","isEol":true,"eolFrom":"2026-06-10","isEoes":false,"eoesFrom":"2028-06-30"},
 {"name":"13","codename":"Trixie","isEol":false,"eolFrom":"2028-08-09","eoesFrom":null}]},
{"name":"ubuntu","aliases":["ubuntu-linux"],"releases":[{"name":"22.04","codename":"Jammy Jellyfish","eolFrom":"2027-04-01","eoesFrom":"2032-04-09"}]},
{"name":"java-script-runtime","aliases":["nodejs"],"releases":[{"name":"20","codename":"Iron","eolFrom":"2026-04-30"},{"name":"26","eolFrom":null,"isEol":false}]},
{"name":"iphone","aliases":[],"releases":[{"name":"5","eolFrom":"2015-09-09"}]}]}`

func parsed(t *testing.T, text string) ([]intel.Release, feed.Reading, error) {
	t.Helper()
	var got []intel.Release
	reading, err := document().Parse(t.Context(), fstest.MapFS{fileName: {Data: []byte(text)}}, func(r intel.Record) error {
		err := new(intel.Builder).Add(r)
		if err == nil {
			got = append(got, r.Release)
		}
		return err
	})
	return got, reading, err
}

// TestParse reads the products that are used: Debian's long-term support counts,
// Ubuntu's that is sold does not.
func TestParse(t *testing.T) {
	got, reading, err := parsed(t, sample)
	if err != nil {
		t.Fatal(err)
	}
	want := []intel.Release{
		{Product: "debian", Version: "12", Name: "bookworm", Ends: "2028-06-30"}, {Product: "debian", Version: "13", Name: "trixie", Ends: "2028-08-09"},
		{Product: "ubuntu", Version: "22.04", Name: "jammy", Ends: "2027-04-01"}, {Product: "node", Version: "20", Ends: "2026-04-30"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if day := time.Date(2026, 11, 20, 2, 3, 4, 0, time.UTC); reading != (feed.Reading{AsOf: day, Records: 4}) {
		t.Errorf("%+v", reading)
	}
	for name, c := range map[string]struct{ text, err string }{
		"a page":        {"<html>", "invalid character"},
		"another form":  {strings.Replace(sample, `"1.2.1"`, `"2.0"`, 1), `schema_version "2.0"`},
		"the old API":   {`[{"cycle":"12","eol":"2026-06-10"}]`, "cannot unmarshal"},
		"half of it":    {sample[:len(sample)/2], "unexpected EOF"},
		"broken months": {strings.Replace(sample, "2027-04-01", "2027-14-01", 1), ""},
	} {
		_, reading, err := parsed(t, c.text)
		if (c.err == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), c.err) || err == nil && reading.Broken != 1 {
			t.Errorf("%s: %+v, %v", name, reading, err)
		}
	}
}

// TestFetch holds that the day's file is fetched compressed, that nothing of use
// does not replace it, and that nothing new is not sent again.
func TestFetch(t *testing.T) {
	server := feedtest.Serve(t, map[string]string{"/" + fileName: sample})
	r := feed.Request{URL: server.URL, Dir: t.TempDir(), Patience: feedtest.Impatient()}
	source := Intelligence()
	for _, want := range []bool{true, false} {
		if changed, err := source.Fetch(t.Context(), http.DefaultClient, r); err != nil || changed != want {
			t.Fatalf("changed %v, %v", changed, err)
		}
	}
	server.Set(map[string]string{"/" + fileName: `{"schema_version":"1.2.1","result":[{"name":"iphone"}]}`})
	if _, err := source.Fetch(t.Context(), http.DefaultClient, r); err == nil || !strings.Contains(err.Error(), "no record") {
		t.Errorf("error %v", err)
	}
}

// TestProducts holds that the table is one.
func TestProducts(t *testing.T) {
	lines := strings.Count(productData, "\n") - 1
	count := 0
	for name, list := range products() {
		count += len(list)
		for _, p := range list {
			if name == "" || p.image == "" {
				t.Errorf("%q: %+v", name, p)
			}
		}
	}
	if count != lines || !products()["debian"][0].extended || products()["ubuntu"][0].extended {
		t.Errorf("%d products in %d lines", count, lines)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(sample))
	f.Fuzz(func(t *testing.T, data []byte) {
		var b intel.Builder
		if _, err := document().Parse(t.Context(), fstest.MapFS{fileName: {Data: data}}, b.Add); err != nil {
			return
		}
		if _, err := b.Bytes(); err != nil {
			t.Error(err)
		}
	})
}
