package match

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/vulndb"
)

const (
	v2  = "AV:N/AC:L/Au:N/C:P/I:P/A:P"                                      // 7.5
	v30 = "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:H"                    // 9.1
	v31 = "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:L/A:N"                    // 3.7
	v40 = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:L/SC:N/SI:N/SA:N" // 6.9
)

// TestRate holds which severity is in force. The scores are those of the
// calculators of FIRST and NVD.
func TestRate(t *testing.T) {
	type said struct{ id, kind, score string }
	for _, c := range []struct {
		name    string
		distro  bool
		said    []said
		want    finding.Severity
		sources []string // of the ratings, best first
		score   float64  // of the first
	}{
		{"none", true, nil, finding.Unknown, nil, 0},
		{"v2", false, []said{{"GLAD-1", "CVSS_V2", v2}}, finding.High, []string{"GitLab"}, 7.5},
		{"v3.0", false, []said{{"PYSEC-1", "CVSS_V3", v30}}, finding.Critical, []string{"PYSEC"}, 9.1},
		{"newer CVSS first", false, []said{{"GLAD-1", "CVSS_V2", v2}, {"GLAD-1", "CVSS_V3", v30}, {"PYSEC-1", "CVSS_V3", v31}, {"PYSEC-1", "CVSS_V4", v40}}, finding.Medium, []string{"PYSEC", "PYSEC", "GitLab", "GitLab"}, 6.9},
		{"GHSA first for language packages", false, []said{{"PYSEC-1", "CVSS_V4", v40}, {"GHSA-a", "CVSS_V3", v30}, {"GHSA-a", "word", "MODERATE"}}, finding.Critical, []string{"GHSA", "GHSA", "PYSEC"}, 9.1},
		{"the distribution's word first", true, []said{{"DEBIAN-CVE-1", "CVSS_V3", v30}, {"DEBIAN-CVE-1", "word", "unimportant"}}, finding.Info, []string{"Debian", "Debian"}, 0},
		{"no word yet", true, []said{{"DEBIAN-CVE-1", "CVSS_V3", v31}, {"DEBIAN-CVE-1", "word", "not yet assigned"}}, finding.Low, []string{"Debian"}, 3.7},
		{"Ubuntu's priority", true, []said{{"UBUNTU-CVE-1", "Ubuntu", "negligible"}, {"UBUNTU-CVE-1", "CVSS_V3", v30}}, finding.Info, []string{"Ubuntu", "Ubuntu"}, 0},
		{"of equals the worst", false, []said{{"X-1", "CVSS_V3", v31}, {"Y-1", "CVSS_V3", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}}, finding.Critical, []string{"Y", "X"}, 9.8},
		{"broken vectors say nothing", false, []said{{"X-1", "CVSS_V3", "CVSS:3.1/AV:N"}, {"X-1", "CVSS_V4", "CVSS:4.0/"}, {"X-1", "CVSS_V2", "banana"}, {"X-1", "CVSS_V3", ""}}, finding.Unknown, nil, 0},
		{"said twice", false, []said{{"GHSA-a", "CVSS_V3", v31}, {"GHSA-a", "CVSS_V3", v31}}, finding.Low, []string{"GHSA"}, 3.7},
	} {
		var hits []*hit
		for _, s := range c.said {
			hits = append(hits, &hit{entry: &vulndb.Affected{}, record: vulndb.Advisory{ID: s.id, Severities: []vulndb.Severity{{Type: s.kind, Score: s.score}}}})
		}
		got, ratings := rate(hits, c.distro)
		var sources []string
		for _, r := range ratings {
			sources = append(sources, r.Source)
		}
		if got != c.want || !cmp.Equal(sources, c.sources) {
			t.Errorf("%s: %s from %v, want %s from %v", c.name, got, ratings, c.want, c.sources)
		} else if len(ratings) > 0 && ratings[0].Score != c.score {
			t.Errorf("%s: score %v, want %v", c.name, ratings[0].Score, c.score)
		}
	}
}

// TestEntrySeverity holds that what is said of the package goes before what is
// said of the record.
func TestEntrySeverity(t *testing.T) {
	h := &hit{
		entry:  &vulndb.Affected{Severities: []vulndb.Severity{{Type: "word", Score: "low"}}},
		record: vulndb.Advisory{ID: "DEBIAN-CVE-1", Severities: []vulndb.Severity{{Type: "CVSS_V3", Score: v30}}},
	}
	if got, ratings := rate([]*hit{h}, true); got != finding.Low || len(ratings) != 2 {
		t.Errorf("%s from %v", got, ratings)
	}
}

// TestBand holds the limits of the qualitative scales.
func TestBand(t *testing.T) {
	for score, want := range map[float64]finding.Severity{
		0: finding.Info, 0.1: finding.Low, 3.9: finding.Low, 4: finding.Medium, 6.9: finding.Medium,
		7: finding.High, 8.9: finding.High, 9: finding.Critical, 10: finding.Critical,
	} {
		if got := band(score, false); got != want {
			t.Errorf("%v is %s, want %s", score, got, want)
		}
	}
	if got := band(10, true); got != finding.High {
		t.Errorf("10 of CVSS 2 is %s", got)
	}
}
