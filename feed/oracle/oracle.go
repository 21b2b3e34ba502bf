// Package oracle is the feed of Oracle Linux: the announcements of fixes (ELSA)
// as OVAL definitions (https://linux.oracle.com/security/oval/).
package oracle

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/plimsoll/plimsoll/feed"
	"github.com/plimsoll/plimsoll/vulndb"
)

// file is the name of the copy of the definitions.
const file = "elsa.xml"

// Feed is Oracle Linux's announcements.
func Feed() feed.Feed {
	return feed.Feed{
		Name:    "oracle",
		Doc:     "Oracle Linux: the announcements of fixes in all releases. What is not fixed is not in it.",
		URL:     "https://linux.oracle.com",
		License: "none stated: \"Copyright Oracle, Inc.\" in each definition; facts from it",
		Choice:  feed.Own,
		Covers:  func(ecosystem string) bool { return ecosystem == "Oracle Linux" },
		Fetch: func(ctx context.Context, client *http.Client, r feed.Request) (bool, error) {
			return feed.Keep(ctx, r.Getter(client), r, plan)
		},
		Parse: parse,
	}
}

// plan is the one file with all definitions.
func plan(_ context.Context, s *feed.Source) ([]feed.Item, error) {
	return []feed.Item{{Name: file, URL: s.URL + "/security/oval/com.oracle.elsa-all.xml.bz2", Check: feed.IsXML}}, nil
}

// parse yields a record for each announcement.
func parse(ctx context.Context, dir fs.FS) iter.Seq2[vulndb.Advisory, error] {
	return func(yield func(vulndb.Advisory, error) bool) {
		stopped := errors.New("the consumer has stopped")
		c, err := feed.OpenCopy(dir, file)
		if err == nil {
			err = errors.Join(feed.ReadOVAL(ctx, c, func(d feed.Definition) error {
				if !yield(advisory(d)) {
					return stopped
				}
				return nil
			}), c.Close())
		}
		if err != nil && !errors.Is(err, stopped) {
			yield(vulndb.Advisory{}, fmt.Errorf("read Oracle Linux's announcements: %w", err))
		}
	}
}

// advisory is a definition as a record.
func advisory(d feed.Definition) (vulndb.Advisory, error) {
	a := vulndb.Advisory{Published: day(d.Issued), Modified: day(d.Updated), Details: vulndb.Brief(d.Description)}
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

func day(text string) time.Time {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return time.Time{}
	}
	return t
}
