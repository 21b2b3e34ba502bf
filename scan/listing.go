package scan

import (
	"path"
	"slices"
	"strings"

	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/walk"
)

// listingVersion counts up when something else is listed.
const listingVersion = 2

// wantsListing tells whether a rule asks what the layers hide of each other.
func (s *Scanner) wantsListing() bool {
	return slices.ContainsFunc(s.Rules, func(r rule.Rule) bool { return r.Listing })
}

// lister lists all that is in a layer, and what may lie elsewhere than its path
// says.
func lister(part *inventory.Part) walk.Visitor {
	part.Listing = &inventory.Listing{}
	list := inventory.NewLister(part.Listing)
	return walk.Visitor{Name: "listing", Entry: func(e *walk.Entry) bool {
		if e.Mode.IsDir() {
			list.Dir(e.Path)
			return false
		}
		kind, link := inventory.Other, ""
		switch {
		case e.HardLink:
			kind, link = inventory.HardLink, strings.TrimPrefix(path.Clean("/"+e.Link), "/")
		case e.Mode.IsRegular():
			kind = inventory.Regular
		}
		size := e.Size
		if kind != inventory.Regular {
			size = 0
		}
		if list.File(e.Path, kind, size, link) && inventory.SumsCover(e.Path) {
			part.AddLoose(e.Path)
		}
		return false
	}}
}
