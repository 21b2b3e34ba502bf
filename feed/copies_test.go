package feed_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/plimsoll/plimsoll/feed"
	"github.com/plimsoll/plimsoll/feed/feedtest"
)

// keep fetches a.json and b.json, with changes by the caller.
func keep(t *testing.T, url, dir string, change func(items []feed.Item)) (bool, error) {
	t.Helper()
	g := feed.Getter{Client: http.DefaultClient, Patience: feedtest.Impatient()}
	return feed.Keep(t.Context(), g, feed.Request{URL: url, Ecosystem: "Test", Dir: dir}, func(_ context.Context, s *feed.Source) ([]feed.Item, error) {
		items := []feed.Item{
			{Name: "a.json", URL: s.URL + "/a.json", Check: feed.IsJSON}, {Name: "b.json", URL: s.URL + "/b.json", Optional: true, Gzip: true},
		}
		if change != nil {
			change(items)
		}
		return items, nil
	})
}

func content(t *testing.T, dir, name string) string {
	t.Helper()
	c, err := feed.OpenCopy(os.DirFS(dir), name)
	if errors.Is(err, fs.ErrNotExist) {
		return "none"
	}
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	data, err := io.ReadAll(c)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestKeepTogether holds that files change together or not at all, and that
// nothing is left behind.
func TestKeepTogether(t *testing.T) {
	server := feedtest.Serve(t, map[string]string{"/a.json": `[1]`, "/b.json": `{"b":1}`})
	dir := t.TempDir()
	want := func(a, b string) {
		t.Helper()
		if gotA, gotB := content(t, dir, "a.json"), content(t, dir, "b.json"); gotA != a || gotB != b {
			t.Errorf("holds %s and %s, want %s and %s", gotA, gotB, a, b)
		}
	}
	must := func(changed bool) {
		t.Helper()
		if got, err := keep(t, server.URL, dir, nil); err != nil || got != changed {
			t.Fatalf("changed %v, %v", got, err)
		}
	}
	must(true)
	want(`[1]`, `{"b":1}`)
	server.Set(map[string]string{"/a.json": `[2]`, "/b.json": `{"b":2}`})
	for name, change := range map[string]func([]feed.Item){
		"a wrong check sum": func(items []feed.Item) { items[0].SHA256 = strings.Repeat("0", 64) },
		"a small limit":     func(items []feed.Item) { items[1].Limit = 3 },
		"a missing file":    func(items []feed.Item) { items[0].URL += "x" },
		"a bad check":       func(items []feed.Item) { items[1].Check = feed.IsXML },
		"a name with dirs":  func(items []feed.Item) { items[1].Name = "../b" },
	} {
		if _, err := keep(t, server.URL, dir, change); err == nil {
			t.Errorf("%s is no error", name)
		}
		want(`[1]`, `{"b":1}`)
	}
	must(true)
	want(`[2]`, `{"b":2}`)
	server.Set(map[string]string{"/a.json": `[2]`})
	must(true)
	want(`[2]`, "none")
	must(false)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if len(names) != 3 || !strings.HasPrefix(names[0], "a.json.") || names[1] != "copies.json" || names[2] != "lock" {
		t.Errorf("left behind: %v", names)
	}
}

// TestKeepSum holds that a file whose check sum is known is not asked for, and
// that of a source that says nothing of changes only other bytes are a change.
func TestKeepSum(t *testing.T) {
	server := feedtest.Serve(t, map[string]string{"/a.json": `[1]`})
	dir := t.TempDir()
	sum := fmt.Sprintf("%x", sha256.Sum256([]byte(`[1]`)))
	known := func(items []feed.Item) { items[0].SHA256 = sum }
	if changed, err := keep(t, server.URL, dir, known); err != nil || !changed {
		t.Fatalf("changed %v, %v", changed, err)
	}
	server.Fail(func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/a.json" {
			_, _ = io.WriteString(w, `[1]`) // without validators
			return true
		}
		return false
	})
	server.Asked()
	if changed, err := keep(t, server.URL, dir, known); err != nil || changed || len(server.Asked()) > 0 {
		t.Errorf("changed %v, %v", changed, err)
	}
	if changed, err := keep(t, server.URL, dir, nil); err != nil || changed {
		t.Errorf("the same bytes: changed %v, %v", changed, err)
	}
}

// TestKeepAnotherSource holds that copies of one source are not taken for those
// of another.
func TestKeepAnotherSource(t *testing.T) {
	one := feedtest.Serve(t, map[string]string{"/a.json": `[1]`, "/b.json": `{"b":1}`})
	two := feedtest.Serve(t, map[string]string{"/a.json": `[1]`})
	dir := t.TempDir()
	for _, url := range []string{one.URL, two.URL} {
		if changed, err := keep(t, url, dir, nil); err != nil || !changed {
			t.Fatalf("changed %v, %v", changed, err)
		}
	}
	if got := content(t, dir, "b.json"); got != "none" {
		t.Errorf("b is still %s", got)
	}
}

// TestGzipCut holds that a packed body that is not all there is refused, also
// when the server says that it is.
func TestGzipCut(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	fmt.Fprintf(z, `{"b":%q}`, strings.Repeat("x", 1000))
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	server := feedtest.Serve(t, map[string]string{"/a.json": `[1]`})
	dir := t.TempDir()
	body := packed.Bytes()
	send := func(data []byte) {
		server.Fail(func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path != "/b.json" {
				return false
			}
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(data)
			return true
		})
	}
	send(body[:len(body)-6])
	if _, err := keep(t, server.URL, dir, nil); err == nil {
		t.Error("a cut body is no error")
	}
	send(body)
	if changed, err := keep(t, server.URL, dir, nil); err != nil || !changed {
		t.Fatalf("changed %v, %v", changed, err)
	}
	if got := content(t, dir, "b.json"); len(got) != 1000+len(`{"b":""}`) {
		t.Errorf("b has %d bytes", len(got))
	}
}

// TestNoFiles is a source that answers, but has none of the files.
func TestNoFiles(t *testing.T) {
	server := feedtest.Serve(t, map[string]string{"/x": "x"})
	if _, err := keep(t, server.URL, t.TempDir(), nil); !errors.Is(err, feed.ErrNoData) {
		t.Errorf("error %v", err)
	}
	if _, err := keep(t, t.TempDir()+"/nothing", t.TempDir(), nil); err == nil {
		t.Error("a directory that is not there is no error")
	}
}

func FuzzSecDB(f *testing.F) {
	f.Add([]byte(`{"packages":[{"pkg":{"name":"a","secfixes":{"1-r0":["CVE-2024-1 XSA-1 (x)"]}}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		g := feed.NewFixes("T-", "")
		if g.ReadSecDB(bytes.NewReader(data), "T") != nil {
			return
		}
		for a, err := range g.Yield {
			if err == nil && (a.ID == "T-" || len(a.Affected) == 0) {
				t.Errorf("record %+v", a)
			}
		}
	})
}
