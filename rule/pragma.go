package rule

import (
	"cmp"
	"slices"
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
)

// shellChange is a place from which on another shell is in force: a SHELL
// instruction, or a comment that names one.
type shellChange struct {
	offset      int
	instruction *dockerfile.Instruction // nil for a comment
	program     string                  // of a comment
}

// shellChanges are the SHELL instructions of a file and its comments on shells,
// each in the order of the file.
func shellChanges(f *dockerfile.File) (shells, comments []shellChange) {
	for _, i := range f.Instructions {
		if i.Name == "SHELL" {
			shells = append(shells, shellChange{offset: i.Span.Start.Offset, instruction: i})
		}
	}
	for _, c := range f.Comments {
		if program, ok := shellPragma(c.Text); ok {
			comments = append(comments, shellChange{offset: c.Span.Start.Offset, program: program})
		}
	}
	return shells, comments
}

// lastBefore is the last change before an offset.
func lastBefore(changes []shellChange, offset int) (shellChange, bool) {
	n, _ := slices.BinarySearchFunc(changes, offset, func(c shellChange, at int) int { return cmp.Compare(c.offset, at) })
	if n == 0 {
		return shellChange{}, false
	}
	return changes[n-1], true
}

// ShellAt is the shell in force at an instruction: what SHELL says, or a comment
// "# plimsoll shell=bash" or "# hadolint shell=bash" that comes later. Such a
// comment before the first FROM holds for the whole file.
func (d *Dockerfile) ShellAt(i *dockerfile.Instruction) []string {
	argv, from := d.File.ShellAt(i), 0
	if i.Stage != nil {
		from = i.Stage.From.Span.Start.Offset
	}
	if last, ok := lastBefore(d.shells, i.Span.Start.Offset); ok && last.instruction.Stage == i.Stage {
		from = last.instruction.Span.End.Offset
		if words := last.instruction.Shell(); i.Stage == nil && len(words) > 0 {
			argv = words // a part of a Dockerfile, without its FROM
		}
	}
	if c, ok := lastBefore(d.shellComments, i.Span.Start.Offset+1); ok && (c.offset >= from || d.beforeStages(c.offset)) {
		return []string{c.program, "-c"}
	}
	if len(d.Stages) > 0 {
		if c, ok := lastBefore(d.shellComments, min(d.Stages[0].From.Span.Start.Offset, i.Span.Start.Offset+1)); ok {
			return []string{c.program, "-c"}
		}
	}
	return argv
}

// beforeStages tells whether an offset is before the first FROM.
func (d *Dockerfile) beforeStages(offset int) bool {
	return len(d.Stages) == 0 || offset < d.Stages[0].From.Span.Start.Offset
}

// shellPragma reads a comment like "hadolint shell = /bin/bash".
func shellPragma(comment string) (string, bool) {
	rest, ok := strings.CutPrefix(comment, "hadolint")
	if !ok {
		rest, ok = strings.CutPrefix(comment, "plimsoll")
	}
	name, program, equals := strings.Cut(rest, "=")
	if !ok || !equals || strings.TrimSpace(name) != "shell" || rest == strings.TrimLeft(rest, " \t") {
		return "", false
	}
	words := strings.Fields(program)
	if len(words) == 0 {
		return "", false
	}
	return words[0], true
}
