package image

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"math"
	"sync"
)

// Sizes of the pipeline: at most 1 MiB of packed and 1 MiB of unpacked bytes
// are under way in one layer. Blocks fit into the second-level cache, so that
// hashing what has just been unpacked does not wait for memory.
const (
	blocks       = 8
	packedSize   = 128 << 10
	unpackedSize = 128 << 10
)

// promise is what a layer's bytes must turn out to be.
type promise struct {
	what   string // the layer's name in errors
	digest string // of the bytes as kept; empty for none
	diffID string // of the tar; empty for none
	size   int64  // bytes as kept; 0 where unknown
	limit  int64  // most bytes of the tar
}

// Reader reads a layer's tar while other goroutines read ahead, unpack and
// hash. It is used by one goroutine, and must be closed.
type Reader struct {
	ctx     context.Context
	promise promise
	done    chan struct{} // closed when nobody wants the rest
	abort   func()        // closes done and the source
	detach  func() bool   // ends the watch over ctx
	work    sync.WaitGroup
	out     chan *block // to the consumer
	hashed  chan *block // to the hash of the tar; unpack makes it

	// Results of the goroutines, to be read after work.Wait.
	kind      compression
	readErr   error // of the source
	unpackErr error
	rawSize   int64
	rawSum    string // empty unless the source was read to its end
	tarSum    string

	cur  *block
	rest []byte // of cur, not yet given out by Read
	err  error  // sticky
}

func startReader(ctx context.Context, src io.Closer, p promise) *Reader {
	r := &Reader{ctx: ctx, promise: p, done: make(chan struct{}), out: make(chan *block, blocks)}
	r.abort = sync.OnceFunc(func() {
		close(r.done)
		if src != nil {
			src.Close()
		}
	})
	r.detach = context.AfterFunc(ctx, r.abort)
	return r
}

// newReader reads a layer from src, which it closes, and checks it against p.
func newReader(ctx context.Context, src io.ReadCloser, p promise) *Reader {
	r := startReader(ctx, src, p)
	r.work.Go(func() { r.read(src) })
	return r
}

// newWriterReader reads the tar that write makes, of which nothing is promised.
func newWriterReader(ctx context.Context, write func(io.Writer) error) *Reader {
	r := startReader(ctx, nil, promise{what: "directory"})
	r.work.Go(func() {
		defer close(r.out)
		w := &blockWriter{r: r, pool: newPool(blocks, unpackedSize)}
		if r.unpackErr = write(w); r.unpackErr == nil {
			r.unpackErr = w.flush()
		}
	})
	return r
}

// errStopped ends goroutines whose result nobody waits for.
var errStopped = errors.New("stopped")

// read takes the bytes as kept and hashes them. Packed ones it passes on to
// unpack; others are the tar itself, go to the consumer and need no second hash.
func (r *Reader) read(src io.Reader) {
	if r.promise.size > 0 {
		src = io.LimitReader(src, r.promise.size+1)
	}
	p := newPool(blocks, packedSize)
	b := p.get(r.done)
	err := fill(src, b)
	out, limit := r.out, r.promise.limit
	if r.kind, r.unpackErr = magic(b.data); r.kind != plain {
		out, limit = make(chan *block, blocks), math.MaxInt64
		r.work.Go(func() { r.unpack(&source{in: out, done: r.done}) })
	}
	defer close(out)
	h := sha256.New()
	for {
		if r.rawSize += int64(len(b.data)); r.rawSize > limit {
			r.unpackErr = tooLong(limit)
			return
		}
		if r.checked() {
			h.Write(b.data)
		}
		b.refs.Store(1)
		out <- b
		if err != nil {
			break
		}
		if b = p.get(r.done); b == nil {
			err = errStopped
			break
		}
		err = fill(src, b)
	}
	if err != io.EOF {
		r.readErr = err
		return
	}
	r.rawSum = digest(h)
	if r.kind == plain {
		r.tarSum = r.rawSum
	}
}

// checked tells whether anything is promised of the bytes.
func (r *Reader) checked() bool { return r.promise.digest != "" || r.promise.diffID != "" }

func tooLong(limit int64) error {
	return fmt.Errorf("%w: more than %d bytes uncompressed (raise --max-layer-size)", ErrTooLarge, limit)
}

// maxIdle is how often a source may give neither bytes nor an error.
const maxIdle = 100

// fill reads until the block is full. Other than io.ReadFull it leaves an
// error as it is: a connection that breaks is no end.
func fill(src io.Reader, b *block) error {
	n, idle := 0, 0
	var err error
	for n < len(b.buf) && err == nil {
		var m int
		m, err = src.Read(b.buf[n:])
		n += m
		if idle++; m > 0 {
			idle = 0
		} else if idle == maxIdle && err == nil {
			err = io.ErrNoProgress
		}
	}
	b.data = b.buf[:n]
	return err
}

