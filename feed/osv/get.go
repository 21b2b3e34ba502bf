package osv

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

	"github.com/plimsoll/plimsoll/feed"
)

// longestWait bounds what a server can ask for with Retry-After.
const longestWait = time.Minute

// fetcher fetches with the given patience.
type fetcher struct {
	limits limits
	wait   time.Duration // before the second try; doubles each time
	stall  time.Duration // without a byte, after which a try is given up
	tries  int           // in a row without any progress
}

var errStalled = errors.New("the server sends nothing any more")

// statusError is an answer that is no use.
type statusError struct {
	url    string
	code   int
	status string
	wait   time.Duration // what Retry-After asks for
}

func (e *statusError) Error() string { return fmt.Sprintf("%s: server answers %s", e.url, e.status) }

// Is makes a missing file the feed's error for it.
func (e *statusError) Is(target error) bool {
	return target == feed.ErrNoData && (e.code == http.StatusNotFound || e.code == http.StatusGone)
}

// again reports whether the same request may work later.
func (e *statusError) again() bool {
	return e.code == http.StatusTooManyRequests || e.code == http.StatusRequestTimeout || e.code >= 500 && e.code != http.StatusNotImplemented
}

// request is a GET with what is known from the last time.
type request struct {
	url string
	// header adds to the headers of each try; it may be nil.
	header func(http.Header)
	// use reads an answer of the 200s, or 304. It reports whether it has come
	// further, even if it failed then.
	use func(*http.Response) (progress bool, err error)
}

// get does a request, again and again while that makes sense.
func (f fetcher) get(ctx context.Context, client *http.Client, r request) error {
	wait := f.wait
	for try := 1; ; try++ {
		progress, err := f.once(ctx, client, r)
		if err == nil || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		pause := wait
		if status := (*statusError)(nil); errors.As(err, &status) {
			if !status.again() {
				return err
			}
			pause = max(pause, status.wait)
		} else if final := (*finalError)(nil); errors.As(err, &final) {
			return final.error
		}
		if progress {
			try, wait, pause = 0, f.wait, f.wait
		}
		if try >= f.tries || unreachable(err) && try >= 2 {
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

func (f fetcher) once(ctx context.Context, client *http.Client, r request) (progress bool, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watch := time.AfterFunc(f.stall, func() { cancel(errStalled) })
	defer watch.Stop()

	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url, nil)
	if err != nil {
		return false, &finalError{err}
	}
	req.Header.Set("User-Agent", "plimsoll")
	if r.header != nil {
		r.header(req.Header)
	}
	resp, err := client.Do(req)
	if err != nil {
		return false, cause(ctx, err)
	}
	defer func() { _ = resp.Body.Close() }() // what was wanted is read
	if resp.StatusCode/100 != 2 && resp.StatusCode != http.StatusNotModified {
		return false, &statusError{r.url, resp.StatusCode, resp.Status, retryAfter(resp)}
	}
	resp.Body = &watched{ReadCloser: resp.Body, touch: func() { watch.Reset(f.stall) }}
	progress, err = r.use(resp)
	return progress, cause(ctx, err)
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

// progress adds up the bytes of several downloads for one watcher.
type progress struct {
	mu    sync.Mutex
	done  int64
	total int64
	tell  func(done, total int64)
}

func (p *progress) add(n int64) {
	if p.tell == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done += n
	p.tell(p.done, p.total)
}
