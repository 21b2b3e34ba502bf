package osv

import (
	"archive/zip"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/plimsoll/plimsoll/feed"
	"github.com/plimsoll/plimsoll/vulndb"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv("PLIMSOLL_TEST_FETCH"); dir != "" {
		os.Exit(fetchAsProcess(dir))
	}
	goleak.VerifyTestMain(m)
}

// entry is a record in a test's bucket.
type entry struct {
	id       string
	modified time.Time
	summary  string
}

func (e entry) json() string {
	return fmt.Sprintf(`{"id":%q,"modified":%q,"summary":%q,"affected":[{"package":{"ecosystem":"Debian:12","name":"p"},"versions":["1"]}]}`,
		e.id, e.modified.Format(time.RFC3339Nano), e.summary)
}

// bucket serves one ecosystem as OSV does.
type bucket struct {
	t        *testing.T
	mu       sync.Mutex
	zip      []byte
	zipTime  time.Time
	list     string
	records  map[string]string
	requests []string
	// before may answer a request itself.
	before func(w http.ResponseWriter, r *http.Request) (done bool)
	server *httptest.Server
}

func noon(day int) time.Time { return time.Date(2024, 5, day, 12, 0, 0, 0, time.UTC) }

func newBucket(t *testing.T, entries ...entry) *bucket {
	b := &bucket{t: t, records: map[string]string{}}
	b.server = httptest.NewServer(b)
	t.Cleanup(b.server.Close)
	b.set(entries...)
	b.exportZip(noon(20), entries...)
	return b
}

// set changes records and the list, but not the zip.
func (b *bucket) set(entries ...entry) {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := slices.Clone(entries)
	slices.SortFunc(list, func(x, y entry) int { return cmp.Or(y.modified.Compare(x.modified), strings.Compare(x.id, y.id)) })
	var csv strings.Builder
	for _, e := range list {
		fmt.Fprintf(&csv, "%s,%s\n", e.modified.Format(time.RFC3339Nano), e.id)
		b.records[e.id] = e.json()
	}
	b.list = csv.String()
}

func (b *bucket) exportZip(at time.Time, entries ...entry) {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, e := range entries {
		w, err := z.Create(e.id + ".json")
		if err != nil {
			b.t.Fatal(err)
		}
		if _, err := io.WriteString(w, e.json()); err != nil {
			b.t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		b.t.Fatal(err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.zip, b.zipTime = out.Bytes(), at
}

func (b *bucket) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	b.requests = append(b.requests, r.URL.Path)
	data, at, list, before := b.zip, b.zipTime, b.list, b.before
	record, known := b.records[strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, "/Azure Linux/"), ".json")]
	b.mu.Unlock()
	if before != nil && before(w, r) {
		return
	}
	switch {
	case r.URL.Path == "/Azure Linux/all.zip":
		w.Header().Set("ETag", fmt.Sprintf(`"%x"`, len(data)))
		http.ServeContent(w, r, "all.zip", at, bytes.NewReader(data))
	case r.URL.Path == "/Azure Linux/modified_id.csv":
		w.Header().Set("ETag", fmt.Sprintf(`"%x"`, len(list)))
		http.ServeContent(w, r, "modified_id.csv", time.Time{}, strings.NewReader(list))
	case known:
		_, _ = io.WriteString(w, record)
	default:
		http.NotFound(w, r)
	}
}

// answer sets what may answer requests instead.
func (b *bucket) answer(before func(w http.ResponseWriter, r *http.Request) (done bool)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.before = before
}

// asked gives the requests since the last call, sorted.
func (b *bucket) asked() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	asked := b.requests
	b.requests = nil
	for i := range asked {
		asked[i] = strings.TrimPrefix(asked[i], "/Azure Linux/")
	}
	slices.Sort(asked)
	return asked
}

func impatient() feed.Patience {
	return feed.Patience{Wait: time.Millisecond, Stall: 300 * time.Millisecond, Tries: 4}
}

