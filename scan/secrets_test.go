package scan

import (
	"bytes"
	gocmp "cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/plimsoll/plimsoll/cache"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/image"
	"github.com/plimsoll/plimsoll/malware"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/secret"
)

// token is a token of GitHub with a right checksum, put together so that it
// stands nowhere as a whole.
const token = "ghp_" + "zQ8vYm3KfR7tLx2WnB5cJd9HsP4gT6" + "03bpZy"

func findingsOf(list []finding.Finding) []string {
	var lines []string
	for _, f := range list {
		lines = append(lines, fmt.Sprintf("%s %s %s layer %d %s:%d %s", f.Kind, f.ID, f.Severity, f.At.Layer, f.At.Path, f.At.Line, f.Message))
	}
	return lines
}

// TestSecretsInLargeFile puts secrets where one batch ends and the next begins.
func TestSecretsInLargeFile(t *testing.T) {
	finder, err := secret.New(secret.Kinds(), secret.Allow{})
	if err != nil {
		t.Fatal(err)
	}
	text := []byte(strings.Repeat("nothing is said in this line of text\n", 3*batchSize/37))
	var want []int
	for _, end := range []int{batchSize, 2*batchSize - secret.Overlap} { // of what is new in a batch
		at := end - 20
		copy(text[at:], "\nTOKEN="+token+"\n")
		want = append(want, bytes.Count(text[:at+1], []byte{'\n'})+1)
	}
	s := &Scanner{Secrets: finder, Now: time.Now}
	img := &image.Image{Config: &v1.ConfigFile{}, Layers: []image.Layer{packed(t, "a", "x", "large.txt", string(text))}}
	r, err := s.Scan(t.Context(), img)
	if err != nil {
		t.Fatal(err)
	}
	var got []int
	for _, f := range r.Findings {
		got = append(got, f.At.Line)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("lines (-want +got)", diff)
	}
}

func TestSecrets(t *testing.T) {
	finder, err := secret.New(secret.Kinds(), secret.Allow{})
	if err != nil {
		t.Fatal(err)
	}
	key := "-----BEGIN OPENSSH PRIVATE KEY-----\n" + strings.Repeat("b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\n", 4) + "-----END OPENSSH PRIVATE KEY-----\n"
	var opened atomic.Int32
	img := picture(t, &opened, map[string]string{"root/id": key, "app/.env": "A=b\nTOKEN=" + token + "\n", "usr/lib/pkg/key": key}, map[string]string{".wh.root": ""})
	img.Config.Config.Env = []string{"PATH=/bin", "GITHUB_TOKEN=" + token}
	img.Config.History = []v1.History{{CreatedBy: "ADD x in /"}, {CreatedBy: "ENV GITHUB_TOKEN=" + token, EmptyLayer: true}, {CreatedBy: "RUN rm -r /root"}}
	s := newScanner(&cache.Cache{Dir: t.TempDir()})
	s.Data, s.Secrets = nil, finder
	for range 2 {
		r, err := s.Scan(t.Context(), img)
		if err != nil {
			t.Fatal(err)
		}
		got := findingsOf(r.Findings)
		for _, line := range got {
			t.Log(line)
			if strings.Contains(line, token) {
				t.Errorf("a secret is shown: %s", line)
			}
		}
		all := strings.Join(got, "\n")
		for _, want := range []string{"layer 0 app/.env:2 ghp_", "in ENV GITHUB_TOKEN: ghp_", "layer 0 root/id:1", "gone in layer 1 and still there"} {
			if !strings.Contains(all, want) {
				t.Errorf("nothing says %q", want)
			}
		}
		if strings.Contains(all, "history entry") {
			t.Error("the history repeats ENV and so did the report")
		}
	}
	if opened.Load() != 2 {
		t.Errorf("%d layers were read, want 2", opened.Load())
	}
	entries, _ := os.ReadDir(s.Cache.Dir)
	for _, e := range entries {
		if b, err := os.ReadFile(s.Cache.Dir + "/" + e.Name()); err != nil || strings.Contains(string(b), token) {
			t.Errorf("the cache holds a secret: %v", err)
		}
	}
	s.ShowSecrets = true
	r, err := s.Scan(t.Context(), img)
	if err != nil || !strings.Contains(strings.Join(findingsOf(r.Findings), "\n"), token) || opened.Load() != 4 {
		t.Errorf("with ShowSecrets: %v %v, %d layers opened", err, r, opened.Load())
	}
}

