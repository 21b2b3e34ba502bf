// Package kev is the feed of CISA's catalogue of known exploited vulnerabilities
// (https://www.cisa.gov/known-exploited-vulnerabilities-catalog): one JSON file.
package kev

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
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
func Intelligence() feed.Intelligence {
	return document().Source(feed.Intelligence{
		Name:    "kev",
		Doc:     "CISA's catalogue of vulnerabilities that are known to be exploited, with the day by which US agencies must have mended them.",
		URL:     "https://www.cisa.gov/sites/default/files/feeds",
		License: "CC0-1.0",
	})
}

func document() feed.Document {
	return feed.Document{Name: fileName, Pattern: "known_exploited_vulnerabilities*.json", Limit: maxFile, Read: read}
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

// read reads the catalogue. One that lacks entries which it counts is refused.
func read(_ context.Context, text io.Reader, add func(intel.Record) error) (reading feed.Reading, err error) {
	var c catalog
	if err := json.NewDecoder(text).Decode(&c); err != nil {
		return reading, err
	}
	if len(c.Vulnerabilities) == 0 || len(c.Vulnerabilities) < c.Count {
		return reading, fmt.Errorf("%d entries of %d", len(c.Vulnerabilities), c.Count)
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
