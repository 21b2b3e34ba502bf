// Package cache keeps on disk what would take time to make again: what a layer
// holds, the listing of its files. One directory serves several kinds of such
// files and several processes at once; nothing is lost when a file of it goes.
package cache

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// DefaultMax is how much a Cache keeps when nothing else is said, in bytes.
const DefaultMax = 1 << 30

const (
	suffix    = ".kept"
	newPrefix = ".new-"
)

// Cache is a directory of files, each named for what it was made of, so that a
// name never stands for two contents. A nil Cache keeps nothing.
//
// A file is the checksum of what follows, then that. One that does not fit its
// sum, as when a machine lost power while it was written, counts as absent.
type Cache struct {
	Dir string
	Max int64 // bytes; 0 is DefaultMax
}

func (c *Cache) path(name string) string { return filepath.Join(c.Dir, name+suffix) }

// Load hands what is kept under a name to decode, and says whether that took
// it. A file that is damaged or that decode refuses is removed: it will be made
// again.
func (c *Cache) Load(name string, decode func([]byte) error) bool {
	if c == nil || name == "" {
		return false
	}
	path := c.path(name)
	b, err := os.ReadFile(path)
	if err != nil {
		return false
	}
	if len(b) < sumSize || !bytes.Equal(sumOf(b[sumSize:]), b[:sumSize]) || decode(b[sumSize:]) != nil {
		os.Remove(path)
		return false
	}
	// The time of last use is what Trim goes by; once an hour is exact enough.
	if info, err := os.Stat(path); err == nil && time.Since(info.ModTime()) > time.Hour {
		now := time.Now()
		os.Chtimes(path, now, now)
	}
	return true
}

// Save keeps under a name what write writes, bit by bit: it can be large. That
// it could not be kept is no trouble but for the time of the next run, so
// nothing is said of it.
func (c *Cache) Save(name string, write func(io.Writer) error) {
	if c == nil || name == "" || os.MkdirAll(c.Dir, 0o755) != nil {
		return
	}
	f, err := os.CreateTemp(c.Dir, newPrefix+"*")
	if err != nil {
		return
	}
	err = writeSummed(f, write)
	if cerr := f.Close(); err != nil || cerr != nil || os.Rename(f.Name(), c.path(name)) != nil {
		os.Remove(f.Name())
	}
}

func writeSummed(f *os.File, write func(io.Writer) error) error {
	if _, err := f.Write(make([]byte, sumSize)); err != nil {
		return err
	}
	var s sum
	if err := write(io.MultiWriter(f, &s)); err != nil {
		return err
	}
	_, err := f.WriteAt(s.bytes(), 0)
	return err
}

// Trim removes the files that were not used for longest until the rest fits,
// and temporary files that a dead process left. Files that a Cache did not make
// stay.
func (c *Cache) Trim() {
	if c == nil {
		return
	}
	entries, err := os.ReadDir(c.Dir)
	if err != nil {
		return
	}
	var files []fs.FileInfo
	var total int64
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			continue
		}
		if strings.HasPrefix(e.Name(), newPrefix) && time.Since(info.ModTime()) > time.Hour {
			os.Remove(filepath.Join(c.Dir, e.Name()))
		}
		if strings.HasSuffix(e.Name(), suffix) {
			files = append(files, info)
			total += info.Size()
		}
	}
	slices.SortFunc(files, func(a, b fs.FileInfo) int { return a.ModTime().Compare(b.ModTime()) })
	for _, f := range files {
		if total <= cmp.Or(c.Max, DefaultMax) {
			return
		}
		if os.Remove(filepath.Join(c.Dir, f.Name())) == nil {
			total -= f.Size()
		}
	}
}

// sum tells a torn file from a whole one: CRC-32C and CRC-32, which processors
// compute in no time. It protects from accidents: who can write into the cache
// can also write what fits.
type sum struct{ castagnoli, ieee uint32 }

const sumSize = 8

func sumOf(b []byte) []byte {
	var s sum
	s.Write(b)
	return s.bytes()
}

// Write takes further bytes in.
func (s *sum) Write(p []byte) (int, error) {
	s.castagnoli = crc32.Update(s.castagnoli, crc32.MakeTable(crc32.Castagnoli), p)
	s.ieee = crc32.Update(s.ieee, crc32.IEEETable, p)
	return len(p), nil
}

func (s *sum) bytes() []byte {
	return binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, s.castagnoli), s.ieee)
}
