package lockfile

import "strings"

// parsePipfile reads Pipfile.lock.
func parsePipfile(data []byte) ([]Package, error) {
	type section map[string]struct{ Version string }
	var doc struct{ Default, Develop section }
	if err := decode(data, &doc); err != nil {
		return nil, err
	}
	if doc.Default == nil && doc.Develop == nil {
		return nil, &Error{1, "neither default nor develop: this is no Pipfile.lock"}
	}
	var out []Package
	for _, s := range []section{doc.Default, doc.Develop} {
		for name, p := range s {
			if version, ok := strings.CutPrefix(p.Version, "=="); ok {
				out = append(out, Package{Name: pythonName(name), Version: strings.TrimSpace(version)})
			}
		}
	}
	return out, nil
}

// parseRequirements takes the lines of a requirements file that name one exact
// version; other lines are pip's business.
func parseRequirements(data []byte) ([]Package, error) {
	var out []Package
	number := 0
	for line := range strings.Lines(string(data)) {
		number++
		line = strings.TrimSpace(line)
		if conflict(line) {
			return nil, &Error{number, conflictMessage}
		}
		if strings.HasPrefix(line, "#") || strings.HasPrefix(line, "-") {
			continue
		}
		line, _, _ = strings.Cut(line, " #")
		line, _, _ = strings.Cut(line, ";") // for which Python it is
		name, version, ok := strings.Cut(line, "==")
		if !ok {
			continue
		}
		name, _, _ = strings.Cut(name, "[") // extras
		version = strings.TrimSpace(strings.TrimPrefix(version, "="))
		if at := strings.IndexAny(version, " \t\\"); at >= 0 {
			version = version[:at] // hashes follow
		}
		name = strings.TrimSpace(name)
		if name != "" && !strings.ContainsAny(name, " <>!~=@,/") && !strings.Contains(version, ",") {
			out = append(out, Package{Name: pythonName(name), Version: version})
		}
	}
	return out, nil
}

// parseTOML reads poetry.lock and uv.lock: tables called package with a name, a
// version and where it comes from. Both are written by their tool alone, a line
// for each of these keys.
func parseTOML(data []byte) ([]Package, error) {
	var out []Package
	var now *Package
	start, number, table := 0, 0, ""
	end := func() error {
		if now != nil && now.Name == "" {
			return &Error{start, "a package without a name"}
		}
		if now != nil {
			out = append(out, *now)
		}
		now = nil
		return nil
	}
	long := false // inside a text of several lines
	for line := range strings.Lines(string(data)) {
		number++
		line = strings.TrimRight(line, " \t\r\n")
		inside := long
		long = long != (strings.Count(line, `"""`)%2 == 1)
		switch {
		case conflict(line):
			return nil, &Error{number, conflictMessage}
		case inside:
		case strings.HasPrefix(line, "["):
			if !strings.HasSuffix(line, "]") {
				return nil, &Error{number, "a table without ]"}
			}
			if table = strings.Trim(line, "[] "); table == "package" {
				if err := end(); err != nil {
					return nil, err
				}
				now, start = &Package{}, number
			}
		case now != nil:
			if err := tomlKey(now, table, line); err != "" {
				return nil, &Error{number, err}
			}
		}
	}
	return out, end()
}

// tomlKey takes one line of a package's tables; a package from elsewhere than a
// package index loses its version.
func tomlKey(p *Package, table, line string) (problem string) {
	key, value, ok := strings.Cut(line, " = ")
	if !ok {
		return ""
	}
	switch {
	case table == "package" && (key == "name" || key == "version"):
		text := unquote(value)
		if text == value {
			return "want a text in quotes behind " + key
		}
		if key == "name" {
			p.Name = pythonName(text)
		} else if p.Version != elsewhere {
			p.Version = text
		}
	case table == "package" && key == "source" && !strings.Contains(value, "registry ="), table == "package.source" && key == "type" && value != `"legacy"`:
		p.Version = elsewhere
	}
	return ""
}

// elsewhere stands for the version of what no registry has.
const elsewhere = "-"

// pythonName is a name as PEP 503 compares it: in lower case, with one dash for
// each run of dots, dashes and underscores.
func pythonName(name string) string {
	var b strings.Builder
	for _, part := range strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return r == '-' || r == '_' || r == '.' }) {
		if b.Len() > 0 {
			b.WriteByte('-')
		}
		b.WriteString(part)
	}
	return b.String()
}
