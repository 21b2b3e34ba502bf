package dockerfile

import (
	"encoding/json"
	"strings"
)

// array reads Text from an offset on as a JSON array of strings. It is false
// where it is none, and BuildKit then takes the text as it stands; an array of
// something else is a problem.
func (p *parser) array(i *Instruction, from int) bool {
	at := from + blank(i.Text[from:])
	if at >= len(i.Text) || i.Text[at] != '[' {
		return false
	}
	words, ok := arrayWords(i, at)
	if ok {
		i.Form, i.Args = JSONForm, words
		return true
	}
	if text := i.Text[at:]; strings.HasSuffix(text, "]") && json.Valid([]byte(text)) {
		p.problem(i.SpanOf(at, len(i.Text)), "the JSON array of %s may hold strings only", i.Name)
	}
	return false
}

// arrayWords reads ["a", "b"] from the "[" on.
func arrayWords(i *Instruction, at int) ([]Word, bool) {
	text := i.Text
	at = jsonBlank(text, at+1)
	if at < len(text) && text[at] == ']' {
		return nil, jsonBlank(text, at+1) == len(text)
	}
	var out []Word
	for {
		value, end, ok := jsonString(text, at)
		if !ok || len(out) == maxWords {
			return nil, false
		}
		out = append(out, Word{value, i.SpanOf(at, end), at})
		at = jsonBlank(text, end)
		if at == len(text) {
			return nil, false
		}
		switch text[at] {
		case ',':
			at = jsonBlank(text, at+1)
		case ']':
			return out, jsonBlank(text, at+1) == len(text)
		default:
			return nil, false
		}
	}
}

func jsonBlank(s string, at int) int {
	for at < len(s) && (s[at] == ' ' || s[at] == '\t' || s[at] == '\n' || s[at] == '\r') {
		at++
	}
	return at
}

// jsonString reads the string at an offset and gives the offset behind it.
func jsonString(s string, at int) (value string, end int, ok bool) {
	if at >= len(s) || s[at] != '"' {
		return "", at, false
	}
	escaped := false
	for end = at + 1; end < len(s) && s[end] != '"'; end++ {
		if s[end] < ' ' {
			return "", at, false
		}
		if s[end] == '\\' {
			escaped = true
			end++
		}
	}
	if end >= len(s) {
		return "", at, false
	}
	end++
	if !escaped {
		return s[at+1 : end-1], end, true
	}
	if json.Unmarshal([]byte(s[at:end]), &value) != nil {
		return "", at, false
	}
	return value, end, true
}
