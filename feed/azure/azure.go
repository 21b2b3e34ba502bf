// Package azure is the feed of Azure Linux and of CBL-Mariner, as it was called
// before: vulnerabilities of source packages as OVAL definitions, a file for each
// release, also those that have no fix yet
// (https://github.com/microsoft/AzureLinuxVulnerabilityData).
package azure

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/plimsoll/plimsoll/feed"
	"github.com/plimsoll/plimsoll/vulndb"
)

// Feed is Azure Linux's vulnerabilities.
func Feed() feed.Feed {
	return feed.OVAL(feed.Feed{
		Name:    "azure",
		Doc:     "Azure Linux and CBL-Mariner: vulnerabilities with and without a fix. The OSV database has those with one.",
		URL:     "https://raw.githubusercontent.com/microsoft/AzureLinuxVulnerabilityData/main",
		License: "as the repository states; facts from its OVAL definitions",
		Choice:  feed.Named,
	}, "Azure Linux", []feed.OVALFile{
		{Name: "1.xml", Path: "/cbl-mariner-1.0-oval.xml"},
		{Name: "2.xml", Path: "/cbl-mariner-2.0-oval.xml"},
		{Name: "3.xml", Path: "/azurelinux-3.0-oval.xml"},
	}, advisory)
}

// advisory is a definition as a record. Its id is the one that the OSV database
// gives it.
func advisory(file string, d feed.Definition) (vulndb.Advisory, error) {
	release, _, _ := strings.Cut(file, ".")
	number, _, _ := strings.Cut(d.Advisory, "-")
	if number == "" {
		number = d.ID[strings.LastIndexByte(d.ID, ':')+1:]
	}
	if number == "" || len(number) > 32 || strings.Trim(number, "0123456789") != "" {
		return vulndb.Advisory{}, &vulndb.RecordError{ID: fmt.Sprintf("%.80s", d.ID), Err: errors.New("it has no number")}
	}
	day := feed.Day(d.Issued)
	a := vulndb.Advisory{ID: "AZL-" + number, Summary: d.Title, Published: day, Modified: day}
	for _, r := range d.References {
		if strings.EqualFold(r.Source, "CVE") && strings.HasPrefix(r.ID, "CVE-") && len(r.ID) <= 64 && !slices.Contains(a.Upstream, r.ID) {
			a.Upstream = append(a.Upstream, r.ID)
		}
	}
	if len(a.Upstream) == 0 {
		return a, &vulndb.RecordError{ID: a.ID, Err: errors.New("it names no CVE")}
	}
	if d.Severity != "" {
		a.Severities = []vulndb.Severity{{Type: "word", Score: strings.ToLower(d.Severity)}}
	}
	for _, s := range d.Says {
		e := vulndb.Affected{Ecosystem: "Azure Linux:" + release, Name: s.Package}
		events := []vulndb.Event{{Introduced: "0"}}
		switch {
		case s.Below != "":
			events = append(events, vulndb.Event{Fixed: s.Below})
		case s.Last != "":
			events = append(events, vulndb.Event{LastAffected: s.Last})
		}
		if strings.EqualFold(d.Patchable, "not applicable") {
			e.Status = "not-affected"
		}
		e.Ranges = []vulndb.Range{{Type: "ECOSYSTEM", Events: events}}
		a.Affected = append(a.Affected, e)
	}
	if len(a.Affected) == 0 {
		return a, &vulndb.RecordError{ID: a.ID, Err: errors.New("no package in it")}
	}
	return a, nil
}