// unpack decompresses what read passes on. When that fails it still lets read
// come to the end: that the bytes are not those promised says more than what a
// decompressor stumbled over.
func (r *Reader) unpack(src *source) {
	defer close(r.out)
	if r.checked() {
		r.hashed = make(chan *block, blocks)
		defer close(r.hashed)
		r.work.Go(r.hashTar)
	}
	err := r.unpackAll(src)
	switch {
	case errors.Is(err, ErrTooLarge):
		r.abort()
	case errors.Is(err, io.ErrUnexpectedEOF):
		err = fmt.Errorf("unpack %s: the data is cut off: %w", r.kind, err)
	case err != nil && !errors.Is(err, errStopped):
		err = fmt.Errorf("unpack %s: %w", r.kind, err)
	}
	r.unpackErr = err
	src.drain()
}

func (r *Reader) unpackAll(src *source) error {
	z, err := decompress(r.kind, src)
	if err != nil {
		return err
	}
	defer z.Close()
	p := newPool(blocks, unpackedSize)
	for size := int64(0); err == nil; {
		b := p.get(r.done)
		if b == nil {
			return errStopped
		}
		err = fill(z, b)
		if size += int64(len(b.data)); size > r.promise.limit {
			return tooLong(r.promise.limit)
		}
		b.refs.Store(1)
		if r.hashed != nil {
			b.refs.Store(2)
			r.hashed <- b
		}
		r.out <- b
	}
	if err == io.EOF {
		return nil
	}
	return err
}

func (r *Reader) hashTar() {
	h := sha256.New()
	for b := range r.hashed {
		h.Write(b.data)
		b.release()
	}
	r.tarSum = digest(h)
}

func digest(h hash.Hash) string { return "sha256:" + hex.EncodeToString(h.Sum(nil)) }

// NextBlock gives the next bytes of the tar without a copy, valid until the
// next call. At the end it gives no bytes and io.EOF, or what is wrong with the
// layer. It must not be mixed with Read.
func (r *Reader) NextBlock() ([]byte, error) {
	if r.cur != nil {
		r.cur.release()
		r.cur = nil
	}
	for r.err == nil {
		if r.ctx.Err() != nil {
			r.err = context.Cause(r.ctx)
			break
		}
		b, ok := <-r.out
		if !ok {
			r.work.Wait()
			r.err = r.verdict()
			break
		}
		if len(b.data) > 0 {
			r.cur = b
			return b.data, nil
		}
		b.release()
	}
	return nil, r.err
}

// Read gives the tar. A lie about the layer is a [*DigestError] in place of
// io.EOF.
func (r *Reader) Read(p []byte) (int, error) {
	for len(r.rest) == 0 {
		b, err := r.NextBlock()
		if err != nil {
			return 0, err
		}
		r.rest = b
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// WriteTo writes the tar to w without a further copy.
func (r *Reader) WriteTo(w io.Writer) (int64, error) {
	var total int64
	for b := r.rest; ; {
		n, err := w.Write(b)
		total += int64(n)
		if err != nil {
			return total, err
		}
		if b, err = r.NextBlock(); err == io.EOF {
			return total, nil
		} else if err != nil {
			return total, err
		}
	}
}

// verdict compares what was read with what was promised.
func (r *Reader) verdict() error {
	p := r.promise
	switch {
	case r.ctx.Err() != nil:
		return context.Cause(r.ctx)
	case errors.Is(r.unpackErr, ErrTooLarge):
		return fmt.Errorf("%s: %w", p.what, r.unpackErr)
	case r.readErr != nil:
		return fmt.Errorf("read %s: %w", p.what, r.readErr)
	case p.digest != "" && r.rawSum != p.digest:
		return &DigestError{What: p.what, Want: p.digest, Got: r.rawSum}
	case p.size > 0 && r.rawSize != p.size:
		return fmt.Errorf("%s: the manifest says %d bytes, but %s has %s", p.what, p.size, r.rawSum, atLeast(r.rawSize, p.size))
	case r.unpackErr != nil:
		return fmt.Errorf("%s: %w", p.what, r.unpackErr)
	case p.diffID != "" && r.tarSum != p.diffID:
		return &DigestError{What: p.what + " (uncompressed)", Want: p.diffID, Got: r.tarSum}
	}
	return io.EOF
}

func atLeast(got, want int64) string {
	if got > want {
		return "more"
	}
	return fmt.Sprint(got)
}

// Close stops the goroutines and waits for them.
func (r *Reader) Close() error {
	r.detach()
	r.abort()
	if r.cur != nil {
		r.cur.release()
		r.cur = nil
	}
	for b := range r.out {
		b.release()
	}
	r.work.Wait()
	if r.err == nil {
		r.err = errClosed
	}
	return nil
}

var errClosed = errors.New("layer is closed")
