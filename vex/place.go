package vex

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// step leads from a JSON value to one inside it: by name, or by index where the
// name is empty.
type step struct {
	name  string
	index int
}

func field(name string) step { return step{name: name} }
func item(index int) step    { return step{index: index} }

// written is a path as a person writes it, "statements[2].status".
func written(path []step) string {
	var b strings.Builder
	for _, s := range path {
		switch {
		case s.name == "":
			b.WriteString("[" + strconv.Itoa(s.index) + "]")
		case b.Len() > 0:
			b.WriteString("." + s.name)
		default:
			b.WriteString(s.name)
		}
	}
	return b.String()
}

// place is the line and column, from 1, of a byte of the document.
func (r *reader) place(offset int64) (line, column int) {
	head := r.data[:min(max(offset, 0), int64(len(r.data)))]
	return bytes.Count(head, []byte("\n")) + 1, len(head) - bytes.LastIndexByte(head, '\n')
}

// find is the offset of the value that a path leads to, or of the deepest one on
// the way there.
func (r *reader) find(path []step) int64 {
	d := json.NewDecoder(bytes.NewReader(r.data))
	at := int64(0)
	for _, s := range path {
		open, err := d.Token()
		delim, ok := open.(json.Delim)
		if err != nil || !ok || (delim == '{') != (s.name != "") {
			return at
		}
		at = d.InputOffset() - 1
		for n := 0; d.More(); n++ {
			key, found := json.Token(nil), s.name == "" && n == s.index
			if s.name != "" {
				if key, err = d.Token(); err != nil {
					return at
				}
				found = key == s.name
			}
			if found {
				break
			}
			var skipped json.RawMessage
			if err := d.Decode(&skipped); err != nil {
				return at
			}
		}
		if !d.More() {
			return at
		}
		at = d.InputOffset() + r.blank(d.InputOffset())
	}
	return at
}

// blank is how many bytes from offset on only separate values.
func (r *reader) blank(offset int64) int64 {
	rest := r.data[min(offset, int64(len(r.data))):]
	return int64(len(rest) - len(bytes.TrimLeft(rest, " \t\r\n:,")))
}
