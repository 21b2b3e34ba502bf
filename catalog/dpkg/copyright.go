package dpkg

import (
	"bytes"
	"slices"
	"strings"

	"github.com/plimsoll/plimsoll/catalog"
	"github.com/plimsoll/plimsoll/inventory"
)

const (
	maxCopyrightLines = 100_000
	maxLicenses       = 200 // names of one package
)

// commonLicenses is where Debian keeps the texts of the most used licences, to
// which copyright files point.
const commonLicenses = "/usr/share/common-licenses/"

// readCopyright notes the licences of the package that a copyright file belongs
// to. A machine-readable file (Debian's copyright-format 1.0) names them in
// License fields; in any other one the common licences that it points to count.
func readCopyright(lines *catalog.Lines, name string, rec *inventory.File) error {
	var fields, common []string
	readable := false
	for lines.Line() < maxCopyrightLines && len(fields) < maxLicenses && len(common) < maxLicenses {
		line, ok := lines.Next()
		if !ok {
			break
		}
		if _, ok := field(line, "format"); ok {
			readable = true
		}
		if statement, ok := field(line, "license"); ok && readable {
			fields = append(fields, catalog.Licenses(statement)...)
			continue
		}
		common = appendCommon(common, line)
	}
	names := fields
	if len(names) == 0 {
		names = common
	}
	slices.Sort(names)
	if names = slices.Compact(names); len(names) > 0 {
		rec.Licenses = map[string][]string{name: names}
	}
	return lines.Err()
}

// field gives the value of a line such as "License: GPL-2+ or Artistic". Keys
// are written in either case.
func field(line []byte, key string) (string, bool) {
	if len(line) <= len(key) || len(line) > maxField || line[len(key)] != ':' || !strings.EqualFold(string(line[:len(key)]), key) {
		return "", false
	}
	return string(line[len(key)+1:]), true
}

// appendCommon appends the names of the common licences that a line points to.
func appendCommon(names []string, line []byte) []string {
	for {
		_, rest, ok := bytes.Cut(line, []byte(commonLicenses))
		if !ok || len(names) >= maxLicenses {
			return names
		}
		n := 0
		for n < len(rest) && (rest[n] == '.' || rest[n] == '-' || rest[n] == '+' || alphanumeric(rest[n])) {
			n++
		}
		if name := strings.TrimRight(string(rest[:n]), ".-"); name != "" && len(name) < 64 && !slices.Contains(names, name) {
			names = append(names, name)
		}
		line = rest[n:]
	}
}

func alphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}
