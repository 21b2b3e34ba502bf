package shell

import (
	"strings"
	"unicode"
)

// wrapper is a program that runs the program in its arguments.
type wrapper struct {
	valued   []string // flags that take the next word
	operands int      // words between its flags and the program
	assigns  bool     // takes NAME=value before the program
}

// wrapperOf knows the programs that only run another one.
func wrapperOf(name string) (wrapper, bool) {
	switch name {
	case "sudo":
		return wrapper{assigns: true, valued: []string{
			"-u", "-g", "-h", "-p", "-C", "-r", "-t", "-T", "-U", "-D", "-R",
			"--user", "--group", "--host", "--prompt", "--close-from", "--role", "--type", "--other-user", "--chdir", "--chroot"}}, true
	case "doas":
		return wrapper{valued: []string{"-u", "-C", "-a"}}, true
	case "env":
		return wrapper{assigns: true, valued: []string{"-u", "-C", "--unset", "--chdir"}}, true
	case "exec":
		return wrapper{valued: []string{"-a"}}, true
	case "command", "builtin", "nohup", "setsid", "eatmydata", "fakeroot", "chronic", "busybox", "linux32", "linux64":
		return wrapper{}, true
	case "time":
		return wrapper{valued: []string{"-f", "-o", "--format", "--output"}}, true
	case "nice":
		return wrapper{valued: []string{"-n", "--adjustment"}}, true
	case "ionice":
		return wrapper{valued: []string{"-c", "-n", "--class", "--classdata"}}, true
	case "stdbuf":
		return wrapper{valued: []string{"-i", "-o", "-e"}}, true
	case "timeout":
		return wrapper{valued: []string{"-s", "-k", "--signal", "--kill-after"}, operands: 1}, true
	case "gosu", "su-exec":
		return wrapper{operands: 1}, true
	case "xargs":
		return wrapper{valued: []string{
			"-a", "-d", "-E", "-I", "-L", "-n", "-P", "-s",
			"--arg-file", "--delimiter", "--max-args", "--max-procs", "--max-chars"}}, true
	}
	return wrapper{}, false
}

// peel takes off wrappers: it gives their names, the command proper and the
// assignments that they pass on. A wrapper that runs nothing stays.
func peel(words []Word) (names []string, rest []Word, assigns []Assign) {
	rest = words
	for len(rest) > 0 && rest[0].Literal && len(names) < maxDepth {
		name := baseName(rest[0].Text)
		w, ok := wrapperOf(name)
		if !ok {
			break
		}
		inner, passed := w.peel(rest[1:])
		if len(inner) == 0 || name == "command" && asksOnly(rest[1:]) {
			break
		}
		names, rest, assigns = append(names, name), inner, append(assigns, passed...)
	}
	return names, rest, assigns
}

func (w wrapper) peel(words []Word) ([]Word, []Assign) {
	var assigns []Assign
	for len(words) > 0 {
		word := words[0]
		name, value, isAssign := strings.Cut(word.Text, "=")
		switch {
		case word.Text == "--":
			return skip(words[1:], w.operands), assigns
		case len(word.Text) > 1 && word.Text[0] == '-':
			n := 1
			for _, f := range w.valued {
				if takesNext(word.Text, f) {
					n = 2
				}
			}
			words = skip(words, n)
		case w.assigns && isAssign && isName(name):
			assigns = append(assigns, Assign{Name: name, Value: value, Literal: word.Literal, Node: word})
			words = words[1:]
		default:
			return skip(words, w.operands), assigns
		}
	}
	return nil, assigns
}

func skip(words []Word, n int) []Word { return words[min(n, len(words)):] }

// asksOnly tells whether "command" is asked for the place of a program.
func asksOnly(words []Word) bool {
	return len(words) > 0 && (words[0].Text == "-v" || words[0].Text == "-V")
}

// isName tells whether s can be the name of a variable.
func isName(s string) bool {
	for i, r := range s {
		if r != '_' && (r > unicode.MaxASCII || !unicode.IsLetter(r)) && (i == 0 || !unicode.IsDigit(r)) {
			return false
		}
	}
	return s != ""
}
