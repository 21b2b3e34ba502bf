package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/plimsoll/plimsoll/internal/cases"
	"github.com/plimsoll/plimsoll/vulndb"
)

// TestCasesAccuracy measures, fails at each mistake of matching, and at each
// figure below the baseline's if that is of the same data. A label that the
// advisories contradict is no failure: docs/accuracy.md lists them with reasons.
func TestCasesAccuracy(t *testing.T) {
	oracles := cases.Dir(t, "oracles")
	advisories := filepath.Join(filepath.Dir(oracles), "advisories", "osv")
	if _, err := os.Stat(advisories); err != nil { // labels elsewhere, the data where they always are
		t.Setenv("PLIMSOLL_CASES", "")
		advisories = cases.Dir(t, "advisories", "osv")
	}
	m, err := measure(t.Context(), oracles, advisories)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []*set{m.answers, m.labels} {
		shown := 0
		for _, d := range s.disagreements {
			if d.reason == mistake {
				if shown++; shown <= 20 {
					t.Errorf("%s %s %s %s: found %t; %s", d.ecosystem, d.name, d.version, d.id, d.found, d.detail)
				}
			} else {
				t.Logf("%s %s %s %s: found %t, %s; %s", d.ecosystem, d.name, d.version, d.id, d.found, d.reason, d.detail)
			}
		}
		c := s.total()
		name := "oracles/" + s.name
		if s == m.answers {
			name += " ids" // package match counts whole answers
		}
		cases.Agree(t, name, c.Right+c.Spared, c.judged())
		t.Logf("%s: %d mistakes of matching, %d by what the advisories say, %d without data, %d apart", s.name, c.Faults, c.Wrong+c.Missed-c.Faults, c.NoData, c.Apart)
		if s.questions > 0 && c.judged() == 0 {
			t.Errorf("%s: nothing was judged", s.name)
		}
	}
	compareBaseline(t, m)
}

func compareBaseline(t *testing.T, m *measurement) {
	t.Helper()
	data, err := os.ReadFile("baseline.json")
	if err != nil {
		t.Fatal(err)
	}
	var kept baseline
	if err := json.Unmarshal(data, &kept); err != nil {
		t.Fatal(err)
	}
	if kept.Data != m.data {
		t.Log("the figures of baseline.json are of other data: not compared")
		return
	}
	for _, lower := range m.baseline().below(kept) {
		t.Error("below the baseline:", lower)
	}
	document, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(documentFile)))
	if err != nil {
		t.Fatal(err)
	}
	var now bytes.Buffer
	m.document(&now)
	if !bytes.Equal(document, now.Bytes()) {
		t.Errorf("%s is stale: run go run ./bench/accuracy -write", documentFile)
	}
}

