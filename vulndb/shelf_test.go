package vulndb

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestShelf puts arbitrary advisories in, some of them again, and wants those of
// each ecosystem as they were, the newest of each id.
func TestShelf(t *testing.T) {
	word := rapid.SampledFrom([]string{"", "a", "b", "1.0", "2.0-1"})
	rapid.Check(t, func(t *rapid.T) {
		s := newShelf()
		newest := map[string]Advisory{}
		for range rapid.IntRange(0, 30).Draw(t, "n") {
			a := Advisory{ID: rapid.SampledFrom([]string{"X", "Y", "Z"}).Draw(t, "id"), Summary: word.Draw(t, "summary"), Modified: time.Unix(int64(rapid.IntRange(0, 3).Draw(t, "modified")), 5).UTC(), Malicious: rapid.Bool().Draw(t, "malicious")}
			for range rapid.IntRange(0, 2).Draw(t, "links") {
				a.References = append(a.References, Reference{word.Draw(t, "type"), word.Draw(t, "URL")})
				a.Upstream = append(a.Upstream, word.Draw(t, "upstream"))
				a.Severities = append(a.Severities, Severity{word.Draw(t, "type"), word.Draw(t, "score")})
			}
			for range rapid.IntRange(0, 4).Draw(t, "entries") {
				e := Affected{Ecosystem: rapid.SampledFrom([]string{"npm", "Debian:12"}).Draw(t, "ecosystem"), Name: word.Draw(t, "name"), Status: word.Draw(t, "status"), Module: word.Draw(t, "module"), Platform: word.Draw(t, "platform")}
				for range rapid.IntRange(0, 2).Draw(t, "versions") {
					e.Versions = append(e.Versions, word.Draw(t, "version"))
				}
				for range rapid.IntRange(0, 2).Draw(t, "severities") {
					e.Severities = append(e.Severities, Severity{word.Draw(t, "type"), word.Draw(t, "score")})
				}
				for range rapid.IntRange(0, 2).Draw(t, "ranges") {
					r := Range{Type: word.Draw(t, "type")}
					for range rapid.IntRange(0, 2).Draw(t, "events") {
						r.Events = append(r.Events, Event{word.Draw(t, "introduced"), word.Draw(t, "fixed"), word.Draw(t, "last"), word.Draw(t, "limit")})
					}
					e.Ranges = append(e.Ranges, r)
				}
				a.Affected = append(a.Affected, e)
			}
			if old, ok := newest[a.ID]; !ok || !a.Modified.Before(old.Modified) {
				newest[a.ID] = a
			}
			s.add(a)
		}
		s.close()
		for _, ecosystem := range []string{"npm", "Debian:12"} {
			var want, got []Advisory
			for _, a := range newest {
				a.Affected = slices.DeleteFunc(slices.Clone(a.Affected), func(e Affected) bool { return e.Ecosystem != ecosystem || !usable(&e) })
				if len(a.Affected) > 0 {
					want = append(want, a)
				}
			}
			for _, a := range s.take(ecosystem) {
				got = append(got, *a)
			}
			byID := func(a, b Advisory) int { return strings.Compare(a.ID, b.ID) }
			slices.SortFunc(want, byID)
			slices.SortFunc(got, byID)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("%s (-want +got):\n%s", ecosystem, diff)
			}
		}
	})
}
