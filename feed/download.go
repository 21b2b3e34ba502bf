package feed

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Download is one of a large file, which can be continued by another process
// where the server allows it.
type Download struct {
	Getter
	Dir string
	// Name tells the beginning of this file from others in Dir: it is kept as
	// Name.part until it is whole.
	Name   string
	URL    string
	Have   Validators // of the file that is already there; zero to fetch in any case
	Limit  int64      // bytes
	SHA256 string     // hex, that the file must have; empty if not known
	Gzip   bool       // take it compressed for the way, as it is then kept; it cannot be continued
	// Check looks at the whole file before it is taken; it may be nil.
	Check    func(path string) error
	Progress *Progress
}

// Validators say to a server which version of a file one has.
type Validators struct {
	ETag     string    `json:"etag,omitempty"`
	Modified time.Time `json:"modified,omitzero"`
}

// Downloaded says what came.
type Downloaded struct {
	Path string // the whole file, still to be renamed; empty if unchanged
	Validators
}

// part describes a download that has not ended: with the validator a server
// says whether the rest still belongs to it.
type part struct {
	URL       string `json:"url"`
	Validator string `json:"validator"` // strong ETag or Last-Modified
}

// Run downloads the file unless the server says that it is unchanged.
func (d Download) Run(ctx context.Context) (Downloaded, error) {
	var got Downloaded
	furthest := int64(0)
	c := Call{URL: d.URL, Header: d.header, Use: func(resp *http.Response) (bool, error) {
		// A server that begins anew each time, and breaks off, is no progress.
		reached, err := d.receive(resp, &got)
		further := reached > furthest
		furthest = max(furthest, reached)
		return further, err
	}}
	err := d.Get(ctx, c)
	if status := (*StatusError)(nil); errors.As(err, &status) && status.Code == http.StatusRequestedRangeNotSatisfiable {
		// All of the file was there already when a process ended before it
		// could use it. Whether it is still the server's, only a new one tells.
		if err = d.forget(nil); err == nil {
			err = d.Get(ctx, c)
		}
	}
	return got, err
}

func (d Download) partPath() string  { return filepath.Join(d.Dir, d.Name+".part") }
func (d Download) statePath() string { return d.partPath() + ".json" }

