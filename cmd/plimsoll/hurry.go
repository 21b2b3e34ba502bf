package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/plimsoll/plimsoll/feed"
)

// hurryTime is how long a scan that has data to go by waits for a server that
// says nothing.
const hurryTime = 10 * time.Second

var errSlow = errors.New("the server says nothing, and is not waited for")

// hurried asks servers that are not worth waiting for, because older data are at
// hand: one that is silent, overloaded or asks to come back later is given up
// at once. One that sends is listened to.
type hurried struct {
	next  http.RoundTripper
	limit time.Duration // of silence
	slow  *sync.Map     // hosts that were given up, and are not asked again
}

func hurriedClient() *http.Client {
	return &http.Client{Transport: hurried{http.DefaultTransport, hurryTime, &sync.Map{}}}
}

// RoundTrip asks once.
func (h hurried) RoundTrip(req *http.Request) (*http.Response, error) {
	if _, known := h.slow.Load(req.URL.Host); known {
		return nil, feed.Final(errSlow)
	}
	ctx, cancel := context.WithCancelCause(req.Context())
	watch := time.AfterFunc(h.limit, func() {
		h.slow.Store(req.URL.Host, true)
		cancel(errSlow)
	})
	resp, err := h.next.RoundTrip(req.WithContext(ctx))
	if err != nil {
		watch.Stop()
		err = given(ctx, err)
		cancel(nil)
		return nil, err
	}
	body := &hurriedBody{ReadCloser: resp.Body, ctx: ctx, cancel: cancel, watch: watch, limit: h.limit}
	if resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode >= http.StatusInternalServerError {
		return nil, errors.Join(feed.Final(fmt.Errorf("server answers %s, and is not waited for", resp.Status)), body.Close())
	}
	resp.Body = body
	return resp, nil
}

// given is the error of a request; of one that was given up it is the reason.
func given(ctx context.Context, err error) error {
	if errors.Is(context.Cause(ctx), errSlow) {
		return feed.Final(errSlow)
	}
	return err
}

// hurriedBody gives up where nothing comes any more.
type hurriedBody struct {
	io.ReadCloser
	ctx    context.Context
	cancel context.CancelCauseFunc
	watch  *time.Timer
	limit  time.Duration
}

// Read waits for the next bytes as long as for the first.
func (b *hurriedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if n > 0 {
		b.watch.Reset(b.limit)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = given(b.ctx, err)
	}
	return n, err
}

// Close lets the connection go.
func (b *hurriedBody) Close() error {
	b.watch.Stop()
	err := b.ReadCloser.Close()
	b.cancel(nil)
	return err
}
