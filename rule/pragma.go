package rule

import (
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
)

// ShellAt is the shell in force at an instruction: what SHELL says, or a comment
// "# plimsoll shell=bash" or "# hadolint shell=bash" that comes later. Such a
// comment before the first FROM holds for the whole file.
func (d *Dockerfile) ShellAt(i *dockerfile.Instruction) []string {
	argv, from := d.File.ShellAt(i), 0
	list := d.Instructions
	if i.Stage != nil {
		list = i.Stage.Instructions
		from = i.Stage.From.Span.Start.Offset
	}
	for _, k := range list {
		if k.Name != "SHELL" || k.Span.Start.Offset >= i.Span.Start.Offset {
			continue
		}
		from = k.Span.End.Offset
		if words := k.Shell(); i.Stage == nil && len(words) > 0 {
			argv = words // a part of a Dockerfile, without its FROM
		}
	}
	for k := len(d.Comments) - 1; k >= 0; k-- {
		c := d.Comments[k]
		at := c.Span.Start.Offset
		if at > i.Span.Start.Offset || at < from && !d.beforeStages(at) {
			continue
		}
		if program, ok := shellPragma(c.Text); ok {
			return []string{program, "-c"}
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
