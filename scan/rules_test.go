package scan

import (
	"context"
	"fmt"
	"io/fs"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/plimsoll/plimsoll/cache"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/walk"
)

// testRules have one side each.
func testRules() []rule.Rule {
	return []rule.Rule{
		{ID: "entry", Title: "private", Severity: finding.High, Entry: func(e *walk.Entry) *inventory.Note {
			if e.Mode&fs.ModePerm != 0o644 || !strings.HasSuffix(e.Path, ".words") {
				return nil
			}
			return &inventory.Note{Text: e.Path + " is here"}
		}},
		{ID: "file", Title: "file", Severity: finding.Low, Want: []walk.Pattern{{Glob: "*.key"}}, File: func(_ context.Context, f *walk.File, note func(inventory.Note)) error {
			b, err := f.Bytes(100)
			note(inventory.Note{Line: 2, Value: string(b)})
			return err
		}, Image: func(im *rule.Image) {
			for _, n := range im.AllNotes() {
				im.Report(rule.Found{At: rule.At(n), Message: fmt.Sprintf("%s gone in %d", n.Value, n.Gone), Severity: finding.Critical})
			}
		}},
		{ID: "history", Title: "no root", History: true, Dockerfile: func(d *rule.Dockerfile) {
			for _, i := range d.Instructions {
				if strings.HasPrefix(string(d.Source[i.Span.Start.Offset:]), "USER") {
					d.Report(rule.Problem{Span: i.Span})
				}
			}
		}},
		{ID: "config", Title: "config", Image: func(im *rule.Image) {
			im.Report(rule.Found{At: inventory.Place{Layer: -1}, Message: im.Config.Config.User})
		}},
	}
}

func TestRules(t *testing.T) {
	var opened atomic.Int32
	img := picture(t, &opened, map[string]string{"a.words": "good@1.0.0", "x.key": "secret"}, map[string]string{".wh.x.key": ""})
	img.Config.Config.User = "me"
	img.Config.History = []v1.History{
		{CreatedBy: "ADD file:1 in /"}, {CreatedBy: "USER base", EmptyLayer: true}, {CreatedBy: `CMD ["sh"]`, EmptyLayer: true},
		{CreatedBy: "USER own", EmptyLayer: true}, {CreatedBy: "RUN /bin/sh -c rm x.key # buildkit"},
	}
	s := newScanner(&cache.Cache{Dir: t.TempDir()})
	s.Rules = testRules()
	for range 2 { // the second from the cache
		r, err := s.Scan(t.Context(), img)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range r.Findings {
			got = append(got, fmt.Sprintf("%s %s %s %d %s:%d", f.ID, f.Severity, f.Message, f.At.Layer, f.At.Path, f.At.Line))
		}
		want := []string{
			"file critical secret gone in 1 0 x.key:2", "entry high a.words is here 0 a.words:0",
			"config unknown me -1 :0", "history unknown no root. In the history: USER own -1 :5",
			"history unknown no root. In the configuration: USER me -1 :7",
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
	}
	if opened.Load() != 2 {
		t.Errorf("%d layers were read, want 2", opened.Load())
	}
	s.Rules[0].Version++
	if _, err := s.Scan(t.Context(), img); err != nil || opened.Load() != 4 {
		t.Errorf("a new version of a rule must read again: %v, %d", err, opened.Load())
	}
}

// TestRuleFingerprints wants a fingerprint of its own for each finding, and the
// same one again when others are gone and a value is another.
func TestRuleFingerprints(t *testing.T) {
	scan := func(users []string, env ...string) map[string]string {
		var opened atomic.Int32
		img := picture(t, &opened, map[string]string{"a": "b"})
		img.Config.Config.Env = env
		s := newScanner(nil)
		s.Data = nil
		s.Rules = []rule.Rule{
			{ID: "users", Title: "users", Image: func(im *rule.Image) {
				for _, u := range users {
					im.Report(rule.Found{At: inventory.Place{Path: "etc/passwd"}, About: u, Message: u})
				}
				im.Report(rule.Found{Message: "one"})
				im.Report(rule.Found{Message: "two"})
			}},
			{ID: "env", Title: "env", History: true, Dockerfile: func(d *rule.Dockerfile) {
				for _, i := range d.Instructions {
					for _, p := range i.Pairs() {
						d.Report(rule.Problem{Span: p.Span, Message: p.Key})
					}
				}
			}},
		}
		r, err := s.Scan(t.Context(), img)
		if err != nil {
			t.Fatal(err)
		}
		prints, owner := map[string]string{}, map[string]string{}
		for _, f := range r.Findings {
			name, _, _ := strings.Cut(f.Message, " ") // the rest quotes the configuration
			prints[name] = f.Fingerprint
			if other, ok := owner[f.Fingerprint]; ok {
				t.Errorf("%s and %s have one fingerprint", other, name)
			}
			owner[f.Fingerprint] = name
		}
		return prints
	}
	all := scan([]string{"a", "b"}, "A=1", "B=2")
	if len(all) != 6 {
		t.Fatalf("%d findings: %v", len(all), all)
	}
	for name, print := range scan([]string{"b"}, "B=3") {
		if all[name] != print {
			t.Errorf("%s is another one than before", name)
		}
	}
}
