// Package photon is the feed of Photon OS: the announcements of fixes (PHSA) as
// OVAL definitions, a file for each release
// (https://packages.broadcom.com/photon/photon_oval_definitions/). They took the
// place of the lists of CVEs in photon_cve_metadata, which are gone.
package photon

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/plimsoll/plimsoll/feed"
	"github.com/plimsoll/plimsoll/vulndb"
)

// releases are the releases that have a file.
var releases = [...]string{"1", "2", "3", "4", "5", "6"}

// Feed is Photon OS's announcements.
func Feed() feed.Feed {
	var files []feed.OVALFile
	for _, r := range releases {
		files = append(files, feed.OVALFile{Name: r + ".xml", Path: "/photon_oval_definitions/com.vmware.phsa-photon" + r + ".xml.gz"})
	}
	return feed.OVAL(feed.Feed{
		Name:    "photon",
		Doc:     "Photon OS: the announcements of fixes in each release. What is not fixed is not in it.",
		URL:     "https://packages.broadcom.com/photon",
		License: "none stated: \"Copyright VMware Inc.\" in each definition; facts from it",
		Choice:  feed.Own,
	}, "Photon OS", files, advisory)
}

// advisory is a definition as a record.
func advisory(file string, d feed.Definition) (vulndb.Advisory, error) {
	release, _, _ := strings.Cut(file, ".")
	a := vulndb.Advisory{Published: feed.Day(d.Issued), Modified: feed.Day(d.Updated), Summary: d.Title, Details: vulndb.Brief(d.Description)}
	for _, r := range d.References {
		switch {
		case strings.EqualFold(r.Source, "PHSA"):
			a.ID = id(r.ID, d.Issued)
			a.References = []vulndb.Reference{{Type: "ADVISORY", URL: r.URL}}
		case strings.EqualFold(r.Source, "CVE"):
			if cve := r.ID[strings.LastIndexByte(r.ID, ':')+1:]; strings.HasPrefix(cve, "CVE-") && len(cve) <= 64 && !slices.Contains(a.Upstream, cve) {
				a.Upstream = append(a.Upstream, cve)
			}
		}
	}
	if a.ID == "" {
		return a, &vulndb.RecordError{ID: fmt.Sprintf("%.80s", d.ID), Err: errors.New("it names no PHSA")}
	}
	if d.Severity != "" {
		a.Severities = []vulndb.Severity{{Type: "word", Score: strings.ToLower(d.Severity)}}
	}
	seen := map[[2]string]bool{}
	for _, s := range d.Says {
		if key := [2]string{s.Package, s.Below}; s.Below != "" && !seen[key] {
			seen[key] = true
			a.Affected = append(a.Affected, vulndb.Affected{
				Ecosystem: "Photon OS:" + release + ".0", Name: s.Package,
				Ranges: []vulndb.Range{{Type: "ECOSYSTEM", Events: []vulndb.Event{{Introduced: "0"}, {Fixed: s.Below}}}},
			})
		}
	}
	if len(a.Affected) == 0 {
		return a, &vulndb.RecordError{ID: a.ID, Err: errors.New("no package in it")}
	}
	return a, nil
}

// id is how the announcement is known elsewhere, PHSA-2023-5.0-20 of
// "PHSA:00001:5.0:20"; empty where the reference is none.
func id(reference, issued string) string {
	parts := strings.Split(reference, ":")
	day := feed.Day(issued)
	if len(parts) != 4 || parts[0] != "PHSA" || day.IsZero() || len(reference) > 64 || strings.ContainsAny(reference, " /") || parts[2] == "" || parts[3] == "" {
		return ""
	}
	return fmt.Sprintf("PHSA-%d-%s-%s", day.Year(), parts[2], parts[3])
}
