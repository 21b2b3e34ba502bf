// Package epss is the feed of the Exploit Prediction Scoring System: for every
// CVE how likely it is exploited within the next 30 days
// (https://www.first.org/epss/). It is one file a day.
package epss

import (
	"bufio"
	"context"
	"fmt"
	"io"
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
func Intelligence() feed.Intelligence {
	return document().Source(feed.Intelligence{
		Name:    "epss",
		Doc:     "EPSS: the probability that a CVE is exploited within 30 days, computed daily by FIRST.",
		URL:     "https://epss.empiricalsecurity.com",
		License: "free to use with attribution to FIRST (https://www.first.org/epss/)",
	})
}

func document() feed.Document {
	return feed.Document{Name: fileName, Pattern: "epss_scores-*.csv*", Limit: maxFile, Unpacked: maxText, Read: read}
}

// read reads the file: comment lines ("#model_version:v2025.03.14,score_date:…"),
// the header "cve,epss,percentile", and a row for each CVE.
func read(ctx context.Context, text io.Reader, add func(intel.Record) error) (reading feed.Reading, err error) {
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
			return reading, fmt.Errorf("line %d: want the header cve,epss,percentile, not %.80q", n, line)
		default:
			r, err := row(line)
			if err == nil {
				err = add(r)
			}
			reading.Count(err)
		}
	}
	if err := lines.Err(); err != nil {
		return reading, err
	}
	return reading, nil
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
