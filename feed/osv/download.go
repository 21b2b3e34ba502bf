package osv

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// part describes a download that has not ended: with the validator a server
// says whether the rest still belongs to it.
type part struct {
	URL       string `json:"url"`
	Validator string `json:"validator"` // strong ETag or Last-Modified
}

// download is one of a large file, which can be continued by another process.
type download struct {
	fetcher
	dir      string
	url      string
	tag      string // ETag of the file that is already there
	progress *progress
}

// answer says what came.
type answer struct {
	path     string // the whole file, still to be renamed; empty if unchanged
	tag      string
	modified time.Time
}

// run downloads the file unless the server says that it is unchanged.
func (d download) run(ctx context.Context, client *http.Client) (answer, error) {
	var got answer
	r := request{url: d.url, header: d.header, use: func(resp *http.Response) (bool, error) {
		return d.receive(resp, &got)
	}}
	err := d.get(ctx, client, r)
	if status := (*statusError)(nil); errors.As(err, &status) && status.code == http.StatusRequestedRangeNotSatisfiable {
		// All of the file was there already when a process ended before it
		// could use it. Whether it is still the server's, only a new one tells.
		if err = d.forget(nil); err == nil {
			err = d.get(ctx, client, r)
		}
	}
	return got, err
}

func (d download) path(name string) string { return filepath.Join(d.dir, name) }

// header asks for the rest of what is there, or for what has changed.
func (d download) header(h http.Header) {
	h.Set("Accept-Encoding", "identity")
	if size, validator := d.begun(); size > 0 {
		h.Set("Range", fmt.Sprintf("bytes=%d-", size))
		h.Set("If-Range", validator)
	} else if d.tag != "" {
		h.Set("If-None-Match", d.tag)
	}
}

// begun says how much there is already that can be continued.
func (d download) begun() (size int64, validator string) {
	var p part
	info, err := os.Stat(d.path(partFile))
	if err != nil || readJSON(os.DirFS(d.dir), partState, &p) != nil || p.URL != d.url || p.Validator == "" {
		return 0, ""
	}
	return info.Size(), p.Validator
}

// receive appends an answer to the file. It reports whether bytes came.
func (d download) receive(resp *http.Response, got *answer) (bool, error) {
	if resp.StatusCode == http.StatusNotModified {
		return false, nil
	}
	have, validator := d.begun()
	if resp.StatusCode != http.StatusPartialContent {
		have = 0
		if err := d.begin(resp); err != nil {
			return false, &finalError{err}
		}
	} else if start := rangeStart(resp); start != have || validator == "" {
		return false, d.forget(fmt.Errorf("%s: asked for bytes from %d, got them from %d", d.url, have, start))
	}
	total := int64(0)
	if resp.ContentLength >= 0 {
		total = have + resp.ContentLength
	}
	if total > d.limits.zipBytes {
		return false, &finalError{d.forget(d.tooLarge())}
	}
	n, err := d.append(resp.Body, have, total)
	if err != nil {
		return n > 0, err
	}
	if total > 0 && have+n != total {
		return n > 0, fmt.Errorf("%s: %w after %d of %d bytes", d.url, io.ErrUnexpectedEOF, have+n, total)
	}
	if err := checkZip(d.path(partFile)); err != nil {
		return false, d.forget(fmt.Errorf("%s: %w", d.url, err))
	}
	*got = answer{path: d.path(partFile), tag: resp.Header.Get("ETag")}
	if t, err := http.ParseTime(resp.Header.Get("Last-Modified")); err == nil {
		got.modified = t
	}
	return true, nil
}

func (d download) tooLarge() error {
	return fmt.Errorf("%s: more than the limit of %d bytes", d.url, d.limits.zipBytes)
}

// begin starts the file anew and notes how it can be continued.
func (d download) begin(resp *http.Response) error {
	validator := resp.Header.Get("ETag")
	if strings.HasPrefix(validator, "W/") || validator == "" {
		validator = resp.Header.Get("Last-Modified")
	}
	data, err := json.Marshal(part{d.url, validator})
	if err != nil {
		return err
	}
	if err := os.Remove(d.path(partFile)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return writeFile(d.path(partState), data)
}

// forget deletes what was begun and adds to the reason if it cannot.
func (d download) forget(reason error) error {
	if err := os.Remove(d.path(partFile)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return errors.Join(reason, err)
	}
	return reason
}

// append writes what comes to the end of the file.
func (d download) append(body io.Reader, have, total int64) (int64, error) {
	f, err := os.OpenFile(d.path(partFile), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return 0, &finalError{err}
	}
	if d.progress != nil {
		d.progress.done, d.progress.total = have, total
	}
	to := &sink{f: f, progress: d.progress}
	n, err := io.Copy(to, io.LimitReader(body, d.limits.zipBytes-have+1))
	if have+n > d.limits.zipBytes {
		err = &finalError{d.forget(d.tooLarge())}
	}
	if to.err != nil {
		err = &finalError{to.err}
	}
	if err == nil {
		err = f.Sync()
	}
	return n, errors.Join(err, f.Close())
}

// sink writes to a file, tells of it, and keeps its own errors apart from
// those of the network.
type sink struct {
	f        *os.File
	progress *progress
	err      error
}

func (s *sink) Write(p []byte) (n int, err error) {
	n, s.err = s.f.Write(p)
	if s.progress != nil {
		s.progress.add(int64(n))
	}
	return n, s.err
}

// rangeStart is the first byte of a partial answer, or -1.
func rangeStart(resp *http.Response) int64 {
	rest, ok := strings.CutPrefix(resp.Header.Get("Content-Range"), "bytes ")
	first, _, dash := strings.Cut(rest, "-")
	n, err := strconv.ParseInt(first, 10, 64)
	if !ok || !dash || err != nil {
		return -1
	}
	return n
}

// checkZip reads a zip's directory; its contents are checked when they are read.
func checkZip(path string) error {
	z, err := zip.OpenReader(path)
	if err != nil {
		return fmt.Errorf("downloaded zip: %w", err)
	}
	return z.Close()
}
