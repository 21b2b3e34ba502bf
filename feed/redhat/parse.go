package redhat

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path"
	"runtime"
	"strings"
	"sync"

	"github.com/klauspost/compress/zstd"

	"github.com/plimsoll/plimsoll/feed"
	"github.com/plimsoll/plimsoll/vulndb"
)

const (
	maxWindow  = 512 << 20 // bytes that unpacking the archive may keep in mind
	maxOverlay = 1 << 30   // bytes of the zip of changes in a file system without random access
)

// parse reads all files in their newest form.
func parse(ctx context.Context, dir fs.FS) iter.Seq2[vulndb.Advisory, error] {
	return read(ctx, dir, true)
}

// changes reads the files that changed since the archive; of those that were
// deleted only the ids.
func changes(ctx context.Context, dir fs.FS) iter.Seq2[vulndb.Advisory, error] {
	return read(ctx, dir, false)
}

func read(ctx context.Context, dir fs.FS, all bool) iter.Seq2[vulndb.Advisory, error] {
	return func(yield func(vulndb.Advisory, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		p := newPool(ctx, all)
		var err error
		var group sync.WaitGroup
		group.Go(func() {
			defer p.end()
			err = feedPool(p, dir, all)
		})
		more := p.yield(yield)
		cancel()
		p.drain()
		group.Wait()
		if more && err != nil {
			yield(vulndb.Advisory{}, fmt.Errorf("read Red Hat's VEX files: %w", err))
		}
	}
}

// feedPool hands the documents of the files to a pool.
func feedPool(p *pool, dir fs.FS, all bool) error {
	s, err := readState(dir)
	if err != nil {
		return err
	}
	changed := map[string]bool{}
	if s.Changes != "" {
		if err := overlay(p, dir, s.Changes, changed, all); err != nil {
			return err
		}
	}
	if !all {
		return nil
	}
	f, err := dir.Open(s.File)
	if err != nil {
		return err
	}
	return errors.Join(eachDocument(f, func(name string, r io.Reader) error {
		if changed[name] {
			return nil
		}
		data, err := io.ReadAll(io.LimitReader(r, documentSize+1))
		if err != nil {
			return err
		}
		return p.add(job{name: name, data: data})
	}), f.Close())
}

// eachDocument gives the VEX files of an archive by their paths.
func eachDocument(r io.Reader, use func(name string, r io.Reader) error) error {
	z, err := zstd.NewReader(r, zstd.WithDecoderMaxMemory(maxWindow), zstd.WithDecoderConcurrency(1))
	if err != nil {
		return err
	}
	defer z.Close()
	return feed.EachFile(z, func(name string) string {
		if name = strings.TrimPrefix(path.Clean(name), "vex/"); !isDocument(name) {
			return ""
		}
		return name
	}, use)
}

// checkArchive reads an archive's first file; its check sum has vouched for the
// rest, where there is one.
func checkArchive(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	found := errors.New("found")
	err = eachDocument(f, func(string, io.Reader) error { return found })
	switch {
	case err == nil:
		err = errors.New("the archive holds no VEX file")
	case errors.Is(err, found):
		err = nil
	default:
		err = fmt.Errorf("not an archive: %w", err)
	}
	return errors.Join(err, f.Close())
}

// overlay hands out the files that changed, and notes their names. Deleted ones
// are handed out by id if the rest is not read.
func overlay(p *pool, dir fs.FS, name string, changed map[string]bool, all bool) error {
	f, err := dir.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	at, ok := f.(io.ReaderAt)
	size := info.Size()
	if !ok {
		data, err := io.ReadAll(io.LimitReader(f, maxOverlay))
		if err != nil {
			return err
		}
		at, size = bytes.NewReader(data), int64(len(data))
	}
	z, err := zip.NewReader(at, size)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	for _, entry := range z.File {
		changed[entry.Name] = true
		if entry.UncompressedSize64 == 0 {
			if !all {
				err = p.add(job{name: entry.Name, gone: true})
			}
		} else {
			err = unzip(p, entry)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func unzip(p *pool, entry *zip.File) error {
	r, err := entry.Open()
	if err != nil {
		return err
	}
	data, err := io.ReadAll(io.LimitReader(r, documentSize+1))
	if err = errors.Join(err, r.Close()); err != nil {
		return fmt.Errorf("%s: %w", entry.Name, err)
	}
	return p.add(job{name: entry.Name, data: data})
}

// job is one document on its way through the pool.
type job struct {
	name string
	data []byte
	gone bool
	done chan result
}

type result struct {
	advisory vulndb.Advisory
	err      error
	empty    bool // the document says nothing about rpm packages
}

// pool reads documents side by side and keeps their order.
type pool struct {
	ctx         context.Context
	all         bool // not only changes, which also say what a record no longer says
	work, order chan job
	group       sync.WaitGroup
}

func newPool(ctx context.Context, all bool) *pool {
	n := min(runtime.GOMAXPROCS(0), 8)
	p := &pool{ctx: ctx, all: all, work: make(chan job), order: make(chan job, 2*n)}
	for range n {
		p.group.Go(func() {
			for j := range p.work {
				j.done <- j.read()
			}
		})
	}
	return p
}

func (p *pool) add(j job) error {
	j.done = make(chan result, 1)
	for _, to := range [...]chan<- job{p.order, p.work} {
		select {
		case to <- j:
		case <-p.ctx.Done():
			return p.ctx.Err()
		}
	}
	return nil
}

func (p *pool) end() {
	close(p.work)
	close(p.order)
}

// yield gives what was read, in order, and reports whether more is wanted.
func (p *pool) yield(yield func(vulndb.Advisory, error) bool) bool {
	for j := range p.order {
		select {
		case r := <-j.done:
			if !(r.empty && p.all) && !yield(r.advisory, r.err) {
				return false
			}
		case <-p.ctx.Done():
			return true
		}
	}
	return true
}

// drain waits for the end of all work.
func (p *pool) drain() {
	for range p.order {
	}
	p.group.Wait()
}

func (j job) read() result {
	if j.gone {
		return result{advisory: vulndb.Advisory{ID: idPrefix + strings.ToUpper(strings.TrimSuffix(path.Base(j.name), ".json"))}}
	}
	a, err := parseDocument(j.data)
	if err != nil {
		return result{err: &vulndb.RecordError{ID: j.name, Err: err}}
	}
	return result{advisory: a, empty: len(a.Affected) == 0}
}
