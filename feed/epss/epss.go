// Package epss is the feed of the Exploit Prediction Scoring System: for every
// CVE how likely it is exploited within the next 30 days
// (https://www.first.org/epss/). It is one file a day.
package epss

import (
	"bufio"
	"compress/gzip"
	"context"
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

	"github.com/plimsoll/plimsoll/feed"
	"github.com/plimsoll/plimsoll/intel"
)

const (
	fileName = "epss_scores-current.csv.gz"
	maxFile  = 64 << 20  // bytes of the file as served
	maxText  = 512 << 20 // and unpacked
	maxLine  = 4 << 10
)

// Intelligence is the feed.
func Intelligence() feed.Intelligence { return with(feed.Patient()) }

func with(patience feed.Patience) feed.Intelligence {
	d := feed.Document{Name: fileName, Pattern: "epss_scores-*.csv*", Limit: maxFile, Check: check, Patience: patience}
	return feed.Intelligence{
		Name:    "epss",
		Doc:     "EPSS: the probability that a CVE is exploited within 30 days, computed daily by FIRST.",
		URL:     "https://epss.empiricalsecurity.com",
		License: "free to use with attribution to FIRST (https://www.first.org/epss/)",
		Fetch: func(ctx context.Context, client *http.Client, r feed.Request) (bool, error) {
			return d.Fetch(ctx, client, r)
		},
		Parse: parse,
	}
}

// check refuses what is not the file, such as a page that says sorry: it must
// have its header, and rows.
func check(path string) error {
	reading, err := parseFile(context.Background(), os.DirFS(filepath.Dir(path)), filepath.Base(path), func(intel.Record) error { return nil })
	if err == nil && reading.Records == 0 {
		err = errors.New("no scores in it")
	}
	return err
}

// parse reads the file: comment lines ("#model_version:v2025.03.14,score_date:…"),
// the header "cve,epss,percentile", and a row for each CVE.
func parse(ctx context.Context, dir fs.FS, add func(intel.Record) error) (feed.Reading, error) {
	return parseFile(ctx, dir, fileName, add)
}

func parseFile(ctx context.Context, dir fs.FS, name string, add func(intel.Record) error) (reading feed.Reading, err error) {
	f, err := dir.Open(name)
	if err != nil {
		return reading, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	unpacked, err := unpack(f)
	if err != nil {
		return reading, fmt.Errorf("read %s: %w", name, err)
	}
	text := &io.LimitedReader{R: unpacked, N: maxText}
	lines := bufio.NewScanner(text)
	lines.Buffer(nil, maxLine)
	header := false
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimRight(lines.Text(), "\r")
		switch {
		case n%10_000 == 0 && ctx.Err() != nil:
			return reading, ctx.Err()
		case line == "":
		case strings.HasPrefix(line, "#"):
			reading.AsOf = scoreDate(line)
		case !header && line == "cve,epss,percentile":
			header = true
		case !header:
			return reading, fmt.Errorf("%s:%d: want the header cve,epss,percentile, not %.80q", name, n, line)
		default:
			r, err := row(line)
			if err == nil {
				err = add(r)
			}
			reading.Count(err)
		}
	}
	if err := lines.Err(); err != nil {
		return reading, fmt.Errorf("read %s: %w", name, err)
	}
	if text.N <= 0 {
		return reading, fmt.Errorf("read %s: more than %d bytes unpacked", name, maxText)
	}
	return reading, nil
}

// unpack reads a file that is packed, as it is published, or not.
func unpack(r io.Reader) (io.Reader, error) {
	buffered := bufio.NewReader(r)
	if head, _ := buffered.Peek(2); string(head) != "\x1f\x8b" {
		return buffered, nil
	}
	return gzip.NewReader(buffered)
}

// row reads "CVE-1999-0001,0.03351,0.87650".
func row(line string) (r intel.Record, err error) {
	fields := strings.Split(line, ",")
	if len(fields) != 3 {
		return r, fmt.Errorf("want three fields, not %.80q", line)
	}
	r.CVE = fields[0]
	if r.Score.Probability, err = strconv.ParseFloat(fields[1], 64); err != nil {
		return r, err
	}
	r.Score.Percentile, err = strconv.ParseFloat(fields[2], 64)
	return r, err
}

// scoreDate is the day of the scores, the zero time where the comment has none.
func scoreDate(comment string) time.Time {
	_, date, _ := strings.Cut(comment, "score_date:")
	date, _, _ = strings.Cut(date, ",")
	if len(date) < len(time.DateOnly) {
		return time.Time{}
	}
	day, err := time.Parse(time.DateOnly, date[:len(time.DateOnly)])
	if err != nil {
		return time.Time{}
	}
	return day
}
