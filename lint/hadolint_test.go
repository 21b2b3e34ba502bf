package lint

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

const hadolintText = `# as its README has it
failure-threshold: warning
format: tty
ignored:
  - DL3000
  - SC1010
override:
  error: [DL3001, DL3002]
  warning:
    - DL3001
  loud: [DL1]
label-schema:
  author: text
  built: RFC3339
  bad: none
strict-labels: yes
disable-ignore-pragma: false
no-fail: maybe
trustedRegistries: [docker.io, "*.example.com"]
unknown: 1
`

func TestHadolintConfig(t *testing.T) {
	got, err := parseHadolintConfig("h.yaml", []byte(hadolintText))
	if err != nil {
		t.Fatal(err)
	}
	warnings := messages(got.Warnings)
	got.Warnings = nil
	want := &HadolintConfig{
		Path: "h.yaml", Ignored: []string{"DL3000", "SC1010"},
		Severities:        map[string]finding.Severity{"dl3001": finding.High, "dl3002": finding.High},
		TrustedRegistries: []string{"docker.io", "*.example.com"},
		LabelSchema:       map[string]string{"author": "text", "built": "rfc3339"},
		StrictLabels:      true, FailOn: "medium", Formats: []string{"tty"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]string{
		`h.yaml:11:3: unknown severity "loud" is left out: use error, warning, info or style`,
		`h.yaml:15:8: unknown label format "none": use text, url, spdx, hash, rfc3339, semver, email`,
		`h.yaml:18:10: no-fail wants true or false`,
		`h.yaml:20:1: unknown key "unknown" is left out`,
	}, warnings); diff != "" {
		t.Errorf("warnings (-want +got)\n%s", diff)
	}
}

func TestHadolintConfigOdd(t *testing.T) {
	tests := []struct{ text, err string }{
		{"", ""},
		{"# nothing\n", ""},
		{"null\n", ""},
		{"ignored:\noverride:\nlabel-schema:\n", ""},
		{"{\"ignored\": [\"DL3000\"]}", ""},
		{"ignored: DL3000\n", ""},
		{"ignored: [\n", "h.yaml:"},
		{"- a\n", "h.yaml:1:1: want keys and values"},
		{"word\n", "h.yaml:1:1: want keys and values"},
		{"\x00\x01", "h.yaml:1:1: "},
	}
	for _, tt := range tests {
		c, err := parseHadolintConfig("h.yaml", []byte(tt.text))
		if tt.err == "" && (err != nil || len(c.Warnings) > 0) || tt.err != "" && (err == nil || !strings.HasPrefix(err.Error(), tt.err)) {
			t.Errorf("%q: %+v, %v, want %q", tt.text, c, err, tt.err)
		}
	}
}

func FuzzHadolintConfig(f *testing.F) {
	f.Add([]byte(hadolintText))
	f.Add([]byte("a: &a [*a]\nignored: *a\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if c, err := parseHadolintConfig("h.yaml", data); err == nil && c == nil {
			t.Error("neither a configuration nor an error")
		}
	})
}

func TestFindHadolintConfig(t *testing.T) {
	home := t.TempDir()
	tree(t, map[string]string{"x": ""})
	env := func(name string) string { return map[string]string{"HOME": home}[name] }
	if got := FindHadolintConfig(env); got != "" {
		t.Errorf("found %s", got)
	}
	for _, p := range []string{".hadolint.yml", ".hadolint.yaml", ".hadolint/config.yaml", ".hadolint/hadolint.yaml", ".config/hadolint.yaml"} {
		path := filepath.Join(home, p)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		if got := FindHadolintConfig(env); got != path {
			t.Errorf("found %s, want %s", got, path)
		}
	}
	if err := os.WriteFile(".hadolint.yaml", nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if got := FindHadolintConfig(env); got != ".hadolint.yaml" {
		t.Errorf("found %s, want that of the working directory", got)
	}
}

func TestHadolintApply(t *testing.T) {
	l := marks()
	l.Severities, l.Settings.LabelSchema = map[string]finding.Severity{}, map[string]string{}
	c, err := parseHadolintConfig("h.yaml", []byte("override: {style: [CKV_1]}\n"))
	if err != nil {
		t.Fatal(err)
	}
	source := Source{Text: []byte("FROM a\nRUN bad\n")}
	severity := func() (finding.Severity, int) {
		f := l.Lint(t.Context(), source).Findings[0]
		return f.Severity, len(f.Ratings)
	}
	if s, n := severity(); s != finding.Medium || n != 0 {
		t.Errorf("without: %v", s)
	}
	l.Hadolint = true
	l.Rules[0].Aliases = []string{"DL3004"}
	if s, n := severity(); s != finding.High || n != 1 {
		t.Errorf("hadolint's own: %v", s)
	}
	l.Rules[0].Aliases = []string{"DL3004", "CKV_1"}
	c.Apply(l)
	if s, _ := severity(); s != finding.Info {
		t.Errorf("overridden: %v", s)
	}
	l.Severities["never"] = finding.Critical
	if s, _ := severity(); s != finding.Critical {
		t.Errorf("our id goes before aliases: %v", s)
	}
}

func TestSelect(t *testing.T) {
	all := []rule.Rule{
		{ID: "old", Since: "2026.1"}, {ID: "new", Since: "2026.10", Aliases: []string{"DL1"}}, {ID: "off", Since: "2026.2", Off: true}, {ID: "first"},
	}
	tests := []struct {
		name string
		s    Selection
		want string
	}{
		{"default", Selection{}, "old new first"},
		{"all", Selection{All: true}, "old new off first"},
		{"asked for", Selection{On: []string{"OFF"}}, "old new off first"},
		{"only", Selection{Only: []string{"dl1", "off"}}, "new off"},
		{"level", Selection{Level: "2026.2", All: true}, "old off first"},
		{"level before all", Selection{Level: "2025.9"}, "first"},
	}
	for _, tt := range tests {
		chosen, err := Select(all, tt.s)
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, r := range chosen {
			ids = append(ids, r.ID)
		}
		if got := strings.Join(ids, " "); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
	for _, s := range []Selection{{Only: []string{"none"}}, {Level: "x"}, {Level: "2026"}} {
		if _, err := Select(all, s); err == nil {
			t.Errorf("no error for %+v", s)
		}
	}
}
