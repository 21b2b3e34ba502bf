package refresh

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plimsoll/plimsoll/feed"
	"github.com/plimsoll/plimsoll/vulndb"
)

// yielding is a Parse that gives records.
func yielding(list ...vulndb.Advisory) func(context.Context, fs.FS) iter.Seq2[vulndb.Advisory, error] {
	return func(context.Context, fs.FS) iter.Seq2[vulndb.Advisory, error] {
		return func(yield func(vulndb.Advisory, error) bool) {
			for _, a := range list {
				if !yield(a, nil) {
					return
				}
			}
			yield(vulndb.Advisory{}, &vulndb.RecordError{ID: "broken", Err: errors.New("broken")})
		}
	}
}

// TestComplete holds that the distribution's states are kept and what it does
// not say is added, also after changes of either source.
func TestComplete(t *testing.T) {
	affected := func(status string) []vulndb.Affected {
		return []vulndb.Affected{{Ecosystem: "Debian:12", Name: "p", Status: status, Ranges: []vulndb.Range{{Type: "ECOSYSTEM", Events: []vulndb.Event{{Introduced: "0"}}}}}}
	}
	high := []vulndb.Severity{{Type: "CVSS_V3", Score: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}}
	own, general := &source{summary: "x"}, &source{summary: "y"}
	tracker, bucket := own.feed(), general.feed()
	tracker.Name, tracker.Choice, tracker.Unrated = "tracker", feed.Named, true
	tracker.Parse = yielding(vulndb.Advisory{ID: "D-1", Affected: affected("no-dsa")}, vulndb.Advisory{ID: "D-2", Details: "own", Affected: affected("")})
	bucket.Parse = yielding(
		vulndb.Advisory{ID: "D-1", Summary: "flaw", Severities: high, Affected: affected("")},
		vulndb.Advisory{ID: "D-2", Details: "other", Affected: affected("")}, vulndb.Advisory{ID: "D-3", Affected: affected("")})
	r := refresher(t, own)
	r.Feeds, r.Named, r.MaxAge = []feed.Feed{tracker, bucket}, []Named{{Feed: "tracker"}}, 0
	results, err := r.Ensure(t.Context(), []string{"Debian:12"})
	if err != nil || results[0].Err != nil || results[0].State != Updated {
		t.Fatalf("%+v, %v", results, err)
	}
	if got, want := results[0].Segment.Source, "tracker https://example.org with test https://example.org"; got != want {
		t.Errorf("source %q, want %q", got, want)
	}
	db, err := vulndb.Open(r.Dir)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][3]string{}
	for a, err := range db.Lookup(vulndb.Key{Ecosystem: "Debian:12", Name: "p"}) {
		if err != nil {
			t.Fatal(err)
		}
		severity := ""
		for _, s := range a.Severities {
			severity += s.Score
		}
		got[a.ID] = [3]string{a.Affected[0].Status, severity, a.Summary}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	want := map[string][3]string{"D-1": {"no-dsa", high[0].Score, "flaw"}, "D-2": {"", "", ""}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	general.err = errors.New("down")
	results, err = r.Ensure(t.Context(), []string{"Debian:12"})
	if err != nil || results[0].State != Stale || !errors.Is(results[0].Err, general.err) {
		t.Errorf("the other source is down: %+v, %v", results, err)
	}
}
