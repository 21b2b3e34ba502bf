package shell

import "strings"

// Has tells whether one of the flags is given. "-y" is found in "-y", "-qy" and
// "-y=…", "--yes" in "--yes" and "--yes=…". Words after "--" are no flags.
func (c *Command) Has(flags ...string) bool {
	for _, w := range c.flagWords() {
		for _, f := range flags {
			if isFlag(w.Text, f) {
				return true
			}
		}
	}
	return false
}

// Value is what is given to one of the flags, the first that is there:
// "--flag=value", "--flag value", "-f value", "-f=value" or "-fvalue".
func (c *Command) Value(flags ...string) (string, bool) {
	words := c.flagWords()
	for i, w := range words {
		for _, f := range flags {
			if w.Text == f {
				if i+1 < len(words) {
					return words[i+1].Text, true
				}
				return "", true
			}
			rest, ok := strings.CutPrefix(w.Text, f)
			if !ok {
				continue
			}
			if v, ok := strings.CutPrefix(rest, "="); ok {
				return v, true
			}
			if len(f) == 2 && f[0] == '-' && f[1] != '-' {
				return rest, true
			}
		}
	}
	return "", false
}

// Args are the words after the program that are no flags. valued are the flags
// that take the next word as their value, "-o", "--root".
func (c *Command) Args(valued ...string) []Word {
	var args []Word
	for i := 1; i < len(c.Words); i++ {
		w := c.Words[i]
		switch {
		case w.Text == "--" && !w.Quoted:
			return append(args, c.Words[i+1:]...)
		case len(w.Text) > 1 && w.Text[0] == '-':
			for _, f := range valued {
				if takesNext(w.Text, f) {
					i++
					break
				}
			}
		default:
			args = append(args, w)
		}
	}
	return args
}

// Subcommand is the first of Args, "install" of "apt-get -y install x"; empty if
// there is none. valued is as for Args.
func (c *Command) Subcommand(valued ...string) string {
	if args := c.Args(valued...); len(args) > 0 {
		return args[0].Text
	}
	return ""
}

// flagWords are the words after the program up to "--".
func (c *Command) flagWords() []Word {
	if len(c.Words) == 0 {
		return nil
	}
	words := c.Words[1:]
	for i, w := range words {
		if w.Text == "--" {
			return words[:i]
		}
	}
	return words
}

// isFlag tells whether word gives flag.
func isFlag(word, flag string) bool {
	if rest, ok := strings.CutPrefix(word, flag); ok && (rest == "" || rest[0] == '=') {
		return true
	}
	return len(flag) == 2 && flag[0] == '-' && isBundle(word) && strings.IndexByte(word[1:], flag[1]) >= 0
}

// takesNext tells whether word is the flag, perhaps as the last of a bundle, so
// that its value is the next word.
func takesNext(word, flag string) bool {
	if word == flag {
		return true
	}
	return len(flag) == 2 && flag[1] != '-' && isBundle(word) && word[len(word)-1] == flag[1]
}

// isBundle tells whether word can be several short flags in one, "-qy".
func isBundle(word string) bool {
	if len(word) < 2 || word[0] != '-' {
		return false
	}
	for i := 1; i < len(word); i++ {
		c := word[i] | 0x20
		if (c < 'a' || c > 'z') && (word[i] < '0' || word[i] > '9') {
			return false
		}
	}
	return true
}
