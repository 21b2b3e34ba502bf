package nvd

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/plimsoll/plimsoll/feed"
	"github.com/plimsoll/plimsoll/intel"
	"github.com/plimsoll/plimsoll/vulndb"
)

// The files that are kept: the lines, and how far they reach.
const (
	linesFile = "cves.jsonl"
	stateFile = "nvd.json"
)

// state says how far the lines reach.
type state struct {
	URL   string    `json:"url"`
	Size  int64     `json:"size"`  // bytes of the lines that are whole
	Whole bool      `json:"whole"` // all pages were read once
	Since time.Time `json:"since"` // all that was modified before is known
	Next  int       `json:"next"`  // index of the next CVE of a run that has not ended
	Began time.Time `json:"began"` // when that run began, by the server's clock
}

// pace is how fast a source may be asked.
type pace struct {
	pause   time.Duration // between two requests
	refused time.Duration // after 403, which says that there were too many
}

// paceOf is that of NVD's API, which allows five requests in thirty seconds,
// fifty with a key; a mirror has no such rule.
func paceOf(r feed.Request, host string) pace {
	switch {
	case host != apiHost:
		return pace{refused: r.Patience.Wait}
	case r.Key != "":
		return pace{600 * time.Millisecond, 30 * time.Second}
	}
	return pace{6 * time.Second, 30 * time.Second}
}

// run is one call of fetch.
type run struct {
	pace
	feed.Request
	client *http.Client
	state  state
	asked  bool // a request was made, so that the next one waits
}

// fetch goes through all pages, or those of what was modified since the last
// time. After each page it can be continued from there by another process.
func fetch(ctx context.Context, client *http.Client, r feed.Request) (bool, error) {
	base := strings.TrimSuffix(r.URL, "/")
	address, err := url.Parse(base)
	if err != nil || address.Scheme != "http" && address.Scheme != "https" {
		return false, fmt.Errorf("%s: only an API over HTTP can be asked: %w", r.URL, feed.ErrNoData)
	}
	if err := os.MkdirAll(r.Dir, 0o755); err != nil {
		return false, err
	}
	unlock, err := vulndb.Lock(ctx, filepath.Join(r.Dir, "nvd.lock"))
	if err != nil {
		return false, err
	}
	defer unlock()
	u := &run{pace: paceOf(r, address.Host), Request: r, client: client, state: state{URL: base}}
	var old state
	if feed.ReadJSON(os.DirFS(r.Dir), stateFile, &old) == nil && old.URL == base && u.holds(old.Size) {
		u.state = old
	}
	if !u.state.Whole {
		return u.pages(ctx, url.Values{})
	}
	now, err := u.now(ctx)
	if err != nil {
		return false, err
	}
	changed := false
	for u.state.Since.Before(now) {
		until := u.state.Since.Add(window)
		if until.After(now) {
			until = now
		}
		more, err := u.pages(ctx, url.Values{"lastModStartDate": {stamp(u.state.Since)}, "lastModEndDate": {stamp(until)}})
		if err != nil {
			return changed, err
		}
		changed = changed || more
		u.state.Since = until
		if err := u.save(); err != nil {
			return changed, err
		}
	}
	return changed, nil
}

// holds reports whether the lines are at least as long as noted.
func (u *run) holds(size int64) bool {
	info, err := os.Stat(filepath.Join(u.Dir, linesFile))
	return err == nil && info.Size() >= size
}

// stamp is a time as the API takes it.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// page is an answer of the API; only what is used of it.
type page struct {
	Total           int    `json:"totalResults"`
	Timestamp       string `json:"timestamp"`
	Vulnerabilities []struct {
		CVE struct {
			ID      string `json:"id"`
			Metrics struct {
				V40 []metric `json:"cvssMetricV40"`
				V31 []metric `json:"cvssMetricV31"`
				V30 []metric `json:"cvssMetricV30"`
				V2  []metric `json:"cvssMetricV2"`
			} `json:"metrics"`
		} `json:"cve"`
	} `json:"vulnerabilities"`
}

type metric struct {
	Source string `json:"source"` // "nvd@nist.gov", the CNA's or CISA's
	Data   struct {
		Vector string `json:"vectorString"`
	} `json:"cvssData"`
}

// time is when the server answered.
func (p *page) time() (time.Time, error) {
	t, err := time.Parse("2006-01-02T15:04:05.999", strings.TrimSuffix(p.Timestamp, "Z"))
	if err != nil {
		return t, feed.Final(fmt.Errorf("an answer without its time: %w", err))
	}
	return t, nil
}

