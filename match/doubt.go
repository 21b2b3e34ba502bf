package match

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plimsoll/plimsoll/inventory"
)

// The kinds of doubt about a package.
const (
	unversioned  = "unversioned"
	incomparable = "incomparable"
)

// doubt is a warning that many packages of one kind may give: said once, with
// how many and the first of them.
type doubt struct {
	kind, ecosystem string
	format          string // of count, ecosystem and examples
	count           int
	at              inventory.Place
	examples        []string
}

// warn adds a package to a doubt.
func (r *run) warn(pkg *inventory.Package, kind, format string) {
	key := kind + " " + pkg.Ecosystem
	d := r.seen[key]
	if d == nil {
		d = &doubt{kind: kind, ecosystem: pkg.Ecosystem, format: format, at: pkg.At}
		r.seen[key] = d
		r.doubts = append(r.doubts, d)
	}
	d.count++
	example := strings.TrimSpace(pkg.Name + " " + pkg.Version)
	if len(d.examples) < 3 && !slices.Contains(d.examples, example) {
		d.examples = append(d.examples, example)
	}
}

// warning writes a doubt down.
func (d *doubt) warning() inventory.Warning {
	examples := strings.Join(d.examples, ", ")
	if d.count > len(d.examples) {
		examples += ", …"
	}
	return inventory.Warning{At: d.at, Message: fmt.Sprintf(d.format, d.count, d.ecosystem, examples)}
}
