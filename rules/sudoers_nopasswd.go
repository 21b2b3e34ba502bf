package rules

import (
	"context"
	"strings"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/shell"
	"github.com/plimsoll/plimsoll/walk"
)

func sudoersNopasswd() rule.Rule {
	return rule.Rule{
		ID:    "sudoers-nopasswd",
		Title: "A user may use sudo without a password",
		Why: "Whoever takes over a program of this user is root with one more word, so the USER protects nothing. " +
			"Nothing that runs in a container should need to become root later. " +
			"Do as root what has to be done while the image is built.",
		Bad:      "FROM debian:12\nRUN echo 'app ALL=(ALL) NOPASSWD: ALL' >> /etc/sudoers\n",
		Good:     "FROM debian:12\nRUN useradd --uid 10001 app\n",
		Severity: finding.Medium,
		Since:    "2026.1",
		History:  true,
		Dockerfile: func(d *rule.Dockerfile) {
			firstCommand(d, func(c *shell.Command) bool {
				for _, w := range c.Words {
					if strings.Contains(w.Text, "NOPASSWD") {
						return true
					}
				}
				return false
			}, rule.Problem{})
		},
		Want: []walk.Pattern{{Glob: "etc/sudoers"}, {Glob: "etc/sudoers.d/*"}},
		File: noteSudoers,
	}
}

// noteSudoers notes the lines of a sudoers(5) file that ask for no password.
func noteSudoers(_ context.Context, f *walk.File, note func(inventory.Note)) error {
	const most = 1 << 20
	b, err := f.Bytes(most)
	if err != nil {
		return err
	}
	n := 0
	for line := range strings.Lines(string(b)) {
		n++
		rest, _, _ := strings.Cut(strings.TrimSpace(line), "#")
		who, _, _ := strings.Cut(rest, " ")
		if strings.Contains(rest, "NOPASSWD") && who != "" {
			note(inventory.Note{Line: n, Same: "line", Text: short(who) + " may use sudo without a password."})
		}
	}
	return nil
}