// TestBelow wants a lower figure, a missing ecosystem and fewer cases told, and
// nothing of better ones.
func TestBelow(t *testing.T) {
	of := func(f figure) baseline {
		return baseline{Figures: map[string]map[string]figure{"labels": {"npm": f}}}
	}
	was := of(figure{0.9, 0.8, 0.85, 100})
	for _, c := range []struct {
		name string
		now  baseline
		want int
	}{
		{"same", was, 0},
		{"better", of(figure{0.95, 0.9, 0.9, 120}), 0},
		{"less precise", of(figure{0.89, 0.8, 0.85, 100}), 1},
		{"less found", of(figure{0.9, 0.79, 0.85, 100}), 1},
		{"fewer judged", of(figure{0.9, 0.8, 0.85, 99}), 1},
		{"gone", baseline{}, 1},
	} {
		if got := c.now.below(was); len(got) != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// TestShares wants the three shares as they are defined.
func TestShares(t *testing.T) {
	c := count{Right: 6, Wrong: 2, Missed: 4, Spared: 10, NoData: 5, Apart: 7}
	if c.precision() != 0.75 || c.recall() != 0.6 || rounded(c.f1()) != 0.6666 || c.judged() != 22 {
		t.Error(c.precision(), c.recall(), c.f1(), c.judged())
	}
}

// TestHolds wants the schema's evaluation, also with events out of order.
func TestHolds(t *testing.T) {
	events := []vulndb.Event{{Fixed: "3.1"}, {Introduced: "2.0"}, {Fixed: "1.5"}, {Introduced: "0"}}
	a := vulndb.Advisory{Affected: []vulndb.Affected{
		{Ranges: []vulndb.Range{{Type: "ECOSYSTEM", Events: events}, {Type: "GIT", Events: []vulndb.Event{{Introduced: "0"}}}}, Versions: []string{"3.3.post1"}},
		{Ranges: []vulndb.Range{{Type: "ECOSYSTEM", Events: []vulndb.Event{{Introduced: "4.0"}, {LastAffected: "4.2"}}}}},
	}}
	for v, want := range map[string]bool{
		"1.0": true, "1.5": false, "1.9": false, "2.0": true, "3.0.9": true, "3.1": false, "3.3.post1": true, "3.3": false, "4.0": true, "4.2": true, "4.2.1": false,
	} {
		if got := holds(&a, vulndb.Key{Ecosystem: "PyPI", Name: "x"}, v); got != want {
			t.Errorf("%s: %t, want %t", v, got, want)
		}
	}
}

// TestRelated wants packages of a source known by their names, and other
// sources with a copy of its code not taken for it.
func TestRelated(t *testing.T) {
	for _, c := range []struct {
		binary, source string
		want           bool
	}{
		{"libc6", "glibc", true}, {"libcurl3-gnutls", "curl", true}, {"libgnutls30", "gnutls28", true}, {"bsdutils", "util-linux", true},
		{"ssl_client", "busybox", true}, {"libxml2", "libxml2", true}, {"libudev1", "systemd", true}, {"libssl1.1", "openssl", true},
		{"python2.7-minimal", "python-django", false}, {"libnghttp2-14", "nodejs", false}, {"zlib1g", "rsync", false}, {"bash", "dash", false},
	} {
		if got := related(c.binary, c.source); got != c.want {
			t.Errorf("%s of %s: %t", c.binary, c.source, got)
		}
	}
}

// TestReleaseOf wants the release of Alpine by its busybox.
func TestReleaseOf(t *testing.T) {
	for build, want := range map[string]string{"1.31.1-r11": "3.11", "1.31.1-r22": "3.12", "1.36.1-r5": "3.18", "1.36.1-r29": "3.20", "1.2.3-r0": "", "1.31.1": "", "": ""} {
		if got := releaseOf(build); got != want {
			t.Errorf("%s: %q, want %q", build, got, want)
		}
	}
}

// TestDocument wants each disagreement of a small set in the tables, the long
// lists cut, and the same text each time.
func TestDocument(t *testing.T) {
	s := newSet("labels")
	s.questions = 9
	s.count("npm").Right = 3
	for _, name := range []string{"g", "f", "e", "d", "c", "b", "a"} {
		s.disagree(disagreement{ecosystem: "npm", name: name, version: "1.0", id: "CVE-1", found: true, reason: fixedLater, detail: "X-1: fixed 2"}, false)
	}
	s.disagree(disagreement{ecosystem: "Go", name: "m", version: "1.0", id: "CVE-2", reason: mistake, detail: "X-2: fixed 2"}, false)
	s.disagree(disagreement{ecosystem: "PyPI", name: "p", version: "1.0", id: "CVE-3", found: true, reason: otherPackage}, true)
	s.sort()
	m := measurement{answers: newSet("answers"), labels: s}
	var text, again bytes.Buffer
	m.document(&text)
	m.document(&again)
	for _, want := range []string{
		"| npm | 3 | 7 | 0 | 0 | 0 | 0 | 0 | 0 | 30.0 % | 100.0 % | 46.1 % |\n",
		"| Go | 0 | 0 | 1 | 0 | 1 | 0 | 0 | 0 |  | 0.0 % | 0.0 % |\n",
		"| PyPI | 0 | 0 | 0 | 0 | 0 | 0 | 1 | 0 |  |  |  |\n",
		"| Go | m 1.0 | not found | CVE-2 | X-2: fixed 2 | " + string(mistake) + " |\n",
		"| npm | e 1.0 | found | CVE-1 | X-1: fixed 2 | " + string(fixedLater) + " |\n| npm | … | | 2 more | | " + string(fixedLater) + " |\n",
		"There are no such data.\n",
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %q in\n%s", want, text.String())
		}
	}
	if text.String() != again.String() {
		t.Error("the second document differs")
	}
}
