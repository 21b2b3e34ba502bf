package report

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/plimsoll/plimsoll/finding"
)

// ruleID is the rule that a finding belongs to.
func ruleID(f finding.Finding) string { return cmp.Or(f.ID, string(f.Kind), "finding") }

// sarifRules makes a rule of each id, with the worst severity that it has in
// this report, and tells the place of each in the list.
func sarifRules(findings []finding.Finding) ([]sarifRule, map[string]int) {
	byID := map[string][]finding.Finding{}
	var ids []string
	for _, f := range findings {
		id := ruleID(f)
		if byID[id] == nil {
			ids = append(ids, id)
		}
		byID[id] = append(byID[id], f)
	}
	slices.Sort(ids)
	rules, index := make([]sarifRule, 0, len(ids)), map[string]int{}
	for n, id := range ids {
		index[id] = n
		rules = append(rules, newSARIFRule(id, byID[id]))
	}
	return rules, index
}

func newSARIFRule(id string, of []finding.Finding) sarifRule {
	worst := of[0]
	for _, f := range of {
		if f.Severity > worst.Severity {
			worst = f
		}
	}
	title := cmp.Or(headline(worst), id)
	rule := sarifRule{
		ID:                   id,
		ShortDescription:     sarifText{Text: clip(id+": "+title, 1000)},
		FullDescription:      sarifText{Text: clip(cmp.Or(flat(worst.Message), title), 1000)},
		DefaultConfiguration: sarifConfiguration{sarifLevel(worst.Severity)},
		Help:                 help(id, title, of),
		Properties:           sarifRuleFacts{Severity: worst.Severity.String(), Aliases: worst.Aliases, Tags: []string{string(worst.Kind)}},
	}
	if worst.Kind != finding.License {
		rule.Properties.Tags = append(rule.Properties.Tags, "security")
		rule.Properties.SecuritySeverity = score(worst)
	}
	if u, err := url.Parse(worst.URL); err == nil && (u.Scheme == "https" || u.Scheme == "http") {
		rule.HelpURI = u.String()
	}
	return rule
}

// help is what to do about all findings of one rule.
func help(id, title string, of []finding.Finding) sarifText {
	const most = 20
	var text, mark strings.Builder
	fmt.Fprintf(&text, "%s: %s\n", id, title)
	fmt.Fprintf(&mark, "**%s** %s\n", markdown(id), markdown(title))
	told := map[string]bool{}
	for _, f := range of {
		if f.Kind != finding.Vulnerability {
			continue
		}
		step := "Upgrade " + f.Package.Name + " from " + f.Package.Version + " to " + f.Fixed
		if f.Fixed == "" {
			step = f.Package.Name + " " + f.Package.Version + ": " + noFix(f)
		}
		if told[step] {
			continue
		}
		if told[step] = true; len(told) > most {
			text.WriteString("\nand more packages\n")
			mark.WriteString("\n- and more packages\n")
			break
		}
		fmt.Fprintf(&text, "\n%s.", flat(step))
		fmt.Fprintf(&mark, "\n- %s.", markdown(flat(step)))
	}
	fmt.Fprintf(&text, "\nTo see why this was found: plimsoll explain %s\n", quote(flat(id)))
	fmt.Fprintf(&mark, "\n\nTo see why this was found: `plimsoll explain %s`\n", strings.ReplaceAll(quote(flat(id)), "`", ""))
	return sarifText{Text: text.String(), Markdown: mark.String()}
}

// markdown keeps foreign text from being read as Markdown or HTML.
func markdown(text string) string {
	return strings.NewReplacer(
		`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "<", "&lt;", ">", "&gt;", "&", "&amp;",
		"#", `\#`, "|", `\|`, "!", `\!`, "~", `\~`,
	).Replace(text)
}

// clip cuts a text at a number of runes; code scanning refuses longer ones.
func clip(text string, runes int) string {
	n := 0
	for i := range text {
		if n++; n > runes {
			return text[:i] + "…"
		}
	}
	return text
}
