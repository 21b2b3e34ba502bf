package report

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plimsoll/plimsoll/finding"
)

var update = flag.Bool("update", false, "write the golden files")

// goldens are samples with the screen that they are shown on.
var goldens = []struct {
	sample, format string
	screen         Screen
}{
	{"stop", "text", Screen{Width: 60}},
	{"stop", "text", Screen{Width: 80}},
	{"stop", "text", Screen{Width: 120}},
	{"stop", "text", Screen{Width: 100, Color: true}},
	{"stop", "text", Screen{Width: 80, ASCII: true}},
	{"stop", "text", Screen{Width: 160}},
	{"stop", "full", Screen{Width: 120}},
	{"go", "text", Screen{Width: 80}},
	{"missing", "text", Screen{Width: 80}},
	{"starter", "text", Screen{Width: 80}},
	{"huge", "text", Screen{Width: 100}},
	{"hostile", "text", Screen{Width: 80}},
	{"hostile", "full", Screen{Width: 100}},
	{"unfixed", "text", Screen{Width: 80}},
	{"old", "text", Screen{Width: 80}},
	{"leftover", "text", Screen{Width: 80}},
	{"one", "text", Screen{Width: 80}},
	{"nothing", "text", Screen{Width: 80}},
	{"lint", "text", Screen{Width: 80}},
	{"zero", "text", Screen{Width: 80}},
	{"exploit", "text", Screen{Width: 120}},
	{"exploit", "text", Screen{Width: 60}},
	{"exploit", "full", Screen{Width: 100}},
}

func TestTextGolden(t *testing.T) {
	for _, g := range goldens {
		name := fmt.Sprintf("%s.%s.%d", g.sample, g.format, g.screen.Width)
		if g.screen.Color {
			name += ".color"
		}
		if g.screen.ASCII {
			name += ".ascii"
		}
		t.Run(name, func(t *testing.T) {
			checkGolden(t, name, render(t, samples()[g.sample], g.format, g.screen))
		})
	}
}

func checkGolden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (go test -update writes it)", err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", path, diff)
	}
}

func render(t testing.TB, r *Report, format string, s Screen) []byte {
	t.Helper()
	w, err := For(format)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := w.Write(&b, r, Options{Screen: s, Now: now, Version: "0.0.0-test"}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestScope says what was not looked for, and does not alarm about it.
func TestScope(t *testing.T) {
	r := &Report{Target: Target{Layers: []Layer{{}}}}
	for _, tt := range []struct {
		checks []finding.Kind
		scope  string
		alarm  bool
	}{
		{nil, "", true},
		{[]finding.Kind{finding.Vulnerability, finding.Secret, finding.Rule}, "", true},
		{[]finding.Kind{finding.Secret}, "looked for secrets only, not for vulnerabilities and broken rules", false},
		{[]finding.Kind{finding.Vulnerability, finding.Malware}, "looked for vulnerabilities and malicious files or packages only, not for secrets and broken rules", true},
	} {
		r.Checks = tt.checks
		text := string(render(t, r, "text", Screen{Width: 120}))
		if (tt.scope == "") == strings.Contains(text, "Scope") || !strings.Contains(text, tt.scope) {
			t.Errorf("%v: want %q in\n%s", tt.checks, tt.scope, text)
		}
		if strings.Contains(text, "NO PACKAGES") != tt.alarm {
			t.Errorf("%v: want the alarm: %v\n%s", tt.checks, tt.alarm, text)
		}
	}
}
