package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/plimsoll/plimsoll/explore"
)

// shopArchive is the image of the examples.
func shopArchive(t testing.TB) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "..", "examples", "shop.tar"))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestExploreSummary(t *testing.T) {
	s := newSession(t)
	r := s.run(t, "explore", "--json", shopArchive(t))
	var got explore.Summary
	if err := json.Unmarshal([]byte(r.out), &got); err != nil || r.code != exitOK {
		t.Fatalf("exit code %d, %v\n%s", r.code, err, r.err)
	}
	if len(got.Layers) != len(got.Image.Layers) || len(got.Layers) == 0 || got.Wasted == 0 || got.Efficiency <= 0 || got.Efficiency >= 1 {
		t.Errorf("the summary is %+v", got)
	}
	for _, args := range [][]string{{"--min-efficiency", "0.99"}, {"--max-wasted", "1kB"}} {
		if r := s.run(t, append(append([]string{"explore"}, args...), shopArchive(t))...); r.code != exitStop || !strings.Contains(r.err, args[0]) {
			t.Errorf("%v: exit code %d, want %d\n%s", args, r.code, exitStop, r.err)
		}
	}
	if files := filesBelow(t, filepath.Join(s.home, ".cache", "plimsoll", "layers")); len(files) != len(got.Layers) {
		t.Errorf("%d listings are kept of %d layers", len(files), len(got.Layers))
	}
}

// TestExploreReportUnused refuses a report that nobody would read.
func TestExploreReportUnused(t *testing.T) {
	s := newSession(t)
	if r := s.run(t, "explore", "--report", "none.json", shopArchive(t)); r.code != exitUsage || !strings.Contains(r.err, "--save") {
		t.Errorf("exit code %d, %s", r.code, r.err)
	}
	if r := s.run(t, "explore", "--report", "none.json", "--save", "kept", shopArchive(t)); r.code != exitFailed || !strings.Contains(r.err, "none.json") {
		t.Errorf("exit code %d, %s", r.code, r.err)
	}
}
