package walk

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync/atomic"
)

// Default limits of a Spool, in bytes.
const (
	DefaultMemory = 48 << 20
	DefaultDisk   = 4 << 30
	// memoryPerFile is the most that one file may take of the memory, so that a
	// single large one does not push all others to disk.
	memoryPerFile = 16 << 20
)

// Spool keeps the contents of files for readers that want random access: in
// memory up to a limit for all files together, then on disk up to another. It
// may be used by several goroutines.
type Spool struct {
	Memory int64  // bytes in memory at a time; 0 is DefaultMemory
	Disk   int64  // bytes on disk at a time; 0 is DefaultDisk
	Dir    string // directory of the temporary files; empty is the system's

	memory, disk atomic.Int64 // in use
	failures     atomic.Int64
}

// Failures counts how often content could not be kept for want of space. A
// layer that was read meanwhile may look different at another time.
func (s *Spool) Failures() int64 { return s.failures.Load() }

// ErrSpoolFull says that a file did not fit into the spool.
var ErrSpoolFull = errors.New("the spool is full")

// Kept is content that a Spool holds until Close.
type Kept struct {
	spool    *Spool
	mem      []byte
	file     *os.File
	size     int64
	reserved int64 // bytes of spool.memory or spool.disk
}

// Keep takes all of r. The size is a hint, -1 where it is unknown; content that
// turns out longer still counts in full. It fails with ErrSpoolFull, naming the
// limit, when the content does not fit.
func (s *Spool) Keep(r io.Reader, size int64) (*Kept, error) {
	k := &Kept{spool: s}
	if size >= 0 && size <= memoryPerFile && reserve(&s.memory, size, limit(s.Memory, DefaultMemory)) {
		k.reserved = size
		k.mem = make([]byte, size)
		n, err := io.ReadFull(r, k.mem)
		k.mem, k.size = k.mem[:n], int64(n)
		if err != nil {
			k.Close()
			return nil, err
		}
		return k, nil
	}
	if size < 0 {
		return k, s.keepUnknown(k, r)
	}
	return k, s.keepOnDisk(k, r)
}

// keepUnknown starts in memory and moves to disk when the content outgrows it.
func (s *Spool) keepUnknown(k *Kept, r io.Reader) error {
	const start = 1 << 20
	if !reserve(&s.memory, start, limit(s.Memory, DefaultMemory)) {
		return s.keepOnDisk(k, r)
	}
	k.reserved = start
	buf := make([]byte, 0, 64<<10)
	for {
		if len(buf) == cap(buf) {
			grown := int64(2 * cap(buf))
			if grown > k.reserved {
				if grown > memoryPerFile || !reserve(&s.memory, grown-k.reserved, limit(s.Memory, DefaultMemory)) {
					s.memory.Add(-k.reserved)
					k.reserved = 0
					return s.keepOnDisk(k, io.MultiReader(newBytesReader(buf), r))
				}
				k.reserved = grown
			}
			bigger := make([]byte, len(buf), grown)
			copy(bigger, buf)
			buf = bigger
		}
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if err == io.EOF {
			k.mem, k.size = buf, int64(len(buf))
			return nil
		}
		if err != nil {
			k.Close()
			return err
		}
	}
}

func (s *Spool) keepOnDisk(k *Kept, r io.Reader) error {
	f, err := os.CreateTemp(s.Dir, "plimsoll-*")
	if err != nil {
		s.failures.Add(1)
		return fmt.Errorf("make a temporary file: %w", err)
	}
	// A file without a name goes away with the process, however it ends.
	if runtime.GOOS != "windows" {
		os.Remove(f.Name())
	}
	k.file = f
	_, err = io.Copy(&diskWriter{k}, r)
	if err != nil {
		k.Close()
		return fmt.Errorf("write a temporary file: %w", err)
	}
	return nil
}

// diskWriter writes to the file of a Kept and accounts for it.
type diskWriter struct{ k *Kept }

func (w *diskWriter) Write(p []byte) (int, error) {
	s := w.k.spool
	max := limit(s.Disk, DefaultDisk)
	if !reserve(&s.disk, int64(len(p)), max) {
		s.failures.Add(1)
		return 0, fmt.Errorf("%w: more than %d MiB of temporary files at a time (raise --spool-disk)", ErrSpoolFull, max>>20)
	}
	w.k.reserved += int64(len(p))
	n, err := w.k.file.Write(p)
	if err != nil {
		s.failures.Add(1)
	}
	w.k.size += int64(n)
	return n, err
}

// ReadAt reads from the kept content.
func (k *Kept) ReadAt(p []byte, off int64) (int, error) {
	if k.file != nil {
		return k.file.ReadAt(p, off)
	}
	if off < 0 || off >= int64(len(k.mem)) {
		return 0, io.EOF
	}
	n := copy(p, k.mem[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// Size is the length of the content in bytes.
func (k *Kept) Size() int64 { return k.size }

// Close gives memory and disk back. It may be called twice.
func (k *Kept) Close() error {
	var err error
	if k.file != nil {
		err = k.file.Close()
		if runtime.GOOS == "windows" {
			err = errors.Join(err, os.Remove(k.file.Name()))
		}
		k.spool.disk.Add(-k.reserved)
	} else {
		k.spool.memory.Add(-k.reserved)
	}
	k.file, k.mem, k.reserved = nil, nil, 0
	return err
}

func limit(set, otherwise int64) int64 {
	if set > 0 {
		return set
	}
	return otherwise
}

func reserve(used *atomic.Int64, n, max int64) bool {
	if used.Add(n) > max {
		used.Add(-n)
		return false
	}
	return true
}
