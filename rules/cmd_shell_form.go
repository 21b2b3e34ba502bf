package rules

import (
	"encoding/json"
	"fmt"
	"path"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/shell"
)

// BuildKit is quiet where a SHELL is set, KICS about all but the last stage.
func cmdShellForm() rule.Rule {
	return rule.Rule{
		ID:    "cmd-shell-form",
		Title: "A command is not written as a JSON array",
		Why: "As plain text the command runs in a shell, which is then the first process of the container and does not pass on signals. " +
			"docker stop waits for ten seconds and kills the service in the middle of its work. " +
			"Write the program and its arguments as a JSON array, and call a script where a shell is needed.",
		Bad:      "FROM debian:12\nCMD serve --port 8080\n",
		Good:     "FROM debian:12\nCMD [\"serve\", \"--port\", \"8080\"]\n",
		Severity: finding.Medium,
		Aliases:  []string{"DL3025", "JSONArgsRecommended", "not_using_json_in_cmd_and_entrypoint_arguments"},
		Since:    "2026.1",
		Image: func(im *rule.Image) {
			c := &im.Config.Config
			name, argv := "ENTRYPOINT", c.Entrypoint
			if len(argv) == 0 {
				name, argv = "CMD", c.Cmd
			}
			if i := lastOf(im, name); i != nil && !owns(im, i) || !inShell(argv) {
				return
			}
			im.Report(rule.Found{
				At:      placeOfLast(im, name),
				Message: fmt.Sprintf("The command of %s runs in a shell, which does not pass on signals; write a JSON array, or begin the command with exec.", name),
			})
		},
		Dockerfile: func(d *rule.Dockerfile) {
			needed, final, shells := dispatched(d), finalStage(d), firstShells(d)
			each(d, func(i *dockerfile.Instruction) {
				if i.Form == dockerfile.JSONForm || len(i.Exec()) == 0 {
					return
				}
				aliases := []string{"DL3025"}
				set := shells.before(d, i)
				if needed[i.Stage] && !set {
					aliases = append(aliases, "JSONArgsRecommended")
				}
				if i.Stage == final {
					aliases = append(aliases, "not_using_json_in_cmd_and_entrypoint_arguments")
				}
				p := rule.Problem{
					Span:    i.Span,
					Message: fmt.Sprintf("The command of %s runs in a shell, which does not pass on signals; write a JSON array.", i.Name),
					Aliases: aliases,
				}
				if !set {
					p.Fix = arrayFix(d, i)
				}
				d.Report(p)
			}, "CMD", "ENTRYPOINT")
		},
	}
}

// inShell tells whether a command of an image's configuration is the text that a
// shell runs, and that the shell stays for.
func inShell(argv []string) bool {
	if len(argv) < 3 || !strings.HasSuffix(argv[len(argv)-2], "c") || strings.HasPrefix(strings.TrimSpace(argv[len(argv)-1]), "exec ") {
		return false
	}
	switch path.Base(argv[0]) {
	case "sh", "bash", "ash", "dash", "zsh", "ksh":
		return strings.HasPrefix(argv[len(argv)-2], "-")
	}
	return false
}

// shellOffsets are where the first SHELL of each stage stands.
type shellOffsets map[*dockerfile.Stage]int

func firstShells(d *rule.Dockerfile) shellOffsets {
	shells := shellOffsets{}
	each(d, func(i *dockerfile.Instruction) {
		if _, ok := shells[i.Stage]; !ok {
			shells[i.Stage] = i.Span.Start.Offset
		}
	}, "SHELL")
	return shells
}

// before tells whether a SHELL is in force at an instruction.
func (o shellOffsets) before(d *rule.Dockerfile, i *dockerfile.Instruction) bool {
	if at, ok := o[i.Stage]; ok && at < i.Span.Start.Offset {
		return true
	}
	set := false
	if len(o) > 0 && i.Stage != nil {
		lineage(d, parentStage(d, i.Stage), func(s *dockerfile.Stage) bool {
			_, set = o[s]
			return !set
		})
	}
	return set
}

// arrayFix writes a command as a JSON array, where it is one program with plain
// words: nothing that a shell would expand, join, redirect or run itself.
func arrayFix(d *rule.Dockerfile, i *dockerfile.Instruction) *rule.Fix {
	scripts := d.Scripts(i)
	if len(scripts) != 1 || scripts[0].Err != nil || len(scripts[0].Commands) != 1 {
		return nil
	}
	c := scripts[0].Commands[0]
	if !plain(c) || len(scripts[0].Tree.Stmts) != 1 || len(scripts[0].Tree.Last) > 0 {
		return nil
	}
	words := make([]string, len(c.Words))
	for n, w := range c.Words {
		encoded, err := marshal(w.Text)
		if err != nil || !w.Literal || w.Glob || strings.HasPrefix(w.Text, "~") || strings.ContainsAny(w.Text, "\n`$") {
			return nil
		}
		words[n] = encoded
	}
	text := i.Exec()[0]
	return &rule.Fix{
		Title:  "write a JSON array",
		Edits:  []rule.Edit{replace(text.Span, "["+strings.Join(words, ", ")+"]")},
		Unsafe: i.Name == "CMD" && i.Stage != nil && hasInstruction(i.Stage, "ENTRYPOINT"),
	}
}

// marshal is a JSON string without the escapes that are for HTML.
func marshal(s string) (string, error) {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(s)
	return strings.TrimSuffix(b.String(), "\n"), err
}

// plain tells whether a command is a program on its own, and no part or builtin
// of a shell.
func plain(c *shell.Command) bool {
	if c.Call == nil || c.Stmt == nil || c.Depth > 0 || c.Pipe != nil || len(c.Wrapper) > 0 || len(c.Assigns) > 0 || len(c.Words) == 0 {
		return false
	}
	if c.Stmt.Negated || c.Stmt.Background || c.Stmt.Coprocess || len(c.Stmt.Redirs) > 0 || c.Stmt.Cmd != syntax.Command(c.Call) {
		return false
	}
	switch c.Words[0].Text {
	case ".", ":", "alias", "bg", "break", "cd", "command", "continue", "eval", "exec", "exit", "export", "fg", "getopts", "hash",
		"jobs", "local", "read", "readonly", "return", "set", "shift", "shopt", "source", "times", "trap", "type", "ulimit", "umask",
		"unalias", "unset", "wait":
		return false
	}
	return true
}
