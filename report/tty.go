package report

import (
	"fmt"
	"io"
)

// ttyWriter writes one line a finding as hadolint does on a terminal.
var ttyWriter = Writer{
	Name:  "tty",
	Doc:   "hadolint's lines: file:line code severity: message",
	Write: writeTTY,
}

func writeTTY(w io.Writer, r *Report, o Options) error {
	return writeLines(w, r, o, func(i issue) []span {
		as := map[string]style{"error": red, "warning": yellow, "info": "32", "style": "36"}[i.severity]
		return []span{{text: fmt.Sprintf("%s:%d %s ", i.file, i.line, i.code)}, {i.severity, as}, {text: ": " + i.message}}
	})
}

// writeLines writes one line an issue.
func writeLines(w io.Writer, r *Report, o Options, line func(i issue) []span) error {
	c := newCanvas(o.Screen)
	for _, i := range r.issues() {
		c.command(line(i)...)
	}
	return writeAll(w, c.out.Bytes())
}

func writeAll(w io.Writer, data []byte) error {
	if _, err := w.Write(data); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}