func small() fetcher { return fetcher{limits{zipBytes: 64 << 20, changes: 5}} }

func (b *bucket) fetch(dir string) (bool, error) {
	return small().fetch(context.Background(), b.server.Client(), feed.Request{URL: b.server.URL + "/", Ecosystem: "Azure Linux", Dir: dir, Patience: impatient()})
}

func (b *bucket) mustFetch(dir string) bool {
	b.t.Helper()
	changed, err := b.fetch(dir)
	if err != nil {
		b.t.Fatal(err)
	}
	return changed
}

// held reads a directory: summaries by id.
func held(t *testing.T, dir fs.FS) map[string]string {
	t.Helper()
	got := map[string]string{}
	for a, err := range parse(context.Background(), dir) {
		if err != nil {
			t.Fatal(err)
		}
		got[a.ID] = a.Summary
	}
	return got
}

func wantHeld(t *testing.T, dir string, want map[string]string) {
	t.Helper()
	if diff := gocmp.Diff(want, held(t, os.DirFS(dir))); diff != "" {
		t.Error(diff)
	}
}

func threeEntries() []entry {
	return []entry{{"A-1", noon(1), "one"}, {"A-2", noon(2), "two"}, {"A-3", noon(3), "three"}}
}

func TestIncrements(t *testing.T) {
	list := threeEntries()
	b := newBucket(t, list...)
	dir := t.TempDir()
	if !b.mustFetch(dir) {
		t.Error("first fetch: nothing changed")
	}
	wantHeld(t, dir, map[string]string{"A-1": "one", "A-2": "two", "A-3": "three"})
	if got := b.asked(); !slices.Equal(got, []string{"all.zip", "modified_id.csv"}) {
		t.Errorf("first fetch asked for %v", got)
	}

	// The first list is read to its last known time; then its ETag suffices.
	b.mustFetch(dir)
	b.asked()

	list[0] = entry{"A-1", noon(25), "one, mended"}
	list = append(list, entry{"A-4", noon(24), "four"})
	b.set(list...)
	if !b.mustFetch(dir) {
		t.Error("increment: nothing changed")
	}
	wantHeld(t, dir, map[string]string{"A-1": "one, mended", "A-2": "two", "A-3": "three", "A-4": "four"})
	if got := b.asked(); !slices.Equal(got, []string{"A-1.json", "A-4.json", "modified_id.csv"}) {
		t.Errorf("increment asked for %v", got)
	}
	if b.mustFetch(dir) {
		t.Error("nothing new, but changed")
	}
	if got := b.asked(); !slices.Equal(got, []string{"modified_id.csv"}) {
		t.Errorf("without news asked for %v", got)
	}

	// Another at the same moment, one that is gone, one that changed again.
	list = append(list, entry{"A-5", noon(25), "five"})
	list[1] = entry{"A-2", noon(26), "gone"}
	list[3] = entry{"A-4", noon(26), "four, mended"}
	b.set(list...)
	delete(b.records, "A-2")
	b.mustFetch(dir)
	wantHeld(t, dir, map[string]string{"A-1": "one, mended", "A-3": "three", "A-4": "four, mended", "A-5": "five"})
	if got := b.asked(); !slices.Equal(got, []string{"A-2.json", "A-4.json", "A-5.json", "modified_id.csv"}) {
		t.Errorf("second increment asked for %v", got)
	}

	// Too many changes: the whole again.
	list = list[:1]
	for i := range 9 {
		list = append(list, entry{fmt.Sprintf("B-%d", i), noon(27), "new"})
	}
	b.set(list...)
	b.exportZip(noon(28), list...)
	b.mustFetch(dir)
	if got := b.asked(); !slices.Equal(got, []string{"all.zip", "modified_id.csv"}) {
		t.Errorf("many changes asked for %v", got)
	}
	if got := held(t, os.DirFS(dir)); len(got) != 10 {
		t.Errorf("held %v", got)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 3 { // state, zip, lock
		t.Errorf("files left: %v, %v", files, err)
	}
}

func TestSourceChanges(t *testing.T) {
	dir := t.TempDir()
	newBucket(t, threeEntries()...).mustFetch(dir)
	other := newBucket(t, entry{"X-1", noon(1), "x"})
	if !other.mustFetch(dir) {
		t.Error("another source: nothing changed")
	}
	wantHeld(t, dir, map[string]string{"X-1": "x"})
}

func TestMirrorWithoutList(t *testing.T) {
	b := newBucket(t, threeEntries()...)
	b.answer(func(w http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, ".csv") {
			http.NotFound(w, r)
			return true
		}
		return false
	})
	dir := t.TempDir()
	if !b.mustFetch(dir) || b.mustFetch(dir) {
		t.Error("want a change and then none")
	}
	b.exportZip(noon(30), entry{"A-9", noon(29), "nine"})
	if !b.mustFetch(dir) {
		t.Error("want a change")
	}
	wantHeld(t, dir, map[string]string{"A-9": "nine"})
}

