package feed

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

const (
	unpackedLimit = 4 << 30   // bytes that a copy may unpack to, unless Allow says otherwise
	windowLimit   = 256 << 20 // bytes that unpacking may keep in mind
)

// Copy reads a copy, unpacked if it is packed: gzip, bzip2 and zstd are known by
// their first bytes.
type Copy struct {
	name  string
	r     io.Reader
	limit int64 // bytes
	read  int64
	ends  []func() error
}

// OpenCopy opens a copy that Keep made.
func OpenCopy(dir fs.FS, name string) (*Copy, error) {
	var c copies
	if err := ReadJSON(dir, copiesFile, &c); err != nil {
		return nil, err
	}
	of, ok := c.Files[name]
	if !ok || !fs.ValidPath(of.File) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	f, err := dir.Open(of.File)
	if err != nil {
		return nil, err
	}
	return unpack(f, name)
}

// unpack reads f as what it is packed with.
func unpack(f fs.File, name string) (*Copy, error) {
	c := &Copy{name: name, limit: unpackedLimit, ends: []func() error{f.Close}}
	buffered := bufio.NewReaderSize(f, 256<<10)
	head, err := buffered.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, errors.Join(err, f.Close())
	}
	c.r = buffered
	switch {
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		z, err := gzip.NewReader(buffered)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", name, err), f.Close())
		}
		c.r = z
	case bytes.HasPrefix(head, []byte("BZh")):
		c.r = bzip2.NewReader(buffered)
	case bytes.Equal(head, []byte("\x28\xb5\x2f\xfd")):
		z, err := zstd.NewReader(buffered, zstd.WithDecoderMaxMemory(windowLimit), zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", name, err), f.Close())
		}
		c.r = z
		c.ends = append(c.ends, func() error { z.Close(); return nil })
	}
	return c, nil
}

// Read gives unpacked bytes, and fails where there are far more than any source has.
func (c *Copy) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if c.read += int64(n); c.read > c.limit {
		return 0, fmt.Errorf("%s: unpacks to more than the limit of %d bytes", c.name, c.limit)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("%s: %w", c.name, err)
	}
	return n, err
}

// Allow sets how many bytes the copy may unpack to, for archives that are read
// file by file.
func (c *Copy) Allow(bytes int64) { c.limit = bytes }

// Close lets the file go.
func (c *Copy) Close() error {
	var errs []error
	for _, end := range c.ends {
		errs = append(errs, end())
	}
	return errors.Join(errs...)
}

// checkCopy has a file looked at and, if it is not long, unpacks all of it, which
// compares its check sums.
func checkCopy(path string, check func(*Copy) error, long bool) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	c, err := unpack(f, "the downloaded file")
	if err != nil {
		return err
	}
	if check != nil {
		err = check(c)
	}
	if err == nil && !long {
		_, err = io.Copy(io.Discard, c)
	}
	return errors.Join(err, c.Close())
}

// IsJSON checks that a file is a JSON object or list from end to end, not a
// page that says something else, nor the beginning of one.
func IsJSON(c *Copy) error {
	first, last, err := ends(c)
	if err == nil && !(first == '{' && last == '}' || first == '[' && last == ']') {
		err = errors.New("the downloaded file is not JSON, or not all of it")
	}
	return err
}

// IsXML is IsJSON for XML.
func IsXML(c *Copy) error {
	head, err := c.peek()
	if err != nil {
		return err
	}
	if lower := strings.ToLower(string(head)); strings.Contains(lower, "<html") || strings.Contains(lower, "<!doctype html") {
		return errors.New("the downloaded file is a web page, not XML")
	}
	first, last, err := ends(c)
	if err == nil && (first != '<' || last != '>') {
		err = errors.New("the downloaded file is not XML, or not all of it")
	}
	return err
}

// peek gives the first bytes without taking them.
func (c *Copy) peek() ([]byte, error) {
	b := bufio.NewReaderSize(c.r, 512)
	c.r = b
	head, err := b.Peek(512)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return head, err
}

// ends are the first and the last byte that are no white space.
func ends(c *Copy) (first, last byte, err error) {
	buffer := make([]byte, 64<<10)
	for {
		n, err := c.Read(buffer)
		if text := bytes.TrimSpace(bytes.TrimPrefix(buffer[:n], []byte("\xef\xbb\xbf"))); len(text) > 0 {
			if first == 0 {
				first = text[0]
			}
			last = text[len(text)-1]
		}
		if errors.Is(err, io.EOF) {
			return first, last, nil
		}
		if err != nil {
			return first, last, err
		}
	}
}