// now is the server's clock.
func (u *run) now(ctx context.Context) (time.Time, error) {
	p, err := u.ask(ctx, url.Values{"resultsPerPage": {"1"}})
	if err != nil {
		return time.Time{}, err
	}
	return p.time()
}

// pages reads all pages of a question and reports whether there was anything.
func (u *run) pages(ctx context.Context, question url.Values) (changed bool, err error) {
	if u.state.Whole {
		u.state.Next = 0 // the window may be another one now
	}
	for {
		question.Set("startIndex", strconv.Itoa(u.state.Next))
		question.Set("resultsPerPage", strconv.Itoa(perPage))
		p, err := u.ask(ctx, question)
		if err != nil {
			return changed, err
		}
		if u.state.Next == 0 {
			if u.state.Began, err = p.time(); err != nil {
				return changed, err
			}
		}
		if err := u.keep(p); err != nil {
			return changed, err
		}
		n := len(p.Vulnerabilities)
		changed = changed || n > 0
		u.state.Next += n
		done := u.state.Next >= p.Total
		if n == 0 && !done {
			return changed, fmt.Errorf("an empty page at %d of %d", u.state.Next, p.Total)
		}
		if u.Progress != nil {
			u.Progress(int64(u.state.Next), int64(p.Total))
		}
		if done && !u.state.Whole {
			u.state.Whole, u.state.Since = true, u.state.Began
		}
		if err := u.save(); err != nil || done {
			return changed, err
		}
	}
}

// ask makes one request, after the pause that the API wants.
func (u *run) ask(ctx context.Context, question url.Values) (*page, error) {
	pause := u.pause
	var p page
	call := feed.Call{URL: u.state.URL + "/cves/2.0?" + question.Encode(), Header: u.header, Use: func(resp *http.Response) (bool, error) {
		if resp.ContentLength > maxPage {
			return false, feed.Final(fmt.Errorf("a page of more than the limit of %d bytes", maxPage))
		}
		data, err := io.ReadAll(io.LimitReader(resp.Body, maxPage+1))
		if err != nil {
			return false, err
		}
		if len(data) > maxPage {
			return false, feed.Final(fmt.Errorf("a page of more than %d bytes", maxPage))
		}
		p = page{}
		return false, json.Unmarshal(data, &p)
	}}
	g := u.Getter(u.client)
	for try := 1; ; try++ {
		if u.asked {
			if err := sleep(ctx, pause); err != nil {
				return nil, err
			}
		}
		u.asked = true
		err := g.Get(ctx, call)
		var status *feed.StatusError
		if errors.As(err, &status) && status.Code == http.StatusForbidden && try < g.Tries {
			pause = u.refused
			continue
		}
		return &p, err
	}
}

func (u *run) header(h http.Header) {
	if u.Key != "" {
		h.Set("apiKey", u.Key)
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// keep appends the lines of a page, in place of what a killed process has left.
func (u *run) keep(p *page) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	for _, v := range p.Vulnerabilities {
		if !intel.IsCVE(v.CVE.ID) {
			continue
		}
		l := line{CVE: v.CVE.ID, Ratings: []rating{}}
		m := v.CVE.Metrics
		for _, list := range [...][]metric{m.V40, m.V31, m.V30, m.V2} {
			for _, one := range list {
				if len(l.Ratings) < maxRatings && one.Data.Vector != "" && len(one.Data.Vector) < 512 && len(one.Source) < 256 {
					l.Ratings = append(l.Ratings, rating{sourceName(one.Source), one.Data.Vector})
				}
			}
		}
		if err := enc.Encode(l); err != nil {
			return err
		}
	}
	f, err := os.OpenFile(filepath.Join(u.Dir, linesFile), os.O_WRONLY|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	if err = f.Truncate(u.state.Size); err == nil {
		_, err = f.WriteAt(b.Bytes(), u.state.Size)
	}
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		u.state.Size += int64(b.Len())
	}
	return err
}

// sourceName is who assigned a vector, by a name that people know.
func sourceName(source string) string {
	switch source {
	case "nvd@nist.gov":
		return "NVD"
	case "134c704f-9b21-4f2e-91b3-4a467353bcc0":
		return "CISA" // its Vulnrichment
	}
	return source
}

func (u *run) save() error {
	data, err := json.Marshal(u.state)
	if err != nil {
		return err
	}
	return feed.WriteFile(filepath.Join(u.Dir, stateFile), data)
}
