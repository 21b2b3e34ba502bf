package image

import (
	"context"
	"fmt"
	"io"
	"os"
)

// A temp is a temporary file without a name where the system allows that, so
// that nothing is left behind even when the process is killed.
type temp struct {
	*os.File
	name string // to be removed at the end; empty where it has been
}

func newTemp(dir string) (*temp, error) {
	f, err := os.CreateTemp(dir, "plimsoll-")
	if err != nil {
		return nil, fmt.Errorf("make temporary file: %w", err)
	}
	t := &temp{File: f, name: f.Name()}
	if os.Remove(t.name) == nil {
		t.name = ""
	}
	return t, nil
}

// Close gives the space back.
func (t *temp) Close() error {
	err := t.File.Close()
	if t.name != "" {
		if gone := os.Remove(t.name); err == nil {
			err = gone
		}
		t.name = ""
	}
	return err
}

// spool keeps what r gives, unpacked, in a temporary file. It closes r.
func (o Options) spool(ctx context.Context, r io.ReadCloser, e Event) (*temp, error) {
	src := newReader(ctx, r, promise{what: e.Name, limit: o.maxTemp()})
	defer src.Close()
	t, err := newTemp(o.TempDir)
	if err != nil {
		return nil, err
	}
	if _, err := src.WriteTo(&progressWriter{w: t, event: e, o: o}); err != nil {
		t.Close()
		return nil, err
	}
	return t, nil
}

// progressWriter tells how far it has got.
type progressWriter struct {
	w     io.Writer
	event Event
	o     Options
}

// Write passes p on.
func (p *progressWriter) Write(b []byte) (int, error) {
	n, err := p.w.Write(b)
	before := p.event.Bytes / reportEvery
	if p.event.Bytes += int64(n); before != p.event.Bytes/reportEvery {
		p.o.progress(p.event)
	}
	if err != nil {
		err = fmt.Errorf("%s %s: put it elsewhere with --temp-dir: %w", p.event.Kind, p.event.Name, err)
	}
	return n, err
}