// TestResume cuts the download several times; every byte is sent once.
func TestResume(t *testing.T) {
	list := threeEntries()
	list[0].summary = strings.Repeat("long ", 20_000)
	b := newBucket(t, list...)
	var sent atomic.Int64
	b.answer(func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "all.zip") {
			return false
		}
		var from int
		if _, err := fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &from); err == nil && r.Header.Get("If-Range") == "" {
			t.Error("a Range without If-Range")
		}
		w.Header().Set("ETag", `"v1"`)
		w.Header().Set("Content-Length", fmt.Sprint(len(b.zip)-from))
		if from > 0 {
			w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(b.zip)-1, len(b.zip)))
			w.WriteHeader(http.StatusPartialContent)
		}
		n, _ := w.Write(b.zip[from:min(from+200, len(b.zip))])
		sent.Add(int64(n))
		return true // the connection is cut: fewer bytes than promised
	})
	dir := t.TempDir()
	b.mustFetch(dir)
	if got := held(t, os.DirFS(dir)); got["A-1"] != list[0].summary || len(got) != 3 {
		t.Errorf("%d records", len(got))
	}
	if int(sent.Load()) != len(b.zip) {
		t.Errorf("%d bytes sent of a zip of %d", sent.Load(), len(b.zip))
	}
}

// TestResumeByAnotherProcess cuts the download for good; the next fetch goes
// on, unless the file has changed.
func TestResumeByAnotherProcess(t *testing.T) {
	for _, changed := range []bool{false, true} {
		b := newBucket(t, threeEntries()...)
		tag := `"v1"`
		failing := true
		served := ""
		b.answer(func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.HasSuffix(r.URL.Path, "all.zip") {
				return false
			}
			if failing && r.Header.Get("Range") != "" {
				w.WriteHeader(http.StatusBadGateway)
				return true
			}
			w.Header().Set("ETag", tag)
			if failing {
				w.Header().Set("Content-Length", fmt.Sprint(len(b.zip)))
				_, _ = w.Write(b.zip[:100])
				return true
			}
			recorder := httptest.NewRecorder()
			recorder.Header().Set("ETag", tag)
			http.ServeContent(recorder, r, "", time.Time{}, bytes.NewReader(b.zip))
			served = recorder.Result().Status
			for k, v := range recorder.Header() {
				w.Header()[k] = v
			}
			w.WriteHeader(recorder.Code)
			_, _ = w.Write(recorder.Body.Bytes())
			return true
		})
		dir := t.TempDir()
		if _, err := b.fetch(dir); err == nil || !strings.Contains(err.Error(), "502") {
			t.Fatalf("error %v", err)
		}
		if _, err := readState(os.DirFS(dir)); !errors.Is(err, fs.ErrNotExist) {
			t.Fatalf("state: %v", err)
		}
		failing = false
		want := map[string]string{"A-1": "one", "A-2": "two", "A-3": "three"}
		if changed {
			tag = `"v2"`
			b.exportZip(noon(21), entry{"A-9", noon(9), "nine"})
			want = map[string]string{"A-9": "nine"}
		}
		b.mustFetch(dir)
		wantHeld(t, dir, want)
		if partial := strings.HasPrefix(served, "206"); partial == changed {
			t.Errorf("changed %v, but served %s", changed, served)
		}
	}
}