// TestSecretsInConfiguration names all places of a secret in one finding.
func TestSecretsInConfiguration(t *testing.T) {
	finder, err := secret.New(secret.Kinds(), secret.Allow{})
	if err != nil {
		t.Fatal(err)
	}
	s := &Scanner{Secrets: finder}
	c := &v1.ConfigFile{Config: v1.Config{
		Env: []string{"A=" + token}, Labels: map[string]string{"a": token, "b": token}, Cmd: []string{"run", "--token=" + token},
	}, History: []v1.History{
		{CreatedBy: "ENV A=" + token, EmptyLayer: true}, {CreatedBy: "RUN |1 A=" + token + " /bin/sh -c make # buildkit"},
		{CreatedBy: "RUN b " + token}, {CreatedBy: "RUN c " + token},
	}}
	short := &v1.ConfigFile{Config: v1.Config{Labels: map[string]string{"a": token}}, History: c.History[:1]}
	onlyHistory := &v1.ConfigFile{History: c.History[:1]}
	sample := &v1.ConfigFile{Config: v1.Config{Env: []string{"K=AKIAIOSFODNN7" + "EXAMPLE"}}}
	for want, c := range map[string]*v1.ConfigFile{
		"secret aws-access-token low layer -1 :0 in ENV K: AKIA… (20 characters) (low: it looks like an example)":                                              sample,
		"secret github-pat critical layer -1 :0 in ENV A, LABEL a, LABEL b, CMD, history entry 2 and 2 more places: ghp_… (40 characters), its checksum holds": c,
		"secret github-pat critical layer -1 :0 in LABEL a: ghp_… (40 characters), its checksum holds":                                                         short,
		"secret github-pat critical layer -1 :0 in history entry 1: ghp_… (40 characters), its checksum holds":                                                 onlyHistory,
	} {
		if d := cmp.Diff([]string{want}, findingsOf(s.secretsInConfig(c))); d != "" {
			t.Error(d)
		}
	}
}

