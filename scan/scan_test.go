package scan

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/plimsoll/plimsoll/cache"
	"github.com/plimsoll/plimsoll/catalog"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/image"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/match"
	"github.com/plimsoll/plimsoll/policy"
	"github.com/plimsoll/plimsoll/report"
	"github.com/plimsoll/plimsoll/vulndb"
	"github.com/plimsoll/plimsoll/walk"
)

// words is a cataloger of files "*.words": each word "name@version" in them is
// an npm package.
func words(version int) catalog.Cataloger {
	return catalog.Cataloger{
		Name: "words", Version: version, Ecosystem: inventory.Ecosystem{Type: "npm", Advisories: "npm", Scheme: "npm"},
		Want: []walk.Pattern{{Glob: "**/*.words"}},
		Read: func(_ context.Context, f *walk.File, part *inventory.Part) error {
			part.File(f.Path)
			b, err := f.Bytes(1 << 20)
			if err != nil {
				return err
			}
			for _, w := range strings.Fields(string(b)) {
				name, v, _ := strings.Cut(w, "@")
				part.Add(f.Path, inventory.Package{Ecosystem: "npm", Name: name, Version: v, PURL: "pkg:npm/" + name + "@" + v})
			}
			return nil
		},
	}
}

// fakeData has one advisory: bad below 2.0.0, critical.
type fakeData struct{ missing []report.Missing }

func (d fakeData) Ensure(context.Context, []match.Need) (Advisories, report.Database, error) {
	return fakeData{}, report.Database{Segments: []report.Segment{}, Missing: d.missing, AsOf: "2026-01-02T03:04:05Z"}, nil
}
func (fakeData) Close() error              { return nil }
func (fakeData) Has(ecosystem string) bool { return ecosystem == "npm" }
func (fakeData) Lookup(key vulndb.Key) iter.Seq2[vulndb.Advisory, error] {
	return func(yield func(vulndb.Advisory, error) bool) {
		if key.Name == "bad" {
			yield(vulndb.Advisory{ID: "CVE-2026-1", Summary: "bad", Severities: []vulndb.Severity{{Type: "CVSS_V3", Score: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}},
				Affected: []vulndb.Affected{{Ecosystem: "npm", Name: "bad", Ranges: []vulndb.Range{{Type: "SEMVER", Events: []vulndb.Event{{Introduced: "0"}, {Fixed: "2.0.0"}}}}}}}, nil)
		}
	}
}

// picture is an image whose layers are given as files; opened counts the
// layers that were read.
func picture(t *testing.T, opened *atomic.Int32, layers ...map[string]string) *image.Image {
	t.Helper()
	img := &image.Image{Ref: "test", Config: &v1.ConfigFile{}}
	for n, files := range layers {
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		for name, body := range files {
			if err := w.WriteHeader(&tar.Header{Name: name, Size: int64(len(body)), Mode: 0o644}); err != nil {
				t.Fatal(err)
			}
			io.WriteString(w, body)
		}
		w.Close()
		img.Layers = append(img.Layers, image.Layer{DiffID: fmt.Sprintf("sha256:%064d", n), Size: int64(n), Open: func(context.Context) (io.ReadCloser, error) {
			opened.Add(1)
			return io.NopCloser(bytes.NewReader(b.Bytes())), nil
		}})
	}
	return img
}

func newScanner(kept *cache.Cache) *Scanner {
	return &Scanner{
		Catalogers: []catalog.Cataloger{words(1)}, Data: fakeData{}, Cache: kept, Now: time.Now,
		Policy: policy.Policy{Gates: []policy.Gate{policy.FailOn{Severity: finding.High}}},
	}
}

func TestScan(t *testing.T) {
	var opened atomic.Int32
	img := picture(t, &opened, map[string]string{"a.words": "good@1.0.0 bad@1.0.0"}, map[string]string{"b.words": "bad@2.0.0", ".wh.x": ""})
	s := newScanner(&cache.Cache{Dir: t.TempDir()})
	first, err := s.Scan(t.Context(), img)
	if err != nil {
		t.Fatal(err)
	}
	if len(first.Packages) != 3 || len(first.Findings) != 1 || first.Findings[0].Fixed != "2.0.0" || first.Verdict.Result != policy.Stop {
		t.Errorf("unexpected report: %+v", first)
	}
	if opened.Load() != 2 {
		t.Errorf("%d layers were read, want 2", opened.Load())
	}
	second, err := s.Scan(t.Context(), img)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(first, second); d != "" {
		t.Errorf("the second scan says something else: %s", d)
	}
	if opened.Load() != 2 {
		t.Error("a layer that was kept has been read again")
	}
	s.Catalogers = []catalog.Cataloger{words(2)}
	if _, err := s.Scan(t.Context(), img); err != nil || opened.Load() != 4 {
		t.Errorf("a new version of a cataloger must read again: %v, %d", err, opened.Load())
	}
}

func TestScanMissing(t *testing.T) {
	var opened atomic.Int32
	img := picture(t, &opened, map[string]string{"a.words": "good@1"})
	s := newScanner(nil)
	s.Data = fakeData{missing: []report.Missing{{Ecosystem: "npm", Packages: 1, Reason: "no network"}}}
	r, err := s.Scan(t.Context(), img)
	if err != nil {
		t.Fatal(err)
	}
	want := []report.Missing{{Ecosystem: "npm", Packages: 1, Reason: "no network"}}
	if d := cmp.Diff(want, r.Database.Missing); d != "" {
		t.Error(d)
	}
}

