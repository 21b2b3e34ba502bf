package image

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
)

// keywords are the instructions that a history can hold.
var keywords = []string{
	"ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "HEALTHCHECK", "LABEL", "MAINTAINER",
	"ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
}

// instruction turns an instruction as a builder notes it into what a Dockerfile
// says; classic is the builder of Docker before BuildKit, and Buildah's. The
// result is empty for what is no instruction.
func (r *rebuild) instruction(text string, classic bool) string {
	end := strings.IndexAny(text, " \t\n")
	if end < 0 {
		return ""
	}
	name, rest := text[:end], strings.TrimSpace(text[end:])
	if !slices.Contains(keywords, name) || rest == "" {
		return ""
	}
	if name == "RUN" {
		return r.script(rest)
	}
	rest = strings.ReplaceAll(rest, "\n", " ")
	switch name {
	case "ADD", "COPY":
		rest = withoutIn(rest)
	case "ENV":
		if !r.isWritten("ENV "+rest, r.env, classic) {
			rest = r.environment(rest, !classic)
		}
	case "LABEL":
		if !r.isWritten("LABEL "+rest, r.config.Config.Labels, classic) {
			rest = r.pairs("LABEL", pairs(rest, r.config.Config.Labels, "_-./"), false)
		}
	case "ARG":
		rest = arguments(rest, r.escape)
	case "CMD", "ENTRYPOINT":
		if words, ok := quotedWords(rest); ok {
			rest = array(words)
		}
	case "SHELL":
		rest = r.setShell(rest)
	case "VOLUME":
		if words, ok := bracketed(rest); ok {
			rest = array(words)
		}
	case "EXPOSE":
		rest = ports(rest)
	case "HEALTHCHECK":
		rest = r.healthcheck(rest)
	}
	if rest == "" {
		return ""
	}
	for r.isOpen(rest) { // a Windows path; a line end would be escaped
		rest = strings.TrimSuffix(strings.TrimRight(rest, " \t"), string(r.escape)) + "/"
	}
	r.note(name, rest)
	return name + " " + rest
}

// note keeps in mind which instructions there are.
func (r *rebuild) note(name, rest string) {
	r.seen[name] = true
	switch name {
	case "USER":
		r.user = rest
	case "EXPOSE":
		for _, p := range strings.Fields(rest) {
			r.seen["EXPOSE "+p] = true
		}
	}
}

// withoutIn takes the word out that the classic builder puts between the digest
// of what it copies and the place: "file:4e9a… in /app".
func withoutIn(text string) string {
	before, after, ok := strings.Cut(text, " in ")
	if !ok {
		return text
	}
	source := before[strings.LastIndexByte(before, ' ')+1:]
	kind, _, digest := strings.Cut(source, ":")
	if digest && (kind == "file" || kind == "dir" || kind == "multi") || isName(source, "") && len(source) >= 64 {
		return before + " " + strings.TrimSpace(after)
	}
	return text
}

// isWritten tells whether an ENV or LABEL stands as in the Dockerfile, with its
// quotes, which is what Buildah notes. The values that the configuration has in
// the end tell; where it has none, unsure is the answer.
func (r *rebuild) isWritten(line string, known map[string]string, unsure bool) bool {
	if !strings.ContainsAny(line, "\"'") || r.escape != '\\' || r.isOpen(line) {
		return false
	}
	f := dockerfile.Parse([]byte("FROM scratch\n" + line + "\n"))
	if len(f.Problems) > 0 || len(f.Instructions) != 2 {
		return false
	}
	list := f.Instructions[1].Pairs()
	for _, p := range list {
		if value, ok := known[p.Key]; ok && value != p.Value {
			return false
		} else if ok {
			unsure = true
		}
	}
	if !unsure {
		return false
	}
	for _, p := range list {
		r.seen[f.Instructions[1].Name+" "+p.Key] = true
	}
	return len(list) > 0
}

// pair is a name and its value, without quotes.
type pair struct{ name, value string }

// pairs splits "A=b c D=e": builders note values without quotes, so that a value
// may hold blanks and what looks like the next pair. Known are the values that
// the configuration has in the end. Names are of letters, digits and others.
func pairs(text string, known map[string]string, others string) []pair {
	var out []pair
	for rest := text; rest != "" && len(out) < maxRebuilt; {
		name, value, ok := strings.Cut(rest, "=")
		if !ok {
			break
		}
		rest = ""
		final, have := known[name]
		if !have || final != value {
			at := 0
			if have && strings.HasPrefix(value, final+" ") {
				at = len(final)
			}
			value, rest = untilName(value, at, func(next string) bool {
				_, listed := known[next]
				return isName(next, others) && (listed || !have)
			})
		}
		out = append(out, pair{strings.TrimSpace(name), value})
	}
	return out
}

