package epss

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"hash/crc32"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plimsoll/plimsoll/feed"
	"github.com/plimsoll/plimsoll/intel"
)

const today = `#model_version:v2025.03.14,score_date:2026-08-16T00:00:00+0000
cve,epss,percentile
CVE-1999-0001,0.03351,0.87650
CVE-2021-44228,0.94358,0.99962
`

func packed(text string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write([]byte(text))
	w.Close()
	return b.Bytes()
}

func readAll(t testing.TB, dir fs.FS) ([]intel.Record, feed.Reading, error) {
	t.Helper()
	var got []intel.Record
	reading, err := document().Parse(t.Context(), dir, func(r intel.Record) error {
		got = append(got, r)
		return new(intel.Builder).Add(r)
	})
	return got, reading, err
}

// TestParse reads the file of a day, with what may be wrong in it.
func TestParse(t *testing.T) {
	day := time.Date(2026, 8, 16, 0, 0, 0, 0, time.UTC)
	first := intel.Record{CVE: "CVE-1999-0001", Score: intel.Score{Probability: 0.03351, Percentile: 0.8765}}
	for _, c := range []struct {
		name, text string
		want       feed.Reading
		err        string
	}{
		{"a day", today, feed.Reading{AsOf: day, Records: 2}, ""},
		{"Windows line ends", strings.ReplaceAll(today, "\n", "\r\n"), feed.Reading{AsOf: day, Records: 2}, ""},
		{"broken rows", today + "CVE-2020-0001,x,0.5\nCVE-2020-0002,2,0.5\nCVE-2020-0003,NaN,0.5\nnone,0.1,0.5\nCVE-2020-0004,0.1\n", feed.Reading{AsOf: day, Records: 2, Broken: 5}, ""},
		{"no date", strings.TrimPrefix(today, today[:strings.Index(today, "cve")]), feed.Reading{Records: 2}, ""},
		{"a page", "<!DOCTYPE html>\n<title>Sorry</title>\n", feed.Reading{}, "line 1: want the header"},
		{"a long line", "#" + strings.Repeat("x", 2*maxLine), feed.Reading{}, "token too long"},
	} {
		got, reading, err := readAll(t, fstest.MapFS{fileName: {Data: packed(c.text)}})
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s: error %v, want %q", c.name, err, c.err)
			}
			continue
		}
		if err != nil || !cmp.Equal(reading, c.want) || !cmp.Equal(got[0], first) {
			t.Errorf("%s: %+v of %+v, %v; want %+v", c.name, got, reading, err, c.want)
		}
	}
	if got, _, err := readAll(t, fstest.MapFS{fileName: {Data: []byte(today)}}); err != nil || len(got) != 2 {
		t.Errorf("what is not packed: %d records, %v", len(got), err)
	}
	cut := packed(strings.Repeat(today, 100))
	if _, _, err := readAll(t, fstest.MapFS{fileName: {Data: cut[:len(cut)/2]}}); err == nil {
		t.Error("half a file was read")
	}
}

// server serves a file as the source does, and can fail.
type server struct {
	data  []byte
	code  int
	after string
	asked int
	whole int
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.asked++
	if s.code != 0 {
		code := s.code
		if s.after != "" {
			w.Header().Set("Retry-After", s.after)
			s.code = 0
		}
		w.WriteHeader(code)
		return
	}
	if r.URL.Path != "/mirror/"+fileName {
		http.NotFound(w, r)
		return
	}
	if r.Header.Get("If-None-Match") == "" {
		s.whole++
	}
	w.Header().Set("ETag", fmt.Sprintf(`"%08x"`, crc32.ChecksumIEEE(s.data)))
	http.ServeContent(w, r, fileName, time.Time{}, bytes.NewReader(s.data))
}

// TestFetch fetches, finds nothing new, something new, and a source that fails
// in several ways: yesterday's file stays.
func TestFetch(t *testing.T) {
	s := &server{data: packed(today)}
	web := httptest.NewServer(s)
	defer web.Close()
	source := Intelligence()
	request := feed.Request{URL: web.URL + "/mirror", Dir: filepath.Join(t.TempDir(), "epss"), Patience: feed.Patience{Wait: time.Millisecond, Stall: time.Second, Tries: 2}}
	fetch := func(want bool) {
		t.Helper()
		changed, err := source.Fetch(t.Context(), web.Client(), request)
		if err != nil || changed != want {
			t.Fatalf("changed %v, %v; want %v", changed, err, want)
		}
	}
	fetch(true)
	fetch(false)
	if s.asked != 2 || s.whole != 1 {
		t.Errorf("asked %d times, %d without the tag", s.asked, s.whole)
	}
	s.code, s.after = http.StatusTooManyRequests, "0"
	fetch(false)
	s.data = packed(today + "CVE-2026-0001,0.1,0.2\n")
	fetch(true)
	for name, set := range map[string]func(){
		"server error": func() { s.code, s.after = 500, "" },
		"a page":       func() { s.data = packed("<html>sorry</html>") },
		"not packed":   func() { s.data = []byte("sorry") },
		"no scores":    func() { s.data = packed("cve,epss,percentile\n") },
		"half of it":   func() { s.data = packed(strings.Repeat(today, 50))[:60] },
	} {
		s.code, s.after = 0, ""
		set()
		if _, err := source.Fetch(t.Context(), web.Client(), request); err == nil {
			t.Errorf("%s: no error", name)
		}
		if got, _, err := readAll(t, os.DirFS(request.Dir)); err != nil || len(got) != 3 {
			t.Errorf("%s: %d records left, %v", name, len(got), err)
		}
	}
}

// TestFetchLocal takes the newest file of a directory.
func TestFetchLocal(t *testing.T) {
	from, to := t.TempDir(), t.TempDir()
	source := Intelligence()
	if _, err := source.Fetch(t.Context(), nil, feed.Request{URL: from, Dir: to}); err == nil {
		t.Error("no error for an empty directory")
	}
	for name, text := range map[string]string{"epss_scores-2026-08-15.csv.gz": "cve,epss,percentile\nCVE-2020-0001,0.5,0.5\n", "epss_scores-2026-08-16.csv.gz": today} {
		if err := os.WriteFile(filepath.Join(from, name), packed(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []bool{true, false} {
		if changed, err := source.Fetch(t.Context(), nil, feed.Request{URL: from, Dir: to}); err != nil || changed != want {
			t.Errorf("changed %v, %v", changed, err)
		}
	}
	if got, _, err := readAll(t, os.DirFS(to)); err != nil || len(got) != 2 {
		t.Errorf("%d records, %v", len(got), err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(today))
	f.Add([]byte("cve,epss,percentile\nCVE-2020-0001,,\n"))
	f.Fuzz(func(_ *testing.T, text []byte) {
		for _, data := range [][]byte{text, packed(string(text))} {
			_, _ = document().Parse(context.Background(), fstest.MapFS{fileName: {Data: data}}, new(intel.Builder).Add)
		}
	})
}
