// Package oracle is the feed of Oracle Linux: the announcements of fixes (ELSA)
// as OVAL definitions (https://linux.oracle.com/security/oval/).
package oracle

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/plimsoll/plimsoll/feed"
	"github.com/plimsoll/plimsoll/vulndb"
)

// Feed is Oracle Linux's announcements.
func Feed() feed.Feed {
	return feed.OVAL(feed.Feed{
		Name:    "oracle",
		Doc:     "Oracle Linux: the announcements of fixes in all releases. What is not fixed is not in it.",
		URL:     "https://linux.oracle.com",
		License: "none stated: \"Copyright Oracle, Inc.\" in each definition; facts from it",
		Choice:  feed.Own,
	}, "Oracle Linux", []feed.OVALFile{{Name: "elsa.xml", Path: "/security/oval/com.oracle.elsa-all.xml.bz2"}},
		func(_ string, d feed.Definition) (vulndb.Advisory, error) { return advisory(d) })
}

// advisory is a definition as a record.
func advisory(d feed.Definition) (vulndb.Advisory, error) {
	a := vulndb.Advisory{Published: feed.Day(d.Issued), Modified: feed.Day(d.Updated), Details: vulndb.Brief(d.Description)}
	for _, r := range d.References {
		switch {
		case strings.EqualFold(r.Source, "elsa") && a.ID == "" && len(r.ID) <= 64:
			a.ID = r.ID
			if strings.HasPrefix(r.URL, "http") {
				a.References = []vulndb.Reference{{Type: "ADVISORY", URL: strings.Replace(r.URL, "http://", "https://", 1)}}
			}
		case strings.EqualFold(r.Source, "CVE") && r.ID != "" && len(r.ID) <= 64 && !slices.Contains(a.Upstream, r.ID):
			a.Upstream = append(a.Upstream, r.ID)
		}
	}
	if a.ID == "" {
		return a, &vulndb.RecordError{ID: fmt.Sprintf("%.80s", d.ID), Err: errors.New("it names no ELSA")}
	}
	a.Summary = summary(d.Title, a.ID)
	if d.Severity != "" && !strings.EqualFold(d.Severity, "N/A") {
		a.Severities = []vulndb.Severity{{Type: "word", Score: strings.ToLower(d.Severity)}}
	}
	seen := map[string]bool{}
	for _, s := range d.Says {
		release, ok := strings.CutPrefix(strings.TrimSpace(strings.TrimSuffix(s.Release, "is installed")), "Oracle Linux ")
		key := strings.Join([]string{release, s.Package, s.Below, s.Module}, "\x00")
		if !ok || s.Below == "" || seen[key] {
			continue
		}
		seen[key] = true
		a.Affected = append(a.Affected, vulndb.Affected{
			Ecosystem: "Oracle Linux:" + release, Name: s.Package, Module: module(s.Module),
			Ranges: []vulndb.Range{{Type: "ECOSYSTEM", Events: []vulndb.Event{{Introduced: "0"}, {Fixed: s.Below}}}},
		})
	}
	if len(a.Affected) == 0 {
		return a, &vulndb.RecordError{ID: a.ID, Err: errors.New("no package of a release in it")}
	}
	return a, nil
}

// summary is the title without the id before it and the severity behind it:
// "ELSA-2007-0057:  Moderate: bind security update  (MODERATE)".
func summary(title, id string) string {
	title = strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(title, id), ":"))
	if at := strings.LastIndex(title, " ("); at > 0 && strings.HasSuffix(title, ")") {
		title = title[:at]
	}
	return strings.TrimSpace(title)
}

// module is the stream in "Module nodejs:18 is enabled".
func module(comment string) string {
	return strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(comment, "Module "), " is enabled"))
}
