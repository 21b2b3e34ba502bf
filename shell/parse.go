package shell

import (
	"errors"
	"fmt"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// maxNesting bounds how many constructs of a script may nest: the parser
// descends recursively and a stack that is used up cannot be recovered from.
const maxNesting = 32 << 10

var (
	errTooLong = errors.New("script is longer than 1 MiB")
	errTooDeep = errors.New("script nests too many constructs")
)

// parse reads text as bash and, where that fails, as the shell's own language
// if that differs. It gives the statements before an error too.
func parse(text, shell string) (*syntax.File, error) {
	if len(text) > MaxText {
		return nil, errTooLong
	}
	if mayNestTooDeep(text) {
		return nil, errTooDeep
	}
	file, err := parseAs(text, syntax.LangBash)
	if err == nil {
		return file, nil
	}
	var other syntax.LangVariant
	switch shell {
	case "zsh":
		other = syntax.LangZsh
	case "ksh", "ksh93", "mksh":
		other = syntax.LangMirBSDKorn
	case "sh", "dash", "ash":
		other = syntax.LangPOSIX
	default:
		return file, err
	}
	if second, err := parseAs(text, other); err == nil {
		return second, nil
	}
	return file, err
}

func parseAs(text string, lang syntax.LangVariant) (file *syntax.File, err error) {
	file = &syntax.File{}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("script is not understood: %v", r)
		}
	}()
	p := syntax.NewParser(syntax.Variant(lang))
	for stmt, e := range p.StmtsSeq(strings.NewReader(text)) {
		if e != nil {
			err = e
			break
		}
		if stmt != nil {
			file.Stmts = append(file.Stmts, stmt)
		}
	}
	return file, err
}

// mayNestTooDeep counts everything that can make the parser descend.
func mayNestTooDeep(text string) bool {
	if len(text) <= maxNesting {
		return false
	}
	n := 0
	for i := range len(text) {
		switch text[i] {
		case '(', '{', '`', '|', '!', '&', '-', '+', '~', '?', ',', '=', '*', '<', '[':
			n++
		}
	}
	for word := range strings.FieldsSeq(text) {
		switch strings.TrimLeft(word, ";") {
		case "if", "elif", "else", "while", "until", "for", "case", "select", "time", "function", "coproc", "do", "then":
			n++
		}
	}
	return n > maxNesting
}
