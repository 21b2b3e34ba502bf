package catalog

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxLicenseNames = 200 // of one statement
	maxLicenseName  = 128 // bytes
)

// Licenses splits a licence statement into the names in it, sorted and each
// once. It takes SPDX expressions, "MIT AND (GPL-2.0-only OR BSD-3-Clause)", and
// what distributions wrote before those, "GPLv2+ and LGPLv2+ with exceptions".
// An exception stays with its licence. The operators are lost on purpose:
// what may be chosen is a question of law, what is named is a fact.
func Licenses(statement string) []string {
	var names []string
	var words []string
	end := func() {
		name := strings.Join(words, " ")
		words = words[:0]
		if name != "" && len(name) <= maxLicenseName && len(names) < maxLicenseNames && printable(name) {
			names = append(names, name)
		}
	}
	for word := range strings.FieldsFuncSeq(strings.NewReplacer("(", " , ", ")", " , ", ",", " , ", ";", " , ").Replace(statement), unicode.IsSpace) {
		switch strings.ToLower(word) {
		case ",", "and", "or", "and/or", "&", "&&", "|", "||":
			end()
		default:
			words = append(words, word)
		}
	}
	end()
	slices.Sort(names)
	return slices.Compact(names)
}

func printable(s string) bool {
	for _, r := range s {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return false
		}
	}
	return true
}
