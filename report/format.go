package report

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// Writer writes a report in one format. A writer is a value; adding one is its
// file and one line in the table below.
type Writer struct {
	// Name is what users ask for it by: "json".
	Name string
	// Doc says in one sentence who the format is for.
	Doc string
	// Write writes the whole report to w. It does not change the report, and
	// the same report and options give the same bytes.
	Write func(w io.Writer, r *Report, o Options) error
}

// writers is the table of all formats, in the order that Formats gives.
var writers = [...]*Writer{
	&textWriter, &fullWriter, &jsonWriter, &sarifWriter,
	&ttyWriter, &hadolintJSONWriter, &checkstyleWriter, &codeClimateWriter, &gitlabWriter, &gnuWriter, &codacyWriter, &sonarWriter, &junitWriter,
}

// Options are what a writer wants to know and no report says.
type Options struct {
	// Screen is what a person reads the report on; only text looks at it.
	Screen Screen
	// Now makes the ages of the advisory data; the zero time gives dates instead.
	Now time.Time
	// Compare orders two versions of an ecosystem (a purl type such as "deb").
	// Without it, or where it fails, numbers in versions are compared by value,
	// which is right for most versions and for no ecosystem in all.
	Compare func(ecosystem, a, b string) (int, error)
	// Version is the version of the tool itself, for formats that state it.
	Version string
	// Source gives the text of a file that findings are about, so that their
	// lines can be shown; nil, or a nil result, shows none. Only text looks at it.
	Source func(path string) []byte
	// Fix says what would be done to mend the finding with this fingerprint;
	// empty where nothing can be done. Only text looks at it; it may be nil.
	Fix func(fingerprint string) string
	// Files is how many files were looked at, for a report that is no image's.
	Files int
}

// Screen is what text is shown on. The caller finds out; nothing here looks at
// the terminal or the environment.
type Screen struct {
	// Width is the number of cells in a line; it is held between 60 and 200, and
	// 0 means 100.
	Width int
	// Color allows ANSI colours. Nothing is told by colour alone.
	Color bool
	// ASCII keeps to ASCII: arrows and dots are spelled, other letters escaped.
	ASCII bool
}

// For returns the writer of a format; the error names the formats that there
// are.
func For(format string) (Writer, error) {
	for _, w := range writers {
		if w.Name == format {
			return *w, nil
		}
	}
	return Writer{}, fmt.Errorf("unknown format %q: use %s", format, strings.Join(Formats(), ", "))
}

// Formats lists the names of all formats.
func Formats() []string {
	names := make([]string, len(writers))
	for i, w := range writers {
		names[i] = w.Name
	}
	return names
}
