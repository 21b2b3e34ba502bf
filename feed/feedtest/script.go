package feedtest

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/plimsoll/plimsoll/feed"
	"github.com/plimsoll/plimsoll/intel"
	"github.com/plimsoll/plimsoll/vulndb"
)

// checksum stands for the SHA-256 of another file: {{SHA256 /a/b.xml}}.
var checksum = regexp.MustCompile(`\{\{SHA256 (/[^}]+)\}\}`)

// Script reads a suite from a file, which a feed has as testdata/suite.txtar. Its
// head says what the ecosystem is, which path is the main one, and which ids there
// are at the two times:
//
//	ecosystem: Debian
//	main: /tracker/data/json
//	first: DEBIAN-CVE-2024-1, DEBIAN-CVE-2024-2
//	then: DEBIAN-CVE-2024-3
//
// "api: yes" says that the source is asked anew each time and that no directory
// can be laid out like it. The files follow as first/PATH, and those that are others
// later as next/PATH; an empty one is then gone. "a.zip!name", "a.tar.gz!name" and
// "a.tar.zst!name" are in archives. {{SHA256 /PATH}} is the check sum of a file,
// {{URL}} the server's address.
func Script(t *testing.T, file string) Suite {
	t.Helper()
	a, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatalf("a feed has to stand a server that changes, fails, breaks off and lies: %v", err)
	}
	s := Suite{Files: map[string]string{}, Next: map[string]string{}}
	for line := range strings.Lines(string(a.Comment)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		list := strings.Split(value, ", ")
		slices.Sort(list)
		switch key {
		case "ecosystem":
			s.Ecosystem = value
		case "main":
			s.Main = value
		case "first":
			s.First = list
		case "then":
			s.Then = list
		case "api":
			s.API = true
		case "":
		default:
			t.Fatalf("%s: %q is no key", file, key)
		}
	}
	first, next := map[string]string{}, map[string]string{}
	for _, f := range a.Files {
		if name, ok := strings.CutPrefix(f.Name, "first/"); ok {
			first["/"+name] = string(f.Data)
			next["/"+name] = string(f.Data)
		}
	}
	for _, f := range a.Files {
		if name, ok := strings.CutPrefix(f.Name, "next/"); ok && len(f.Data) > 0 {
			next["/"+name] = string(f.Data)
		} else if ok {
			delete(next, "/"+name)
		}
	}
	s.Files, s.Next = packed(t, first), packed(t, next)
	return s
}

// packed puts the files of archives into them, and check sums in their places.
func packed(t *testing.T, files map[string]string) map[string]string {
	t.Helper()
	out, archives := map[string]string{}, map[string]map[string]string{}
	for name, body := range files {
		archive, inner, ok := strings.Cut(name, "!")
		if !ok {
			out[name] = body
			continue
		}
		if archives[archive] == nil {
			archives[archive] = map[string]string{}
		}
		archives[archive][inner] = body
	}
	for name, inner := range archives {
		body, err := pack(name, inner)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out[name] = body
	}
	for name, body := range out {
		out[name] = checksum.ReplaceAllStringFunc(body, func(found string) string {
			return fmt.Sprintf("%x", sha256.Sum256([]byte(out[checksum.FindStringSubmatch(found)[1]])))
		})
	}
	return out
}

func pack(name string, files map[string]string) (string, error) {
	var b bytes.Buffer
	if strings.HasSuffix(name, ".zip") {
		z := zip.NewWriter(&b)
		for _, inner := range slices.Sorted(maps.Keys(files)) {
			w, err := z.Create(inner)
			if err == nil {
				_, err = io.WriteString(w, files[inner])
			}
			if err != nil {
				return "", err
			}
		}
		err := z.Close()
		return b.String(), err
	}
	outer := io.WriteCloser(gzip.NewWriter(&b))
	if strings.HasSuffix(name, ".zst") {
		z, err := zstd.NewWriter(&b)
		if err != nil {
			return "", err
		}
		outer = z
	}
	w := tar.NewWriter(outer)
	for _, inner := range slices.Sorted(maps.Keys(files)) {
		err := w.WriteHeader(&tar.Header{Name: inner, Typeflag: tar.TypeReg, Size: int64(len(files[inner])), Mode: 0o644})
		if err == nil {
			_, err = io.WriteString(w, files[inner])
		}
		if err != nil {
			return "", err
		}
	}
	err := errors.Join(w.Close(), outer.Close())
	return b.String(), err
}

// Known is a source of intelligence as a feed whose records have nothing but
// ids: a CVE, or product and version of a release.
func Known(k feed.Intelligence) feed.Feed {
	stopped := errors.New("the consumer has stopped")
	return feed.Feed{Name: k.Name, Fetch: k.Fetch, Parse: func(ctx context.Context, dir fs.FS) iter.Seq2[vulndb.Advisory, error] {
		return func(yield func(vulndb.Advisory, error) bool) {
			_, err := k.Parse(ctx, dir, func(r intel.Record) error {
				id := r.CVE
				if id == "" {
					id = r.Release.Product + " " + r.Release.Version
				}
				if !yield(vulndb.Advisory{ID: id}, nil) {
					return stopped
				}
				return nil
			})
			if err != nil && !errors.Is(err, stopped) {
				yield(vulndb.Advisory{}, err)
			}
		}
	}}
}
