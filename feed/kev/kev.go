// Package kev is the feed of CISA's catalogue of known exploited vulnerabilities
// (https://www.cisa.gov/known-exploited-vulnerabilities-catalog): one JSON file.
package kev

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/plimsoll/plimsoll/feed"
	"github.com/plimsoll/plimsoll/intel"
)

const (
	fileName = "known_exploited_vulnerabilities.json"
	maxFile  = 64 << 20 // bytes
)

// Intelligence is the feed.
func Intelligence() feed.Intelligence { return with(feed.Patient()) }

func with(patience feed.Patience) feed.Intelligence {
	d := feed.Document{Name: fileName, Pattern: "known_exploited_vulnerabilities*.json", Limit: maxFile, Check: check, Patience: patience}
	return feed.Intelligence{
		Name:    "kev",
		Doc:     "CISA's catalogue of vulnerabilities that are known to be exploited, with the day by which US agencies must have mended them.",
		URL:     "https://www.cisa.gov/sites/default/files/feeds",
		License: "CC0-1.0",
		Fetch: func(ctx context.Context, client *http.Client, r feed.Request) (bool, error) {
			return d.Fetch(ctx, client, r)
		},
		Parse: parse,
	}
}

// check refuses what is not the catalogue, such as a page that says sorry, and
// one that lacks entries which it counts.
func check(path string) error {
	_, err := parseFile(os.DirFS(filepath.Dir(path)), filepath.Base(path), func(intel.Record) error { return nil })
	return err
}

func parse(_ context.Context, dir fs.FS, add func(intel.Record) error) (feed.Reading, error) {
	return parseFile(dir, fileName, add)
}

// catalog is the document, as its schema
// (https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities_schema.json)
// has it.
type catalog struct {
	DateReleased    string            `json:"dateReleased"`
	Count           int               `json:"count"`
	Vulnerabilities []json.RawMessage `json:"vulnerabilities"`
}

type entry struct {
	CVE        string `json:"cveID"`
	Vendor     string `json:"vendorProject"`
	Product    string `json:"product"`
	Name       string `json:"vulnerabilityName"`
	Added      string `json:"dateAdded"`
	Due        string `json:"dueDate"`
	Action     string `json:"requiredAction"`
	Ransomware string `json:"knownRansomwareCampaignUse"`
}

func parseFile(dir fs.FS, name string, add func(intel.Record) error) (reading feed.Reading, err error) {
	f, err := dir.Open(name)
	if err != nil {
		return reading, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return reading, fmt.Errorf("read %s: %w", name, err)
	}
	if len(data) > maxFile {
		return reading, fmt.Errorf("read %s: more than %d bytes", name, maxFile)
	}
	var c catalog
	if err := json.Unmarshal(data, &c); err != nil {
		return reading, fmt.Errorf("read %s: %w", name, err)
	}
	if len(c.Vulnerabilities) == 0 || len(c.Vulnerabilities) < c.Count {
		return reading, fmt.Errorf("read %s: %d entries of %d", name, len(c.Vulnerabilities), c.Count)
	}
	if t, err := time.Parse(time.RFC3339, c.DateReleased); err == nil {
		reading.AsOf = t.UTC()
	}
	for _, raw := range c.Vulnerabilities {
		r, err := record(raw)
		if err == nil {
			err = add(r)
		}
		reading.Count(err)
	}
	return reading, nil
}

// record reads one entry. Without the day on which it was added it is none.
func record(raw json.RawMessage) (intel.Record, error) {
	var e entry
	if err := json.Unmarshal(raw, &e); err != nil {
		return intel.Record{}, err
	}
	if _, err := time.Parse(time.DateOnly, e.Added); err != nil {
		return intel.Record{}, fmt.Errorf("dateAdded of %.40q: %w", e.CVE, err)
	}
	if _, err := time.Parse(time.DateOnly, e.Due); err != nil {
		e.Due = ""
	}
	return intel.Record{CVE: strings.TrimSpace(e.CVE), Exploited: intel.Exploited{
		Name: e.Name, Vendor: e.Vendor, Product: e.Product, Added: e.Added, Due: e.Due,
		Action: e.Action, Ransomware: strings.EqualFold(e.Ransomware, "Known"),
	}}, nil
}
