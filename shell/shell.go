// Package shell says what a shell script does: which programs are called with
// which words, how they are joined, and where they stand in the text. It parses
// with mvdan.cc/sh and understands sh, bash, dash, ash, ksh and zsh well enough;
// PowerShell and cmd are recognised and left alone.
//
// A script is always read as bash first, also where sh runs it: what bash adds
// to POSIX is then seen as what its author meant, and a rule can say that sh
// does not know it.
package shell

import (
	"path"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// MaxText is the longest script, in bytes, that is parsed.
const MaxText = 1 << 20

// maxDepth bounds how deep scripts in scripts ("sh -c", substitutions) are
// followed.
const maxDepth = 100

// Script is a shell script.
type Script struct {
	Shell    string       // program that runs it, without path: "sh", "bash"
	Options  []string     // options of that program: "-o", "pipefail", "-c"
	Text     string       // the script
	Tree     *syntax.File // what could be parsed, up to the place of Err; nil if nothing could
	Err      error        // where and why Text is not understood
	Commands []*Command   // every simple command, in the order of the text, those in substitutions too

	nodes  []Node          // see Nodes
	set    map[string]bool // see assigned
	splits *splitsOf       // see Splits
}

// Command is a simple command. It is a syntax.Node: from its first assignment or
// word, wrappers included, to its last word.
type Command struct {
	Name    string           // last path element of the program: "apt-get"; empty if it is not literal
	Words   []Word           // the program and its arguments, after sudo, env, exec, command, nohup, time and such are peeled off
	Wrapper []string         // names of what was peeled off: "sudo"
	Assigns []Assign         // in front of it, of an env before it, or of export, local, declare and readonly
	Call    *syntax.CallExpr // nil for export, declare, local, readonly, typeset
	Stmt    *syntax.Stmt     // with its redirections and here-documents
	// Pipe is the whole pipeline that the command is in, nil if it is in none;
	// Last says whether it is the last of it.
	Pipe *syntax.BinaryCmd
	Last bool
	// Joined is what stands between this command and the one before it in the
	// same list: "&&", "||", "|", "|&", "&" or ";" (also for a line end); empty for
	// the first of a list.
	Joined string
	// Depth is 0 on the script's own level, more in subshells, substitutions and
	// scripts given to sh -c.
	Depth int
	// Nested says that the command stands in a script that a word holds, as that
	// of sh -c '…'. Its places are exact where the quotes are plain, else they
	// are somewhere in that word.
	Nested bool
	// Errexit and Pipefail say which of set -e and set -o pipefail are on here,
	// as far as the text tells.
	Errexit, Pipefail bool

	pos, end syntax.Pos
}

// Pos is where the command begins, its assignments and wrappers included.
func (c *Command) Pos() syntax.Pos { return c.pos }

// End is where the last word of the command ends.
func (c *Command) End() syntax.Pos { return c.end }

// Word is one word of a command. It is a syntax.Node.
type Word struct {
	Text    string       // with quotes resolved; variables and substitutions stand as written, "$X"
	Literal bool         // nothing in it is expanded, but perhaps a pattern
	Quoted  bool         // some of it is in quotes
	Glob    bool         // it holds an unquoted pattern or brace expansion
	Node    *syntax.Word // nil for NAME=value after export and such

	pos, end syntax.Pos
}

// Pos is where the word begins.
func (w Word) Pos() syntax.Pos { return w.pos }

// End is where the word ends.
func (w Word) End() syntax.Pos { return w.end }

// Assign is an assignment in front of a command or on its own.
type Assign struct {
	Name, Value string // Value as Word.Text; empty for an array
	Literal     bool   // nothing in Value is expanded
	Node        syntax.Node
}

// Parse reads a script that the program of argv (the SHELL in force, such as
// /bin/bash -o pipefail -c; sh where argv is empty) runs. It is nil where that
// program is no POSIX-like shell, or where the script only calls PowerShell or
// cmd.exe. A script that cannot be parsed has an Err and what was understood
// before it.
func Parse(text string, argv []string) *Script {
	program, options, ok := Program(argv)
	if !ok || isWindows(text) {
		return nil
	}
	s := &Script{Shell: program, Options: options, Text: text}
	s.Tree, s.Err = parse(text, program)
	if s.Tree != nil {
		c := collector{script: s, shell: program}
		c.errexit, c.pipefail = initialOptions(options)
		c.stmts(s.Tree.Stmts, place{})
	}
	return s
}

// Errexit tells whether the shell is started with -e.
func (s *Script) Errexit() bool {
	errexit, _ := initialOptions(s.Options)
	return errexit
}

// Program finds the shell in the words of a command line: its name and the
// words after it. A shell that another program starts counts too, as in
// "conda run -n x /bin/bash -c" or "busybox sh -c". It is false where there is
// none that Parse understands.
func Program(argv []string) (name string, options []string, ok bool) {
	if len(argv) == 0 {
		return "sh", []string{"-c"}, true
	}
	for i, word := range argv {
		name = baseName(word)
		switch name {
		case "sh", "dash", "ash", "bash", "rbash", "ksh", "ksh93", "mksh", "zsh":
			return name, argv[i+1:], true
		case "pwsh", "powershell", "cmd":
			return "", nil, false
		}
	}
	return "", nil, false
}

// isWindows tells whether a script starts with PowerShell or cmd.exe, so that what
// follows is theirs.
func isWindows(text string) bool {
	word, _, _ := strings.Cut(strings.TrimLeft(text, " \t\n"), " ")
	name := baseName(word)
	return name == "powershell" || name == "cmd" && strings.HasSuffix(strings.ToLower(word), ".exe")
}

// baseName is the last element of a program's path, Windows' too, in lower case
// and without .exe.
func baseName(word string) string {
	word = strings.ToLower(path.Base(strings.ReplaceAll(word, `\`, "/")))
	return strings.TrimSuffix(word, ".exe")
}

// initialOptions are -e and -o pipefail among the options of a shell.
func initialOptions(options []string) (errexit, pipefail bool) {
	for i, o := range options {
		if !strings.HasPrefix(o, "-") || strings.HasPrefix(o, "--") {
			continue
		}
		errexit = errexit || strings.Contains(o, "e")
		if strings.HasSuffix(o, "o") && i+1 < len(options) {
			errexit = errexit || options[i+1] == "errexit"
			pipefail = pipefail || options[i+1] == "pipefail"
		}
	}
	return errexit, pipefail
}
