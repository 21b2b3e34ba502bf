package match

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plimsoll/plimsoll/inventory"
)

// doubtful is a kind of doubt about a package.
type doubtful int

const (
	unversioned  doubtful = iota // it states no version
	incomparable                 // its version, or those of some advisories, cannot be read
)

// doubt is a warning that many packages of an ecosystem may give: said once,
// with how many and the first of them.
type doubt struct {
	kind      doubtful
	ecosystem string
	count     int
	at        inventory.Place
	examples  []string
}

// warn adds a package to a doubt.
func (r *run) warn(pkg *inventory.Package, kind doubtful) {
	i := slices.IndexFunc(r.doubts, func(d *doubt) bool { return d.kind == kind && d.ecosystem == pkg.Ecosystem })
	if i < 0 {
		i = len(r.doubts)
		r.doubts = append(r.doubts, &doubt{kind: kind, ecosystem: pkg.Ecosystem, at: pkg.At})
	}
	d := r.doubts[i]
	d.count++
	example := strings.TrimSpace(pkg.Name + " " + pkg.Version)
	if len(d.examples) < 3 && !slices.Contains(d.examples, example) {
		d.examples = append(d.examples, example)
	}
}

// warning writes a doubt down.
func (d *doubt) warning() inventory.Warning {
	count, has := fmt.Sprintf("%d %s packages", d.count, d.ecosystem), "have"
	if d.count == 1 {
		count, has = "1 "+d.ecosystem+" package", "has"
	}
	text := count + " " + has + " no version to compare and could not be matched: "
	if d.kind == incomparable {
		text = count + " could not be compared with some advisories, only with the versions that those list: "
	}
	text += strings.Join(d.examples, ", ")
	if d.count > len(d.examples) {
		text += ", …"
	}
	return inventory.Warning{At: d.at, Message: text}
}
