package rules

import (
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/rule"
)

// users are the USER instructions of some instructions.
func users(list []*dockerfile.Instruction) []*dockerfile.Instruction {
	var out []*dockerfile.Instruction
	for _, i := range list {
		if _, _, ok := i.User(); ok {
			out = append(out, i)
		}
	}
	return out
}

// lastUser is the USER in force at the end of a stage, also one of a stage that
// it builds upon; nil where there is none.
func lastUser(d *rule.Dockerfile, s *dockerfile.Stage) *dockerfile.Instruction {
	var last *dockerfile.Instruction
	lineage(d, s, func(s *dockerfile.Stage) bool {
		if all := users(s.Instructions); len(all) > 0 {
			last = all[len(all)-1]
		}
		return last == nil
	})
	return last
}

// userName is the user of a USER, with variables put in that have a value.
func userName(d *rule.Dockerfile, i *dockerfile.Instruction) string {
	name, _, _ := i.User()
	if strings.Contains(name, "$") {
		if value, unset, err := d.Scope(i).Expand(name); err == nil && len(unset) == 0 && value != "" {
			name, _, _ = strings.Cut(value, ":")
		}
	}
	return name
}

func isRoot(user string) bool { return user == "root" || user == "0" }

// isNumber tells whether a word is all digits, the empty one too.
func isNumber(s string) bool { return only(s, isDigit) }

// writtenUser is the word of a USER as it stands in the file.
func writtenUser(i *dockerfile.Instruction) string {
	if len(i.Args) == 0 {
		return ""
	}
	return strings.TrimSpace(i.Args[0].Text)
}

// userFix ends a stage as another user. Files that the program writes may belong
// to root, so it may not work any more.
func userFix(d *rule.Dockerfile, s *dockerfile.Stage) *rule.Fix {
	if s == nil || d.Escape == '`' || usesWindows(d, s) {
		return nil
	}
	last := s.Instructions[len(s.Instructions)-1]
	fix := &rule.Fix{Title: "end the stage as a user without a name or rights", Unsafe: true}
	for k := len(s.Instructions) - 1; k > 0; k-- {
		i := s.Instructions[k]
		if i.Name != "CMD" && i.Name != "ENTRYPOINT" && i.Name != "HEALTHCHECK" && i.Name != "EXPOSE" && i.Name != "STOPSIGNAL" {
			break
		}
		last = i
		fix.Edits = []rule.Edit{insert(i.Span.Start, "USER 65532:65532\n")}
	}
	if fix.Edits == nil {
		fix.Edits = []rule.Edit{insert(last.Span.End, "\nUSER 65532:65532")}
	}
	return fix
}

// usesWindows tells whether a stage runs the shells of Windows.
func usesWindows(d *rule.Dockerfile, s *dockerfile.Stage) bool {
	argv := d.ShellAt(s.Instructions[len(s.Instructions)-1])
	if len(argv) == 0 {
		return false
	}
	program := strings.ToLower(argv[0])
	return strings.Contains(program, "powershell") || strings.Contains(program, "pwsh") || strings.HasPrefix(program, "cmd")
}
