package main

import (
	"slices"
	"strings"

	"github.com/plimsoll/plimsoll/version"
	"github.com/plimsoll/plimsoll/vulndb"
)

// holds tells whether a record calls a version of a package affected, by the
// letter of the OSV schema's section on evaluation: events sorted, then walked.
// It is written apart from package match, so that a disagreement with a label
// can be laid to the data or to matching.
func holds(a *vulndb.Advisory, key vulndb.Key, v string) bool {
	name, _ := version.ForEcosystem(key.Ecosystem)
	scheme, ok := version.For(name)
	for i := range a.Affected {
		e := &a.Affected[i]
		if slices.Contains(e.Versions, v) {
			return true
		}
		for _, r := range e.Ranges {
			if ok && r.Type != "GIT" && walk(scheme, r.Events, v) {
				return true
			}
		}
	}
	return false
}

// walk goes through the events of a range in the order of their versions.
func walk(scheme version.Scheme, events []vulndb.Event, v string) bool {
	order := func(a, b string) int {
		switch {
		case a == b:
			return 0
		case a == "0":
			return -1
		case b == "0":
			return 1
		}
		c, err := scheme.Compare(a, b)
		if err != nil {
			return strings.Compare(a, b)
		}
		return c
	}
	sorted := slices.Clone(events)
	slices.SortStableFunc(sorted, func(a, b vulndb.Event) int { return order(at(a), at(b)) })
	affected := false
	for _, e := range sorted {
		switch {
		case e.Introduced != "" && order(v, e.Introduced) >= 0:
			affected = true
		case e.Fixed != "" && order(v, e.Fixed) >= 0, e.LastAffected != "" && order(v, e.LastAffected) > 0:
			affected = false
		}
	}
	return affected
}

// at is the version of an event.
func at(e vulndb.Event) string { return e.Introduced + e.Fixed + e.LastAffected + e.Limit }

// saying is what a record says of a package, in short: "GO-2024-1: 1.2 fixed 1.3".
func saying(a *vulndb.Advisory) string {
	var parts []string
	for i := range a.Affected {
		e := &a.Affected[i]
		for _, r := range e.Ranges {
			for _, event := range r.Events {
				switch {
				case event.Introduced != "" && event.Introduced != "0":
					parts = append(parts, "from "+event.Introduced)
				case event.Fixed != "":
					parts = append(parts, "fixed "+event.Fixed)
				case event.LastAffected != "":
					parts = append(parts, "up to "+event.LastAffected)
				}
			}
		}
		if len(e.Ranges) == 0 && len(e.Versions) > 0 {
			parts = append(parts, "some versions")
		}
	}
	const most = 6
	if len(parts) > most {
		parts = append(parts[:most], "…")
	}
	if len(parts) == 0 {
		parts = []string{"every version"}
	}
	return a.ID + ": " + strings.Join(parts, ", ")
}