func TestFailuresKeepWhatIsThere(t *testing.T) {
	b := newBucket(t, threeEntries()...)
	dir := t.TempDir()
	b.mustFetch(dir)
	b.set(append(threeEntries(), entry{"A-4", noon(29), "four"})...)
	for name, answer := range map[string]func(w http.ResponseWriter, r *http.Request) bool{
		"500": func(w http.ResponseWriter, r *http.Request) bool { w.WriteHeader(500); return true },
		"403": func(w http.ResponseWriter, r *http.Request) bool { w.WriteHeader(403); return true },
		"no list": func(w http.ResponseWriter, r *http.Request) bool {
			_, _ = io.WriteString(w, "<html>log in first</html>")
			return true
		},
		"record fails": func(w http.ResponseWriter, r *http.Request) bool {
			if strings.HasSuffix(r.URL.Path, ".json") {
				w.WriteHeader(503)
				return true
			}
			return false
		},
		"stalls": func(w http.ResponseWriter, r *http.Request) bool {
			w.WriteHeader(200)
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
			return true
		},
	} {
		b.answer(answer)
		if _, err := b.fetch(dir); err == nil {
			t.Errorf("%s: no error", name)
		} else {
			t.Logf("%s: %v", name, err)
		}
		wantHeld(t, dir, map[string]string{"A-1": "one", "A-2": "two", "A-3": "three"})
	}
	b.answer(nil)
	b.mustFetch(dir)
	if got := held(t, os.DirFS(dir)); len(got) != 4 {
		t.Errorf("afterwards: %v", got)
	}
}

func TestUnreachable(t *testing.T) {
	b := newBucket(t, threeEntries()...)
	b.server.Close()
	if _, err := b.fetch(t.TempDir()); err == nil || !strings.Contains(err.Error(), "after 2 tries") {
		t.Errorf("error %v", err)
	}
}

