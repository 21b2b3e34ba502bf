package main

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/pflag"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/policy"
	"github.com/plimsoll/plimsoll/report"
)

// gateFlags say what stops an image.
type gateFlags struct {
	severity  string
	unfixed   bool
	exploited bool
	epss      probability
}

func (f *gateFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.severity, "fail-on", "high", "stop at findings of this `severity` or above: critical, high, medium, low, info, unknown, or none")
	flags.BoolVar(&f.unfixed, "fail-on-unfixed", false, "stop also at vulnerabilities that have no fix")
	flags.BoolVar(&f.exploited, "fail-on-exploited", false, "stop at vulnerabilities that are known to be exploited (CISA's KEV), of any severity, with a fix or not")
	flags.Var(&f.epss, "fail-on-epss", "stop at vulnerabilities that are exploited within 30 days with this `probability` or above (EPSS), such as 0.5, of any severity, with a fix or not")
}

// gates are those that the flags ask for.
func (f *gateFlags) gates() ([]policy.Gate, error) {
	var gates []policy.Gate
	if f.severity != "none" {
		severity, err := finding.ParseSeverity(f.severity)
		if err != nil {
			return nil, usageError("--fail-on: %v, or none", err)
		}
		gates = append(gates, policy.FailOn{Severity: severity, Unfixable: f.unfixed, Kind: finding.Vulnerability}, policy.Unrated{})
		for _, kind := range finding.Kinds()[1:] {
			gates = append(gates, policy.FailOn{Severity: severity, Kind: kind})
		}
	}
	if f.exploited {
		gates = append(gates, policy.Exploited{})
	}
	if f.epss > 0 {
		gates = append(gates, policy.Likely{Probability: float64(f.epss)})
	}
	return gates, nil
}

// needs are the sources of intelligence without which the gates cannot decide,
// with the flag that needs each.
func (f *gateFlags) needs() map[string]string {
	wanted := map[string]string{}
	if f.exploited {
		wanted["kev"] = "--fail-on-exploited"
	}
	if f.epss > 0 {
		wanted["epss"] = "--fail-on-epss"
	}
	return wanted
}

// probability is a flag above 0 and up to 1.
type probability float64

// Set reads the number.
func (p *probability) Set(text string) error {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || !(v > 0 && v <= 1) {
		return fmt.Errorf("%q: want a probability above 0 and up to 1, such as 0.5", text)
	}
	*p = probability(v)
	return nil
}

// String is the number, empty where it was not set.
func (p *probability) String() string {
	if *p == 0 {
		return ""
	}
	return strconv.FormatFloat(float64(*p), 'g', -1, 64)
}

// Type is the word for it in the help.
func (p *probability) Type() string { return "probability" }

// lack notes the sources of intelligence that a gate needs and that are not at
// hand: what it does not stop at was not checked. Those that are old are marked.
func (d *data) lack(database *report.Database) {
	for i := range database.Intelligence {
		k := &database.Intelligence[i]
		fetched, err := time.Parse(time.RFC3339, k.Fetched)
		k.Old = err == nil && (k.Name == "kev" || k.Name == "epss") && d.tooOld(fetched)
	}
	for _, name := range []string{"kev", "epss"} {
		flag, ok := d.flags.wanted[name]
		if ok && !slices.ContainsFunc(database.Intelligence, func(i report.Intelligence) bool { return i.Name == name }) {
			database.Missing = append(database.Missing, report.Missing{
				Ecosystem: name, Reason: flag + " cannot decide without it: run plimsoll db update " + name,
			})
		}
	}
}

// tooOldFor says which data of a report are older than the flags allow, as the
// subject of a sentence; empty where none are.
func (a *app) tooOldFor(f scanFlags, r *report.Report) string {
	old := func(fetched string) bool {
		t, err := time.Parse(time.RFC3339, fetched)
		return err != nil || a.now().Sub(t) > f.maxAge
	}
	for _, s := range r.Database.Segments {
		if old(s.Fetched) {
			return "the advisories for " + s.Ecosystem + " are"
		}
	}
	wanted := f.gates.needs()
	for _, i := range r.Database.Intelligence {
		if flag, ok := wanted[i.Name]; ok && old(i.Fetched) {
			return i.Name + ", by which " + flag + " decides, is"
		}
	}
	return ""
}
