package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

// checkstyleWriter writes the XML of Checkstyle, which many tools read.
var checkstyleWriter = Writer{
	Name:  "checkstyle",
	Doc:   "Checkstyle's XML",
	Write: writeCheckstyle,
}

type checkstyleReport struct {
	XMLName xml.Name         `xml:"checkstyle"`
	Version string           `xml:"version,attr"`
	Files   []checkstyleFile `xml:"file"`
}

type checkstyleFile struct {
	Name   string            `xml:"name,attr"`
	Errors []checkstyleError `xml:"error"`
}

type checkstyleError struct {
	Line     int    `xml:"line,attr"`
	Column   int    `xml:"column,attr"`
	Severity string `xml:"severity,attr"`
	Message  string `xml:"message,attr"`
	Source   string `xml:"source,attr"`
}

func writeCheckstyle(w io.Writer, r *Report, _ Options) error {
	doc := checkstyleReport{Version: "4.3"}
	for _, i := range r.issues() {
		n := len(doc.Files)
		if n == 0 || doc.Files[n-1].Name != i.file {
			doc.Files = append(doc.Files, checkstyleFile{Name: i.file})
			n++
		}
		severity := i.severity
		if severity == "style" {
			severity = "info" // Checkstyle has no such word
		}
		f := &doc.Files[n-1]
		f.Errors = append(f.Errors, checkstyleError{i.line, i.column, severity, i.message, i.code})
	}
	return encodeXML(w, doc)
}

// encodeXML writes an XML document. What XML cannot hold becomes U+FFFD.
func encodeXML[T any](w io.Writer, document T) error {
	var b strings.Builder
	b.WriteString(xml.Header)
	if err := xml.NewEncoder(&b).Encode(document); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	b.WriteByte('\n')
	return writeAll(w, []byte(b.String()))
}
