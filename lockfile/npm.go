package lockfile

import "strings"

// parsePackageLock reads package-lock.json of every version: since version 2
// packages are listed by the place that they are installed at, before that by
// their names.
func parsePackageLock(data []byte) ([]Package, error) {
	var doc struct {
		LockfileVersion int
		Packages        map[string]struct {
			Name, Version string
			Link          bool
		}
		Dependencies map[string]struct{ Version string }
	}
	if err := decode(data, &doc); err != nil {
		return nil, err
	}
	if doc.LockfileVersion == 0 && doc.Packages == nil && doc.Dependencies == nil {
		return nil, &Error{1, "neither lockfileVersion nor packages: this is no lock file of npm"}
	}
	var out []Package
	for at, p := range doc.Packages {
		name, top := strings.CutPrefix(at, "node_modules/")
		if top && !strings.Contains(name, "/node_modules/") && !p.Link && (p.Name == "" || p.Name == name) {
			out = append(out, Package{Name: name, Version: p.Version})
		}
	}
	if doc.Packages == nil {
		for name, p := range doc.Dependencies {
			out = append(out, Package{Name: name, Version: p.Version})
		}
	}
	return out, nil
}

// parseYarn reads yarn.lock of yarn 1 and of later ones: a line with what was
// asked for, below it, indented, what that became.
func parseYarn(data []byte) ([]Package, error) {
	var out []Package
	var now Package
	number := 0
	for line := range strings.Lines(string(data)) {
		number++
		line = strings.TrimRight(line, "\r\n")
		switch {
		case conflict(line):
			return nil, &Error{number, conflictMessage}
		case strings.TrimSpace(line) == "", strings.HasPrefix(line, "#"):
		case line[0] != ' ':
			key, ok := strings.CutSuffix(line, ":")
			if !ok {
				return nil, &Error{number, "want the names of packages with a colon behind"}
			}
			now = yarnKey(key)
		case (strings.HasPrefix(line, "  version ") || strings.HasPrefix(line, "  version:")) && now.Name != "":
			version := strings.TrimPrefix(strings.TrimSpace(line)[len("version"):], ":")
			now.Version = unquote(strings.TrimSpace(version))
			if now.Name != "__metadata" {
				out = append(out, now)
			}
			now = Package{}
		}
	}
	return out, nil
}

// yarnKey reads `"a@^1, a@npm:^2"` or `"a@^1", a@^2`.
func yarnKey(key string) Package {
	var p Package
	for part := range strings.SplitSeq(strings.ReplaceAll(key, `"`, ""), ",") {
		part = strings.TrimSpace(part)
		at := strings.IndexByte(part[min(1, len(part)):], '@') + 1
		if at == 0 {
			return Package{Name: part}
		}
		name, asked := part[:at], strings.TrimPrefix(part[at+1:], "npm:")
		if strings.Contains(asked, "@") {
			continue // another package under this name, or a patch of it
		}
		if strings.HasPrefix(asked, "workspace:") || strings.HasPrefix(asked, "link:") || strings.HasPrefix(asked, "portal:") || strings.HasPrefix(asked, "file:") {
			return Package{}
		}
		p.Name = name
		p.Ranges = append(p.Ranges, asked)
	}
	return p
}

// parsePnpm reads pnpm-lock.yaml, of which only what the project itself asks for
// matters: "dependencies" and its sisters at the top or below importers, ".".
// The file is written by pnpm alone, a line for each key.
func parsePnpm(data []byte) ([]Package, error) {
	var out []Package
	var keys []string // of the mappings around a line
	var indents []int
	number := 0
	for line := range strings.Lines(string(data)) {
		number++
		text := strings.TrimRight(line, " \r\n")
		body := strings.TrimLeft(text, " ")
		indent := len(text) - len(body)
		switch {
		case conflict(text):
			return nil, &Error{number, conflictMessage}
		case body == "" || body[0] == '#' || body == "---":
			continue
		case strings.HasPrefix(body, "\t"):
			return nil, &Error{number, "a tab where YAML wants blanks"}
		}
		key, value, ok := pnpmPair(body)
		if !ok {
			if indent == 0 {
				return nil, &Error{number, "want a key with a colon behind"}
			}
			continue
		}
		for len(indents) > 0 && indents[len(indents)-1] >= indent {
			keys, indents = keys[:len(keys)-1], indents[:len(indents)-1]
		}
		if len(keys) < maxKeys {
			keys, indents = append(keys, key), append(indents, indent)
		}
		if value != "" {
			out = append(out, pnpmPackage(keys, value))
		}
	}
	return out, nil
}

// maxKeys is how deep the mappings of pnpm-lock.yaml are followed.
const maxKeys = 8

// pnpmPair splits "key: value", where the key may be in quotes.
func pnpmPair(s string) (key, value string, ok bool) {
	if s[0] == '\'' || s[0] == '"' {
		end := strings.IndexByte(s[1:], s[0])
		if end < 0 || !strings.HasPrefix(s[end+2:], ":") {
			return "", "", false
		}
		return s[1 : end+1], strings.TrimSpace(s[end+3:]), true
	}
	key, value, ok = strings.Cut(s, ":")
	if !ok || value != "" && value[0] != ' ' {
		return "", "", false
	}
	return key, strings.TrimSpace(value), true
}

// pnpmPackage is the package that a line is about; one without a name where it is
// about none.
func pnpmPackage(keys []string, value string) Package {
	if len(keys) > 2 && keys[0] == "importers" && keys[1] == "." {
		keys = keys[2:]
	}
	if len(keys) < 2 || len(keys) > 3 || len(keys) == 3 && keys[2] != "version" {
		return Package{}
	}
	switch keys[0] {
	case "dependencies", "devDependencies", "optionalDependencies":
		version, _, _ := strings.Cut(unquote(value), "(") // peers follow
		version, _, _ = strings.Cut(version, "_")
		return Package{Name: keys[1], Version: version}
	}
	return Package{}
}
