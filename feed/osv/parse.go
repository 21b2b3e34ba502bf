package osv

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"iter"
	"path"
	"runtime"
	"strings"
	"sync"

	"github.com/klauspost/compress/flate"

	"github.com/plimsoll/plimsoll/vulndb"
)

// Bounds on what a zip may unpack to. The largest ecosystems have some hundred
// thousand records of some kilobytes.
const (
	maxRecords  = 2_000_000
	maxUnpacked = 64 << 30 // bytes
	maxInMemory = 1 << 30  // bytes of a zip in a file system without random access
	inBatch     = 64       // records that a worker takes at once
)

// parse reads the records of a directory that fetch made, or that has an
// all.zip. It reads on several cores and yields in the order of the zip;
// records that changed later come last.
func parse(ctx context.Context, dir fs.FS) iter.Seq2[vulndb.Advisory, error] {
	return func(yield func(vulndb.Advisory, error) bool) {
		p := &parser{}
		p.read(ctx, p.all(dir), yield)
	}
}

// changes reads only the records that changed later.
func changes(ctx context.Context, dir fs.FS) iter.Seq2[vulndb.Advisory, error] {
	return func(yield func(vulndb.Advisory, error) bool) {
		p := &parser{}
		p.read(ctx, p.changes(dir), yield)
	}
}

// read reads the files that were chosen, unless that failed, and lets them go.
func (p *parser) read(ctx context.Context, err error, yield func(vulndb.Advisory, error) bool) {
	if err == nil {
		err = p.run(ctx, yield)
	}
	if closing := p.close(); err == nil {
		err = closing
	}
	if err != nil && !errors.Is(err, errStopped) {
		yield(vulndb.Advisory{}, fmt.Errorf("read OSV records: %w", err))
	}
}

var errStopped = errors.New("the consumer has stopped")

// parser reads the records of some zips.
type parser struct {
	files   []*zip.File
	gone    []string // ids of records that are to be yielded as deleted
	closers []io.Closer
}

// all chooses all records in their newest form.
func (p *parser) all(dir fs.FS) error {
	s, err := readState(dir)
	if errors.Is(err, fs.ErrNotExist) {
		s, err = state{Zip: plainZip}, nil
	}
	if err != nil {
		return err
	}
	changed := map[string]bool{}
	var changes []*zip.File
	if s.Changes != "" {
		if changes, err = p.open(dir, s.Changes); err != nil {
			return err
		}
	}
	for _, f := range changes {
		changed[f.Name] = true
	}
	all, err := p.open(dir, s.Zip)
	if err != nil {
		return err
	}
	for _, f := range all {
		if !changed[f.Name] {
			p.take(f)
		}
	}
	for _, f := range changes {
		if !deleted(f) {
			p.take(f)
		}
	}
	return p.check(s.Zip)
}

// changes chooses the records that changed.
func (p *parser) changes(dir fs.FS) error {
	s, err := readState(dir)
	if err != nil || s.Changes == "" {
		return err
	}
	changes, err := p.open(dir, s.Changes)
	if err != nil {
		return err
	}
	for _, f := range changes {
		if deleted(f) {
			p.gone = append(p.gone, idOf(f))
		} else {
			p.take(f)
		}
	}
	return p.check(s.Changes)
}

// check compares the files that were chosen with the bounds.
func (p *parser) check(name string) error {
	var size uint64
	for _, f := range p.files {
		if size += min(f.UncompressedSize64, maxUnpacked); size > maxUnpacked || len(p.files) > maxRecords {
			return fmt.Errorf("%s: more than %d records or %d bytes", name, maxRecords, int64(maxUnpacked))
		}
	}
	return nil
}

func idOf(f *zip.File) string { return strings.TrimSuffix(path.Base(f.Name), ".json") }

// deleted reports whether a file among the changes stands for a record that
// the source has no more.
func deleted(f *zip.File) bool { return f.UncompressedSize64 == 0 }

func (p *parser) take(f *zip.File) {
	if strings.HasSuffix(f.Name, ".json") {
		p.files = append(p.files, f)
	}
}

func (p *parser) open(dir fs.FS, name string) ([]*zip.File, error) {
	f, err := dir.Open(name)
	if err != nil {
		return nil, err
	}
	p.closers = append(p.closers, f)
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	size := info.Size()
	var at io.ReaderAt
	if random, ok := f.(io.ReaderAt); ok {
		at = &windowed{from: random}
	} else {
		data, err := io.ReadAll(io.LimitReader(f, maxInMemory))
		if err != nil {
			return nil, err
		}
		at, size = bytes.NewReader(data), int64(len(data))
	}
	z, err := zip.NewReader(at, size)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return z.File, nil
}

