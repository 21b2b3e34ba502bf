package main

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/plimsoll/plimsoll/lint"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/rules"
	"github.com/plimsoll/plimsoll/secret"
)

func (a *app) explainCommand() *cobra.Command {
	f := explainFlags{scan: defaultScanFlags()}
	f.scan.checks.only = []string{"vulnerabilities"}
	cmd := &cobra.Command{
		Use:   "explain ID…",
		Short: "Say what a vulnerability, a rule or a kind of secret is about, and what to do",
		Long: `Explain shows the documentation of a rule: what it finds, why that matters, an
example of what is wrong and of what is right, and how to leave it out. Of a
kind of secret it says what it opens. The words rules and secrets list them all.

An ID is a rule's own or that of another tool for the same check: DL3008,
DS-0029, CKV_DOCKER_3, CIS-DI-0001, JSONArgsRecommended, SC2086.

Of a vulnerability, named by any of its ids, explain says what it is, how bad by
which source, whether it is exploited, and which packages it is in, by all the
advisories at hand; with --in also why it was found in an image, where that came
from and what mends it. The exit code is 4 where the data at hand do not know it.`,
		Example: `  plimsoll explain apt-pin-version
  plimsoll explain DL3008
  plimsoll explain CVE-2021-44228
  plimsoll explain GHSA-jf85-cpcp-j695 --in report.json
  plimsoll explain CVE-2019-10744 --in shop:1.4 -o json`,
		Args:        cobra.MinimumNArgs(1),
		Annotations: map[string]string{configOf: "scan db"},
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.output != "text" && f.output != "json" {
				return usageError("-o %s: want text or json", f.output)
			}
			return a.explain(cmd.Context(), f, args)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.in, "in", "", "say where a vulnerability is in this JSON `report` or image")
	flags.StringVarP(&f.output, "output", "o", "text", "`FORMAT` for vulnerabilities: text or json")
	flags.StringVar(&f.scan.platform, "platform", "", "`os/arch[/variant]` of an image for several")
	f.scan.data.add(flags)
	f.scan.match.add(flags)
	return cmd
}

var advisoryID = regexp.MustCompile(`(?i)^(CVE|GHSA|DSA|DLA|DTSA|USN|LSN|RHSA|RHBA|RHEA|ALSA|ALBA|ALEA|RLSA|SUSE|OPENSUSE|ALAS\w*|ELSA|AZL|CGA|GO-[0-9]+|PYSEC|RUSTSEC|RUBYSEC|GLAD|DRUPAL|FOP|NSWG|RETIREJS|HSEC|BIT|PSF|MAL|OSV|BELL|DHI|MGASA|OESA|PHSA)-\w|^[A-Z]+-CVE-[0-9]{4}-`)

var shellCheckID = regexp.MustCompile(`^SC[0-9]{4}$`)

func (a *app) explain(ctx context.Context, f explainFlags, ids []string) error {
	all := append(rules.All(), lint.SyntaxRule())
	for n, id := range ids {
		if lines := listOf(id, all); lines != nil {
			if _, err := io.WriteString(a.out, strings.Join(lines, "")); err != nil {
				return &exitError{exitFailed, fmt.Errorf("explain: %w", err)}
			}
			continue
		}
		found := rulesCalled(all, id)
		if kind := secretCalled(id); len(found) == 0 && kind != nil {
			if n > 0 {
				fmt.Fprintln(a.out)
			}
			if err := explainSecret(a.out, kind); err != nil {
				return &exitError{exitFailed, fmt.Errorf("explain: %w", err)}
			}
			continue
		}
		if len(found) == 0 {
			if code := strings.ToUpper(strings.TrimPrefix(strings.ToLower(id), "shellcheck-")); shellCheckID.MatchString(code) {
				return usageError("%s is a check of shellcheck's own: https://www.shellcheck.net/wiki/%s", code, code)
			}
			if advisoryID.MatchString(id) {
				if n > 0 {
					fmt.Fprintln(a.out)
				}
				if err := a.explainAdvisory(ctx, f, id); err != nil {
					return err
				}
				continue
			}
			return usageError("no rule and no kind of secret is called %q%s", id, meant(nearestName(all, id)))
		}
		for k, r := range found {
			if n+k > 0 {
				fmt.Fprintln(a.out)
			}
			if err := explainRule(a.out, r); err != nil {
				return &exitError{exitFailed, fmt.Errorf("explain: %w", err)}
			}
		}
	}
	return nil
}

