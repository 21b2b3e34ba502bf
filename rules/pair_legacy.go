package rules

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

// BuildKit's documentation has ARG among the instructions, its code does not.
func pairLegacy() rule.Rule {
	return rule.Rule{
		ID:    "pair-legacy",
		Title: "A name and its value are not joined by an equals sign",
		Why: "In the form without \"=\" all the rest of the line is the value, so that a second pair becomes part of the first one's value. " +
			"The form is kept for old files only. " +
			"Write name=value.",
		Bad:      "FROM debian:12\nENV MODE fast\n",
		Good:     "FROM debian:12\nENV MODE=fast\n",
		Severity: finding.Low,
		Aliases:  []string{"LegacyKeyValueFormat"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			needed := dispatched(d)
			searched := 0 // ARGs whose names were looked for in the whole file
			each(d, func(i *dockerfile.Instruction) {
				pairs := i.Pairs()
				switch {
				case i.Name == "ARG":
					if len(pairs) != 2 || pairs[0].HasValue || pairs[1].HasValue {
						return
					}
					if searched++; searched > maxLook || !forgotEquals(d, pairs) {
						return
					}
				case len(pairs) == 1 && pairs[0].Legacy:
				default:
					return
				}
				d.Report(rule.Problem{
					Span:    i.Span,
					Message: fmt.Sprintf("Write %s %s=… with an equals sign.", i.Name, pairs[0].Key),
					Aliases: ifBuilt(needed, i, "LegacyKeyValueFormat"),
					Fix:     equalsFix(d, i, pairs),
				})
			}, "ARG", "ENV", "LABEL")
		},
	}
}

// forgotEquals tells whether the second of two ARGs can only be meant as the
// value of the first: it is no name, or nothing uses it.
func forgotEquals(d *rule.Dockerfile, pairs []dockerfile.Pair) bool {
	second := pairs[1].Key
	return !isName(second) || second != strings.ToUpper(second) &&
		!bytes.Contains(d.Source, []byte("$"+second)) && !bytes.Contains(d.Source, []byte("${"+second))
}

// isName tells whether a word can be the name of a variable.
func isName(s string) bool {
	return s != "" && !isDigit(s[0]) && only(s, func(c byte) bool { return isAlnum(c) || c == '_' })
}

// equalsFix joins name and value. The value needs quotes where a blank is in it
// and has none yet.
func equalsFix(d *rule.Dockerfile, i *dockerfile.Instruction, pairs []dockerfile.Pair) *rule.Fix {
	if i.Name == "ARG" {
		return nil
	}
	p := pairs[0]
	if p.ValueSpan.Start.Line != p.KeySpan.End.Line || strings.ContainsAny(p.Key, "\"'$") || strings.HasPrefix(p.Raw, "=") {
		return nil
	}
	between := rule.Edit{Start: p.KeySpan.End.Offset, End: p.ValueSpan.Start.Offset, New: "="}
	fix := &rule.Fix{Title: "write an equals sign", Edits: []rule.Edit{between}}
	switch {
	case !strings.ContainsAny(p.Raw, " \t"):
	case strings.ContainsAny(p.Raw, "\"'") || strings.IndexByte(p.Raw, d.Escape) >= 0:
		if !quotedWhole(p.Raw) {
			return nil
		}
	default:
		fix.Edits = []rule.Edit{
			{Start: between.Start, End: between.End, New: `="`},
			insert(p.ValueSpan.End, `"`),
		}
	}
	return fix
}

// quotedWhole tells whether a value is one quoted run and nothing else.
func quotedWhole(raw string) bool {
	inner := unquote(raw)
	return len(inner) != len(raw) && strings.IndexByte(inner, raw[0]) < 0 && !strings.Contains(inner, "\\")
}