func TestBrokenLayerEndsTheScan(t *testing.T) {
	var opened atomic.Int32
	img := picture(t, &opened, map[string]string{"a.words": "x@1"})
	lie := &image.DigestError{What: "layer 0", Want: "sha256:1", Got: "sha256:2"}
	img.Layers[0].Open = func(context.Context) (io.ReadCloser, error) { return nil, lie }
	kept := &cache.Cache{Dir: t.TempDir()}
	var got *image.DigestError
	if _, err := newScanner(kept).Scan(t.Context(), img); !errors.As(err, &got) {
		t.Errorf("got %v, want the digest's lie", err)
	}
	if kept, _ := os.ReadDir(kept.Dir); len(kept) > 0 {
		t.Error("a layer that lies was kept")
	}
}

func TestCache(t *testing.T) {
	part := &inventory.Part{
		Files:  []*inventory.File{{Path: "a", Packages: []inventory.Package{{Name: "x", Licenses: []string{"MIT"}}}, Owned: map[string]string{"b": "c"}}, {Path: "empty"}},
		Hidden: []string{"h"}, Opaque: []string{""}, Links: map[string]string{"l": "t"}, Seen: []uint64{1, 1 << 63}, SeenDirs: []uint64{7},
		Warnings: []inventory.Warning{{Message: "w"}}, Loose: []string{"usr/bin/x"},
		Listing: &inventory.Listing{Dirs: []byte{0, 1, 'd'}, Listed: []byte{2}, Files: [][]byte{{1, 2}, {3}}, Count: 2},
	}
	part.Sums.Add(5, inventory.SumOf(inventory.SHA1, make([]byte, 20)))
	s := &Scanner{Cache: &cache.Cache{Dir: t.TempDir()}}
	key := cacheName("sha256:1", nil)
	s.save(key, part)
	got, ok := s.load(key)
	if d := cmp.Diff(part, got, cmpopts.IgnoreUnexported(inventory.Part{})); !ok || d != "" {
		t.Fatal(ok, d)
	}
	if _, ok := s.load(cacheName("sha256:2", nil)); ok {
		t.Error("another layer's part was given")
	}
	if cacheName("", nil) != "" {
		t.Error("a layer without a digest must not be kept")
	}
	var whole bytes.Buffer
	if err := writePart(&whole, part); err != nil {
		t.Fatal(err)
	}
	for n := range whole.Len() {
		if _, err := decodePart(whole.Bytes()[:n]); err == nil {
			t.Fatalf("a file cut at byte %d went unnoticed", n)
		}
	}
}

func TestCacheSideBySide(t *testing.T) {
	var opened atomic.Int32
	img := picture(t, &opened, map[string]string{"a.words": "x@1"}, map[string]string{"b.words": "y@1"})
	dir := t.TempDir()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			r, err := newScanner(&cache.Cache{Dir: dir, Max: 1}).Scan(context.Background(), img)
			if err != nil || len(r.Packages) != 2 {
				t.Errorf("%v %+v", err, r)
			}
		})
	}
	wg.Wait()
}

func TestBase(t *testing.T) {
	layer := func(by string) v1.History { return v1.History{CreatedBy: by} }
	empty := func(by string) v1.History { return v1.History{CreatedBy: by, EmptyLayer: true} }
	add, cmd := layer("/bin/sh -c #(nop) ADD file:1 in / "), empty(`/bin/sh -c #(nop)  CMD ["sh"]`)
	tests := map[string]struct {
		history []v1.History
		layers  int
		want    int
	}{
		"a base itself":                  {[]v1.History{add, cmd}, 1, 0},
		"classic builder":                {[]v1.History{add, cmd, layer("/bin/sh -c apk add x"), empty("CMD x")}, 2, 1},
		"BuildKit":                       {[]v1.History{add, empty(`CMD ["sh"]`), layer("RUN /bin/sh -c x # buildkit"), empty(`ENTRYPOINT ["x"]`)}, 2, 1},
		"a base on a base":               {[]v1.History{add, cmd, layer("RUN a"), empty(`CMD ["a"]`), layer("RUN b"), empty("CMD b")}, 3, 2},
		"other instructions in between":  {[]v1.History{add, empty("ENV a=b"), empty(`CMD ["sh"]`), empty("WORKDIR /app"), layer("COPY . .")}, 2, 1},
		"no CMD anywhere":                {[]v1.History{add, layer("RUN x")}, 2, 0},
		"a history that does not fit":    {[]v1.History{add, cmd, layer("RUN x")}, 5, 0},
		"no history":                     {nil, 2, 0},
		"a CMD before there is anything": {[]v1.History{cmd, add, layer("RUN x")}, 2, 0},
	}
	for name, tt := range tests {
		img := &image.Image{Config: &v1.ConfigFile{History: tt.history}, Layers: make([]image.Layer, tt.layers)}
		img.Config.Config.Labels = map[string]string{"org.opencontainers.image.base.name": "base:1"}
		if got, ref := baseOf(img); got != tt.want || ref != "base:1" {
			t.Errorf("%s: got %d layers of %s, want %d", name, got, ref, tt.want)
		}
	}
}
