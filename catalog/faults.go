package catalog

import (
	"fmt"
	"unicode"

	"github.com/plimsoll/plimsoll/inventory"
)

// Faults counts what a cataloger had to skip in one file, so that a file with
// ten thousand broken entries gives one warning for each kind and not one for
// each entry. The zero value is ready to use.
type Faults struct{ kinds []fault }

type fault struct {
	what        string
	count, line int
}

// Add counts one more of a kind; what is a plural, "lines that are no field",
// out of a small fixed set. The line is that of the file, 0 where it has none.
func (f *Faults) Add(what string, line int) {
	for i := range f.kinds {
		if f.kinds[i].what == what {
			f.kinds[i].count++
			return
		}
	}
	f.kinds = append(f.kinds, fault{what, 1, line})
}

// Warn records one warning on the file at path for each kind.
func (f *Faults) Warn(part *inventory.Part, path string) {
	for _, k := range f.kinds {
		message := fmt.Sprintf("skipped: %s: %d", k.what, k.count)
		if k.line > 0 {
			message += fmt.Sprintf(", the first at line %d", k.line)
		}
		part.Warn(path, message)
	}
}

// IsWord tells whether s can be the name or the version of a package of a
// distribution: not empty, valid text, no blanks and no control characters.
func IsWord(s string) bool {
	for _, r := range s {
		if r == unicode.ReplacementChar || !unicode.IsGraphic(r) || unicode.IsSpace(r) {
			return false
		}
	}
	return s != ""
}
