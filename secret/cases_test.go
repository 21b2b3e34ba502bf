package secret

import (
	"encoding/base64"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"

	"github.com/plimsoll/plimsoll/internal/cases"
)

// finder is a Finder of the built-in kinds.
func finder(t testing.TB) *Finder {
	t.Helper()
	f, err := New(Kinds(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// scanText scans a text as the file at path.
func scanText(f *Finder, path string, text []byte) []Match {
	s := f.NewScan(path, int64(len(text)))
	_, _ = s.Write(text)
	return s.Close()
}

// tally counts the answers for one kind.
type tally struct{ secrets, found, other, clean, alarms int }

// TestCasesSecrets compares with what gitleaks and Trivy expect of their own
// rules. A secret counts as found if a match has the kind that the case names,
// by id or alias, or is of the same provider: two kinds of one provider that
// look alike are one to a reader. A false alarm is a match of the kind itself
// that is not marked as a sample.
func TestCasesSecrets(t *testing.T) {
	f := finder(t)
	const name = "secret-cases.b64.jsonl"
	path := filepath.Join(cases.Dir(t, "cases", "secrets"), name)
	kinds := map[string]*tally{}
	var wrong []string
	var all tally
	cases.Each(t, path, func(c struct {
		Kind   string `json:"kind"`
		Expect bool   `json:"expect"`
		Path   string `json:"path"`
		Text   string `json:"text_b64"`
	}) {
		text, err := base64.StdEncoding.DecodeString(c.Text)
		if err != nil {
			t.Fatal(err)
		}
		k := kinds[c.Kind]
		if k == nil {
			k = new(tally)
			kinds[c.Kind] = k
		}
		got := scanText(f, c.Path, text)
		exact, near, alarm := judge(f, c.Kind, got)
		switch {
		case c.Expect:
			k.secrets++
			if exact || near {
				k.found++
			} else {
				if len(got) > 0 {
					k.other++
				}
				wrong = append(wrong, "missed "+c.Kind+" "+shorten(text)+" got "+names(got))
			}
		default:
			k.clean++
			if alarm {
				k.alarms++
				wrong = append(wrong, "false alarm "+c.Kind+" "+shorten(text)+" got "+names(got))
			}
		}
	})
	var ids []string
	for id, k := range kinds {
		ids = append(ids, id)
		all.secrets += k.secrets
		all.found += k.found
		all.other += k.other
		all.clean += k.clean
		all.alarms += k.alarms
	}
	sort.Strings(ids)
	for _, id := range ids {
		k := kinds[id]
		t.Logf("%-45s found %3d of %3d, false alarms %d of %d", id, k.found, k.secrets, k.alarms, k.clean)
	}
	agree, total := all.found+all.clean-all.alarms, all.secrets+all.clean
	cases.Agree(t, "cases/secrets/secret-cases.b64", agree, total)
	t.Logf("recall %.1f %%, of the rest %d found as something else; false alarms %.1f %%", percent(all.found, all.secrets), all.other, percent(all.alarms, all.clean))
	show(t, wrong)
	if all.found*100 < all.secrets*97 || all.alarms*100 > all.clean*3 {
		t.Errorf("want recall of 97 %% and at most 3 %% of false alarms")
	}
}

func percent(part, all int) float64 {
	if all == 0 {
		return 0
	}
	return 100 * float64(part) / float64(all)
}

// judge says whether matches hold a kind, or one that a reader takes for it, and
// whether the kind itself raised an alarm.
func judge(f *Finder, kind string, got []Match) (exact, near, alarm bool) {
	want := f.Kind(kind)
	for _, m := range got {
		is := kind == "*" || m.Kind.ID == kind
		for _, a := range m.Kind.Aliases {
			_, id, _ := strings.Cut(a, "/")
			is = is || id == kind
		}
		if is {
			exact = true
			alarm = alarm || !m.Sample
		}
		if want != nil && (want.Generic || want.Provider == m.Kind.Provider && want.Provider != "") {
			near = true
		}
	}
	return exact, near, alarm
}

func names(got []Match) string {
	var ids []string
	for _, m := range got {
		id := m.Kind.ID
		if m.Sample {
			id += "(sample)"
		}
		ids = append(ids, id)
	}
	return "[" + strings.Join(ids, " ") + "]"
}

func shorten(text []byte) string {
	s := strings.ReplaceAll(string(text), "\n", "⏎")
	if len(s) > 160 {
		s = s[:160] + "…"
	}
	return s
}

// show prints some disagreements.
func show(t *testing.T, wrong []string) {
	t.Helper()
	const most = 20
	for i, w := range wrong {
		if i == most {
			t.Logf("… and %d more", len(wrong)-most)
			break
		}
		t.Log(w)
	}
}

// TestCasesFiles compares with the findings of Trivy in whole files. A case
// agrees if on each line that Trivy reports there is a match, and, where Trivy
// reports nothing, there is none of a kind that it has. Cases that try the rules
// or allow-lists of a configuration of their own are not about the built-in
// kinds.
func TestCasesFiles(t *testing.T) {
	f := finder(t)
	const name = "trivy-file-cases.jsonl"
	path := filepath.Join(cases.Dir(t, "cases", "secrets"), name)
	agree, total, skipped := 0, 0, 0
	var wrong []string
	cases.Each(t, path, func(c struct {
		Test     string `json:"test"`
		File     string `json:"file"`
		Config   string `json:"config_text"`
		Text     string `json:"text"`
		Findings []struct {
			Rule  string `json:"rule"`
			Start int    `json:"start_line"`
			End   int    `json:"end_line"`
		} `json:"findings"`
	}) {
		own := configured(c.Config)
		findings := c.Findings[:0]
		for _, want := range c.Findings {
			if !slices.Contains(own, want.Rule) {
				findings = append(findings, want)
			}
		}
		if own != nil && len(findings) == 0 {
			skipped++
			return
		}
		total++
		got := scanText(f, c.File, []byte(c.Text))
		ok := true
		for _, want := range findings {
			found := false
			for _, m := range got {
				last := m.Line + strings.Count(strings.TrimRight(m.Secret, "\n"), "\n")
				found = found || m.Line <= want.End && last >= want.Start
			}
			ok = ok && found
		}
		if len(c.Findings) == 0 {
			for _, m := range got {
				for _, a := range m.Kind.Aliases {
					if strings.HasPrefix(a, "trivy/") && !m.Sample {
						ok = false
					}
				}
			}
		}
		if ok {
			agree++
			return
		}
		wrong = append(wrong, c.Test+" "+shorten([]byte(c.Text))+" got "+places(got))
	})
	cases.Agree(t, "cases/secrets/trivy-file-cases", agree, total)
	t.Logf("%d cases have rules of their own", skipped)
	show(t, wrong)
	if agree < total {
		t.Errorf("%d cases disagree", total-agree)
	}
}

// configured is what a configuration of Trivy says about rules: their ids, and
// other words; nil if it only takes an allow-list for tests away.
func configured(config string) []string {
	var words []string
	for line := range strings.Lines(config) {
		line = strings.TrimSpace(line)
		switch line {
		case "", "disable-allow-rules:", "- tests":
		default:
			words = append(words, strings.TrimPrefix(line, "- id: "))
		}
	}
	return words
}

func places(got []Match) string {
	var all []string
	for _, m := range got {
		all = append(all, m.Kind.ID+":"+strconv.Itoa(m.Line))
	}
	return "[" + strings.Join(all, " ") + "]"
}
