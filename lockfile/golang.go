package lockfile

import (
	"fmt"
	"strings"
)

// parseGoMod reads what go.mod requires.
func parseGoMod(data []byte) ([]Package, error) {
	var out []Package
	block := "" // the directive whose parentheses are open
	opened, number := 0, 0
	for line := range strings.Lines(string(data)) {
		number++
		text, _, _ := strings.Cut(line, "//")
		words := strings.Fields(text)
		switch {
		case conflict(line):
			return nil, &Error{number, conflictMessage}
		case len(words) == 0:
			continue
		case block != "" && words[0] == ")":
			block = ""
			continue
		case block == "":
			if !goDirective(words[0]) {
				return nil, &Error{number, fmt.Sprintf("go.mod has no directive %.40q", words[0])}
			}
			if len(words) == 2 && words[1] == "(" {
				block, opened = words[0], number
				continue
			}
			if words[0] != "require" {
				continue
			}
			words = words[1:]
		case block != "require":
			continue
		}
		if len(words) != 2 {
			return nil, &Error{number, "want a module and its version"}
		}
		out = append(out, Package{Name: unquote(words[0]), Version: unquote(words[1])})
	}
	if block != "" {
		return nil, &Error{opened, block + " ( is not closed"}
	}
	return out, nil
}

func goDirective(word string) bool {
	switch word {
	case "module", "go", "toolchain", "require", "exclude", "replace", "retract", "tool", "godebug", "ignore":
		return true
	}
	return false
}
