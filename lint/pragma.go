package lint

import (
	"cmp"
	"slices"
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
)

// checkArg is the build argument that replaces the file's own check directive
// in BuildKit.
const checkArg = "BUILDKIT_DOCKERFILE_CHECK"

// maxScopes bounds how many parts of a file comments can ignore rules in: each
// finding is held against all of them.
const maxScopes = 2000

// pragmas are what the comments of a file say should be left out.
type pragmas struct {
	scopes []scope
	fatal  bool // check=error=true
}

// scope is a part of a file in which rules are ignored.
type scope struct {
	from, to int // byte offsets
	ids      []string
	buildkit bool // ids are names of BuildKit's rules, or "all" of them
}

// ignore tells whether a comment leaves a problem out.
func (g *pragmas) ignore(p *Problem) bool {
	at := p.Span.Start.Offset
	for _, s := range g.scopes {
		if at < s.from || at >= s.to {
			continue
		}
		if s.buildkit && slices.ContainsFunc(s.ids, p.skipped) || !s.buildkit && slices.ContainsFunc(s.ids, p.called) {
			return true
		}
	}
	return false
}

// skipped tells whether BuildKit's check=skip names the problem.
func (p *Problem) skipped(name string) bool {
	return slices.ContainsFunc(p.aliases(), func(alias string) bool {
		return buildKitName(alias) && (strings.EqualFold(name, "all") || strings.EqualFold(name, alias))
	})
}

// buildKitName tells the ids of BuildKit's rules from all others: they are words
// in camel case, "JSONArgsRecommended".
func buildKitName(id string) bool {
	lower := false
	for i := range len(id) {
		c := id[i]
		lower = lower || c >= 'a' && c <= 'z'
		if (c|0x20 < 'a' || c|0x20 > 'z') || i == 0 && c >= 'a' {
			return false
		}
	}
	return lower
}

// pragmas reads the comments and the check directive of a file.
func (l *Linter) pragmas(f *dockerfile.File, buildArgs map[string]string) *pragmas {
	g := &pragmas{}
	whole := len(f.Source) + 1
	check, replaced := buildArgs[checkArg]
	if !replaced {
		for _, d := range f.Directives {
			if d.Name == "check" {
				check = d.Value
			}
		}
	}
	skip, fatal := checkOptions(check)
	g.fatal = fatal
	if l.NoPragmas {
		return g
	}
	g.add(scope{0, whole, skip, true})
	for i, c := range f.Comments {
		if len(g.scopes) >= maxScopes {
			break
		}
		word, rest := cutWord(c.Text)
		switch strings.ToLower(word) {
		case "hadolint":
			g.hadolint(f, c, rest)
		case "plimsoll":
			g.plimsoll(f, c, rest)
		default:
			g.check(f, i)
		}
	}
	return g
}

func (g *pragmas) add(s scope) {
	if len(s.ids) > 0 && len(s.ids) <= maxScopes && s.from < s.to && len(g.scopes) < maxScopes {
		g.scopes = append(g.scopes, s)
	}
}

// hadolint reads what follows "hadolint" in a comment, in its own grammar: a
// single name that it would not know makes all of them void.
func (g *pragmas) hadolint(f *dockerfile.File, c dockerfile.Comment, text string) {
	reach, ids, ok := ignorePragma(text)
	if !ok || slices.ContainsFunc(ids, func(id string) bool { return strings.Trim(id, "DLSC0123456789") != "" }) {
		return
	}
	switch reach {
	case "global":
		g.add(scope{0, len(f.Source) + 1, ids, false})
	case "stage":
		g.stage(f, c, ids, true)
	default:
		g.instruction(f, c.Span.Start.Line+1, scope{ids: ids})
	}
}

// instruction adds a scope for the instruction that starts in a line, if one
// does.
func (g *pragmas) instruction(f *dockerfile.File, line int, s scope) {
	n, ok := slices.BinarySearchFunc(f.Instructions, line, func(i *dockerfile.Instruction, line int) int { return i.Span.Start.Line - line })
	if ok {
		s.from, s.to = f.Instructions[n].Span.Start.Offset, f.Instructions[n].Span.End.Offset+1
		g.add(s)
	}
}

