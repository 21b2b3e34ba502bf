package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/plimsoll/plimsoll/finding"
)

// What of an explanation is shown to a person; the rest is in -o json.
const (
	shownDetails    = 1200 // characters
	shownAffected   = 25
	shownReferences = 8
)

// write is the explanation for a person.
func (e *explanation) write(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s   %s", e.ID, e.Severity)
	switch {
	case e.Malicious:
		b.WriteString("   a report of a malicious package")
	case e.Exploit.Known():
		b.WriteString("   known to be exploited")
	}
	b.WriteByte('\n')
	if e.Summary != "" {
		fmt.Fprintln(&b, e.Summary)
	}
	if e.Withdrawn != "" {
		fmt.Fprintf(&b, "Withdrawn on %s: its source takes it back.\n", dayOf(e.Withdrawn))
	}
	if text := cut(e.Details, shownDetails); text != "" {
		fmt.Fprintln(&b)
		for paragraph := range strings.SplitSeq(text, "\n\n") {
			fmt.Fprintln(&b, fold(paragraph, 80))
		}
	}
	b.WriteByte('\n')
	if len(e.Aliases) > 0 {
		fmt.Fprintf(&b, "Also called   %s\n", indented(fold(strings.Join(e.Aliases, ", "), 66), 14))
	}
	if e.Published != "" {
		fmt.Fprintf(&b, "Published     %s\n", dayOf(e.Published))
	}
	e.writeThreat(&b)
	e.writeRatings(&b)
	e.writeAffected(&b)
	e.writeIn(&b)
	for i, r := range e.References[:min(len(e.References), shownReferences)] {
		if i == 0 {
			b.WriteString("\nMore\n")
		}
		fmt.Fprintf(&b, "  %s\n", r)
	}
	if e.starter {
		fmt.Fprintln(&b, "\n"+fold("STARTER DATA: only the few advisories that came with the program were asked. plimsoll db update ECOSYSTEM fetches those of an ecosystem.", 80))
	}
	_, err := io.WriteString(w, clean(b.String()))
	return err
}

// writeThreat says what is known of exploitation, and how old that is.
func (e *explanation) writeThreat(b *strings.Builder) {
	as := map[string]string{}
	for _, s := range e.Sources {
		as[s.Name] = dayOf(s.AsOf)
	}
	if k := e.Exploit.KEV; e.Exploit.Known() {
		text := "yes, in CISA's catalogue since " + k.Added
		if k.Ransomware {
			text += "; known to be used by ransomware"
		}
		if k.Due != "" {
			text += "; to be mended by " + k.Due
		}
		if k.Action != "" {
			text += ". " + k.Action
		}
		fmt.Fprintf(b, "Exploited     %s\n", indented(fold(text, 66), 14))
	} else if as["kev"] != "" {
		fmt.Fprintf(b, "Exploited     not in CISA's catalogue of %s\n", as["kev"])
	}
	if x := e.Exploit; x.EPSS > 0 {
		fmt.Fprintf(b, "EPSS          %.2f %% within 30 days; %.1f %% of all CVEs score no higher (%s)\n", 100*x.EPSS, 100*x.Percentile, as["epss"])
	}
}

func (e *explanation) writeRatings(b *strings.Builder) {
	for i, r := range e.Ratings {
		label := "Severity"
		if i > 0 {
			label = ""
		}
		fmt.Fprintf(b, "%-13s %s\n", label, rating(r))
	}
}

// rating is one line: "critical  9.8  NVD  CVSS:3.1/…".
func rating(r finding.Rating) string {
	score := ""
	if r.Vector != "" {
		score = fmt.Sprintf("%.1f", r.Score)
	}
	return strings.TrimRight(fmt.Sprintf("%-8s  %4s  %s  %s", r.Severity, score, r.Source, r.Vector), " ")
}

func (e *explanation) writeAffected(b *strings.Builder) {
	if len(e.Affected) == 0 {
		return
	}
	b.WriteString("\nAffected\n")
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	for _, r := range e.Affected[:min(len(e.Affected), shownAffected)] {
		affected := cmp.Or(r.Affected, "no versions are named")
		if r.Status != "" {
			affected += " (" + r.Status + ")"
		}
		fmt.Fprintf(w, "  %s\t%s\t%s\t%s\n", r.Ecosystem, cut(r.Package, 50), cut(affected, 60), r.ID)
	}
	w.Flush()
	if n := len(e.Affected) - shownAffected; n > 0 {
		fmt.Fprintf(b, "  and %d more: -o json\n", n)
	}
}

// writeIn says where the vulnerability is in an image, why, and what mends it.
func (e *explanation) writeIn(b *strings.Builder) {
	if e.In == nil {
		return
	}
	fmt.Fprintf(b, "\nIn %s\n", e.In.Ref)
	if len(e.In.Findings) == 0 {
		b.WriteString("  not found\n")
	}
	for _, f := range e.In.Findings {
		fmt.Fprintf(b, "  %s %s   %s   risk %d\n", f.Package.Name, f.Package.Version, f.Severity, f.Risk)
		line := func(label, text string) {
			if text != "" {
				fmt.Fprintf(b, "    %-9s %s\n", label, indented(fold(text, 66), 14))
			}
		}
		line("why", f.Because)
		line("compared", f.Compared)
		switch {
		case f.Kind == finding.Malware:
			line("mend", f.Message)
		case f.Fixed != "":
			line("mend", "upgrade to "+f.Fixed)
		default:
			line("mend", "no fixed version is known ("+cmp.Or(string(f.Status), "affected")+")")
		}
		line("from", f.From)
		line("at", f.At.Path)
		line("set aside", f.Suppressed)
	}
}

// indented puts spaces before all lines but the first.
func indented(text string, n int) string {
	return strings.ReplaceAll(text, "\n", "\n"+strings.Repeat(" ", n))
}
