package rules_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/plimsoll/plimsoll/image"
	"github.com/plimsoll/plimsoll/internal/cases"
	"github.com/plimsoll/plimsoll/rules"
	"github.com/plimsoll/plimsoll/secret"
)

// imageCase is a record of the cases that other tools have of images. Which
// fields it has depends on its kind, as the README beside the files says.
type imageCase struct {
	ID, Kind, Rule string
	Config         json.RawMessage
	CreatedBy      string `json:"created_by"`
	Reference      string
	Expect         json.RawMessage
}

// agreeAll counts the cases of a file on which judge agrees, and fails below a
// share of them, in percent. A case that only describes an image in words is not
// counted.
func agreeAll(t *testing.T, name string, least int, judge func(*imageCase) (agrees bool, got string)) {
	good, all, shown := 0, 0, 0
	cases.Each(t, filepath.Join(cases.Dir(t, "cases", "lint"), name+".jsonl"), func(c imageCase) {
		if c.Kind == "image-described" && len(c.Config) == 0 {
			t.Logf("%s: an image in words cannot be held against rules", c.ID)
			return
		}
		agrees, got := judge(&c)
		all++
		if agrees {
			good++
		} else if shown++; shown <= 20 {
			t.Logf("%s: want %s %s, got %s", c.ID, c.Rule, c.Expect, got)
		}
	})
	cases.Agree(t, "cases/lint/"+name, good, all)
	if good*100 < all*least {
		t.Errorf("that is under %d %%", least)
	}
}

// config is the configuration of a case; nil where it has none.
func (c *imageCase) config(t *testing.T) *v1.ConfigFile {
	t.Helper()
	if len(c.Config) == 0 || string(c.Config) == "null" {
		return nil
	}
	config, err := v1.ParseConfigFile(strings.NewReader(string(c.Config)))
	if err != nil {
		t.Fatalf("%s: %v", c.ID, err)
	}
	return config
}

// ownText is the rebuilt Dockerfile without what the base image did, and how
// many lines that is.
func ownText(c *v1.ConfigFile) (text string, cut int) {
	_, base, _ := image.Base(c.History)
	im := viewed(c, "")
	whole := string(im.History.Source)
	lines := strings.SplitAfter(whole, "\n")
	cut = 1 // FROM
	for n, i := range im.History.Instructions {
		if n > 0 && im.Entries[n] >= 0 && im.Entries[n] < base {
			cut = i.Span.End.Line
		}
	}
	return strings.Join(lines[min(cut, len(lines)):], ""), cut
}

// separators makes one of the ways to write a list of strings: a history has no
// commas in it, which no parser would take for a list.
var separators = strings.NewReplacer(`", "`, `" "`, `","`, `" "`)

func TestCasesTrivyImageConfig(t *testing.T) {
	agreeAll(t, "trivy-image-config-cases", 100, func(c *imageCase) (bool, string) {
		config := c.config(t)
		switch c.Kind {
		case "history-findings":
			return trivyFindings(t, c, config)
		case "history-to-dockerfile":
			var want string
			if err := json.Unmarshal(c.Expect, &want); err != nil {
				t.Fatalf("%s: %v", c.ID, err)
			}
			got, _ := ownText(config)
			same := strings.TrimSpace(separators.Replace(got)) == strings.TrimSpace(separators.Replace(want))
			return same, fmt.Sprintf("%q", got)
		case "config-secret":
			return configSecrets(t, c, config)
		}
		return false, "a kind of case that nobody knows: " + c.Kind
	})
}

// trivyFindings holds what the rules find under Trivy's ids against what it
// finds, with the lines of the Dockerfile that it rebuilds.
func trivyFindings(t *testing.T, c *imageCase, config *v1.ConfigFile) (bool, string) {
	t.Helper()
	var expect []struct {
		Rule      string
		StartLine int `json:"start_line"`
	}
	if err := json.Unmarshal(c.Expect, &expect); err != nil {
		t.Fatalf("%s: %v", c.ID, err)
	}
	want, got := []string{}, []string{}
	for _, e := range expect {
		want = append(want, fmt.Sprintf("%s %d", e.Rule, e.StartLine))
	}
	if config != nil {
		_, cut := ownText(config)
		for _, h := range hold(viewed(config, ""), rules.All()) {
			for _, a := range h.Aliases {
				if strings.HasPrefix(a, "DS-") {
					got = append(got, fmt.Sprintf("%s %d", a, max(h.At.Line-cut, 0)))
				}
			}
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	return slices.Equal(want, got), strings.Join(got, ", ")
}

// configSecrets holds the secrets in the text of a configuration against those
// that Trivy finds, by its names for their kinds and the lines.
func configSecrets(t *testing.T, c *imageCase, config *v1.ConfigFile) (bool, string) {
	t.Helper()
	var expect []struct {
		Rule string
		Line int
	}
	if err := json.Unmarshal(c.Expect, &expect); err != nil {
		t.Fatalf("%s: %v", c.ID, err)
	}
	if config == nil {
		return len(expect) == 0, "nothing"
	}
	text, err := json.MarshalIndent(config, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	finder, err := secret.New(secret.Kinds(), secret.Allow{})
	if err != nil {
		t.Fatal(err)
	}
	want, got := []string{}, []string{}
	for _, e := range expect {
		want = append(want, fmt.Sprintf("%s %d", e.Rule, e.Line))
	}
	for _, m := range finder.Find(text) {
		name := m.Kind.ID
		for _, e := range expect {
			if slices.ContainsFunc(m.Kind.Aliases, func(a string) bool { return a == e.Rule || strings.HasSuffix(a, "/"+e.Rule) }) {
				name = e.Rule
			}
		}
		got = append(got, fmt.Sprintf("%s %d", name, m.Line))
	}
	slices.Sort(want)
	slices.Sort(got)
	return slices.Equal(want, got), strings.Join(got, ", ")
}

// dockleCodes are Dockle's checkpoints that an image's configuration and history
// answer.
func dockleCodes() []string {
	return []string{
		"CIS-DI-0001", "CIS-DI-0006", "CIS-DI-0007", "CIS-DI-0009", "CIS-DI-0010",
		"DKL-DI-0001", "DKL-DI-0002", "DKL-DI-0003", "DKL-DI-0004", "DKL-DI-0005", "DKL-DI-0006",
	}
}

// codesOf are the checkpoints that a configuration fails, one for each finding.
func codesOf(config *v1.ConfigFile, ref string) []string {
	codes := []string{}
	for _, h := range hold(viewed(config, ref), rules.All()) {
		for _, a := range h.Aliases {
			if slices.Contains(dockleCodes(), a) {
				codes = append(codes, a)
			}
		}
	}
	slices.Sort(codes)
	return codes
}

func TestCasesDockle(t *testing.T) {
	agreeAll(t, "dockle-cases", 95, func(c *imageCase) (bool, string) {
		var want []string
		if json.Unmarshal(c.Expect, &want) == nil {
			config := c.config(t)
			if config == nil {
				config = &v1.ConfigFile{}
			}
			slices.Sort(want)
			got := codesOf(config, c.Reference)
			return slices.Equal(want, got), strings.Join(got, " ")
		}
		entry := c.CreatedBy
		if _, isEntry := strings.CutPrefix(entry, "/bin/sh "); !isEntry && !strings.Contains(entry, "# buildkit") {
			entry = "/bin/sh -c " + entry
		}
		got := codesOf(&v1.ConfigFile{History: append(debian(), v1.History{CreatedBy: entry})}, "")
		return slices.Contains(got, c.Rule) == (string(c.Expect) == `"catch"`), strings.Join(got, " ")
	})
}
