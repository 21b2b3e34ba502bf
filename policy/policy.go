// Package policy judges findings: go, warn or stop, with each decision that
// led there. It is pure: no input or output, and no clock but the one given.
package policy

import (
	"fmt"
	"time"

	"github.com/plimsoll/plimsoll/finding"
)

// Result is a verdict in one word.
type Result string

// The results, the best first.
const (
	Go   Result = "go"
	Warn Result = "warn"
	Stop Result = "stop"
)

// Decision is one gate's part in a verdict.
type Decision struct {
	Gate   string `json:"gate"`   // the gate's name: "fail-on"
	Result Result `json:"result"` // what this gate alone would say
	Reason string `json:"reason"` // for a person: "3 vulnerabilities of severity high or above with a fix"
	// Fingerprints are the findings that the gate decided on.
	Fingerprints []string `json:"fingerprints,omitempty"`
}

// Verdict is the outcome for one image: the worst of its decisions.
type Verdict struct {
	Result    Result     `json:"result"`
	Decisions []Decision `json:"decisions"`
}

// Facts are what gates may ask of an image besides its findings.
type Facts struct {
	// Missing are ecosystems in the image for which there was no advisory data.
	Missing []string
	// DataAsOf is the age of the oldest advisory data that was used.
	DataAsOf time.Time
	// Packages counts what was found installed.
	Packages int
}

// Policy is a list of gates.
type Policy struct {
	Gates []Gate
}

// Gate turns findings into a decision. It answers false where it has nothing
// to say.
type Gate interface {
	Decide(findings []finding.Finding, facts Facts, now time.Time) (Decision, bool)
}

// Judge asks every gate; the worst answer is the verdict.
func (p *Policy) Judge(findings []finding.Finding, facts Facts, now time.Time) Verdict {
	v := Verdict{Result: Go, Decisions: []Decision{}}
	for _, g := range p.Gates {
		d, ok := g.Decide(findings, facts, now)
		if !ok {
			continue
		}
		v.Decisions = append(v.Decisions, d)
		if worse(d.Result, v.Result) {
			v.Result = d.Result
		}
	}
	return v
}

func worse(a, b Result) bool { return rank(a) > rank(b) }

func rank(r Result) int {
	switch r {
	case Stop:
		return 2
	case Warn:
		return 1
	}
	return 0
}

// FailOn is the gate of `--fail-on`: it stops at findings of a severity or
// above, of vulnerabilities by default only at those that can be fixed, and
// warns of the rest.
type FailOn struct {
	Severity  finding.Severity
	Unfixable bool         // stop also where no fix is known
	Kind      finding.Kind // only findings of this kind; empty is all
}

// Decide counts what stops and what only warns.
func (g FailOn) Decide(findings []finding.Finding, _ Facts, _ time.Time) (Decision, bool) {
	var stop, warn []string
	for _, f := range findings {
		if f.Suppressed != "" || f.Severity < g.Severity || g.Kind != "" && f.Kind != g.Kind {
			continue
		}
		if f.Kind == finding.Vulnerability && f.Fixed == "" && !g.Unfixable {
			warn = append(warn, f.Fingerprint)
			continue
		}
		stop = append(stop, f.Fingerprint)
	}
	d := Decision{Gate: g.name()}
	one, many := "finding", "findings"
	if g.Kind != "" {
		one, many = g.Kind.Nouns()
	}
	switch {
	case len(stop) > 0:
		d.Result, d.Fingerprints = Stop, stop
		d.Reason = fmt.Sprintf("%s of severity %s or above%s", countAs(len(stop), one, many), g.Severity, g.suffix())
	case len(warn) > 0:
		d.Result, d.Fingerprints = Warn, warn
		d.Reason = fmt.Sprintf("%s of severity %s or above without a fix", countAs(len(warn), one, many), g.Severity)
	default:
		return d, false
	}
	return d, true
}

// Unrated is the gate that warns of vulnerabilities that nobody has rated: a
// severity that is not known is not a low one.
type Unrated struct{}

// Decide counts the vulnerabilities of unknown severity.
func (Unrated) Decide(findings []finding.Finding, _ Facts, _ time.Time) (Decision, bool) {
	d := Decision{Gate: "unrated", Result: Warn}
	for _, f := range findings {
		if f.Kind == finding.Vulnerability && f.Suppressed == "" && f.Severity == finding.Unknown {
			d.Fingerprints = append(d.Fingerprints, f.Fingerprint)
		}
	}
	d.Reason = fmt.Sprintf("%s whose severity nobody has rated", count(len(d.Fingerprints), "finding"))
	return d, len(d.Fingerprints) > 0
}

func (g FailOn) name() string {
	if g.Kind == "" || g.Kind == finding.Vulnerability {
		return "fail-on"
	}
	_, many := g.Kind.Nouns()
	return many
}

func (g FailOn) suffix() string {
	if g.Unfixable || g.Kind != "" && g.Kind != finding.Vulnerability {
		return ""
	}
	return " that can be fixed"
}

func count(n int, noun string) string { return countAs(n, noun, noun+"s") }

func countAs(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
