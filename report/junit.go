package report

import (
	"encoding/xml"
	"fmt"
	"io"
)

// junitWriter writes the XML of JUnit, which build servers show as tests.
var junitWriter = Writer{
	Name:  "junit",
	Doc:   "JUnit's XML: each finding a failed test",
	Write: writeJUnit,
}

type junitReport struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	ID      string       `xml:"id,attr"`
	Name    string       `xml:"name,attr"`
	Class   string       `xml:"classname,attr"`
	Failure junitFailure `xml:"failure"`
}

type junitFailure struct {
	Type    string `xml:"type,attr"`
	Message string `xml:"message,attr"`
	ID      string `xml:"id,attr"`
	Text    string `xml:",chardata"`
}

func writeJUnit(w io.Writer, r *Report, _ Options) error {
	var doc junitReport
	for _, i := range r.issues() {
		n := len(doc.Suites)
		if n == 0 || doc.Suites[n-1].Name != i.file {
			doc.Suites = append(doc.Suites, junitSuite{Name: i.file})
			n++
		}
		s := &doc.Suites[n-1]
		id := "hadolint.rule." + i.code
		s.Cases = append(s.Cases, junitCase{
			ID: id, Name: i.code, Class: i.file,
			Failure: junitFailure{i.severity, i.message, id, fmt.Sprintf("%s:%d %s %s: %s", i.file, i.line, i.code, i.severity, i.message)},
		})
		s.Tests++
		s.Failures++
		doc.Failures++
	}
	return encodeXML(w, doc)
}
