package main

import (
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"testing"

	"github.com/plimsoll/plimsoll/explore"
)

// TestWaste counts what layers hide of each other in a scan and, with other
// code, in the browser: for a Debian whose packages come and go.
func TestWaste(t *testing.T) {
	t.Parallel()
	d := newDebian(t)
	real := download(t, "hello", "tree")
	d.dpkg(t, append([]string{"-i"}, real...))
	capture(t, d.dir, "chown", "-R", "1000", "usr/bin")
	d.seal(t)
	d.dpkg(t, []string{"--purge", "hello"})
	capture(t, d.dir, "rm", "-r", "usr/share/locale", "var/lib/dpkg/info")
	put(t, d.dir, "usr/share/locale/en/new", "x")
	d.seal(t)
	docker, _ := d.image(t)
	s := newSession(t)
	r, _ := s.scan(t, "--only", "layer-waste", docker)
	var summary explore.Summary
	browsed := s.run(t, "explore", "--offline", "--json", "--no-scan", docker)
	browsed.want(t, exitOK)
	if err := json.Unmarshal([]byte(browsed.out), &summary); err != nil {
		t.Fatalf("%v\n%.500s", err, browsed.out)
	}
	u := r.Target.Usage
	got := []string{fmt.Sprint(u.Bytes, u.Hidden, u.Wasted, u.Efficiency)}
	want := []string{fmt.Sprint(summary.Bytes, summary.Hidden, summary.Wasted, math.Round(summary.Efficiency*1e4)/1e4)}
	for n, l := range summary.Layers {
		want = append(want, fmt.Sprint(n, l.Bytes, l.Hidden))
		got = append(got, fmt.Sprint(n, r.Target.Layers[n].Bytes, r.Target.Layers[n].Wasted))
	}
	diff(t, got, want)
	if u.Hidden < 10e6 || len(r.Findings) == 0 {
		t.Errorf("usage %+v, findings %v", u, r.Findings)
	}
	for _, f := range r.Findings {
		t.Logf("%d %s: %s", f.At.Layer, f.At.Path, f.Message)
	}
	t.Logf("%s: %s", filepath.Base(docker), got[0])
}