// Forget deletes what is noted of the download, once its file is renamed.
func (d Download) Forget() error {
	if err := os.Remove(d.statePath()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// header asks for the rest of what is there, or for what has changed.
func (d Download) header(h http.Header) {
	h.Set("Accept-Encoding", map[bool]string{false: "identity", true: "gzip"}[d.Gzip])
	if size, validator := d.begun(); size > 0 {
		h.Set("Range", fmt.Sprintf("bytes=%d-", size))
		h.Set("If-Range", validator)
		return
	}
	if d.Have.ETag != "" {
		h.Set("If-None-Match", d.Have.ETag)
	} else if !d.Have.Modified.IsZero() {
		h.Set("If-Modified-Since", d.Have.Modified.UTC().Format(http.TimeFormat))
	}
}

// begun says how much there is already that can be continued.
func (d Download) begun() (size int64, validator string) {
	var p part
	if d.Gzip {
		return 0, ""
	}
	info, err := os.Stat(d.partPath())
	if err != nil || ReadJSON(os.DirFS(d.Dir), d.Name+".part.json", &p) != nil || p.URL != d.URL || p.Validator == "" {
		return 0, ""
	}
	return info.Size(), p.Validator
}

// receive appends an answer to the file. It reports how many bytes there are.
func (d Download) receive(resp *http.Response, got *Downloaded) (int64, error) {
	if resp.StatusCode == http.StatusNotModified {
		return 0, nil
	}
	have, validator := d.begun()
	if resp.StatusCode != http.StatusPartialContent {
		have = 0
		if err := d.begin(resp); err != nil {
			return 0, Final(err)
		}
	} else if start := rangeStart(resp); start != have || validator == "" {
		return 0, d.forget(fmt.Errorf("%s: asked for bytes from %d, got them from %d", d.URL, have, start))
	}
	total := int64(0)
	if resp.ContentLength >= 0 {
		total = have + resp.ContentLength
	}
	if total > d.Limit {
		return 0, Final(d.forget(d.tooLarge()))
	}
	n, err := d.append(resp.Body, have, total)
	if err != nil {
		return have + n, err
	}
	if total > 0 && have+n != total {
		return have + n, fmt.Errorf("%s: %w after %d of %d bytes", d.URL, io.ErrUnexpectedEOF, have+n, total)
	}
	if err := d.verify(); err != nil {
		return 0, d.forget(fmt.Errorf("%s: %w", d.URL, err))
	}
	*got = Downloaded{Path: d.partPath(), Validators: validators(resp)}
	return have + n, nil
}

// validators are those that an answer states.
func validators(resp *http.Response) Validators {
	v := Validators{ETag: resp.Header.Get("ETag")}
	if t, err := http.ParseTime(resp.Header.Get("Last-Modified")); err == nil {
		v.Modified = t
	}
	return v
}

// verify compares the whole file with what is known of it.
func (d Download) verify() error {
	if d.SHA256 != "" {
		sum, err := fileSum(d.partPath())
		if err != nil {
			return Final(err)
		}
		if !strings.EqualFold(sum, d.SHA256) {
			return fmt.Errorf("the file's SHA-256 is %s, not %s as the source states", sum, d.SHA256)
		}
	}
	if d.Check != nil {
		return d.Check(d.partPath())
	}
	return nil
}

// fileSum is the SHA-256 of a file in hex.
func fileSum(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	_, err = io.Copy(sum, f)
	return hex.EncodeToString(sum.Sum(nil)), errors.Join(err, f.Close())
}

func (d Download) tooLarge() error {
	return fmt.Errorf("%s: more than the limit of %d bytes", d.URL, d.Limit)
}

// begin starts the file anew and notes how it can be continued.
func (d Download) begin(resp *http.Response) error {
	validator := resp.Header.Get("ETag")
	if strings.HasPrefix(validator, "W/") || validator == "" {
		validator = resp.Header.Get("Last-Modified")
	}
	data, err := json.Marshal(part{d.URL, validator})
	if err != nil {
		return err
	}
	if err := os.Remove(d.partPath()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return WriteFile(d.statePath(), data)
}

// forget deletes what was begun and adds to the reason if it cannot.
func (d Download) forget(reason error) error {
	if err := os.Remove(d.partPath()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(reason, err)
	}
	return reason
}

// append writes what comes to the end of the file.
func (d Download) append(body io.Reader, have, total int64) (int64, error) {
	f, err := os.OpenFile(d.partPath(), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return 0, Final(err)
	}
	d.Progress.Expect(have, total)
	to := &sink{f: f, progress: d.Progress}
	n, err := io.Copy(to, io.LimitReader(body, d.Limit-have+1))
	if have+n > d.Limit {
		err = Final(d.forget(d.tooLarge()))
	}
	if to.err != nil {
		err = Final(to.err)
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
	progress *Progress
	err      error
}

func (s *sink) Write(p []byte) (n int, err error) {
	n, s.err = s.f.Write(p)
	s.progress.Add(int64(n))
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

// NewPrefix begins the names of files that are being written. What a killed
// process left of them may be deleted.
const NewPrefix = ".new-"

// maxMetadata bounds the bytes of the files about files.
const maxMetadata = 4 << 20

// ReadJSON reads a small file about files.
func ReadJSON[T any](dir fs.FS, name string, to *T) error {
	info, err := fs.Stat(dir, name)
	if err != nil {
		return err
	}
	if info.Size() > maxMetadata {
		return fmt.Errorf("read %s: %d bytes are too many", name, info.Size())
	}
	data, err := fs.ReadFile(dir, name)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, to); err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	return nil
}

// WriteFile puts a file under its name in one step: it is written under
// another, flushed to disk, and renamed.
func WriteFile(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), NewPrefix+"*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
