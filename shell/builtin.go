package shell

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

func (f *bashisms) declare(n *syntax.DeclClause) {
	name := n.Variant.Value
	switch name {
	case "local":
		if f.script.Shell == "sh" {
			f.add("SC3043", n, "local")
		}
	case "declare", "typeset", "nameref":
		f.add("SC3044", n, name)
	default:
		for _, a := range n.Args {
			if a.Name == nil && a.Value != nil && !f.flag(name, a.Value) {
				break
			}
		}
	}
}

// call looks at what a builtin is given.
func (f *bashisms) call(c *syntax.CallExpr) {
	for _, w := range c.Args {
		f.braces(w)
		f.pattern(w)
	}
	name := ""
	if len(c.Args) > 0 {
		name = literal(c.Args[0])
	}
	switch name {
	case "[":
		f.test(c)
	case "echo":
		f.echo(c)
	case "set":
		f.setOptions(c)
	case "trap":
		f.trap(c)
	case "source":
		f.add("SC3046", c, "source")
	case "printf":
		f.printf(c)
	case "exec":
		if len(c.Args) > 1 && strings.HasPrefix(literal(c.Args[1]), "-") && literal(c.Args[1]) != "--" {
			f.add("SC3038", c.Args[1], "a flag of exec")
		}
	case "pushd", "popd", "dirs", "shopt", "disown", "suspend", "enable", "caller", "complete", "compgen", "compopt", "mapfile", "readarray":
		f.add("SC3044", c, name)
	case "cd", "hash", "jobs", "read", "type", "ulimit", "umask", "unset", "wait":
		for _, w := range c.Args[1:] {
			if !f.flag(name, w) {
				break
			}
		}
	}
}

// flag looks at one word behind a builtin; it is false where its flags end.
func (f *bashisms) flag(builtin string, w *syntax.Word) bool {
	text := literal(w)
	if len(text) < 2 || text[0] != '-' || text == "--" {
		return false
	}
	for _, c := range text[1:] {
		if !strings.ContainsRune(f.flags(builtin), c) {
			f.add("SC3045", w, builtin+" -"+string(c))
			return false
		}
	}
	return true
}

// flags are what a builtin understands in every shell of the kind at hand.
func (f *bashisms) flags(builtin string) string {
	dash, ash := f.script.Shell != "sh", f.script.Shell == "ash"
	switch builtin {
	case "cd":
		return "LP"
	case "export", "readonly":
		return "p"
	case "hash":
		return "rv"
	case "jobs":
		return "lp"
	case "read":
		switch {
		case ash:
			return "rpnsdtu"
		case dash:
			return "rp"
		}
		return "r"
	case "ulimit":
		if dash {
			return "HSatfdscmlpnvwr"
		}
		return "f"
	case "umask":
		return "S"
	case "unset":
		return "fv"
	}
	return ""
}

// test looks at [ ]. The program test is not looked at, nor does shellcheck.
func (f *bashisms) test(c *syntax.CallExpr) {
	for i, w := range c.Args[1:] {
		switch literal(w) {
		case "<", ">":
			f.add("SC3012", w, "< or > in [ ]")
		case "-nt", "-ot", "-ef":
			if f.script.Shell == "sh" {
				f.add("SC3013", w, literal(w))
			}
		case "==":
			f.add("SC3014", w, "== in [ ]")
		case "=~":
			f.add("SC3015", w, "=~ in [ ]")
		case "-v":
			if i == 0 {
				f.add("SC3016", w, "-v in [ ]")
			}
		case "-a":
			if i == 0 {
				f.add("SC3017", w, "-a with one operand")
			}
		}
	}
}

// echo finds flags: POSIX has none, dash and ash have -n, busybox -e too.
func (f *bashisms) echo(c *syntax.CallExpr) {
	if len(c.Args) < 2 {
		return
	}
	flag := literal(c.Args[1])
	if len(flag) < 2 || flag[0] != '-' || strings.Trim(flag[1:], "eEsn") != "" {
		return
	}
	switch {
	case f.script.Shell == "sh":
		f.add("SC3037", c.Args[1], "echo "+flag)
	case flag != "-n":
		f.add("SC3036", c.Args[1], "echo "+flag)
	}
}

func (f *bashisms) setOptions(c *syntax.CallExpr) {
	args := c.Args[1:]
	for i := 0; i < len(args); i++ {
		text := literal(args[i])
		if len(text) < 2 || text[0] != '-' && text[0] != '+' || text == "--" {
			return
		}
		if text[0] == '-' && strings.Trim(text[1:], "abCefhmnouvx") != "" {
			f.add("SC3041", args[i], "set "+text)
		}
		if strings.HasSuffix(text, "o") && i+1 < len(args) {
			i++
			if option := literal(args[i]); !f.knowsOption(option) {
				f.add("SC3040", args[i], "set -o "+option)
			}
		}
	}
}

func (f *bashisms) knowsOption(option string) bool {
	switch option {
	case "", "allexport", "errexit", "ignoreeof", "monitor", "noclobber", "noexec", "noglob", "nolog", "notify", "nounset", "verbose", "vi", "xtrace":
		return true
	case "pipefail":
		return f.script.Shell != "sh"
	}
	return false
}

func (f *bashisms) trap(c *syntax.CallExpr) {
	if len(c.Args) < 3 {
		return
	}
	for _, w := range c.Args[2:] {
		name := literal(w)
		switch {
		case name == "ERR" || name == "DEBUG" || name == "RETURN":
			f.add("SC3047", w, "trap … "+name)
		case strings.HasPrefix(name, "SIG"):
			f.add("SC3048", w, "a signal's name with SIG")
		case name != strings.ToUpper(name):
			f.add("SC3049", w, "a signal's name in small letters")
		}
	}
}

func (f *bashisms) printf(c *syntax.CallExpr) {
	if len(c.Args) < 2 {
		return
	}
	switch format := literal(c.Args[1]); {
	case strings.HasPrefix(format, "-v"):
		f.add("SC3045", c.Args[1], "printf -v")
	case strings.Contains(format, "%q"):
		f.add("SC3050", c.Args[1], "printf %q")
	}
}