// TestMalwareWithoutAnswers ends a scan when an engine goes silent in the middle
// of it, and not when it is silent about a file now and then.
func TestMalwareWithoutAnswers(t *testing.T) {
	silent := fmt.Errorf("closed: %w", malware.ErrNoAnswer)
	for _, tt := range []struct {
		name    string
		answers []error
		fails   bool
	}{
		{"now and then", []error{nil, silent, silent, silent, silent, nil, silent, silent, silent, silent}, false},
		{"in a row", []error{nil, silent, silent, silent, silent, silent, nil}, true},
		{"with a file that is too large between", []error{nil, silent, silent, malware.ErrTooLarge, silent, silent, silent}, true},
		{"none", []error{silent, malware.ErrTooLarge}, true},
		{"only what is too large", []error{malware.ErrTooLarge}, false},
	} {
		e := &engines{list: []malware.Engine{fakeEngine{}, fakeEngine{}}, health: make([]health, 2)}
		for _, err := range tt.answers {
			e.count(0, nil)
			if !errors.Is(err, malware.ErrTooLarge) {
				e.count(1, err)
			}
		}
		if err := gocmp.Or(e.err(), e.end()); (err != nil) != tt.fails || err != nil && !errors.Is(err, malware.ErrUnreachable) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// TestSecretKinds leaves out a kind that is not wanted, and does not find its
// tokens under another name.
func TestSecretKinds(t *testing.T) {
	finder, err := secret.New(secret.Kinds(), secret.Allow{})
	if err != nil {
		t.Fatal(err)
	}
	var opened atomic.Int32
	img := picture(t, &opened, map[string]string{"app/.env": "API_TOKEN=" + token + "\n"})
	img.Config.Config.Env = []string{"API_TOKEN=" + token}
	s := newScanner(nil)
	s.Data, s.Secrets = nil, finder
	for id, want := range map[string]int{"github-pat": 2, "slack-bot-token": 0} {
		s.SecretKinds = func(kind string) bool { return kind == id }
		r, err := s.Scan(t.Context(), img)
		if err != nil || len(r.Findings) != want {
			t.Errorf("only %s: %v %v", id, err, findingsOf(r.Findings))
		}
	}
	s.SecretKinds = func(kind string) bool { return kind != "github-pat" }
	if r, err := s.Scan(t.Context(), img); err != nil || len(r.Findings) > 0 {
		t.Errorf("without github-pat: %v %v", err, findingsOf(r.Findings))
	}
}

// TestSecretsHidden keeps what an instruction holds out of the report, also
// where nobody looks for secrets.
func TestSecretsHidden(t *testing.T) {
	finder, err := secret.New(secret.Kinds(), secret.Allow{})
	if err != nil {
		t.Fatal(err)
	}
	var opened atomic.Int32
	img := picture(t, &opened, map[string]string{"a": "b"})
	img.Layers[0].CreatedBy = "RUN /bin/sh -c curl -H 'Authorization: Bearer " + token + "' x"
	img.Config.History = []v1.History{{CreatedBy: img.Layers[0].CreatedBy}}
	s := newScanner(nil)
	s.Data, s.Secrets, s.Hide = nil, nil, finder
	s.Rules = []rule.Rule{{ID: "quotes", Title: "It quotes", Image: func(im *rule.Image) { im.Report(rule.Found{Message: "Found " + token + "."}) }}}
	for _, show := range []bool{false, true} {
		s.ShowSecrets = show
		r, err := s.Scan(t.Context(), img)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{r.Target.Layers[0].CreatedBy, r.Findings[0].Message} {
			if !strings.Contains(text, "ghp_") || strings.Contains(text, token) != show {
				t.Errorf("with ShowSecrets %v: %s", show, text)
			}
		}
	}
}

// fakeEngine knows a file by a word and fails as it is told.
type fakeEngine struct {
	version error
	begin   error
	close   error
}

func (e fakeEngine) Name() string                            { return "fake" }
func (e fakeEngine) Version(context.Context) (string, error) { return "1", e.version }
func (e fakeEngine) Begin(context.Context, string, int64) (malware.Scan, error) {
	return &fakeScan{engine: e}, e.begin
}

type fakeScan struct {
	strings.Builder
	engine fakeEngine
}

func (s *fakeScan) Close() ([]malware.Hit, error) {
	if strings.Contains(s.String(), "evil") {
		return []malware.Hit{{Name: "Evil", By: "fake"}}, s.engine.close
	}
	return nil, s.engine.close
}

func TestMalware(t *testing.T) {
	for name, tt := range map[string]struct {
		engine fakeEngine
		want   []string
		err    string
		opened int32 // by two scans
	}{
		"found also below": {engine: fakeEngine{}, opened: 2, want: []string{
			"malware Evil critical layer 0 bin/x:0 gone in layer 1 and still there to be had: Evil by fake"}},
		"not reachable":      {engine: fakeEngine{version: errors.New("nobody there")}, err: "look for malware with fake: nobody there"},
		"gone in between":    {engine: fakeEngine{begin: fmt.Errorf("%w: closed", malware.ErrUnreachable)}, err: "engine cannot be reached"},
		"gone at the end":    {engine: fakeEngine{close: fmt.Errorf("%w: closed", malware.ErrUnreachable)}, err: "engine cannot be reached"},
		"no answer at all":   {engine: fakeEngine{close: fmt.Errorf("closed: %w", malware.ErrNoAnswer)}, err: "engine cannot be reached: for no file: closed"},
		"too slow each time": {engine: fakeEngine{close: fmt.Errorf("slow: %w", malware.ErrTimeLimit)}, err: "engine cannot be reached: for no file: slow"},
		"a file that is too big": {engine: fakeEngine{close: fmt.Errorf("%w: 3 bytes", malware.ErrTooLarge)}, opened: 3, want: []string{
			"malware Evil critical layer 0 bin/x:0 gone in layer 1 and still there to be had: Evil by fake",
			"malware not-scanned medium layer 0 bin/x:0 not scanned by fake: too large: 3 bytes"}},
	} {
		var opened atomic.Int32
		img := picture(t, &opened, map[string]string{"bin/x": "an evil thing"}, map[string]string{"bin/.wh.x": ""})
		s := newScanner(&cache.Cache{Dir: t.TempDir()})
		s.Data, s.Malware = nil, []malware.Engine{tt.engine}
		for range 2 {
			r, err := s.Scan(t.Context(), img)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("%s: %v, want %q", name, err, tt.err)
				}
				continue
			}
			if err != nil {
				t.Fatal(name, err)
			}
			if d := cmp.Diff(tt.want, findingsOf(r.Findings)); d != "" {
				t.Errorf("%s: %s", name, d)
			}
		}
		if tt.opened > 0 && opened.Load() != tt.opened {
			t.Errorf("%s: %d layers were read, want %d", name, opened.Load(), tt.opened)
		}
	}
}
