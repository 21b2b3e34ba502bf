package report

import (
	"encoding/json"
	"io"
)

// hadolintJSONWriter writes hadolint's list of findings; "json" is our own
// document.
var hadolintJSONWriter = Writer{
	Name:  "hadolint-json",
	Doc:   "hadolint's JSON: a list of file, line, column, level, code and message",
	Write: writeHadolintJSON,
}

type hadolintFinding struct {
	Code    string `json:"code"`
	Column  int    `json:"column"`
	File    string `json:"file"`
	Level   string `json:"level"`
	Line    int    `json:"line"`
	Message string `json:"message"`
}

func writeHadolintJSON(w io.Writer, r *Report, _ Options) error {
	list := []hadolintFinding{}
	for _, i := range r.issues() {
		list = append(list, hadolintFinding{i.code, i.column, i.file, i.severity, i.line, i.message})
	}
	return encodeLine(w, list)
}

// encodeLine writes JSON on one line.
func encodeLine[T any](w io.Writer, document T) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(document)
}
