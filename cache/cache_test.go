package cache

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func write(text string) func(io.Writer) error {
	return func(w io.Writer) error {
		for i := range len(text) { // bit by bit
			if _, err := io.WriteString(w, text[i:i+1]); err != nil {
				return err
			}
		}
		return nil
	}
}

func read(c *Cache, name string) (text string, ok bool) {
	ok = c.Load(name, func(b []byte) error {
		text = string(b)
		return nil
	})
	return text, ok
}

func TestLoad(t *testing.T) {
	c := &Cache{Dir: filepath.Join(t.TempDir(), "made", "when needed")}
	c.Save("a", write("some text"))
	c.Save("empty", write(""))
	c.Save("failed", func(w io.Writer) error { return errors.New("no more") })
	for name, want := range map[string]string{"a": "some text", "empty": ""} {
		if got, ok := read(c, name); !ok || got != want {
			t.Errorf("%s: %q, %v", name, got, ok)
		}
	}
	for _, name := range []string{"failed", "never", ""} {
		if got, ok := read(c, name); ok {
			t.Errorf("%s: %q was given", name, got)
		}
	}
	c.Save("old", write("format 1"))
	if c.Load("old", func([]byte) error { return errors.New("another format") }) {
		t.Error("what was refused counts as given")
	}
	entries, _ := os.ReadDir(c.Dir)
	if len(entries) != 2 {
		t.Errorf("%v are left: what failed or was refused must go", entries)
	}
	var none *Cache
	none.Save("a", write("x"))
	none.Trim()
	if _, ok := read(none, "a"); ok {
		t.Error("no cache keeps something")
	}
}

func TestLoadDamaged(t *testing.T) {
	c := &Cache{Dir: t.TempDir()}
	c.Save("a", write("some text that is kept"))
	whole, err := os.ReadFile(c.path("a"))
	if err != nil {
		t.Fatal(err)
	}
	damaged := [][]byte{append(bytes.Clone(whole), 0)}
	for i := range whole {
		damaged = append(damaged, whole[:i])
		for bit := range 8 {
			flipped := bytes.Clone(whole)
			flipped[i] ^= 1 << bit
			damaged = append(damaged, flipped)
		}
	}
	for _, b := range damaged {
		if err := os.WriteFile(c.path("a"), b, 0o644); err != nil {
			t.Fatal(err)
		}
		if text, ok := read(c, "a"); ok {
			t.Fatalf("%q was given from %x", text, b)
		}
	}
}

func TestTrim(t *testing.T) {
	c := &Cache{Dir: t.TempDir(), Max: 2500}
	now := time.Now()
	put := func(name string, size int, age time.Duration) {
		path := filepath.Join(c.Dir, name)
		if err := errors.Join(os.WriteFile(path, make([]byte, size), 0o644), os.Chtimes(path, now, now.Add(-age))); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 5 {
		put(fmt.Sprint(i)+suffix, 1000, time.Duration(10-i)*time.Hour)
	}
	put(newPrefix+"1", 0, 2*time.Hour)
	put(newPrefix+"2", 0, 0)
	put("of somebody else", 5000, 100*time.Hour)
	c.Trim()
	var left []string
	entries, _ := os.ReadDir(c.Dir)
	for _, e := range entries {
		left = append(left, e.Name())
	}
	if d := cmp.Diff([]string{newPrefix + "2", "3" + suffix, "4" + suffix, "of somebody else"}, left); d != "" {
		t.Error(d)
	}
}

// TestLoadKeepsAlive shows that what is used stays longer than what is not.
func TestLoadKeepsAlive(t *testing.T) {
	c := &Cache{Dir: t.TempDir(), Max: 30}
	for i, name := range []string{"used", "not used"} {
		c.Save(name, write("0123456789"))
		old := time.Now().Add(-time.Duration(20-i) * time.Hour)
		os.Chtimes(c.path(name), old, old)
	}
	read(c, "used")
	c.Trim()
	if _, ok := read(c, "used"); !ok {
		t.Error("what was used last went first")
	}
	if _, ok := read(c, "not used"); ok {
		t.Error("more is kept than may be")
	}
}

func TestSideBySide(t *testing.T) {
	dir := t.TempDir()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			c := &Cache{Dir: dir, Max: 1}
			for range 50 {
				c.Save("a", write("some text"))
				if text, ok := read(c, "a"); ok && text != "some text" {
					t.Errorf("half-written: %q", text)
				}
				c.Trim()
			}
		})
	}
	wg.Wait()
}
