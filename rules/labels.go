package rules

import (
	_ "embed"
	"fmt"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/rule"
)

// labels calls f for every label of every LABEL; first says that f was not true
// for a label of the same instruction before. Those of ONBUILD are left out.
func labels(d *rule.Dockerfile, f func(p dockerfile.Pair, first bool) bool) {
	each(d, func(i *dockerfile.Instruction) {
		first := true
		for _, p := range i.Pairs() {
			if f(p, first) {
				first = false
			}
		}
	}, "LABEL")
}

// labelValue is a label's value with variables put in; ok is false where one has
// no value that is known before the build.
func labelValue(d *rule.Dockerfile, i *dockerfile.Instruction, p dockerfile.Pair) (value string, ok bool) {
	if !strings.Contains(p.Value, "$") || strings.HasPrefix(p.Raw, "'") {
		return p.Value, true
	}
	value, unset, err := d.Scope(i).Expand(p.Raw)
	return value, err == nil && len(unset) == 0 && value != ""
}

// badLabels reports the labels that the schema gives a kind and whose value is
// not of it. An empty value is another rule's matter as well.
func badLabels(d *rule.Dockerfile, kind string, valid func(string) bool, want string) {
	if len(d.Settings.LabelSchema) == 0 {
		return
	}
	each(d, func(i *dockerfile.Instruction) {
		for _, p := range i.Pairs() {
			if d.Settings.LabelSchema[p.Key] != kind {
				continue
			}
			if value, ok := labelValue(d, i, p); ok && !valid(value) {
				d.Report(rule.Problem{Span: p.Span, Message: fmt.Sprintf("The value of %s is not %s.", p.Key, want)})
			}
		}
	}, "LABEL")
}

// validURL is for absolute URLs.
func validURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Scheme != "" && (u.Host != "" || u.Opaque != "" || u.Path != "") && !strings.ContainsAny(s, " \t\"<>\\^`{|}")
}

func validTime(s string) bool {
	_, err := time.Parse(time.RFC3339, s)
	return err == nil
}

// validHash is for the hash of a Git commit, in full or shortened as Git does.
func validHash(s string) bool {
	return (len(s) >= 7 && len(s) <= 40 || len(s) == 64) && only(s, func(c byte) bool { return isDigit(c) || c >= 'a' && c <= 'f' })
}

// validVersion is for versions of semver.org, without a "v".
func validVersion(s string) bool {
	core, build, hasBuild := strings.Cut(s, "+")
	core, pre, hasPre := strings.Cut(core, "-")
	numbers := strings.Split(core, ".")
	if len(numbers) != 3 || hasBuild && !validIdentifiers(build, false) || hasPre && !validIdentifiers(pre, true) {
		return false
	}
	for _, n := range numbers {
		if n == "" || !isNumber(n) || len(n) > 1 && n[0] == '0' {
			return false
		}
	}
	return true
}

func validIdentifiers(s string, plainNumbers bool) bool {
	for id := range strings.SplitSeq(s, ".") {
		if id == "" || !only(id, func(c byte) bool { return isAlnum(c) || c == '-' }) || plainNumbers && isNumber(id) && len(id) > 1 && id[0] == '0' {
			return false
		}
	}
	return true
}

// validEmail is for an address without a name around it.
func validEmail(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Name == "" && !strings.ContainsAny(s, "<>") && strings.TrimSpace(s) == s
}

//go:embed spdx.txt
var spdxList string

// spdxIDs are the identifiers of the SPDX licence list, in lower case.
var spdxIDs = sync.OnceValue(func() map[string]bool {
	ids := map[string]bool{}
	for line := range strings.Lines(spdxList) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			ids[strings.ToLower(line)] = true
		}
	}
	return ids
})

// validLicence is for an SPDX expression: identifiers joined by AND, OR and WITH,
// in parentheses.
func validLicence(s string) bool {
	words := strings.Fields(strings.NewReplacer("(", " ( ", ")", " ) ").Replace(s))
	depth, wantOperand := 0, true
	for _, w := range words {
		operator := w == "AND" || w == "OR" || w == "WITH"
		switch {
		case w == "(" && wantOperand:
			depth++
		case w == ")" && !wantOperand && depth > 0:
			depth--
		case operator && !wantOperand:
			wantOperand = true
		case !operator && wantOperand && w != "(" && w != ")" && validLicenceID(w):
			wantOperand = false
		default:
			return false
		}
	}
	return !wantOperand && depth == 0
}

func validLicenceID(s string) bool {
	return spdxIDs()[strings.ToLower(strings.TrimSuffix(s, "+"))] || spdxIDs()[strings.ToLower(s)] ||
		strings.HasPrefix(s, "LicenseRef-") || strings.HasPrefix(s, "DocumentRef-")
}

// missingLabels are those of some labels that the final stage does not set and
// does not get from a stage that it builds upon.
func missingLabels(d *rule.Dockerfile, wanted []string) []string {
	missing := slices.Clone(wanted)
	lineage(d, finalStage(d), func(s *dockerfile.Stage) bool {
		for _, i := range s.Instructions {
			if i.Name != "LABEL" {
				continue
			}
			for _, p := range i.Pairs() {
				missing = slices.DeleteFunc(missing, func(m string) bool { return m == p.Key })
			}
		}
		return true
	})
	return missing
}

// reportMissingLabels reports at the FROM of the final stage.
func reportMissingLabels(d *rule.Dockerfile, wanted []string) {
	final := finalStage(d)
	if final == nil {
		return
	}
	if missing := missingLabels(d, wanted); len(missing) > 0 {
		d.Report(rule.Problem{Span: final.From.Span, Message: fmt.Sprintf("Not set: %s.", strings.Join(missing, ", "))})
	}
}