func (p *parser) close() error {
	var errs []error
	for _, c := range p.closers {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}

// read is what became of one record.
type read struct {
	advisory vulndb.Advisory
	err      error
}

// batch is a run of records on its way through a worker.
type batch struct {
	files []*zip.File
	done  chan []read
}

// run reads batches side by side and yields them in order.
func (p *parser) run(ctx context.Context, yield func(vulndb.Advisory, error) bool) error {
	ctx, cancel := context.WithCancel(ctx)
	workers := min(runtime.GOMAXPROCS(0), 8)
	work, order := make(chan batch), make(chan batch, 2*workers)
	var group sync.WaitGroup
	defer group.Wait()
	defer cancel()
	group.Go(func() {
		defer close(order)
		defer close(work)
		for rest := p.files; len(rest) > 0 && ctx.Err() == nil; {
			b := batch{rest[:min(inBatch, len(rest))], make(chan []read, 1)}
			rest = rest[len(b.files):]
			for _, to := range [...]chan<- batch{order, work} {
				select {
				case to <- b:
				case <-ctx.Done():
					return
				}
			}
		}
	})
	for _, id := range p.gone {
		if !yield(vulndb.Advisory{ID: id}, nil) {
			return errStopped
		}
	}
	for range workers {
		group.Go(func() {
			var u unpacker
			for b := range work {
				b.done <- u.batch(b.files)
			}
		})
	}
	for b := range order {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case records := <-b.done:
			for _, r := range records {
				if !yield(r.advisory, r.err) {
					return errStopped
				}
			}
		}
	}
	return ctx.Err()
}

// unpacker is one worker's memory.
type unpacker struct {
	packed, plain []byte
	from          bytes.Reader
	inflate       io.ReadCloser
}

func (u *unpacker) batch(files []*zip.File) []read {
	records := make([]read, len(files))
	for i, f := range files {
		data, err := u.unpack(f)
		if err == nil {
			records[i].advisory, err = vulndb.ParseOSV(data)
		}
		if err != nil {
			// The file is named for the record, whatever is left of that.
			if broken := (*vulndb.RecordError)(nil); errors.As(err, &broken) {
				err = broken.Err
			}
			err = &vulndb.RecordError{ID: idOf(f), Err: err}
		}
		records[i].err = err
	}
	return records
}

// unpack gives a file's contents, valid until the next call. Inflating whole
// files from memory takes half the time of archive/zip's own way.
func (u *unpacker) unpack(f *zip.File) ([]byte, error) {
	if f.UncompressedSize64 > vulndb.MaxRecord || f.CompressedSize64 > vulndb.MaxRecord {
		return nil, fmt.Errorf("%d bytes, more than the limit of %d", max(f.UncompressedSize64, f.CompressedSize64), vulndb.MaxRecord)
	}
	raw, err := f.OpenRaw()
	if err != nil {
		return nil, err
	}
	u.packed = grow(u.packed, int(f.CompressedSize64))
	if _, err := io.ReadFull(raw, u.packed); err != nil {
		return nil, err
	}
	switch f.Method {
	case zip.Store:
		u.plain = append(u.plain[:0], u.packed...)
	case zip.Deflate:
		if err := u.deflated(int(f.UncompressedSize64)); err != nil {
			return nil, err
		}
	default:
		return nil, zip.ErrAlgorithm
	}
	if uint64(len(u.plain)) != f.UncompressedSize64 || crc32.ChecksumIEEE(u.plain) != f.CRC32 {
		return nil, zip.ErrChecksum
	}
	return u.plain, nil
}

func (u *unpacker) deflated(size int) error {
	u.from.Reset(u.packed)
	if u.inflate == nil {
		u.inflate = flate.NewReader(&u.from)
	} else if err := u.inflate.(flate.Resetter).Reset(&u.from, nil); err != nil {
		return err
	}
	u.plain = grow(u.plain, size+1)
	n, err := io.ReadFull(u.inflate, u.plain)
	if err != io.ErrUnexpectedEOF && err != io.EOF {
		return errors.Join(err, zip.ErrFormat) // longer than it says
	}
	u.plain = u.plain[:n]
	return nil
}

func grow(b []byte, n int) []byte {
	if cap(b) < n {
		return make([]byte, n, n+n/4)
	}
	return b[:n]
}
