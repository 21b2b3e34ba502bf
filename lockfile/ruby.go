package lockfile

import "strings"

// parseGemfile reads Gemfile.lock: the gems of GEM, and Bundler itself.
func parseGemfile(data []byte) ([]Package, error) {
	var out []Package
	section := ""
	number := 0
	for line := range strings.Lines(string(data)) {
		number++
		line = strings.TrimRight(line, " \r\n")
		text := strings.TrimLeft(line, " ")
		switch indent := len(line) - len(text); {
		case conflict(line):
			return nil, &Error{number, conflictMessage}
		case text == "":
		case indent == 0:
			if text != strings.ToUpper(text) {
				return nil, &Error{number, "want the name of a section, such as GEM"}
			}
			section = text
		case section == "BUNDLED WITH":
			out = append(out, Package{Name: "bundler", Version: text})
		case section == "GEM" && indent == 4:
			name, version, ok := strings.Cut(text, " (")
			version, closed := strings.CutSuffix(version, ")")
			if !ok || !closed {
				return nil, &Error{number, "want a gem with its version in parentheses"}
			}
			version, _, _ = strings.Cut(version, "-") // a platform follows
			out = append(out, Package{Name: name, Version: version})
		}
	}
	return out, nil
}
