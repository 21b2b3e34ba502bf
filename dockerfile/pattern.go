package dockerfile

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// maxPattern bounds a pattern, in bytes, since matching takes time in
// proportion to its length.
const maxPattern = 256

// trimPrefix cuts what a pattern matches from the start of a value: the
// shortest match, or after a second "#" the longest.
func trimPrefix(value, pattern string) (string, error) {
	pattern, longest := strings.CutPrefix(pattern, "#")
	re, err := compile(pattern, longest, `\A%s`)
	if err != nil {
		return "", err
	}
	if m := re.FindStringIndex(value); m != nil {
		return value[m[1]:], nil
	}
	return value, nil
}

// trimSuffix is trimPrefix for the end of a value and "%".
func trimSuffix(value, pattern string) (string, error) {
	pattern, longest := strings.CutPrefix(pattern, "%")
	around := `\A((?s:.*))%s\z`
	if longest {
		around = `\A((?s:.*?))%s\z`
	}
	re, err := compile(pattern, longest, around)
	if err != nil {
		return "", err
	}
	if m := re.FindStringSubmatchIndex(value); m != nil {
		return value[:m[3]], nil
	}
	return value, nil
}

// replacePattern replaces the first match of a pattern, or all of them. As in
// BuildKit, $1 in the replacement of all matches is taken for a group.
func replacePattern(value, pattern, replacement string, all bool) (string, error) {
	re, err := compile(pattern, true, "%s")
	if err != nil {
		return "", err
	}
	if all {
		if n := len(replacement); n > 0 && len(value) > maxExpansion/n {
			return "", errLength
		}
		return re.ReplaceAllString(value, replacement), nil
	}
	if m := re.FindStringIndex(value); m != nil {
		value = value[:m[0]] + replacement + value[m[1]:]
	}
	return value, nil
}

// compile turns a shell pattern with * and ? into a regular expression and
// puts it where %s stands in another. A backslash escapes *, ? and itself, and
// goes before } and /, which would end the pattern.
func compile(pattern string, longest bool, around string) (*regexp.Regexp, error) {
	if len(pattern) > maxPattern {
		return nil, fmt.Errorf("the pattern is longer than %d bytes", maxPattern)
	}
	star := ".*?"
	if longest {
		star = ".*"
	}
	var out strings.Builder
	for at := 0; at < len(pattern); {
		r, n := utf8.DecodeRuneInString(pattern[at:])
		at += n
		switch r {
		case '*':
			out.WriteString(star)
			continue
		case '?':
			out.WriteByte('.')
			continue
		case '\\':
			next, n := utf8.DecodeRuneInString(pattern[at:])
			if next == '}' || next == '/' {
				continue
			}
			if next != '*' && next != '?' && next != '\\' {
				return nil, fmt.Errorf("the pattern %q escapes what needs none", pattern)
			}
			r = next
			at += n
		}
		out.WriteString(regexp.QuoteMeta(string(r)))
	}
	return regexp.Compile(fmt.Sprintf(around, out.String()))
}
