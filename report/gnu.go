package report

import (
	"fmt"
	"io"
)

// gnuWriter writes one line a finding as the GNU coding standards have it for
// errors of compilers.
var gnuWriter = Writer{
	Name:  "gnu",
	Doc:   "hadolint's lines in the GNU form: hadolint:file:line: code severity: message",
	Write: writeGNU,
}

func writeGNU(w io.Writer, r *Report, o Options) error {
	return writeLines(w, r, o, func(i issue) []span {
		return []span{{text: fmt.Sprintf("hadolint:%s:%d: %s %s: %s", i.file, i.line, i.code, i.severity, i.message)}}
	})
}