func TestWholeFails(t *testing.T) {
	for name, answer := range map[string]func(b *bucket, w http.ResponseWriter){
		"no zip":    func(_ *bucket, w http.ResponseWriter) { _, _ = io.WriteString(w, "<html>log in first</html>") },
		"404":       func(_ *bucket, w http.ResponseWriter) { w.WriteHeader(404) },
		"too large": func(_ *bucket, w http.ResponseWriter) { w.Header().Set("Content-Length", "99999999999") },
		"cut zip":   func(b *bucket, w http.ResponseWriter) { _, _ = w.Write(b.zip[:len(b.zip)/2]) },
	} {
		b := newBucket(t, threeEntries()...)
		b.answer(func(w http.ResponseWriter, r *http.Request) bool {
			if strings.HasSuffix(r.URL.Path, "all.zip") {
				answer(b, w)
				return true
			}
			return false
		})
		dir := t.TempDir()
		_, err := b.fetch(dir)
		if err == nil {
			t.Errorf("%s: no error", name)
		}
		if missing := errors.Is(err, feed.ErrNoData); missing != (name == "404") {
			t.Errorf("%s: ErrNoData is %v: %v", name, missing, err)
		}
		t.Logf("%s: %v", name, err)
		files, err := filepath.Glob(filepath.Join(dir, "*.zip"))
		if err != nil || len(files) > 0 {
			t.Errorf("%s: left %v", name, files)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	b := newBucket(t, threeEntries()...)
	var refused atomic.Int32
	b.answer(func(w http.ResponseWriter, _ *http.Request) bool {
		if refused.Add(1) > 2 {
			return false
		}
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusTooManyRequests)
		return true
	})
	start := time.Now()
	b.mustFetch(t.TempDir())
	if took := time.Since(start); took < 2*time.Second || took > 10*time.Second {
		t.Errorf("took %v, the server asked for twice 1 s", took)
	}
}

func TestCancel(t *testing.T) {
	b := newBucket(t, threeEntries()...)
	b.answer(func(w http.ResponseWriter, r *http.Request) bool {
		<-r.Context().Done()
		return true
	})
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := small().fetch(ctx, b.server.Client(), feed.Request{URL: b.server.URL, Ecosystem: "Azure Linux", Dir: t.TempDir(), Patience: impatient()})
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > time.Second {
		t.Errorf("%v after %v", err, time.Since(start))
	}
}

func TestLocalSources(t *testing.T) {
	b := newBucket(t, threeEntries()...)
	one := threeEntries()[0]
	whole := map[string]string{"A-1": "one", "A-2": "two", "A-3": "three"}
	for name, c := range map[string]struct {
		files map[string][]byte
		path  string
		want  map[string]string
	}{
		"bucket":      {map[string][]byte{"Azure Linux/all.zip": b.zip}, "", whole},
		"underscores": {map[string][]byte{"Azure_Linux/all.zip": b.zip}, "", whole},
		"flat":        {map[string][]byte{"Azure_Linux.zip": b.zip, "Debian.zip": nil}, "", whole},
		"loose":       {map[string][]byte{"A-1.json": []byte(one.json())}, "", map[string]string{"A-1": "one"}},
		"loose below": {map[string][]byte{"Azure Linux/A-1.json": []byte(one.json())}, "", map[string]string{"A-1": "one"}},
		"zip":         {map[string][]byte{"[x]*.zip": b.zip}, "[x]*.zip", whole},
	} {
		source := filepath.Join(t.TempDir(), "[source]")
		for file, data := range c.files {
			path := filepath.Join(source, file)
			if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, data, 0o644)); err != nil {
				t.Fatal(err)
			}
		}
		dir := t.TempDir()
		for _, url := range []string{filepath.Join(source, c.path), "file://" + filepath.ToSlash(filepath.Join(source, c.path))} {
			for i, want := range []bool{true, false} {
				changed, err := small().fetch(context.Background(), nil, feed.Request{URL: url, Ecosystem: "Azure Linux", Dir: dir, Patience: impatient()})
				if err != nil || changed != want {
					t.Errorf("%s, time %d: changed %v, %v", name, i, changed, err)
				}
			}
			wantHeld(t, dir, c.want)
		}
	}
	_, err := small().fetch(context.Background(), nil, feed.Request{URL: t.TempDir(), Ecosystem: "npm", Dir: t.TempDir(), Patience: impatient()})
	if !errors.Is(err, feed.ErrNoData) {
		t.Errorf("empty directory: %v", err)
	}
}

