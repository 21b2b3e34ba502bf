package feed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// longestWait bounds what a server can ask for with Retry-After.
const longestWait = time.Minute

// Patience is how long a source is waited for.
type Patience struct {
	Wait  time.Duration // before the second try; doubles each time
	Stall time.Duration // without a byte, after which a try is given up
	Tries int           // in a row without any progress
}

// Patient is how long the real sources are waited for.
func Patient() Patience { return Patience{Wait: time.Second, Stall: time.Minute, Tries: 5} }

// Getter asks a source over HTTP, again and again while that makes sense.
type Getter struct {
	Client *http.Client
	Patience
}

var errStalled = errors.New("the server sends nothing any more")

// StatusError is an answer that is no use.
type StatusError struct {
	URL    string
	Code   int
	Status string
	wait   time.Duration // what Retry-After asks for
}

// Error names the URL and the server's answer.
func (e *StatusError) Error() string { return fmt.Sprintf("%s: server answers %s", e.URL, e.Status) }

// Is makes a missing file ErrNoData.
func (e *StatusError) Is(target error) bool {
	return target == ErrNoData && (e.Code == http.StatusNotFound || e.Code == http.StatusGone)
}

// again reports whether the same request may work later.
func (e *StatusError) again() bool {
	return e.Code == http.StatusTooManyRequests || e.Code == http.StatusRequestTimeout || e.Code >= 500 && e.Code != http.StatusNotImplemented
}

// Call is a GET with what is known from the last time.
type Call struct {
	URL string
	// Header adds to the headers of each try; it may be nil.
	Header func(http.Header)
	// Use reads an answer of the 200s, or 304. It reports whether it has come
	// further, even if it failed then.
	Use func(*http.Response) (progress bool, err error)
}

// Get does a call. It waits as long as a server asks for with 429 or 503 and
// Retry-After, up to a minute, and tries again what may pass: answers of the
// 500s, cut and stalled connections.
func (g Getter) Get(ctx context.Context, c Call) error {
	wait := g.Wait
	for try := 1; ; try++ {
		progress, err := g.once(ctx, c)
		if err == nil || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		pause := wait
		if status := (*StatusError)(nil); errors.As(err, &status) {
			if !status.again() {
				return err
			}
			pause = max(pause, status.wait)
		} else if final := (*finalError)(nil); errors.As(err, &final) {
			return final.error
		}
		if progress {
			try, wait, pause = 0, g.Wait, g.Wait
		}
		if try >= g.Tries || unreachable(err) && try >= 2 {
			return fmt.Errorf("given up after %d tries: %w", try, err)
		}
		wait *= 2
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(min(pause, longestWait)):
		}
	}
}

// unreachable reports whether there was no connection at all, which waiting
// seldom mends: no network, a wrong name.
func unreachable(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// finalError is one that another try does not mend: a full disk, a limit.
type finalError struct{ error }

func (e *finalError) Unwrap() error { return e.error }

// Final marks an error that another try does not mend: a full disk, a limit.
func Final(err error) error {
	if err == nil {
		return nil
	}
	return &finalError{err}
}

func (g Getter) once(ctx context.Context, c Call) (progress bool, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watch := time.AfterFunc(g.Stall, func() { cancel(errStalled) })
	defer watch.Stop()

	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.URL, nil)
	if err != nil {
		return false, Final(err)
	}
	req.Header.Set("User-Agent", "plimsoll")
	if c.Header != nil {
		c.Header(req.Header)
	}
	resp, err := g.Client.Do(req)
	if err != nil {
		return false, cause(ctx, err)
	}
	defer func() { _ = resp.Body.Close() }() // what was wanted is read
	if resp.StatusCode/100 != 2 && resp.StatusCode != http.StatusNotModified {
		return false, &StatusError{c.URL, resp.StatusCode, resp.Status, retryAfter(resp)}
	}
	resp.Body = &watched{ReadCloser: resp.Body, touch: func() { watch.Reset(g.Stall) }}
	progress, err = c.Use(resp)
	return progress, cause(ctx, err)
}

// Small fetches a file into memory, at most limit bytes of it.
func (g Getter) Small(ctx context.Context, url string, limit int64) (data []byte, err error) {
	err = g.Get(ctx, Call{URL: url, Use: func(resp *http.Response) (_ bool, err error) {
		if resp.ContentLength <= limit {
			data, err = io.ReadAll(io.LimitReader(resp.Body, limit+1))
		}
		if max(resp.ContentLength, int64(len(data))) > limit {
			err = Final(fmt.Errorf("%s: more than the limit of %d bytes", url, limit))
		}
		return false, err
	}})
	if err != nil {
		return nil, err
	}
	return data, nil
}

// cause replaces the cancelled context of a stalled request by the stall.
func cause(ctx context.Context, err error) error {
	if err != nil && errors.Is(context.Cause(ctx), errStalled) {
		return errStalled
	}
	return err
}

// watched tells of every read that brought something.
type watched struct {
	io.ReadCloser
	touch func()
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.ReadCloser.Read(p)
	if n > 0 {
		w.touch()
	}
	return n, err
}

// retryAfter reads the seconds form of Retry-After; of the date form, which
// needs a clock, it only takes that there should be a wait.
func retryAfter(resp *http.Response) time.Duration {
	value := resp.Header.Get("Retry-After")
	if value == "" {
		return 0
	}
	seconds, err := strconv.Atoi(value)
	if err != nil || seconds < 0 {
		return longestWait / 4
	}
	return time.Duration(min(seconds, 3600)) * time.Second
}

// Progress adds up the bytes of several downloads for one watcher.
type Progress struct {
	// Tell is told how many bytes have come of how many; it may be nil.
	Tell func(done, total int64)
	// Several says that the bytes are of several downloads, whose total is not known.
	Several bool

	mu    sync.Mutex
	done  int64
	total int64
}

// Add counts n more bytes.
func (p *Progress) Add(n int64) {
	if p == nil || p.Tell == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done += n
	p.Tell(p.done, p.total)
}

// Expect says where one large download stands.
func (p *Progress) Expect(done, total int64) {
	if p == nil || p.Several {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done, p.total = done, total
}
