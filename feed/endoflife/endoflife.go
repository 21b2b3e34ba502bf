// Package endoflife is the feed of endoflife.date: the days on which releases of
// distributions and of what else Docker's official images hold get their last
// fixes (https://endoflife.date/docs/api/v1/). It is one file.
package endoflife

import (
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/plimsoll/plimsoll/feed"
	"github.com/plimsoll/plimsoll/intel"
)

const (
	fileName    = "full"   // of all products with their releases
	maxFile     = 64 << 20 // bytes; real ones have some million
	maxReleases = 10_000   // of a product
)

// productData are the products that are used: their names at endoflife.date,
// those of Docker's images or of os-release IDs, and which end counts: that of
// the project's own long-term support where it has one ("extended"), not that of
// support that is sold.
//
//go:embed products.csv
var productData string

// product is one that is used.
type product struct {
	image    string
	extended bool // the end of extended support counts
	named    bool // tags have the first word of the release's name
}

// products are those that are used by their names at endoflife.date.
var products = sync.OnceValue(func() map[string][]product {
	out := map[string][]product{}
	for line := range strings.Lines(productData) {
		fields := strings.Split(strings.TrimSpace(line), ",")
		if len(fields) == 3 && fields[0] != "product" {
			out[fields[0]] = append(out[fields[0]], product{
				image: fields[1], extended: strings.Contains(fields[2], "extended"), named: strings.Contains(fields[2], "named"),
			})
		}
	}
	return out
})

// Intelligence is the feed.
func Intelligence() feed.Intelligence {
	return document().Source(feed.Intelligence{
		Name:     "endoflife",
		Doc:      "endoflife.date: the days on which releases of distributions, languages and servers get their last fixes.",
		URL:      "https://endoflife.date/api/v1/products",
		License:  "MIT",
		Counts:   "releases",
		Optional: true,
	})
}

func document() feed.Document {
	return feed.Document{Name: fileName, Pattern: fileName + "*", Limit: maxFile, Gzip: true, Read: read}
}

// answer is the document as far as it is used.
type answer struct {
	Version   string            `json:"schema_version"`
	Generated string            `json:"generated_at"`
	Result    []json.RawMessage `json:"result"`
}

type entry struct {
	Name     string            `json:"name"`
	Aliases  []string          `json:"aliases"` // names that it had
	Releases []json.RawMessage `json:"releases"`
}

type release struct {
	Name     string `json:"name"`
	Codename string `json:"codename"`
	Ends     string `json:"eolFrom"`
	Extended string `json:"eoesFrom"`
}

// read reads the document. Products that are not used are passed over, and so
// are releases whose end is not known.
func read(ctx context.Context, text io.Reader, add func(intel.Record) error) (reading feed.Reading, err error) {
	var a answer
	if err := json.NewDecoder(text).Decode(&a); err != nil {
		return reading, err
	}
	if major, _, _ := strings.Cut(a.Version, "."); major != "1" {
		return reading, fmt.Errorf("schema_version %.20q, want 1", a.Version)
	}
	if t, err := time.Parse(time.RFC3339, a.Generated); err == nil {
		reading.AsOf = t.UTC()
	}
	for _, raw := range a.Result {
		if ctx.Err() != nil {
			return reading, ctx.Err()
		}
		var e entry
		if err := json.Unmarshal(raw, &e); err != nil || len(e.Releases) > maxReleases {
			reading.Count(errors.New("no product"))
			continue
		}
		for _, p := range e.used() {
			for _, raw := range e.Releases {
				if r, known, err := p.release(raw); known || err != nil {
					if err == nil {
						err = add(intel.Record{Release: r})
					}
					reading.Count(err)
				}
			}
		}
	}
	return reading, nil
}

// used is what the product is used for, by its name or one that it had.
func (e *entry) used() []product {
	for _, name := range append([]string{e.Name}, e.Aliases...) {
		if used := products()[name]; used != nil {
			return used
		}
	}
	return nil
}

// release is one of a product; known is false where its end is not.
func (p product) release(raw json.RawMessage) (out intel.Release, known bool, err error) {
	var r release
	if err := json.Unmarshal(raw, &r); err != nil {
		return out, false, err
	}
	out = intel.Release{Product: p.image, Version: r.Name, Ends: r.Ends}
	if p.extended {
		out.Ends = cmp.Or(r.Extended, r.Ends)
	}
	if p.named {
		out.Name, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(r.Codename)), " ")
	}
	return out, out.Ends != "", nil
}
