package rules

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/plimsoll/plimsoll/catalog"
	"github.com/plimsoll/plimsoll/catalog/dpkg"
	"github.com/plimsoll/plimsoll/finding"
	picture "github.com/plimsoll/plimsoll/image"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/scan"
)

// testingT is what a test and a property of package rapid have in common.
type testingT interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
	Logf(string, ...any)
	Context() context.Context
}

// listed makes an image of a listing, which is how rules about files give their
// examples: a line for each file as ls -n prints it (mode, uid, gid, size,
// path, target of a link), followed by the lines of its content, which are
// indented. "layer" begins the next layer, "removed PATH" is a whiteout in it,
// and "USER NAME" is the image's configuration.
func listed(t testingT, listing string) *picture.Image {
	t.Helper()
	img := &picture.Image{Ref: "test", Config: &v1.ConfigFile{}}
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	var last *tar.Header
	var body string
	flush := func() {
		if last == nil {
			return
		}
		last.Size = max(last.Size, int64(len(body)))
		if last.Typeflag != tar.TypeReg {
			last.Size = 0
		}
		if err := w.WriteHeader(last); err != nil {
			t.Fatal(err)
		}
		if last.Size > 0 {
			io.WriteString(w, body)
			w.Write(bytes.Repeat([]byte("\n"), int(last.Size)-len(body)))
		}
		last, body = nil, ""
	}
	seal := func() {
		flush()
		w.Close()
		layer := bytes.Clone(b.Bytes())
		img.Layers = append(img.Layers, picture.Layer{DiffID: fmt.Sprintf("sha256:%064d", len(img.Layers)), Size: int64(len(layer)),
			Open: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(layer)), nil }})
		b.Reset()
		w = tar.NewWriter(&b)
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(listing, "\n"), "\n") {
		if content, ok := strings.CutPrefix(line, "    "); ok {
			body += content + "\n"
			continue
		}
		flush()
		switch f := strings.SplitN(line, " ", 5); {
		case line == "":
		case line == "layer":
			seal()
		case f[0] == "USER":
			img.Config.Config.User = f[1]
		case f[0] == "removed":
			at := strings.LastIndexByte(f[1], '/') + 1
			last = &tar.Header{Name: f[1][:at] + ".wh." + f[1][at:], Typeflag: tar.TypeReg}
		case len(f) == 5:
			last = listedHeader(t, f)
		default:
			t.Fatalf("no line of a listing: %q", line)
		}
	}
	seal()
	return img
}

// listedHeader reads a line of ls -n.
func listedHeader(t testingT, f []string) *tar.Header {
	t.Helper()
	kinds := map[byte]byte{'-': tar.TypeReg, 'd': tar.TypeDir, 'l': tar.TypeSymlink, 'b': tar.TypeBlock, 'c': tar.TypeChar, 'p': tar.TypeFifo}
	h := &tar.Header{Typeflag: kinds[f[0][0]]}
	if h.Typeflag == 0 || len(f[0]) != 10 {
		t.Fatalf("no mode: %q", f[0])
	}
	for i, c := range []byte(f[0][1:]) {
		if c != '-' && c != 'S' && c != 'T' {
			h.Mode |= 1 << (8 - i)
		}
		if strings.IndexByte("sStT", c) >= 0 {
			h.Mode |= map[int]int64{2: 0o4000, 5: 0o2000, 8: 0o1000}[i]
		}
	}
	var err1, err2, err3 error
	h.Uid, err1 = strconv.Atoi(f[1])
	h.Gid, err2 = strconv.Atoi(f[2])
	h.Size, err3 = strconv.ParseInt(f[3], 10, 64)
	if err1 != nil || err2 != nil || err3 != nil {
		t.Fatalf("no numbers: %q", f)
	}
	h.Name, h.Linkname, _ = strings.Cut(f[4], " -> ")
	return h
}

// judged are the findings of rules on the image of a listing, each as
// "severity layer path:line message".
func judged(t testing.TB, listing string, rules ...rule.Rule) []string {
	t.Helper()
	var all []string
	for _, f := range findings(t, listed(t, listing), rules...) {
		at := ""
		if f.At.Path != "" {
			at = fmt.Sprintf("%d %s", f.At.Layer, f.At.Path)
		}
		if f.At.Line > 0 {
			at += fmt.Sprintf(":%d", f.At.Line)
		}
		all = append(all, strings.Join(strings.Fields(fmt.Sprintf("%s %s %s", f.Severity, at, f.Message)), " "))
	}
	return all
}

func findings(t testingT, img *picture.Image, rules ...rule.Rule) []finding.Finding {
	t.Helper()
	s := &scan.Scanner{Rules: rules, Catalogers: []catalog.Cataloger{dpkg.Cataloger()}, Now: func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }}
	r, err := s.Scan(t.Context(), img)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range r.Warnings {
		t.Logf("warning: %+v", w)
	}
	return r.Findings
}

// onFiles are the rules that look at nothing but files.
func onFiles() []rule.Rule {
	var all []rule.Rule
	for _, r := range All() {
		if r.Dockerfile == nil && (r.Entry != nil || r.File != nil) {
			all = append(all, r)
		}
	}
	return all
}

// TestListedExamples holds every rule about files against its own examples.
func TestListedExamples(t *testing.T) {
	for _, r := range onFiles() {
		t.Run(r.ID, func(t *testing.T) {
			if found := judged(t, r.Bad, r); len(found) == 0 {
				t.Errorf("nothing reported on the bad example:\n%s", r.Bad)
			}
			if found := judged(t, r.Good, r); len(found) > 0 {
				t.Errorf("reported on the good example: %q\n%s", found, r.Good)
			}
		})
	}
}