func TestParseBroken(t *testing.T) {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for i := range 300 {
		w, err := z.Create(fmt.Sprintf("X-%d.json", i))
		if err != nil {
			t.Fatal(err)
		}
		text := fmt.Sprintf(`{"id":"X-%d"}`, i)
		switch i {
		case 100:
			text = "no JSON"
		case 200:
			text = strings.Repeat(" ", vulndb.MaxRecord+1)
		}
		_, _ = io.WriteString(w, text)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	dir := fstest.MapFS{"all.zip": {Data: out.Bytes()}}
	var ids []string
	for a, err := range parse(context.Background(), dir) {
		var broken *vulndb.RecordError
		switch {
		case err == nil:
			ids = append(ids, a.ID)
		case errors.As(err, &broken):
			ids = append(ids, "broken "+broken.ID)
		default:
			t.Fatal(err)
		}
	}
	for i, id := range ids {
		want := fmt.Sprintf("X-%d", i)
		switch i {
		case 100:
			want = "broken X-100"
		case 200:
			want = "broken X-200"
		}
		if id != want {
			t.Errorf("%d: %s, not %s", i, id, want)
		}
	}
	if len(ids) != 300 {
		t.Errorf("%d records", len(ids))
	}
	for range parse(context.Background(), dir) {
		break // stopping early leaves no goroutines: goleak looks
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var last error
	for _, err := range parse(ctx, dir) {
		last = err
	}
	if !errors.Is(last, context.Canceled) {
		t.Errorf("cancelled: %v", last)
	}
	for name, dir := range map[string]fstest.MapFS{
		"empty": {}, "no zip": {"all.zip": {Data: []byte("x")}}, "climbing": {"state.json": {Data: []byte(`{"zip":"../x.zip"}`)}},
	} {
		for _, err := range parse(context.Background(), dir) {
			if err == nil {
				t.Errorf("%s: no error", name)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	w, err := z.Create("A.json")
	if err != nil {
		f.Fatal(err)
	}
	_, _ = io.WriteString(w, threeEntries()[0].json())
	if err := z.Close(); err != nil {
		f.Fatal(err)
	}
	f.Add(out.Bytes())
	f.Fuzz(func(_ *testing.T, data []byte) {
		for range parse(context.Background(), fstest.MapFS{"all.zip": {Data: data}}) {
			continue
		}
	})
}

func FuzzReadChanges(f *testing.F) {
	f.Add("2024-05-01T00:00:00Z,A-1\n2024-04-01T00:00:00.5Z,npm/A-2\n")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := readChanges(strings.NewReader(text), noon(2), noon(1), 10)
		if err == nil && len(got.changes) > 11 {
			t.Errorf("%d changes", len(got.changes))
		}
		for _, c := range got.changes {
			if strings.ContainsAny(c.id, `/\`) || c.id[0] == '.' {
				t.Errorf("id %q", c.id)
			}
		}
	})
}

// TestFutureChanges has a record that claims to have changed in years to come,
// as some of PyPI's do: it must not hide the changes of all days until then.
func TestFutureChanges(t *testing.T) {
	list := threeEntries()
	list[0].modified = time.Now().AddDate(2, 0, 0).Truncate(time.Second)
	b := newBucket(t, list...)
	dir := t.TempDir()
	b.mustFetch(dir)
	b.mustFetch(dir)
	b.asked()
	for i := range 3 {
		list = append(list, entry{fmt.Sprintf("B-%d", i), noon(24 + i), "new"})
		b.set(list...)
		if !b.mustFetch(dir) {
			t.Errorf("change %d was not seen", i)
		}
		if got := b.asked(); !slices.Equal(got, []string{fmt.Sprintf("B-%d.json", i), "modified_id.csv"}) {
			t.Errorf("change %d asked for %v", i, got)
		}
	}
	list[0] = entry{"A-1", list[0].modified.AddDate(1, 0, 0), "one, mended"}
	list = append(list, entry{"B-3", noon(27), "new"})
	b.set(list...)
	b.mustFetch(dir)
	if got := b.asked(); !slices.Equal(got, []string{"A-1.json", "B-3.json", "modified_id.csv"}) {
		t.Errorf("a record still further ahead asked for %v", got)
	}
	if got := held(t, os.DirFS(dir)); got["A-1"] != "one, mended" || len(got) != 7 {
		t.Errorf("held %v", got)
	}
}

// TestResumeWhole begins where a process ended after the last byte and before
// it could use the file: there is nothing left to ask for.
func TestResumeWhole(t *testing.T) {
	b := newBucket(t, threeEntries()...)
	b.answer(func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "all.zip") {
			return false
		}
		w.Header().Set("ETag", `"v1"`)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(b.zip))
		return true
	})
	dir := t.TempDir()
	begun, err := json.Marshal(map[string]string{"url": b.server.URL + "/Azure%20Linux/all.zip", "validator": `"v1"`})
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"all.zip.part.json": begun, "all.zip.part": b.zip} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b.mustFetch(dir)
	wantHeld(t, dir, map[string]string{"A-1": "one", "A-2": "two", "A-3": "three"})
	if got := b.asked(); !slices.Equal(got, []string{"all.zip", "all.zip", "modified_id.csv"}) {
		t.Errorf("asked for %v", got)
	}
}
