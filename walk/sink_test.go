package walk

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plimsoll/plimsoll/inventory"
)

// gather is a sink that hands over all it got.
type gather struct {
	bytes.Buffer
	done func(string) error
}

func (g *gather) Close() (bool, error) { return true, g.done(g.String()) }

// TestStream lets visitors read as much as they like: a sink gets each byte
// once and in order all the same.
func TestStream(t *testing.T) {
	long := strings.Repeat("0123456789abcdef", 20_000)
	b := tarOf(t, tar.FormatPAX,
		member{name: "head", body: long}, member{name: "bytes", body: long}, member{name: "reader", body: long},
		member{name: "half", body: long}, member{name: "nobody", body: long}, member{name: "empty"},
		member{name: "link", link: "nobody", flag: tar.TypeLink}, member{name: "nobody", body: "again"}, member{name: "dir", flag: tar.TypeDir})
	read := Visitor{Name: "reads", Want: []Pattern{{Glob: "*"}}, Visit: func(_ context.Context, f *File) error {
		switch f.Path {
		case "head":
			_, err := f.Head(100)
			return err
		case "bytes":
			_, err := f.Bytes(1 << 30)
			return err
		case "reader", "half":
			r, err := f.Reader()
			if err == nil && f.Path == "half" {
				r = io.LimitReader(r, int64(len(long)/2))
			}
			io.Copy(io.Discard, r)
			return err
		}
		return nil
	}}
	var got, replaced []string
	stream := Visitor{Name: "streams", Stream: func(e *Entry) Sink {
		path := e.Path
		return &gather{done: func(s string) error {
			got = append(got, fmt.Sprintf("%s %t %d", path, strings.HasPrefix(long, s), len(s)))
			if path == "half" {
				return errors.New("half a warning")
			}
			return nil
		}}
	}}
	r, err := Layer(t.Context(), 0, layerOf(b), []Visitor{read, stream}, &Spool{}, func(p string) { replaced = append(replaced, p) })
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"head true 320000", "bytes true 320000", "reader true 320000", "half true 320000", "nobody true 320000", "nobody false 5"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"nobody"}, replaced); d != "" {
		t.Error(d)
	}
	if len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0].Message, "streams: half a warning") {
		t.Errorf("warnings %v", r.Warnings)
	}
}

func TestEntries(t *testing.T) {
	b := tarOf(t, tar.FormatGNU,
		member{name: "tmp/", flag: tar.TypeDir, mode: 0o1777}, member{name: "su", body: "x", mode: 0o4755},
		member{name: "l", link: "su", flag: tar.TypeSymlink, mode: 0o777}, member{name: "h", link: "su", flag: tar.TypeLink, mode: 0o4755},
		member{name: "c", flag: tar.TypeChar}, member{name: "b", flag: tar.TypeBlock}, member{name: "p", flag: tar.TypeFifo}, member{name: ".wh.gone"})
	var got []string
	v := Visitor{Name: "all", Entry: func(e *Entry) bool {
		got = append(got, fmt.Sprintf("%s %s %s %t %d", e.Mode, e.Path, e.Link, e.HardLink, e.Size))
		return false
	}}
	if _, err := Layer(t.Context(), 0, layerOf(b), []Visitor{v}, &Spool{}, nil); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"dtrwxrwxrwx tmp  false 0", "urwxr-xr-x su  false 1", "Lrwxrwxrwx l su false 0", "urwxr-xr-x h su true 0",
		"Dcrw-r--r-- c  false 0", "Drw-r--r-- b  false 0", "prw-r--r-- p  false 0",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// TestHoles: a header of a few bytes that claims terabytes of zeros does not
// keep the walk busy.
func TestHoles(t *testing.T) {
	e := &entry{size: 1 << 50, stored: 0, sparse: []piece{}}
	w := &walker{streams: []*Visitor{{Stream: func(*Entry) Sink { t.Error("asked for a sink"); return nil }}}, skipped: map[string]*inventory.Warning{}}
	w.openSinks(e)
	if len(w.sinks) != 0 || len(w.skipped) != 1 {
		t.Errorf("%d sinks, %d warnings", len(w.sinks), len(w.skipped))
	}
}
