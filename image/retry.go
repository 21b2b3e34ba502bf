package image

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// How requests to registries are repeated: up to four times, after 0.5, 1, 2
// and 4 seconds, or when the registry says, unless that is too far away.
const (
	maxRetries    = 4
	firstPause    = 500 * time.Millisecond
	maxRetryAfter = time.Minute
	userAgent     = "plimsoll"
)

func pause(try int) time.Duration { return firstPause << min(try, maxRetries) }

// retrier repeats requests that failed for a reason that may pass.
type retrier struct {
	base http.RoundTripper
	o    Options
}

// RoundTrip gives the last answer, whatever it is.
func (t retrier) RoundTrip(req *http.Request) (*http.Response, error) {
	for try := 0; ; try++ {
		again := req.Clone(req.Context())
		again.Header.Set("User-Agent", userAgent)
		if req.GetBody != nil {
			body, err := req.GetBody()
			if err != nil {
				return nil, err
			}
			again.Body = body
		}
		resp, err := t.base.RoundTrip(again)
		repeatable := req.Body == nil || req.GetBody != nil
		wait, why := worthRetry(resp, err, try)
		if why == nil || try == maxRetries || !repeatable || req.Context().Err() != nil {
			return resp, err
		}
		if resp != nil {
			io.CopyN(io.Discard, resp.Body, 64<<10)
			resp.Body.Close()
		}
		t.o.progress(Event{Kind: "retry", Name: req.URL.Host, Err: why})
		if err := t.o.wait(req.Context(), wait); err != nil {
			return nil, err
		}
	}
}

// worthRetry tells why a request should be repeated, and after how long. The
// reason is nil where repeating does not help.
func worthRetry(resp *http.Response, err error, try int) (time.Duration, error) {
	if err != nil {
		if broken(err) {
			return pause(try), err
		}
		return 0, nil
	}
	switch resp.StatusCode {
	case http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		wait := max(pause(try), retryAfter(resp))
		if wait > maxRetryAfter {
			return 0, nil
		}
		return wait, errors.New(resp.Status)
	}
	return 0, nil
}

// retryAfter reads how long a registry wants to be left alone, in seconds or as
// a date (RFC 9110, section 10.2.3). It is 0 where it does not say.
func retryAfter(resp *http.Response) time.Duration {
	text := resp.Header.Get("Retry-After")
	if seconds, err := strconv.ParseInt(text, 10, 32); err == nil {
		return time.Duration(max(seconds, 0)) * time.Second
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	sent, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
		return 0
	}
	return max(at.Sub(sent), 0)
}

// broken tells whether a connection broke, as against never having been
// possible: unknown hosts, refused connections and bad certificates stay so.
func broken(err error) bool {
	var timeout net.Error
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, errStalled) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) ||
		errors.As(err, &timeout) && timeout.Timeout()
}

var errStalled = errors.New("the connection stalled")

// A download reads a blob, and goes on where it was when a connection breaks
// midway.
type download struct {
	ctx    context.Context
	cancel context.CancelFunc
	o      Options
	get    func(ctx context.Context, from int64) (*http.Response, error)
	name   string
	size   int64 // 0 where unknown

	mu     sync.Mutex // held while the fields below are used
	body   io.ReadCloser
	stop   context.CancelCauseFunc // ends the request behind body
	timer  *time.Timer             // calls stop when nothing comes
	off    int64
	tries  int // without a byte in between
	broken int // in all
}

// Bounds of a download: a registry that gives a byte at a time must come to an
// end as well.
const (
	maxBroken   = 20
	stallAfter  = time.Minute
	reportEvery = 1 << 20
)

func newDownload(ctx context.Context, o Options, get func(context.Context, int64) (*http.Response, error)) *download {
	d := &download{o: o, get: get}
	d.ctx, d.cancel = context.WithCancel(ctx)
	return d
}

// connect asks for the blob from where the last connection ended.
func (d *download) connect() error {
	ctx, stop := context.WithCancelCause(d.ctx)
	d.stop = stop
	resp, err := d.get(ctx, d.off)
	if err != nil {
		return err
	}
	d.timer = time.AfterFunc(stallAfter, func() { stop(errStalled) })
	d.body = struct {
		io.Reader
		io.Closer
	}{causeReader{ctx, resp.Body}, resp.Body}
	if d.off > 0 && resp.StatusCode != http.StatusPartialContent {
		if _, err := io.CopyN(io.Discard, d.body, d.off); err != nil {
			return err
		}
	}
	return nil
}

// causeReader names the reason for which a request was ended.
type causeReader struct {
	ctx context.Context
	r   io.Reader
}

// Read reads from the body.
func (c causeReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if err != nil && err != io.EOF && c.ctx.Err() != nil {
		err = context.Cause(c.ctx)
	}
	return n, err
}

// disconnect ends the current connection, if any.
func (d *download) disconnect() {
	if d.stop != nil {
		d.stop(nil)
	}
	if d.body != nil {
		d.timer.Stop()
		d.body.Close()
		d.body = nil
	}
}

// Read gives the next bytes of the blob.
func (d *download) Read(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for {
		n, err := d.read(p)
		if n > 0 {
			d.tries = 0
			before := d.off
			d.off += int64(n)
			if before/reportEvery != d.off/reportEvery {
				d.o.progress(Event{Kind: "pull", Name: d.name, Bytes: d.off, Total: d.size})
			}
		}
		if err == nil || n > 0 {
			return n, nil
		}
		if err == io.EOF || d.ctx.Err() != nil {
			return 0, err
		}
		d.disconnect()
		if d.tries++; !broken(err) || d.tries > maxRetries {
			return 0, err
		}
		if d.broken++; d.broken > maxBroken {
			return 0, fmt.Errorf("the connection broke %d times: %w", maxBroken, err)
		}
		d.o.progress(Event{Kind: "retry", Name: d.name, Bytes: d.off, Total: d.size, Err: err})
		if err := d.o.wait(d.ctx, pause(d.tries-1)); err != nil {
			return 0, err
		}
	}
}

// read reads from the current connection. A blob that ends before its size is
// one whose connection broke.
func (d *download) read(p []byte) (int, error) {
	if d.body == nil {
		if err := d.connect(); err != nil {
			return 0, err
		}
	}
	d.timer.Reset(stallAfter)
	n, err := d.body.Read(p)
	d.timer.Stop()
	if err == io.EOF && d.off+int64(n) < d.size {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// Close ends the download, also while another goroutine reads.
func (d *download) Close() error {
	d.cancel()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.disconnect()
	return nil
}
