package report

import (
	"encoding/json"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/internal/cases"
	"github.com/plimsoll/plimsoll/inventory"
)

// TestCasesSARIF validates every sample with the official schema.
func TestCasesSARIF(t *testing.T) {
	const name = "cases/sbom/schema/sarif"
	files, _ := filepath.Glob(filepath.Join(cases.Dir(t), filepath.FromSlash(name), "*.json"))
	if len(files) == 0 {
		t.Skipf("no schema in %s", name)
	}
	for _, file := range files {
		compiler := jsonschema.NewCompiler()
		compiler.AssertFormat()
		schema, err := compiler.Compile(file)
		if err != nil {
			t.Fatal(err)
		}
		agree, all := 0, 0
		for sample, r := range samples() {
			all++
			if err := schema.Validate(decode(t, render(t, r, "sarif", Screen{}))); err != nil {
				t.Errorf("%s: %v", sample, err)
				continue
			}
			agree++
		}
		cases.Agree(t, name, agree, all)
	}
}

// TestSARIFStructure checks what code scanning needs and no schema asks for.
func TestSARIFStructure(t *testing.T) {
	for name, r := range samples() {
		var log sarifLog
		if err := json.Unmarshal(render(t, r, "sarif", Screen{}), &log); err != nil {
			t.Fatal(err)
		}
		run := log.Runs[0]
		if len(run.Results) != len(r.Findings) {
			t.Errorf("%s: %d results of %d findings", name, len(run.Results), len(r.Findings))
		}
		for _, rule := range run.Tool.Driver.Rules {
			if s := rule.Properties.SecuritySeverity; s != "" {
				if v, err := strconv.ParseFloat(s, 64); err != nil || v <= 0 || v > 10 {
					t.Errorf("%s: security-severity %q", name, s)
				}
			}
		}
		for _, result := range run.Results {
			if id := run.Tool.Driver.Rules[result.RuleIndex].ID; id != result.RuleID {
				t.Errorf("%s: rule %q at the index of %q", name, id, result.RuleID)
			}
			at := result.Locations[0].Physical
			if u, err := url.Parse(at.Artifact.URI); err != nil || at.Artifact.URI == "" || strings.HasPrefix(u.Path, "/") {
				t.Errorf("%s: uri %q: %v", name, at.Artifact.URI, err)
			}
			if base := at.Artifact.BaseID; base == imageRoot && run.BaseIDs[base].URI == "" {
				t.Errorf("%s: no base for %s", name, base)
			}
			if at.Region.StartLine < 1 {
				t.Errorf("%s: line %d", name, at.Region.StartLine)
			}
		}
	}
}

func TestSARIFSuppressedAndMissing(t *testing.T) {
	var log sarifLog
	if err := json.Unmarshal(render(t, stopSample(), "sarif", Screen{}), &log); err != nil {
		t.Fatal(err)
	}
	suppressed := slices.IndexFunc(log.Runs[0].Results, func(r sarifResult) bool { return r.RuleID == "CVE-2023-45853" })
	if suppressed < 0 || len(log.Runs[0].Results[suppressed].Suppressions) != 1 {
		t.Error("the suppressed finding has no suppression")
	}
	if v := log.Runs[0].Invocations[0]; !v.Successful || len(v.Notifications) != 1 {
		t.Errorf("invocation %+v", v)
	}
	log = sarifLog{}
	if err := json.Unmarshal(render(t, missingSample(), "sarif", Screen{}), &log); err != nil {
		t.Fatal(err)
	}
	if v := log.Runs[0].Invocations[0]; v.Successful || len(v.Notifications) != 1 || v.Notifications[0].Level != "error" {
		t.Errorf("invocation without data %+v", v)
	}
}

func TestSARIFPlaces(t *testing.T) {
	image := Report{Target: Target{Ref: "registry.example:5000/shop:1.4", Layers: make([]Layer, 1)}}
	files := Report{Target: Target{Ref: "Dockerfile"}}
	for _, c := range []struct {
		report    *Report
		at        inventory.Place
		uri, base string
		line, end int
	}{
		{&image, inventory.Place{Path: "app/a b%c?d#e.js"}, "app/a%20b%25c%3Fd%23e.js", imageRoot, 1, 0},
		{&image, inventory.Place{Path: "c:/x"}, "./c:/x", imageRoot, 1, 0},
		{&image, inventory.Place{Path: "//host/x"}, "host/x", imageRoot, 1, 0},
		{&image, inventory.Place{}, "./registry.example:5000/shop:1.4", "", 1, 0},
		{&files, inventory.Place{Path: "build/Dockerfile", Line: 7, EndLine: 9}, "build/Dockerfile", sourceRoot, 7, 9},
		{&files, inventory.Place{Path: "/src/Dockerfile", Line: 7, EndLine: 3}, "file:///src/Dockerfile", "", 7, 0},
	} {
		got := c.report.sarifPhysical(c.at)
		if got.Artifact.URI != c.uri || got.Artifact.BaseID != c.base || got.Region.StartLine != c.line || got.Region.EndLine != c.end {
			t.Errorf("%+v: got %+v", c.at, got)
		}
	}
}

func TestScore(t *testing.T) {
	ratings := []finding.Rating{
		{Source: "NVD", Severity: finding.Critical, Score: 9.8},
		{Source: "Debian", Severity: finding.Low},
		{Source: "GHSA", Severity: finding.High, Score: 7.5},
	}
	for _, c := range []struct {
		severity finding.Severity
		want     string
	}{
		{finding.Critical, "9.8"}, {finding.High, "7.5"}, {finding.Medium, "5.5"}, {finding.Low, "2.0"}, {finding.Info, ""}, {finding.Unknown, ""},
	} {
		if got := score(finding.Finding{Severity: c.severity, Ratings: ratings}); got != c.want {
			t.Errorf("%s: %q, want %q", c.severity, got, c.want)
		}
	}
}

func TestSARIFHostileText(t *testing.T) {
	out := string(render(t, &Report{Findings: []finding.Finding{{
		Kind: finding.Vulnerability, ID: "CVE-1", Title: "[click](https://evil.example) <script>", Package: finding.Package{Name: "p"},
	}}}, "sarif", Screen{}))
	var log sarifLog
	if err := json.Unmarshal([]byte(out), &log); err != nil {
		t.Fatal(err)
	}
	if text := log.Runs[0].Results[0].Message.Text; !strings.Contains(text, `\[click\](`) {
		t.Errorf("link not escaped: %s", text)
	}
	if mark := log.Runs[0].Tool.Driver.Rules[0].Help.Markdown; strings.Contains(mark, "<script>") || strings.Contains(mark, "[click]") {
		t.Errorf("markup not escaped: %s", mark)
	}
}

// TestSARIFOldData holds that code scanning hears of old advisories.
func TestSARIFOldData(t *testing.T) {
	var log sarifLog
	if err := json.Unmarshal(render(t, samples()["old"], "sarif", Screen{}), &log); err != nil {
		t.Fatal(err)
	}
	told := map[string]string{}
	for _, n := range log.Runs[0].Invocations[0].Notifications {
		if n.Descriptor.ID == "old-data" {
			title, text, _ := strings.Cut(n.Message.Text, ": ")
			told[title] += text
		}
	}
	if !strings.Contains(told["OLD DATA"], "Debian:12 were last brought up to date 11 days ago") || !strings.Contains(told["NOT UPDATED"], "503") {
		t.Errorf("notifications: %q", told)
	}
}
