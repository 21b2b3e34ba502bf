package finding

import (
	"testing"

	"pgregory.net/rapid"
)

// TestRiskOf holds the figures of docs/risk.md.
func TestRiskOf(t *testing.T) {
	kev := KnownExploited{Added: "2021-12-10"}
	for _, c := range []struct {
		name  string
		of    Finding
		score float64
		want  int
	}{
		{"critical, exploited by ransomware", Finding{Severity: Critical, Fixed: "2", Exploit: Exploit{KEV: KnownExploited{Added: "2021-12-10", Ransomware: true}}}, 10, 100},
		{"critical, likely exploited", Finding{Severity: Critical, Fixed: "2", Exploit: Exploit{EPSS: 0.9}}, 9.8, 96},
		{"medium, exploited", Finding{Severity: Medium, Fixed: "2", Exploit: Exploit{EPSS: 0.01, KEV: kev}}, 5.3, 70},
		{"medium, in ransomware", Finding{Severity: Medium, Fixed: "2", Exploit: Exploit{KEV: KnownExploited{Added: "2021-12-10", Ransomware: true}}}, 5.3, 90},
		{"critical, hardly exploited", Finding{Severity: Critical, Fixed: "2", Exploit: Exploit{EPSS: 0.001}}, 9.8, 45},
		{"critical, nothing known", Finding{Severity: Critical, Fixed: "2"}, 9.8, 51},
		{"critical by a word", Finding{Severity: Critical, Fixed: "2"}, 0, 49},
		{"critical without a fix", Finding{Severity: Critical}, 9.8, 38},
		{"high, hardly exploited", Finding{Severity: High, Fixed: "2", Exploit: Exploit{EPSS: 0.001}}, 7.5, 35},
		{"high, one in ten", Finding{Severity: High, Fixed: "2", Exploit: Exploit{EPSS: 0.1}}, 7.5, 51},
		{"nobody rated it", Finding{Fixed: "2"}, 0, 26},
		{"low", Finding{Severity: Low, Fixed: "2", Exploit: Exploit{EPSS: 0.0004}}, 2, 9},
		{"info", Finding{Severity: Info}, 0, 2},
		{"malware", Finding{Kind: Malware}, 0, 100},
		{"a rule", Finding{Kind: Rule, Severity: Critical}, 0, 0},
	} {
		if c.of.Kind == "" {
			c.of.Kind = Vulnerability
		}
		if c.score > 0 {
			c.of.Ratings = []Rating{{Source: "NVD", Severity: c.of.Severity, Score: c.score}}
		}
		if got := RiskOf(&c.of); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

// TestRiskGrows holds that more severity, more exploitation and a fix never make
// a vulnerability wait longer, and that the figure stays in its bounds.
func TestRiskGrows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		severity := Severity(rapid.IntRange(int(Info), int(Critical)).Draw(t, "severity"))
		f := Finding{Kind: Vulnerability, Severity: severity, Exploit: Exploit{EPSS: rapid.Float64Range(0.008, 1).Draw(t, "epss")}}
		risk := RiskOf(&f)
		if risk < 1 || risk > 100 {
			t.Fatalf("%d", risk)
		}
		for name, change := range map[string]func(*Finding){
			"worse":     func(f *Finding) { f.Severity = min(f.Severity+1, Critical) },
			"likelier":  func(f *Finding) { f.Exploit.EPSS = min(2*f.Exploit.EPSS, 1) },
			"exploited": func(f *Finding) { f.Exploit.KEV.Added = "2020-01-01" },
			"fixed":     func(f *Finding) { f.Fixed = "1" },
		} {
			more := f
			change(&more)
			if got := RiskOf(&more); got < risk {
				t.Fatalf("%s: %d, before %d", name, got, risk)
			}
		}
	})
}
