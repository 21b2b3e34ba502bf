package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/policy"
)

// lintLines is a Dockerfile with what makes carets hard to place.
var lintLines = "FROM alpine\n\tRUN apk add curl\nRUN echo 名前 && sudo ls\nRUN " + strings.Repeat("true && ", 60) + "sudo ls\nRUN apt-get update \\\n && apt-get install curl\n"

func placedSample() *Report {
	r := &Report{Verdict: policy.Verdict{Result: policy.Stop}, Target: Target{Source: DockerfileSource}}
	add := func(line, column, end int, f finding.Finding) {
		f.Kind, f.At = finding.Rule, inventory.Place{Path: "app/Dockerfile", Line: line, Column: column, EndLine: end}
		f.Fingerprint = f.ID
		r.Findings = append(r.Findings, f)
	}
	add(5, 5, 6, finding.Finding{ID: "apt-pin-version", Severity: finding.Medium, Aliases: []string{"CKV_X", "DL3008"}, Message: `pin <the> "versions" & such`})
	add(1, 6, 1, finding.Finding{ID: "from-tag-missing", Severity: finding.Medium, Aliases: []string{"DL3006"}, Message: "alpine has no tag"})
	add(2, 10, 2, finding.Finding{ID: "ours", Severity: finding.Info, Message: "only ours"})
	add(3, 20, 3, finding.Finding{ID: "user-sudo", Severity: finding.High, Aliases: []string{"DL3004"}, Message: "sudo"})
	add(4, 485, 4, finding.Finding{ID: "user-sudo", Severity: finding.High, Aliases: []string{"DL3004"}, Message: "sudo"})
	add(9, 1, 9, finding.Finding{ID: "DL1", Severity: finding.Low, Message: "a line that is not there"})
	return r
}

func lintOptions(width int) Options {
	return Options{
		Screen: Screen{Width: width}, Files: 3,
		Source: func(string) []byte { return []byte(lintLines) },
		Fix: func(fingerprint string) string {
			return map[string]string{"apt-pin-version": "add versions"}[fingerprint]
		},
	}
}

func TestLintGolden(t *testing.T) {
	for _, format := range []string{"text", "tty", "hadolint-json", "checkstyle", "codeclimate", "gitlab_codeclimate", "gnu", "codacy", "sonarqube", "junit"} {
		w, err := For(format)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := w.Write(&b, placedSample(), lintOptions(80)); err != nil {
			t.Fatal(err)
		}
		checkGolden(t, "placed."+format+".80", b.Bytes())
	}
}

// TestHadolintParses reads back what hadolint's formats write of a report that
// holds anything.
func TestHadolintParses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := anyReport(t)
		r.Target.Source = DockerfileSource
		source := text().Draw(t, "source")
		o := Options{Screen: Screen{Width: 80}, Source: func(string) []byte { return []byte(source + "\n" + source) }}
		for _, w := range writers {
			var b bytes.Buffer
			if err := w.Write(&b, r, o); err != nil {
				t.Fatalf("%s: %v", w.Name, err)
			}
			switch w.Name {
			case "hadolint-json", "gitlab_codeclimate", "sonarqube":
				if !json.Valid(b.Bytes()) {
					t.Errorf("%s is no JSON: %s", w.Name, b.Bytes())
				}
			case "checkstyle", "junit":
				var any struct{}
				if err := xml.Unmarshal(b.Bytes(), &any); err != nil {
					t.Errorf("%s is no XML: %v", w.Name, err)
				}
			case "text", "tty", "gnu":
				if strings.ContainsAny(b.String(), "\x1b\a\r") {
					t.Errorf("%s lets control characters through: %q", w.Name, b.String())
				}
			}
		}
	})
}

// TestConfiguredSeverity shows the severity that a user has set, not the one
// that hadolint would have.
func TestConfiguredSeverity(t *testing.T) {
	f := finding.Finding{ID: "x", Aliases: []string{"DL3008"}, Severity: finding.High}
	if got := hadolintWord(f, code(f)); got != "warning" {
		t.Errorf("unconfigured: %s", got)
	}
	f.Ratings = []finding.Rating{{Source: "plimsoll", Severity: finding.Low}}
	if got := hadolintWord(f, code(f)); got != "error" {
		t.Errorf("configured: %s", got)
	}
}

// TestIssueText names the kind of a secret in formats that show no title.
func TestIssueText(t *testing.T) {
	r := &Report{Findings: []finding.Finding{
		{Kind: finding.Secret, ID: "github-pat", Title: "GitHub token", Message: "ghp_… (40 characters)", At: inventory.Place{Path: "a", Line: 1}},
		{Kind: finding.Rule, ID: "user-root", Title: "The image runs as root", Message: "USER is root."},
		{Kind: finding.Malware, ID: "Eicar", Title: "Eicar", Message: "Eicar"},
	}}
	var got []string
	for _, i := range r.issues() {
		got = append(got, i.message)
	}
	slices.Sort(got)
	if d := cmp.Diff([]string{"Eicar", "GitHub token: ghp_… (40 characters)", "USER is root."}, got); d != "" {
		t.Error(d)
	}
}
