package main

import (
	"os/exec"
	"sync"

	"github.com/plimsoll/plimsoll/lint"
	"github.com/plimsoll/plimsoll/rules"
)

// autoShellCheck is for how many files shellcheck runs unasked: it takes about a
// tenth of a second a script, a hundred times as long as all rules together.
const autoShellCheck = 25

// addShellCheck lets an installed shellcheck look for what the rules do not.
func (a *app) addShellCheck(l *lint.Linter, f lintFlags, files int) error {
	if f.shellcheck == "off" || len(f.only) > 0 {
		return nil
	}
	name := f.shellcheck
	if name == "auto" {
		name = "shellcheck"
	}
	program, err := exec.LookPath(name)
	switch {
	case err != nil && f.shellcheck == "auto":
		return nil
	case err != nil:
		return usageError("--shellcheck: %w", err)
	case f.shellcheck == "auto" && files > autoShellCheck:
		a.warn("shellcheck is left out for more than %d files; --shellcheck=%s runs it, --shellcheck=off says no", autoShellCheck, program)
		return nil
	}
	var once sync.Once
	l.Extra = lint.ShellCheck(program, rules.All(), func(err error) {
		once.Do(func() { a.warn("%v", err) })
	})
	return nil
}
