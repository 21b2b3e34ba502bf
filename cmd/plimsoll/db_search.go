package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/match"
	"github.com/plimsoll/plimsoll/vulndb"
)

func (a *app) dbSearchCommand() *cobra.Command {
	var f dataFlags
	o := searchOptions{}
	var output string
	cmd := &cobra.Command{
		Use:   "search ID|PACKAGE",
		Short: "Look for a vulnerability or a package in the advisories at hand",
		Long: `Search lists what the advisories at hand say of a vulnerability, named by any of
its ids, or of a package, in all ecosystems or in those named. It needs no
image and no network. A package's name has to be whole, as its registry writes
it: group:artifact for Maven.`,
		Example: `  plimsoll db search CVE-2021-44228
  plimsoll db search lodash
  plimsoll db search openssl --ecosystem Debian:12 --ecosystem Alpine:v3.20
  plimsoll db search org.apache.logging.log4j:log4j-core -o json`,
		Args:        cobra.ExactArgs(1),
		Annotations: map[string]string{configOf: "scan"},
		RunE: func(_ *cobra.Command, args []string) error {
			if output != "text" && output != "json" {
				return usageError("-o %s: want text or json", output)
			}
			o.json = output == "json"
			return a.dbSearch(f, args[0], o)
		},
	}
	f.addDir(cmd.Flags())
	cmd.Flags().StringSliceVar(&o.ecosystems, "ecosystem", nil, "look in this `ecosystem` alone, named as OSV does: npm, Debian:12, or Debian for all its releases; may be repeated")
	o.match.addSeverity(cmd.Flags())
	cmd.Flags().StringVarP(&output, "output", "o", "text", "`FORMAT`: text or json")
	return cmd
}

// searchOptions say where to search and how to show what was found.
type searchOptions struct {
	ecosystems []string
	match      matchFlags
	json       bool
}

// searchRow is one advisory about one package, as it is shown.
type searchRow struct {
	ID        string           `json:"id"`
	Aliases   []string         `json:"aliases"`
	Ecosystem string           `json:"ecosystem"`
	Package   string           `json:"package"`
	Affected  string           `json:"affected"` // versions, as a condition
	Fixed     string           `json:"fixed"`
	Status    string           `json:"status,omitempty"` // the vendor's word
	Severity  finding.Severity `json:"severity"`
	Withdrawn bool             `json:"withdrawn,omitempty"`
	Malicious bool             `json:"malicious,omitempty"`
	Exploited bool             `json:"exploited,omitempty"` // known to be
	Summary   string           `json:"summary"`
}

func (a *app) dbSearch(f dataFlags, word string, o searchOptions) error {
	l, err := a.openLocal(f, o.match)
	if err != nil {
		return err
	}
	defer l.Close()
	ecosystems, err := l.chosen(o.ecosystems)
	if err != nil {
		return err
	}
	var found []held
	if advisoryID.MatchString(word) || strings.Contains(strings.ToUpper(word), "-CVE-") {
		found, err = l.about(advisoryName(word))
	} else {
		found, err = l.byPackage(word, ecosystems)
	}
	if err != nil {
		return err
	}
	rows := l.rows(found, ecosystems)
	if o.json {
		e := json.NewEncoder(a.out)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		return e.Encode(append([]searchRow{}, rows...))
	}
	if l.onlyStarter() {
		a.warn("only the starter advisories were searched: plimsoll db update ECOSYSTEM fetches more")
	}
	if len(rows) == 0 {
		fmt.Fprintf(a.out, "Nothing about %s in %s.\n", clean(word), clean(l.atHand(ecosystems)))
		if strings.Trim(word, "abcdefghijklmnopqrstuvwxyz0123456789.-_") == "" {
			fmt.Fprintln(a.out, "The name of a package has to be whole: group:artifact for Maven, the path of the module for Go.")
		}
		return nil
	}
	a.table(rows)
	return nil
}

// chosen resolves the names of ecosystems, a family's to its releases. One of
// which there is nothing is an error that says how to get it.
func (l *local) chosen(names []string) ([]string, error) {
	all := l.ecosystems()
	if len(names) == 0 {
		return all, nil
	}
	var out []string
	for _, name := range spelled(names) {
		n := len(out)
		for _, e := range all {
			if strings.EqualFold(e, name) || strings.EqualFold(vulndb.Family(e), name) {
				out = append(out, e)
			}
		}
		if len(out) == n {
			return nil, &exitError{exitNoData, fmt.Errorf("no advisories for %s are at hand: run plimsoll db update %s", name, name)}
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// rows are what records say of the packages in some ecosystems.
func (l *local) rows(found []held, ecosystems []string) []searchRow {
	var rows []searchRow
	for _, f := range found {
		cves := cvesOf(&f.Advisory)
		for i := range f.Affected {
			e := &f.Affected[i]
			if !slices.Contains(ecosystems, e.Ecosystem) || !l.speaks(f.db, e.Ecosystem) {
				continue
			}
			row := searchRow{
				ID: f.ID, Aliases: append(append([]string{}, f.Aliases...), f.Upstream...), Ecosystem: e.Ecosystem, Package: e.Name,
				Affected: ranges(e), Fixed: fixedIn(e), Status: e.Status,
				Withdrawn: !f.Withdrawn.IsZero(), Malicious: f.Malicious, Summary: f.Summary,
			}
			same := func(r searchRow) bool {
				return r.ID == row.ID && r.Ecosystem == row.Ecosystem && r.Package == row.Package && r.Affected == row.Affected
			}
			if slices.ContainsFunc(rows[max(0, len(rows)-50):], same) {
				continue
			}
			row.Severity, row.Exploited = l.rateEntry(f.Advisory, e, cves)
			rows = append(rows, row)
		}
	}
	slices.SortStableFunc(rows, func(a, b searchRow) int {
		if c := strings.Compare(a.Ecosystem, b.Ecosystem); c != 0 {
			return c
		}
		return strings.Compare(a.Package, b.Package)
	})
	return rows
}

// rateEntry says how bad a record is for one package, as a scan would of that
// record alone, and whether one of its CVEs is known to be exploited.
func (l *local) rateEntry(a vulndb.Advisory, e *vulndb.Affected, cves []string) (finding.Severity, bool) {
	a.Affected = []vulndb.Affected{*e}
	m := match.Matcher{Intelligence: l.known, SeverityOrder: l.order}
	severity, _, exploit := m.Rate([]vulndb.Advisory{a}, cves, !match.OfLanguage(e.Ecosystem))
	if a.Malicious {
		severity = finding.Critical // as in a report
	}
	return severity, exploit.Known()
}

// table writes rows for a person.
func (a *app) table(rows []searchRow) {
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tECOSYSTEM\tPACKAGE\tAFFECTED\tSEVERITY\tSUMMARY")
	for _, r := range rows {
		severity := r.Severity.String()
		switch {
		case r.Withdrawn:
			severity = "withdrawn"
		case r.Malicious:
			severity = "malicious"
		case r.Exploited:
			severity += ", exploited"
		}
		affected := r.Affected
		if r.Status != "" && affected != never {
			affected = strings.TrimSpace(affected + " (" + r.Status + ")")
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", clean(r.ID), clean(r.Ecosystem), clean(r.Package), clean(cut(affected, 48)), severity, clean(cut(firstLine(r.Summary), 60)))
	}
	w.Flush()
}

// cut shortens a text to a number of characters.
func cut(text string, most int) string {
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return string(runes[:most-1]) + "…"
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}
