package lint

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/plimsoll/plimsoll/rule"
)

// Selection says which rules are in force.
type Selection struct {
	All   bool     // also those that are off by default
	Only  []string // ids or aliases; empty means all
	On    []string // ids or aliases of rules to put in force though they are off
	Level string   // "2026.1": leaves out rules that came later; empty means none
}

// Select picks the rules of a selection. The error names an id or a level that
// is not known.
func Select(all []rule.Rule, s Selection) ([]rule.Rule, error) {
	if s.Level != "" {
		if _, ok := level(s.Level); !ok {
			return nil, fmt.Errorf("level %q: want a year and a number, such as 2026.1", s.Level)
		}
	}
	for _, id := range s.Only {
		if !slices.ContainsFunc(all, func(r rule.Rule) bool { return Named(&r, id) }) {
			return nil, &UnknownRule{id}
		}
	}
	var chosen []rule.Rule
	for _, r := range all {
		named := func(id string) bool { return Named(&r, id) }
		switch {
		case s.Level != "" && compareLevels(r.Since, s.Level) > 0:
		case len(s.Only) > 0:
			if slices.ContainsFunc(s.Only, named) {
				chosen = append(chosen, r)
			}
		case !r.Off || s.All || slices.ContainsFunc(s.On, named):
			chosen = append(chosen, r)
		}
	}
	return chosen, nil
}

// UnknownRule is the error for an id that no rule has.
type UnknownRule struct{ ID string }

func (e *UnknownRule) Error() string { return fmt.Sprintf("no rule is called %q", e.ID) }

// Named tells whether a rule has this id or alias, in any case.
func Named(r *rule.Rule, id string) bool {
	return strings.EqualFold(r.ID, id) || slices.ContainsFunc(r.Aliases, func(a string) bool { return strings.EqualFold(a, id) })
}

// level reads "2026.1"; no level is the first of all.
func level(s string) ([2]int, bool) {
	year, number, ok := strings.Cut(s, ".")
	y, err := strconv.Atoi(year)
	n, err2 := strconv.Atoi(number)
	return [2]int{y, n}, ok && err == nil && err2 == nil
}

func compareLevels(a, b string) int {
	x, _ := level(a)
	y, _ := level(b)
	return cmp.Or(cmp.Compare(x[0], y[0]), cmp.Compare(x[1], y[1]))
}
