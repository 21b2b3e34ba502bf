package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"runtime"
	"slices"
	"sync"

	"github.com/plimsoll/plimsoll/image"
)

// floor does what no scan can do without, and nothing else: it reads every
// layer, unpacks it, and checks the SHA-256 of what is kept and of the tar.
// Layers go side by side on all cores, and within a layer reading, unpacking
// and hashing do.
func floor(ctx context.Context, ref string) error {
	img, err := openRaw(ref)
	if err != nil {
		return err
	}
	defer img.Close()
	layers := slices.Clone(img.layers)
	slices.SortStableFunc(layers, func(a, b rawLayer) int { return cmp.Compare(b.at.Size(), a.at.Size()) })
	next := make(chan rawLayer)
	errs := make(chan error, len(layers))
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(layers)) {
		workers.Go(func() {
			for l := range next {
				errs <- l.check(ctx)
			}
		})
	}
	for _, l := range layers {
		next <- l
	}
	close(next)
	workers.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// check reads one layer.
func (l rawLayer) check(ctx context.Context) error {
	kept := startPipe(&reading{ctx: ctx, r: l.at}, 128<<10)
	if !l.packed {
		return l.compare(l.diffID, kept.sum(nil))
	}
	// The digest of the packed bytes is taken by who unpacks them next: on the
	// way through, while they are in the cache.
	digest, pass := make(chan sum, 1), newPipe(128<<10)
	go func() { digest <- kept.sum(pass) }()
	z, err := image.Unpack(pass)
	if err != nil {
		pass.stop()
		<-digest
		return err
	}
	defer z.Close()
	tar := startPipe(z, 256<<10).sum(nil)
	pass.stop()
	got := <-digest
	if l.digest != "" {
		if err := l.compare(l.digest, got); err != nil {
			return err
		}
	}
	return l.compare(l.diffID, tar)
}

func (l rawLayer) compare(want string, got sum) error {
	if got.err != nil {
		return got.err
	}
	if got.hex != want {
		return fmt.Errorf("digest: want %s, got %s", want, got.hex)
	}
	return nil
}

// reading stops when ctx ends.
type reading struct {
	ctx context.Context
	r   io.Reader
}

func (r *reading) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}

// pipe carries blocks from one goroutine to the next and takes them back.
type pipe struct {
	full, free chan []byte
	done       chan struct{}
	once       sync.Once
	err        error // of who fills it; to be read when full is closed
	cur, rest  []byte
}

const pipeBlocks = 8

func newPipe(size int) *pipe {
	p := &pipe{full: make(chan []byte, pipeBlocks), free: make(chan []byte, pipeBlocks), done: make(chan struct{})}
	for range pipeBlocks {
		p.free <- make([]byte, size)
	}
	return p
}

// startPipe fills a pipe from r.
func startPipe(r io.Reader, size int) *pipe {
	p := newPipe(size)
	go func() {
		defer close(p.full)
		for b := range p.free {
			n, err := io.ReadFull(r, b)
			p.full <- b[:n]
			if err == io.EOF || err == io.ErrUnexpectedEOF {
				return
			}
			if err != nil {
				p.err = err
				return
			}
		}
	}()
	return p
}

// sum is a digest, or why there is none.
type sum struct {
	hex string
	err error
}

// sum hashes all that comes through, and gives it on to another pipe.
func (p *pipe) sum(on *pipe) sum {
	h := sha256.New()
	for b := range p.full {
		h.Write(b)
		if on != nil {
			on.give(b)
		}
		p.free <- b[:cap(b)]
	}
	if on != nil {
		on.err = p.err
		close(on.full)
	}
	return sum{hex.EncodeToString(h.Sum(nil)), p.err}
}

// give copies a block into the pipe, unless nobody reads it any more.
func (p *pipe) give(b []byte) {
	select {
	case to := <-p.free:
		p.full <- to[:copy(to[:cap(to)], b)]
	case <-p.done:
	}
}

// stop tells that nobody reads any more.
func (p *pipe) stop() { p.once.Do(func() { close(p.done) }) }

// Read gives what comes through.
func (p *pipe) Read(b []byte) (int, error) {
	for len(p.rest) == 0 {
		if p.cur != nil {
			p.free <- p.cur[:cap(p.cur)]
			p.cur = nil
		}
		block, ok := <-p.full
		if !ok {
			if p.err != nil {
				return 0, p.err
			}
			return 0, io.EOF
		}
		p.cur, p.rest = block, block
	}
	n := copy(b, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}
