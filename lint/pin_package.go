package lint

import (
	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/rule"
)

// pinPackages gives the fixes that write versions behind packages.
func pinPackages(r Result, version func(*dockerfile.File, *rule.Unpinned) string) []*rule.Fix {
	var fixes []*rule.Fix
	for i := range r.Unpinned {
		u := &r.Unpinned[i]
		v := version(r.File, u)
		if v == "" || u.Pin == nil {
			continue
		}
		if e := u.Pin(v); e != nil {
			fixes = append(fixes, &rule.Fix{Title: "pin " + u.Word + " to " + v, Edits: []rule.Edit{*e}})
		}
	}
	return fixes
}
