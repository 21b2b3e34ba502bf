package npm

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/plimsoll/plimsoll/catalog"
)

// maxLicenses is how many entries of a list of licences are read.
const maxLicenses = 100

// manifest is what is read of a package.json.
type manifest struct {
	name     string
	version  string
	licenses []string
}

// parse reads a package.json as npm does, which is forgiving: a byte order mark
// is skipped, the last of several equal keys wins, keys match by case, and a
// field of another type than expected counts as absent.
func parse(b []byte) (manifest, error) {
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	if len(bytes.TrimSpace(b)) == 0 {
		return manifest{}, errors.New("package.json is empty")
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(b, &fields); err != nil {
		return manifest{}, fmt.Errorf("package.json:%s: %w", position(b, err), err)
	}
	m := manifest{
		name:     strings.TrimSpace(text(fields["name"])),
		version:  cleanVersion(text(fields["version"])),
		licenses: licenses(fields["license"]),
	}
	if len(m.licenses) == 0 {
		m.licenses = licenses(fields["licenses"])
	}
	return m, nil
}

// position is the line and column of a JSON error, "3:17".
func position(b []byte, err error) string {
	offset := len(b)
	var syntax *json.SyntaxError
	var mistyped *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		offset = int(syntax.Offset)
	case errors.As(err, &mistyped):
		offset = int(mistyped.Offset)
	}
	before := b[:min(max(offset-1, 0), len(b))]
	line := 1 + bytes.Count(before, []byte("\n"))
	column := len(before) - bytes.LastIndexByte(before, '\n')
	return fmt.Sprintf("%d:%d", line, column)
}

// text is a JSON string, or empty for anything else.
func text(raw json.RawMessage) string {
	if len(raw) == 0 || raw[0] != '"' {
		return ""
	}
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// cleanVersion drops what npm drops when it reads a version: blanks, and a "v"
// or "=" before the number.
func cleanVersion(v string) string {
	v = strings.TrimSpace(v)
	return strings.TrimSpace(strings.TrimLeft(v, "=v"))
}

// licenses reads the four shapes that the field has had over the years: an
// expression, an object with a type, and lists of either.
func licenses(raw json.RawMessage) []string {
	if len(raw) == 0 {
		return nil
	}
	switch raw[0] {
	case '"':
		return catalog.Licenses(text(raw))
	case '{':
		var o map[string]json.RawMessage
		if json.Unmarshal(raw, &o) != nil {
			return nil
		}
		for _, key := range []string{"type", "name"} {
			if names := catalog.Licenses(text(o[key])); names != nil {
				return names
			}
		}
	case '[':
		var list []json.RawMessage
		if json.Unmarshal(raw, &list) != nil {
			return nil
		}
		var all []string
		for _, one := range list[:min(len(list), maxLicenses)] {
			if len(one) > 0 && one[0] != '[' {
				all = append(all, licenses(one)...)
			}
		}
		return all
	}
	return nil
}