// listOf are the lines of a list of everything that explain knows of a kind.
func listOf(word string, all []rule.Rule) []string {
	var lines []string
	switch word {
	case "rules":
		for _, r := range all {
			lines = append(lines, fmt.Sprintf("%-32s %-9s %s\n", r.ID, r.Severity, r.Title))
		}
	case "secrets":
		for _, k := range secret.Kinds() {
			lines = append(lines, fmt.Sprintf("%-40s %-9s %s\n", k.ID, k.Severity, k.Title))
		}
	}
	slices.Sort(lines)
	return lines
}

// explainSecret says what a kind of secret opens.
func explainSecret(w io.Writer, k *secret.Kind) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s   %s   a secret\n%s\n\n%s\n", k.ID, k.Severity, k.Title, fold(k.Why(), 80))
	if len(k.Aliases) > 0 {
		fmt.Fprintf(&b, "\nAlso called   %s\n", strings.Join(k.Aliases, ", "))
	}
	fmt.Fprintf(&b, "\nTo leave it out\n  plimsoll scan --skip %s\n", k.ID)
	_, err := io.WriteString(w, clean(b.String()))
	return err
}

// rulesCalled are the rule with an id, or else all that have it as an alias.
func rulesCalled(all []rule.Rule, id string) []rule.Rule {
	var found []rule.Rule
	for _, r := range all {
		if strings.EqualFold(r.ID, id) {
			return []rule.Rule{r}
		}
		if lint.Named(&r, id) {
			found = append(found, r)
		}
	}
	return found
}

// nearestName is the id or alias that is nearest to what was written.
func nearestName(all []rule.Rule, id string) string {
	names, written := []string{}, map[string]string{}
	for _, r := range all {
		for _, name := range append([]string{r.ID}, r.Aliases...) {
			names = append(names, strings.ToLower(name))
			written[strings.ToLower(name)] = name
		}
	}
	slices.Sort(names)
	return written[nearest(id, slices.Compact(names))]
}

func explainRule(w io.Writer, r rule.Rule) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s   %s", r.ID, r.Severity)
	if r.Off && r.OnImages {
		b.WriteString("   off for Dockerfiles unless it is asked for")
	} else if r.Off {
		b.WriteString("   off unless it is asked for")
	}
	if r.Since != "" {
		fmt.Fprintf(&b, "   since level %s", r.Since)
	}
	fmt.Fprintf(&b, "\n%s\n\n%s\n", r.Title, fold(r.Why, 80))
	if len(r.Aliases) > 0 {
		fmt.Fprintf(&b, "\nAlso called   %s\n", strings.Join(r.Aliases, ", "))
	}
	example(&b, "Wrong", r.Bad)
	example(&b, "Right", r.Good)
	b.WriteString(leaveOut(&r))
	_, err := io.WriteString(w, clean(b.String()))
	return err
}

// leaveOut says how not to hear of a rule, and how to hear of one that is off.
func leaveOut(r *rule.Rule) string {
	var b strings.Builder
	b.WriteString("\nTo leave it out\n")
	if r.Dockerfile != nil || r.ID == lint.SyntaxID {
		fmt.Fprintf(&b, "  here         # plimsoll ignore=%s   in the line above the instruction\n", r.ID)
		fmt.Fprintf(&b, "  in the file  # plimsoll global ignore=%s\n", r.ID)
		fmt.Fprintf(&b, "  everywhere   lint: {ignore: [%s]}   in .plimsoll.yaml\n", r.ID)
	}
	if onImages(r) {
		fmt.Fprintf(&b, "  in images    scan: {skip: [%s]}   in .plimsoll.yaml\n", r.ID)
	}
	if !r.Off {
		return b.String()
	}
	b.WriteString("\nTo ask for it\n")
	if r.Dockerfile != nil {
		fmt.Fprintf(&b, "  plimsoll lint --severity %s=%s\n", r.ID, r.Severity)
	}
	if onImages(r) && !r.OnImages {
		fmt.Fprintf(&b, "  plimsoll scan --only vulnerabilities,secrets,rules,%s\n", r.ID)
	}
	return b.String()
}

func example(b *strings.Builder, heading, text string) {
	if text == "" {
		return
	}
	fmt.Fprintf(b, "\n%s\n", heading)
	for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		fmt.Fprintln(b, strings.TrimRight("  "+line, " "))
	}
}

// fold breaks text into lines of at most so many characters.
func fold(text string, width int) string {
	var b strings.Builder
	used := 0
	for _, word := range strings.Fields(text) {
		n := len([]rune(word))
		switch {
		case used == 0:
		case used+1+n > width:
			b.WriteByte('\n')
			used = 0
		default:
			b.WriteByte(' ')
			used++
		}
		b.WriteString(word)
		used += n
	}
	return b.String()
}
