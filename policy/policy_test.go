package policy

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plimsoll/plimsoll/finding"
)

func vulnerability(id string, s finding.Severity, fixed string) finding.Finding {
	return finding.Finding{Kind: finding.Vulnerability, ID: id, Fingerprint: id, Severity: s, Fixed: fixed}
}

func TestJudge(t *testing.T) {
	suppressed := vulnerability("S", finding.Critical, "2")
	suppressed.Suppressed = "owned by the distribution"
	all := []finding.Finding{
		vulnerability("A", finding.Critical, ""), vulnerability("B", finding.High, "2"), vulnerability("C", finding.Medium, "2"),
		vulnerability("D", finding.Unknown, "2"), suppressed,
	}
	known, likely, malware := vulnerability("E", finding.Low, ""), vulnerability("L", finding.Low, "2"), vulnerability("M", finding.Critical, "2")
	known.Exploit.KEV.Added, likely.Exploit.EPSS = "2024-01-01", 0.5
	malware.Kind, malware.Exploit = finding.Malware, known.Exploit
	aside := known
	aside.Suppressed, aside.Fingerprint, aside.Exploit.EPSS = "VEX: not_affected", "V", 0.9
	threats := []finding.Finding{known, likely, malware, aside, all[0]}
	failOn := func(s finding.Severity, unfixable bool) []Gate {
		return []Gate{FailOn{Severity: s, Unfixable: unfixable}}
	}
	tests := []struct {
		name     string
		gates    []Gate
		findings []finding.Finding
		want     Result
		decided  [][]string
	}{
		{"no gate", nil, all, Go, nil},
		{"nothing found", failOn(finding.Low, true), nil, Go, nil},
		{"high with a fix stops", failOn(finding.High, false), all, Stop, [][]string{{"B"}}},
		{"critical without a fix warns", failOn(finding.Critical, false), all, Warn, [][]string{{"A"}}},
		{"critical without a fix stops when asked", failOn(finding.Critical, true), all, Stop, [][]string{{"A"}}},
		{"everything stops", failOn(finding.Unknown, true), all, Stop, [][]string{{"A", "B", "C", "D"}}},
		{"below does nothing", failOn(finding.High, true), all[2:], Go, nil},
		{"unrated warns", []Gate{Unrated{}}, all, Warn, [][]string{{"D"}}},
		{"one kind alone", []Gate{FailOn{Severity: finding.High, Kind: finding.Secret}}, all, Go, nil},
		{"secrets stop without a fix", []Gate{FailOn{Severity: finding.High, Kind: finding.Secret}},
			[]finding.Finding{{Kind: finding.Secret, Severity: finding.High, Fingerprint: "K"}, all[1]}, Stop, [][]string{{"K"}}},
		{"exploited stops whatever the severity, without a fix", []Gate{Exploited{}}, threats, Stop, [][]string{{"E"}}},
		{"nothing exploited", []Gate{Exploited{}}, all, Go, nil},
		{"likely to be exploited, at the threshold", []Gate{Likely{0.5}}, threats, Stop, [][]string{{"L"}}},
		{"less likely", []Gate{Likely{0.51}}, threats, Go, nil},
		{"what nobody scored is below every threshold", []Gate{Likely{0}}, all, Go, nil},
		{"the worst counts", []Gate{Unrated{}, FailOn{Severity: finding.High}}, all, Stop, [][]string{{"D"}, {"B"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := Policy{Gates: tt.gates}
			v := p.Judge(tt.findings, Facts{}, time.Time{})
			var decided [][]string
			for _, d := range v.Decisions {
				decided = append(decided, d.Fingerprints)
				if d.Reason == "" || d.Gate == "" {
					t.Errorf("a decision without a gate or a reason: %+v", d)
				}
			}
			if v.Result != tt.want || v.Decisions == nil {
				t.Errorf("got %s, want %s", v.Result, tt.want)
			}
			if d := cmp.Diff(tt.decided, decided); d != "" {
				t.Error(d)
			}
		})
	}
}
