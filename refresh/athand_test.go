package refresh

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// TestFamily updates all releases of a family by its name.
func TestFamily(t *testing.T) {
	s := &source{summary: "first"}
	r := refresher(t, s)
	r.MaxAge = 0
	for hour, want := range []string{"first", "first", "second"} {
		s.summary = want
		r.Now = at(hour)
		results, err := r.Ensure(t.Context(), []string{"Debian", "Packagist"})
		if err != nil {
			t.Fatal(err)
		}
		if got := results[0]; got.State != Updated || len(got.Parts) != 2 || got.Err != nil {
			t.Errorf("hour %d: %+v", hour, got)
		}
		if got := results[1]; got.State != Updated || got.Segment.Ecosystem != "Packagist" {
			t.Errorf("hour %d: %+v", hour, got)
		}
		for _, ecosystem := range []string{"Debian:11", "Debian:12", "Packagist:https://drupal"} {
			if got := summary(t, r.Dir, ecosystem); got != want {
				t.Errorf("hour %d: %s: %q", hour, ecosystem, got)
			}
			if info, err := r.look(ecosystem); err != nil || info.Fetched.Hour() != hour {
				t.Errorf("hour %d: %s of %v, %v", hour, ecosystem, info.Fetched, err)
			}
		}
	}
	r.Offline = true
	if results, err := r.Ensure(t.Context(), []string{"Debian"}); err != nil || results[0].Err == nil {
		t.Errorf("offline: %+v, %v", results, err)
	}
}

// TestAtHand names segments that cannot be read any more.
func TestAtHand(t *testing.T) {
	r := refresher(t, &source{summary: "first"})
	ensure(t, r, "Debian:12", "Packagist")
	for _, name := range []string{"debian-12.seg", "stranger.seg"} {
		if err := os.WriteFile(filepath.Join(r.Dir, name), []byte("nonsense"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, unknown, err := r.AtHand()
	if err != nil || !slices.Equal(got, []string{"Debian:12", "Packagist", "Packagist:https://drupal"}) || len(unknown) != 1 {
		t.Errorf("%q, %v, %v", got, unknown, err)
	}
	r.MaxAge, r.Now = time.Hour, at(3)
	wantLines(t, ensure(t, r, got...), "Debian:12 updated 03:00", "Packagist updated 03:00", "Packagist:https://drupal updated 03:00")
}

// TestPlaces lists what data came from.
func TestPlaces(t *testing.T) {
	r := refresher(t, &source{summary: "first"})
	if got := r.Places(); len(got) != 0 {
		t.Errorf("%+v", got)
	}
	ensure(t, r, "Debian:12")
	got := r.Places()
	if len(got) != 1 || got[0].Origin != "test https://example.org" || got[0].Family != "Debian" || !got[0].Fetched.Equal(at(0)()) || got[0].Size < 5 {
		t.Errorf("%+v", got)
	}
}
