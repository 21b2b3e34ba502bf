package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/plimsoll/plimsoll/finding"
)

// What of an explanation is shown to a person; the rest is in -o json.
const (
	shownDetails    = 1200 // characters
	shownAffected   = 25
	shownReferences = 8
	shownFindings   = 12
	shownCompared   = 4
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
	e.writeDetails(&b)
	b.WriteByte('\n')
	if len(e.Aliases) > 0 {
		fmt.Fprintf(&b, "Also called   %s\n", indented(fold(strings.Join(e.Aliases, ", "), 66), 14))
	}
	if len(e.Announces) > 0 {
		fmt.Fprintf(&b, "Announces     %s\n", indented(fold("fixes for "+strings.Join(e.Announces, ", "), 66), 14))
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

// writeDetails shows the text about the vulnerability, and where to read on where
// it is only the beginning.
func (e *explanation) writeDetails(b *strings.Builder) {
	text := cut(e.Details, shownDetails)
	if same := firstLine(text); text == "" || same == strings.TrimSpace(text) && same == e.Summary {
		return
	}
	b.WriteByte('\n')
	for paragraph := range strings.SplitSeq(text, "\n\n") {
		fmt.Fprintln(b, fold(paragraph, 80))
	}
	if e.Cut || text != e.Details {
		fmt.Fprintf(b, "(Cut here. All of it: %s)\n", e.URL)
	}
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
		fmt.Fprintf(b, "EPSS          %.2f %% within 30 days; %.1f %% of all CVEs score no higher (%s)\n", min(100*x.EPSS, 99.99), min(100*x.Percentile, 99.9), as["epss"])
	}
}

func (e *explanation) writeRatings(b *strings.Builder) {
	label := "Severity"
	for i, r := range e.Ratings {
		scored := func(o finding.Rating) bool {
			return o.Source == r.Source && o.Severity == r.Severity && o.Vector != ""
		}
		if i > 0 && r.Vector == "" && slices.ContainsFunc(e.Ratings, scored) {
			continue // a word that only repeats a score of the same source
		}
		fmt.Fprintf(b, "%-13s %s\n", label, rating(r))
		label = ""
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
	rows := slices.Clone(e.Affected)
	if e.In != nil { // what concerns the image first
		slices.SortStableFunc(rows, func(a, b searchRow) int { return e.In.concerns(b.Ecosystem) - e.In.concerns(a.Ecosystem) })
	}
	for _, r := range rows[:min(len(rows), shownAffected)] {
		affected := cmp.Or(r.Affected, "no versions are named")
		if r.Status != "" && affected != never {
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
	e.In.writeSpared(b)
	for _, f := range e.In.Findings[:min(len(e.In.Findings), shownFindings)] {
		fmt.Fprintf(b, "  %s %s   %s   risk %d\n", f.Package.Name, f.Package.Version, f.Severity, f.Risk)
		line := func(label, text string) {
			if text != "" {
				fmt.Fprintf(b, "    %-9s %s\n", label, indented(fold(text, 66), 14))
			}
		}
		line("why", f.Because)
		line("compared", comparisons(f.Compared))
		switch {
		case f.Kind == finding.Malware:
			line("mend", f.Message)
		case f.Fixed != "":
			line("mend", mend(&f))
		case f.Status == "" || f.Status == finding.Affected:
			line("mend", "no fixed version is known")
		default:
			line("mend", "no fixed version is known ("+string(f.Status)+")")
		}
		line("from", f.From)
		line("at", f.At.Path)
		line("set aside", f.Suppressed)
	}
	if n := len(e.In.Findings) - shownFindings; n > 0 {
		fmt.Fprintf(b, "  and in %d more packages: -o json\n", n)
	}
}

// writeSpared says why packages that one could expect to be affected are not.
func (in *explainedIn) writeSpared(b *strings.Builder) {
	for i, p := range in.Spared {
		if i == shownFindings {
			fmt.Fprintf(b, "  and %d more packages are not affected: -o json\n", len(in.Spared)-i)
			return
		}
		why := p.Advisory + " is about " + p.Name + " " + p.Affected
		if p.Affected == never {
			why = p.Advisory + " says so"
		}
		fmt.Fprintf(b, "  %s\n", indented(fold(fmt.Sprintf("%s %s is not affected: %s", p.Package, p.Version, why), 78), 4))
	}
}

// concerns is 1 where the advisories of an ecosystem concern the image.
func (in *explainedIn) concerns(ecosystem string) int {
	if slices.Contains(in.ecosystems, ecosystem) {
		return 1
	}
	return 0
}

// comparisons are the steps of matching as sentences, with the records that make
// each.
func comparisons(all []comparison) string {
	var texts []string
	by := map[string][]string{}
	for _, c := range all {
		if by[c.Text] == nil {
			texts = append(texts, c.Text)
		}
		by[c.Text] = append(by[c.Text], c.Advisory)
	}
	var lines []string
	for i, text := range texts[:min(len(texts), shownCompared)] {
		records := by[text]
		if n := len(records) - shownCompared; n > 0 {
			records = append(records[:shownCompared:shownCompared], fmt.Sprintf("%d more", n))
		}
		if i == 0 {
			text += ", by the order of " + all[0].Order
		}
		lines = append(lines, text+" ("+strings.Join(records, ", ")+")")
	}
	if n := len(texts) - shownCompared; n > 0 {
		lines = append(lines, fmt.Sprintf("and %d more: -o json", n))
	}
	return strings.Join(lines, "; ")
}

// mend says what to upgrade to, and why to that version where records differ.
func mend(f *explainedFinding) string {
	text := "upgrade to " + f.Fixed
	first := ""
	for _, c := range f.Compared {
		first = cmp.Or(first, c.Fixed)
		if c.Fixed != "" && c.Fixed != first {
			return text + ", which none of these records calls affected"
		}
	}
	return text
}

// indented puts spaces before all lines but the first.
func indented(text string, n int) string {
	return strings.ReplaceAll(text, "\n", "\n"+strings.Repeat(" ", n))
}
