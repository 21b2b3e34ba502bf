package report

import (
	"encoding/json"
	"fmt"
	"io"
)

// jsonWriter writes the document itself, as docs/report.schema.json has it:
// every list is there, if empty, and in a stable order.
var jsonWriter = Writer{
	Name:  "json",
	Doc:   "the whole report for programs; docs/report.schema.json is its schema",
	Write: writeJSON,
}

func writeJSON(w io.Writer, r *Report, _ Options) error {
	return encode(w, r.Canonical())
}

// encode writes indented JSON that ends with a newline and leaves <, > and &
// as they are: a report is not put into HTML unescaped.
func encode[T any](w io.Writer, document T) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(document); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}
