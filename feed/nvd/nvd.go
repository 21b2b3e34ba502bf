// Package nvd is the feed of NIST's National Vulnerability Database, as a source
// of severities only: the CVSS vectors that NVD assigns or passes on. It pages
// through the CVE API 2.0 (https://nvd.nist.gov/developers/vulnerabilities)
// once, which takes a quarter of an hour without an API key, and then asks only
// for what was modified.
package nvd

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"time"

	"github.com/plimsoll/plimsoll/feed"
	"github.com/plimsoll/plimsoll/intel"
)

const (
	apiHost    = "services.nvd.nist.gov"
	perPage    = 2000                 // the most that the API gives at once
	window     = 119 * 24 * time.Hour // the API refuses more than 120 days
	maxPage    = 256 << 20            // bytes of an answer
	maxLine    = 64 << 10             // bytes of a line of the file that is kept
	maxRatings = 16                   // of one CVE
)

// Intelligence is the feed.
func Intelligence() feed.Intelligence {
	return feed.Intelligence{
		Name:    "nvd",
		Doc:     "NVD: the CVSS vectors that NIST assigns to CVEs or passes on of those who published them.",
		URL:     "https://" + apiHost + "/rest/json",
		License: "public domain in the United States",
		Slow:    true,
		Fetch: func(ctx context.Context, client *http.Client, r feed.Request) (bool, error) {
			changed, err := fetch(ctx, client, r)
			if err != nil {
				return false, fmt.Errorf("fetch nvd: %w", err)
			}
			return changed, nil
		},
		Parse: parse,
	}
}

// line is what is kept of a CVE. A later line replaces an earlier one.
type line struct {
	CVE     string   `json:"cve"`
	Ratings []rating `json:"ratings"`
}

type rating struct {
	Source string `json:"source"`
	Vector string `json:"vector"`
}

// parse reads the lines that fetch kept, of each CVE the last one.
func parse(ctx context.Context, dir fs.FS, add func(intel.Record) error) (reading feed.Reading, err error) {
	var s state
	if err := feed.ReadJSON(dir, stateFile, &s); err != nil {
		return reading, err
	}
	if !s.Whole {
		return reading, errors.New("nvd: the first download has not ended")
	}
	reading.AsOf = s.Since
	last := map[string]int{}
	if err := each(ctx, dir, s, func(n int, l line) { last[l.CVE] = n }); err != nil {
		return reading, err
	}
	err = each(ctx, dir, s, func(n int, l line) {
		if last[l.CVE] != n || len(l.Ratings) == 0 {
			return
		}
		r := intel.Record{CVE: l.CVE}
		for _, one := range l.Ratings {
			r.Ratings = append(r.Ratings, intel.Rating{Source: one.Source, Vector: one.Vector})
		}
		reading.Count(add(r))
	})
	return reading, err
}

// each reads the lines of the kept file, up to where it is known to be whole.
func each(ctx context.Context, dir fs.FS, s state, do func(n int, l line)) (err error) {
	f, err := dir.Open(linesFile)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, maxLine)
	at := int64(0)
	for n := 0; lines.Scan(); n++ {
		if n%10_000 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if at += int64(len(lines.Bytes())) + 1; at > s.Size {
			return nil // what a process that was killed has begun to write
		}
		var l line
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			return fmt.Errorf("%s:%d: %w", linesFile, n+1, err)
		}
		do(n, l)
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read %s: %w", linesFile, err)
	}
	if at < s.Size {
		return fmt.Errorf("read %s: %d bytes, want %d", linesFile, at, s.Size)
	}
	return nil
}
