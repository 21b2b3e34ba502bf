package report

import "io"

// codacyWriter writes one JSON object a line, as Codacy's tools do.
var codacyWriter = Writer{
	Name:  "codacy",
	Doc:   "one JSON object a finding for Codacy",
	Write: writeCodacy,
}

type codacyFinding struct {
	File    string `json:"filename"`
	Code    string `json:"patternId"`
	Message string `json:"message"`
	Line    int    `json:"line"`
}

func writeCodacy(w io.Writer, r *Report, _ Options) error {
	for _, i := range r.issues() {
		if err := encodeLine(w, codacyFinding{i.file, i.code, i.message, i.line}); err != nil {
			return err
		}
	}
	return nil
}
