package rules

import (
	"fmt"
	"path"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func pipefailMissing() rule.Rule {
	return rule.Rule{
		ID:    "pipefail-missing",
		Title: "A failure in a pipe goes unnoticed",
		Why: "A shell looks only at the last command of a pipe: curl may fail, tar unpacks the nothing that it got, and the build goes on. " +
			"With the option pipefail the RUN fails with the first of them. " +
			"Set it for all that follows with SHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]; in Alpine, where sh knows it, with set -o pipefail.",
		Bad:      "FROM debian:12\nRUN curl -fsS https://example.org/app.tar | tar -x\n",
		Good:     "FROM debian:12\nSHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]\nRUN curl -fsS https://example.org/app.tar | tar -x\n",
		Severity: finding.Low,
		Aliases:  []string{"DL4006", "shell_running_a_pipe_without_pipefail_flag"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			mended := map[*dockerfile.Stage]bool{}
			each(d, func(i *dockerfile.Instruction) {
				for _, s := range d.Scripts(i) {
					if s.Exec {
						unreadPipe(d, i)
						continue
					}
					pipe := uncheckedPipe(s)
					if pipe == nil || shellChecksPipes(append([]string{s.Shell}, s.Options...)) {
						continue
					}
					fix := pipefailInScript(d, s)
					if fix == nil && !mended[i.Stage] {
						mended[i.Stage] = true
						fix = pipefailForStage(d, s)
					}
					d.Report(rule.Problem{Span: pipeSpan(i, s.Span(pipe)), Aliases: pipeAliases(s.Text), Fix: fix})
				}
			}, "RUN")
		},
	}
}

// pipeSpan begins with the instruction where the pipe is further down.
func pipeSpan(i *dockerfile.Instruction, span dockerfile.Span) dockerfile.Span {
	if span.Start.Line != i.Span.Start.Line {
		span.Start = i.Span.Start
	}
	return span
}

// shellChecksPipes tells whether a SHELL has pipefail set. The sh of most
// distributions does not know the option.
func shellChecksPipes(argv []string) bool {
	known := false
	for k, word := range argv {
		switch path.Base(word) {
		case "bash", "zsh", "ash", "ksh", "mksh":
			known = true
		case "pipefail":
			if known && k > 0 && strings.HasPrefix(argv[k-1], "-") && strings.HasSuffix(argv[k-1], "o") {
				return true
			}
		}
	}
	return false
}

// uncheckedPipe is the first pipe of a script where pipefail is not set by the
// script itself; nil if there is none.
func uncheckedPipe(s *rule.Script) *syntax.BinaryCmd {
	if s.Tree == nil {
		return nil
	}
	var first *syntax.BinaryCmd
	syntax.Walk(s.Tree, func(n syntax.Node) bool {
		if b, ok := n.(*syntax.BinaryCmd); ok && first == nil && (b.Op == syntax.Pipe || b.Op == syntax.PipeAll) {
			first = b
		}
		return first == nil
	})
	if first == nil {
		return nil
	}
	for _, c := range s.Commands {
		if c.Name == "set" && !c.Nested && c.Pos().Offset() < first.Pos().Offset() && len(c.Words) > 1 && c.Words[len(c.Words)-1].Text == "pipefail" {
			return nil
		}
	}
	return first
}

// unreadPipe reports a "|" in a JSON form, which is handed to the program as a
// word.
func unreadPipe(d *rule.Dockerfile, i *dockerfile.Instruction) {
	shells := false
	for _, w := range i.Args {
		switch w.Text {
		case "zsh", "bash", "ash", "/bin/zsh", "/bin/bash", "/bin/ash":
			shells = true
		case "&&", "||", "&", ";":
			shells = false
		case "|":
			ids := []string{}
			if !shellChecksPipes(d.ShellAt(i)) {
				ids = append(ids, "DL4006")
				if shells {
					ids = append(ids, "shell_running_a_pipe_without_pipefail_flag")
				}
			}
			d.Report(rule.Problem{Span: pipeSpan(i, w.Span), Aliases: ids, Message: fmt.Sprintf("No shell reads a RUN in JSON form: %s gets the | as a word.", i.Args[0].Text)})
			return
		}
	}
}

// pipeAliases are the tools that report a pipe in a script; KICS looks for one
// that a bash, zsh or ash named before it is part of.
func pipeAliases(text string) []string {
	ids := []string{"DL4006"}
	at := -1
	for _, name := range []string{"zsh", "bash", "ash"} {
		if k := strings.Index(text, name); k >= 0 && (at < 0 || k < at) {
			at = k
		}
	}
	if at < 0 {
		return ids
	}
	for word := range strings.SplitSeq(text[at:], " ") {
		switch word {
		case "&&", "||", "&", ";":
			return ids
		case "|":
			return append(ids, "shell_running_a_pipe_without_pipefail_flag")
		}
	}
	return ids
}

// pipefailInScript sets pipefail in a script whose shell knows the option.
func pipefailInScript(d *rule.Dockerfile, s *rule.Script) *rule.Fix {
	i := s.Instruction
	if i.Form != dockerfile.ShellForm || !s.Verbatim || s.Text == "" || s.Text[0] == '#' || s.Text[0] == '\n' {
		return nil
	}
	switch {
	case s.Shell == "bash", s.Shell == "zsh", s.Shell == "ash", s.Shell == "ksh":
	case s.Shell == "sh" && isAlpine(rootImage(d, i.Stage)):
	default:
		return nil
	}
	fix := &rule.Fix{Title: "set pipefail"}
	start := s.Pos(0)
	if end, ok := endOfSet(s); ok {
		fix.Edits = []rule.Edit{insert(end, "o pipefail")}
	} else if len(i.Heredocs) == 1 && start.Offset >= i.Heredocs[0].Span.Start.Offset {
		fix.Edits = []rule.Edit{insert(start, "set -o pipefail\n")}
	} else {
		fix.Edits = []rule.Edit{insert(start, "set -o pipefail && ")}
	}
	return fix
}

// pipefailForStage sets pipefail, and bash as the shell, from the RUN of a script
// on to the end of its stage.
func pipefailForStage(d *rule.Dockerfile, s *rule.Script) *rule.Fix {
	i := s.Instruction
	if argv := d.ShellAt(i); i.Form != dockerfile.ShellForm || i.Stage == nil || len(argv) != 2 || argv[0] != "/bin/sh" || s.Shell != "sh" {
		return nil
	}
	name := rootImage(d, i.Stage)
	if isAlpine(name) {
		return nil
	}
	return &rule.Fix{
		Title:  "set pipefail, and bash as the shell of what follows",
		Unsafe: !hasBash(name) || bashDiffers(d, i),
		Edits:  []rule.Edit{insert(i.Span.Start, `SHELL ["/bin/bash", "-o", "pipefail", "-c"]`+"\n")},
	}
}

// endOfSet is where the flags of a "set -eux" end that the script begins with.
func endOfSet(s *rule.Script) (end dockerfile.Pos, ok bool) {
	if len(s.Commands) == 0 {
		return end, false
	}
	c := s.Commands[0]
	if c.Name != "set" || len(c.Words) != 2 || int(c.Pos().Offset()) != 0 {
		return end, false
	}
	flags := c.Words[1]
	if flags.Quoted || len(flags.Text) < 2 || flags.Text[0] != '-' || !only(flags.Text[1:], func(c byte) bool { return c >= 'a' && c <= 'z' && c != 'o' }) {
		return end, false
	}
	return s.Span(flags).End, true
}

// bashDiffers tells whether bash may do something else than the sh of Debian with
// what comes after an instruction: its echo does not know backslashes. A stage
// that builds upon this one gets the shell too, and is not looked into.
func bashDiffers(d *rule.Dockerfile, i *dockerfile.Instruction) bool {
	for _, s := range d.Stages[i.Stage.Index+1:] {
		if i.Stage.Name != "" && strings.EqualFold(baseName(d, s), i.Stage.Name) {
			return true
		}
	}
	for _, k := range i.Stage.Instructions {
		if k.Span.Start.Offset < i.Span.Start.Offset {
			continue
		}
		if k.Name == "SHELL" {
			return false
		}
		for _, s := range d.Scripts(k) {
			if !s.Exec && strings.Contains(s.Text, "echo") && strings.Contains(s.Text, `\`) {
				return true
			}
		}
	}
	return false
}

func isAlpine(image string) bool { return strings.Contains(image, "alpine") }

// hasBash tells whether an image is of a distribution that always has a bash.
func hasBash(name string) bool {
	m := parseImage(name)
	if m.registry != "docker.io" || isAlpine(name) || strings.Contains(m.tag, "busybox") {
		return false
	}
	switch m.path {
	case "debian", "ubuntu", "buildpack-deps", "fedora", "centos", "rockylinux", "almalinux", "amazonlinux", "oraclelinux", "archlinux",
		"node", "python", "ruby", "golang", "rust", "php", "perl", "openjdk", "eclipse-temurin", "gcc", "httpd", "nginx", "postgres", "mysql", "mariadb":
		return true
	}
	return false
}