// plimsoll reads what follows "plimsoll" in a comment: ignore for the next
// instruction, or for the next line when it stands between continuation lines;
// stage ignore and global ignore.
func (g *pragmas) plimsoll(f *dockerfile.File, c dockerfile.Comment, text string) {
	reach, ids, ok := ignorePragma(text)
	if !ok {
		return
	}
	at := c.Span.Start.Offset
	switch reach {
	case "global":
		g.add(scope{0, len(f.Source) + 1, ids, false})
		return
	case "stage":
		g.stage(f, c, ids, false)
		return
	}
	n, _ := slices.BinarySearchFunc(f.Instructions, at, func(i *dockerfile.Instruction, at int) int { return cmp.Compare(i.Span.End.Offset, at) })
	switch {
	case n == len(f.Instructions):
	case f.Instructions[n].Span.Start.Offset > at:
		g.add(scope{f.Instructions[n].Span.Start.Offset, f.Instructions[n].Span.End.Offset + 1, ids, false})
	default:
		from, to := nextLine(f.Source, c.Span.End.Offset)
		g.add(scope{from, to, ids, false})
	}
}

// stage ignores rules in the stage that a comment stands above; directly says
// that FROM must be on the very next line.
func (g *pragmas) stage(f *dockerfile.File, c dockerfile.Comment, ids []string, directly bool) {
	n, _ := slices.BinarySearchFunc(f.Stages, c.Span.Start.Offset, func(s *dockerfile.Stage, at int) int { return cmp.Compare(s.From.Span.Start.Offset, at) })
	if n < len(f.Stages) {
		at := f.Stages[n].From.Span.Start
		if directly && at.Line != c.Span.Start.Line+1 {
			return
		}
		to := len(f.Source) + 1
		if n+1 < len(f.Stages) {
			to = f.Stages[n+1].From.Span.Start.Offset
		}
		g.add(scope{at.Offset, to, ids, false})
	}
}

// check reads "check=skip=…" in a comment: it is for the instruction below, if
// only comments are between them.
func (g *pragmas) check(f *dockerfile.File, index int) {
	c := f.Comments[index]
	name, value, ok := strings.Cut(c.Text, "=")
	if !ok || !strings.EqualFold(strings.TrimSpace(name), "check") {
		return
	}
	skip, _ := checkOptions(value)
	line := c.Span.Start.Line + 1
	for _, next := range f.Comments[index+1:] {
		if next.Span.Start.Line != line {
			break
		}
		line++
	}
	g.instruction(f, line, scope{ids: skip, buildkit: true})
}

// checkOptions reads the value of a check directive: "skip=A,B;error=true". A
// name ends at a blank, so a remark may follow.
func checkOptions(value string) (skip []string, fatal bool) {
	for _, option := range strings.Split(value, ";") {
		key, list, _ := strings.Cut(option, "=")
		switch strings.ToLower(strings.TrimSpace(key)) {
		case "skip":
			for _, name := range strings.Split(list, ",") {
				if words := strings.Fields(name); len(words) > 0 {
					skip = append(skip, words[0])
				}
			}
		case "error":
			words := strings.Fields(list)
			fatal = len(words) > 0 && (strings.EqualFold(words[0], "true") || words[0] == "1")
		}
	}
	return skip, fatal
}

// ignorePragma reads "[global|stage] ignore = ID , ID # remark"; reach is the
// first word if it is one of these two.
func ignorePragma(text string) (reach string, ids []string, ok bool) {
	text, _, _ = strings.Cut(text, "#")
	left, list, ok := strings.Cut(text, "=")
	words := strings.Fields(left)
	if !ok || len(words) == 0 || len(words) > 2 || words[len(words)-1] != "ignore" {
		return "", nil, false
	}
	if len(words) == 2 {
		reach = words[0]
		if reach != "global" && reach != "stage" {
			return "", nil, false
		}
	}
	for _, id := range strings.Split(list, ",") {
		id = strings.TrimSpace(id)
		if id == "" || strings.ContainsAny(id, " \t") {
			return "", nil, false
		}
		ids = append(ids, id)
	}
	return reach, ids, true
}

// cutWord splits text behind its first word.
func cutWord(text string) (word, rest string) {
	n := strings.IndexAny(text, " \t")
	if n < 0 {
		return text, ""
	}
	return text[:n], text[n:]
}

// nextLine is the first line behind an offset that is neither empty nor a
// comment.
func nextLine(source []byte, offset int) (from, to int) {
	for offset < len(source) && source[offset] != '\n' {
		offset++
	}
	for offset < len(source) {
		offset++
		line := lineAt(source, offset)
		text := strings.TrimSpace(string(line))
		if text != "" && text[0] != '#' {
			return offset, offset + len(line) + 1
		}
		offset += len(line)
	}
	return offset, offset
}
