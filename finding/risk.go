package finding

import "math"

// Exploit is what is known of the exploitation of a vulnerability.
type Exploit struct {
	// EPSS is the probability that the vulnerability is exploited within 30
	// days, as the Exploit Prediction Scoring System of FIRST has it; 0 if it has none.
	EPSS float64 `json:"epss,omitempty"`
	// Percentile is the share of all CVEs that EPSS rates no higher, 0 to 1.
	Percentile float64 `json:"percentile,omitempty"`
	// KEV is its entry in CISA's catalogue of known exploited vulnerabilities.
	KEV KnownExploited `json:"kev,omitzero"`
}

// KnownExploited is an entry in CISA's catalogue of vulnerabilities that are
// known to be exploited.
type KnownExploited struct {
	Added      string `json:"added"`                // YYYY-MM-DD: since when it is in the catalogue
	Due        string `json:"due,omitempty"`        // YYYY-MM-DD: until when US agencies must act
	Ransomware bool   `json:"ransomware,omitempty"` // known to be used in ransomware campaigns
	Action     string `json:"action,omitempty"`     // what CISA asks for
}

// Known reports whether the vulnerability is known to be exploited.
func (e Exploit) Known() bool { return e.KEV.Added != "" }

// The weights of Risk; docs/risk.md explains them.
const (
	unratedScore    = 5.0  // of a vulnerability that nobody has rated
	exploitedScore  = 7.0  // at least, of one that is known to be exploited
	ransomwareScore = 9.0  // at least, of one that ransomware is known to use
	base            = 0.4  // of the risk that is there without any sign of exploitation
	unknownThreat   = 0.2  // where EPSS says nothing
	unfixedFactor   = 0.75 // where there is nothing to upgrade to
)

// RiskOf says how much a vulnerability wants to be mended, from 1 to 100: its
// CVSS score, weighted by how likely it is exploited, and less where there is no
// fix. It is 100 for malware and 0 for other findings.
func RiskOf(f *Finding) int {
	switch f.Kind {
	case Malware:
		return 100
	case Vulnerability:
	default:
		return 0
	}
	score, threat := scoreOf(f), unknownThreat
	switch {
	case f.Exploit.Known():
		threat, score = 1, max(score, exploitedScore)
		if f.Exploit.KEV.Ransomware {
			score = max(score, ransomwareScore)
		}
	case f.Exploit.EPSS > 0:
		threat = math.Cbrt(min(f.Exploit.EPSS, 1))
	}
	risk := 10 * score * (base + (1-base)*threat)
	if f.Fixed == "" {
		risk *= unfixedFactor
	}
	return min(max(int(math.Round(risk)), 1), 100)
}

// scoreOf is the CVSS score of the rating in force; where that is a word, the
// middle of the word's band.
func scoreOf(f *Finding) float64 {
	if len(f.Ratings) > 0 && f.Ratings[0].Severity == f.Severity && f.Ratings[0].Score > 0 {
		return min(f.Ratings[0].Score, 10)
	}
	switch f.Severity {
	case Critical:
		return 9.5
	case High:
		return 8
	case Medium:
		return 5.5
	case Low:
		return 2
	case Info:
		return 0.5
	}
	return unratedScore
}