// untilName cuts a text before the first " NAME=" from an offset on.
func untilName(text string, from int, isNext func(string) bool) (value, rest string) {
	for at := from; at < len(text); {
		blank := strings.IndexByte(text[at:], ' ')
		if blank < 0 {
			break
		}
		at += blank
		word := text[at+1:]
		if end := strings.IndexAny(word, " ="); end > 0 && word[end] == '=' && isNext(word[:end]) {
			return text[:at], word
		}
		at++
	}
	return text, ""
}

// environment is what an ENV sets. Where always is set, values stand in quotes
// also if they need none.
func (r *rebuild) environment(text string, always bool) string {
	if list := pairs(text, r.env, "_"); len(list) > 0 {
		return r.pairs("ENV", list, always)
	}
	return text
}

// pairs writes pairs in the language of Dockerfiles.
func (r *rebuild) pairs(instruction string, list []pair, always bool) string {
	words := make([]string, 0, len(list))
	for _, p := range list {
		r.seen[instruction+" "+p.name] = true
		words = append(words, quoted(p.name, r.escape, false)+"="+quoted(p.value, r.escape, always))
	}
	return strings.Join(words, " ")
}

// arguments are the words of an ARG, names with or without a default.
func arguments(text string, escape byte) string {
	var words []string
	for text != "" && len(words) < maxRebuilt {
		first, rest, _ := strings.Cut(text, " ")
		if !strings.Contains(first, "=") {
			words, text = append(words, first), strings.TrimSpace(rest)
			continue
		}
		name, value, _ := strings.Cut(text, "=")
		value, text = untilName(value, 0, func(next string) bool { return isName(next, "_") })
		words = append(words, name+"="+quoted(value, escape, false))
	}
	return strings.Join(words, " ")
}

// quoted is a text as one word of a Dockerfile that means just this text.
func quoted(s string, escape byte, always bool) string {
	if !always && !strings.ContainsAny(s, " \t\"'$`\\") && !strings.Contains(s, "<<") {
		return s
	}
	var b strings.Builder
	b.WriteByte('"')
	for i := 0; i < len(s); i++ {
		if s[i] == '"' || s[i] == '$' || s[i] == escape {
			b.WriteByte(escape)
		}
		b.WriteByte(s[i])
	}
	b.WriteByte('"')
	return b.String()
}

// quotedWords reads a list of strings as Go prints it, ["a" "b"], or as JSON
// writes it.
func quotedWords(text string) ([]string, bool) {
	text, ok := strings.CutPrefix(text, "[")
	if !ok {
		return nil, false
	}
	words := []string{}
	for len(words) < maxRebuilt {
		text = strings.TrimLeft(text, " ,")
		if text == "]" {
			return words, true
		}
		prefix, err := strconv.QuotedPrefix(text)
		if err != nil || prefix[0] == '\'' {
			return nil, false
		}
		word, err := strconv.Unquote(prefix)
		if err != nil {
			return nil, false
		}
		words, text = append(words, word), text[len(prefix):]
	}
	return nil, false
}

// bracketed reads a list of words as Go prints it, [a b], or as JSON writes it.
func bracketed(text string) ([]string, bool) {
	if words, ok := quotedWords(text); ok {
		return words, len(words) > 0
	}
	if len(text) < 2 || text[0] != '[' || text[len(text)-1] != ']' {
		return nil, false
	}
	words := strings.Fields(text[1 : len(text)-1])
	return words, len(words) > 0
}

// array is a list of strings in the JSON form of a Dockerfile.
func array(words []string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	parts := make([]string, 0, len(words))
	for _, w := range words {
		b.Reset()
		if e.Encode(w) == nil {
			parts = append(parts, strings.TrimSpace(b.String()))
		}
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// setShell reads SHELL [/bin/bash -o pipefail -c]. Where its words end only the
// configuration tells, of the last one.
func (r *rebuild) setShell(text string) string {
	words, ok := bracketed(text)
	if !ok {
		return ""
	}
	r.shell = strings.Join(words, " ")
	if last := r.config.Config.Shell; strings.Join(last, " ") == r.shell {
		words = last
	}
	return array(words)
}

// ports reads EXPOSE map[443/tcp:{} 80/tcp:{}].
func ports(text string) string {
	inner, ok := strings.CutPrefix(text, "map[")
	if !ok {
		inner, ok = strings.CutPrefix(text, "[")
	}
	if !ok {
		return text
	}
	words := strings.Fields(strings.TrimSuffix(inner, "]"))
	for i, w := range words {
		words[i] = strings.Trim(strings.TrimSuffix(w, ":{}"), `",`)
	}
	return strings.Join(words, " ")
}
