package feed

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"

	"github.com/plimsoll/plimsoll/vulndb"
)

// maxFiles bounds the files of an archive, with those that are no records.
const maxFiles = 5_000_000

// EachFile gives the files of a tar archive that named has a name for, by the
// path that they have in it.
func EachFile(r io.Reader, named func(path string) string, use func(name string, r io.Reader) error) error {
	t := tar.NewReader(r)
	for n := 0; ; n++ {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if n > maxFiles {
			return fmt.Errorf("more than %d files in the archive", maxFiles)
		}
		name := named(h.Name)
		if h.Typeflag != tar.TypeReg || name == "" {
			continue
		}
		if err := use(name, t); err != nil {
			return err
		}
	}
}

// Archive is the copy of a tar file, some of whose files are records.
type Archive struct {
	Copy     string                   // its name in the directory of copies: "vex.tar"
	Records  string                   // what they are, for errors: "SUSE's VEX files"
	Unpacked int64                    // bytes of all files, at most
	Record   int64                    // bytes of a record, at most
	Named    func(path string) string // the name of a record; empty for other files
	// Parse reads a record. What is not worth a record has no entries.
	Parse func(data []byte) (vulndb.Advisory, error)
}

// Check checks that there is a record in what was fetched.
func (a Archive) Check(c *Copy) error {
	found := errors.New("found")
	c.Allow(a.Unpacked)
	err := EachFile(c, a.Named, func(string, io.Reader) error { return found })
	switch {
	case errors.Is(err, found):
		return nil
	case err == nil:
		return fmt.Errorf("the archive holds none of %s", a.Records)
	}
	return err
}

// Read yields the records of the copy in dir.
func (a Archive) Read(ctx context.Context, dir fs.FS) iter.Seq2[vulndb.Advisory, error] {
	return func(yield func(vulndb.Advisory, error) bool) {
		stopped := errors.New("the consumer has stopped")
		c, err := OpenCopy(dir, a.Copy)
		if err == nil {
			c.Allow(a.Unpacked)
			err = errors.Join(EachFile(c, a.Named, func(name string, r io.Reader) error {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				record, err := a.record(name, r)
				if (err != nil || len(record.Affected) > 0) && !yield(record, err) {
					return stopped
				}
				return nil
			}), c.Close())
		}
		if err != nil && !errors.Is(err, stopped) {
			yield(vulndb.Advisory{}, fmt.Errorf("read %s: %w", a.Records, err))
		}
	}
}

func (a Archive) record(name string, r io.Reader) (vulndb.Advisory, error) {
	data, err := io.ReadAll(io.LimitReader(r, a.Record+1))
	if err != nil {
		return vulndb.Advisory{}, fmt.Errorf("read %s: %s: %w", a.Records, name, err)
	}
	record, err := vulndb.Advisory{}, error(nil)
	if int64(len(data)) > a.Record {
		err = fmt.Errorf("more than the limit of %d bytes", a.Record)
	} else {
		record, err = a.Parse(data)
	}
	if broken := (*vulndb.RecordError)(nil); errors.As(err, &broken) {
		err = broken.Err
	}
	if err != nil {
		err = &vulndb.RecordError{ID: name, Err: err}
	}
	return record, err
}
