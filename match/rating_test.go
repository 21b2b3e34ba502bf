package match

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/intel"
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
		got, ratings := (&Matcher{}).rater(c.distro).rate(hits, nil)
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
	if got, ratings := (&Matcher{}).rater(true).rate([]*hit{h}, nil); got != finding.Low || len(ratings) != 2 {
		t.Errorf("%s from %v", got, ratings)
	}
}

// TestSeverityOrder holds that ratings of different sources are kept apart, and
// whose is in force: by default and as it was asked for.
func TestSeverityOrder(t *testing.T) {
	hits := func(all ...vulndb.Advisory) (out []*hit) {
		for _, a := range all {
			out = append(out, &hit{entry: &vulndb.Affected{}, record: a})
		}
		return out
	}
	says := func(id, kind, score string) vulndb.Advisory {
		return vulndb.Advisory{ID: id, Severities: []vulndb.Severity{{Type: kind, Score: score}}}
	}
	debian, ghsa, goDB := says("DEBIAN-CVE-2020-1", "word", "low"), says("GHSA-a", "word", "MODERATE"), says("GO-2020-1", "CVSS_V3", v31)
	nvd := []intel.Record{{CVE: "CVE-2020-0001", Ratings: []intel.Rating{{Source: "cna@example.org", Vector: v40}, {Source: "NVD", Vector: v30}}}}
	for _, c := range []struct {
		name    string
		distro  bool
		order   []SeveritySource
		hits    []*hit
		want    finding.Severity
		sources []string
	}{
		{"a distribution", true, nil, hits(debian), finding.Low, []string{"Debian", "NVD", "cna@example.org"}},
		{"a distribution without a word", true, nil, hits(says("DEBIAN-CVE-2020-1", "word", "not yet assigned")), finding.Critical, []string{"NVD", "cna@example.org"}},
		{"a distribution, by NVD", true, []SeveritySource{NVDSeverity}, hits(debian), finding.Critical, []string{"NVD", "cna@example.org", "Debian"}},
		{"a language", false, nil, hits(goDB, ghsa), finding.Medium, []string{"GHSA", "Go", "NVD", "cna@example.org"}},
		{"a language, by its own", false, []SeveritySource{VendorSeverity, NVDSeverity, GHSASeverity}, hits(goDB, ghsa), finding.Low, []string{"Go", "NVD", "cna@example.org", "GHSA"}},
	} {
		got, ratings := (&Matcher{SeverityOrder: c.order}).rater(c.distro).rate(c.hits, nvd)
		var sources []string
		for _, r := range ratings {
			sources = append(sources, r.Source)
		}
		if got != c.want || !cmp.Equal(sources, c.sources) {
			t.Errorf("%s: %s from %v, want %s from %v", c.name, got, sources, c.want, c.sources)
		}
	}
}

// TestCVSS holds scores against the examples that FIRST publishes with the
// specifications: section 3.3 of CVSS 2.0, and the documents of examples of 3.1
// and 4.0.
func TestCVSS(t *testing.T) {
	for _, c := range []struct {
		name, vector string
		want         float64
	}{
		{"CVE-2002-0392", "AV:N/AC:L/Au:N/C:N/I:N/A:C", 7.8},
		{"CVE-2003-0818", "AV:N/AC:L/Au:N/C:C/I:C/A:C", 10},
		{"CVE-2003-0062", "(AV:L/AC:H/Au:N/C:C/I:C/A:C)", 6.2},
		{"CVE-2013-1937", "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 6.1},
		{"CVE-2013-0375", "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N", 6.4},
		{"CVE-2014-3566", "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N", 3.1},
		{"CVE-2012-1516", "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H", 9.9},
		{"CVE-2009-0783", "CVSS:3.1/AV:L/AC:L/PR:H/UI:N/S:U/C:L/I:L/A:L", 4.2},
		{"CVE-2012-0384", "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H", 8.8},
		{"CVE-2015-1098", "CVSS:3.1/AV:L/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H", 7.8},
		{"CVE-2014-0160", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", 7.5},
		{"CVE-2008-1447", "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:C/C:N/I:H/A:N", 6.8},
		{"CVE-2014-2005", "CVSS:3.1/AV:P/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 6.8},
		{"CVE-2010-0467", "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:C/C:L/I:N/A:N", 5.8},
		{"CVE-2022-41741", "CVSS:4.0/AV:L/AC:L/AT:P/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 7.3},
		{"CVE-2020-3549", "CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:P/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 7.7},
		{"CVE-2023-3089", "CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:N/VC:H/VI:L/VA:L/SC:N/SI:N/SA:N", 8.3},
		{"CVE-2022-21830", "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:A/VC:N/VI:N/VA:N/SC:L/SI:L/SA:N", 5.1},
		{"CVE-2014-0160, 4.0", "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:N/VA:N/SC:N/SI:N/SA:N", 8.7},
		{"CVE-2021-44228", "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H", 10},
		{"CVE-2013-6014", "CVSS:4.0/AV:A/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:H/SI:N/SA:H", 6.4},
	} {
		got, ok := rateOne(vulndb.Severity{Type: "CVSS", Score: c.vector}, "NVD", false)
		if !ok || got.Score != c.want {
			t.Errorf("%s: %v (%v), want %v", c.name, got.Score, ok, c.want)
		}
	}
}

// TestExploit takes the worst of what is known of the ids of a cluster.
func TestExploit(t *testing.T) {
	got := exploit([]intel.Record{
		{Score: intel.Score{Probability: 0.2, Percentile: 0.9}, Exploited: intel.Exploited{Added: "2020-01-01", Due: "2020-02-01"}},
		{Score: intel.Score{Probability: 0.1, Percentile: 0.8}, Exploited: intel.Exploited{Added: "2021-01-01", Ransomware: true, Action: "act"}},
		{},
	})
	want := finding.Exploit{EPSS: 0.2, Percentile: 0.9, KEV: finding.KnownExploited{Added: "2021-01-01", Ransomware: true, Action: "act"}}
	if diff := cmp.Diff(want, got); diff != "" || exploit(nil) != (finding.Exploit{}) {
		t.Errorf("-want +got:\n%s", diff)
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
