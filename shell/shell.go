// Package shell says what a shell script does: which programs are called with
// which words, how they are joined, and where they stand in the text. It parses with mvdan.cc/sh and understands sh, bash, dash,
// ash, ksh and zsh well enough; PowerShell and cmd are recognised and left alone.
package shell

import "mvdan.cc/sh/v3/syntax"

// Script is a shell script.
type Script struct {
	Shell    string       // program that runs it: "sh", "bash"
	Options  []string     // options of that program: "-o", "pipefail", "-c"
	Text     string       // the script
	Tree     *syntax.File // nil where Text cannot be parsed: see Err
	Err      error
	Commands []*Command // every simple command, in the order of the text, those in substitutions too
}

// Command is a simple command.
type Command struct {
	Name    string  // last path element of the program: "apt-get"; empty if it is not literal
	Words   []Word  // the program and its arguments, after sudo, env, exec, command, nohup, time and such are peeled off
	Wrapper []string // what was peeled off: "sudo"
	Assigns []Assign
	Call    *syntax.CallExpr
	Stmt    *syntax.Stmt
	// Pipe is the pipeline that the command is in, nil if it is in none; Last
	// says whether it is the last of it.
	Pipe *syntax.BinaryCmd
	Last bool
	// Depth is 0 on the script's own level, more in subshells and substitutions.
	Depth int
}

// Word is one word of a command.
type Word struct {
	Text    string // with quotes resolved; variables stand as written, "$X"
	Literal bool   // Text is exactly what the program gets
	Quoted  bool
	Node    *syntax.Word
}

// Assign is an assignment in front of a command or on its own.
type Assign struct{ Name, Value string }

// Parse reads a script that the program of argv (the SHELL in force, such as
// /bin/bash -o pipefail -c) runs. It is nil where that program is no POSIX-like
// shell. A script that cannot be parsed has an Err and what was understood.
func Parse(text string, argv []string) *Script { return nil }
