package rules

import (
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/shell"
)

func useraddLog() rule.Rule {
	return rule.Rule{
		ID:    "useradd-log",
		Title: "useradd with a high number fills the image with empty logs",
		Why: "/var/log/lastlog and faillog have a place for every number up to the highest. " +
			"They are sparse files, but a layer holds them in full, and a high number makes gigabytes of them. " +
			"Give useradd --no-log-init, or a number below 100000.",
		Bad:      "FROM debian:12\nRUN useradd -u 1234567 app\n",
		Good:     "FROM debian:12\nRUN useradd --no-log-init -u 1234567 app\n",
		Severity: finding.Low,
		Aliases:  []string{"DL3046"},
		Since:    "2026.1",
		History:  true,
		Dockerfile: func(d *rule.Dockerfile) {
			eachRun(d, func(r *run) {
				var first *shell.Command
				var edits []*rule.Edit
				for _, c := range r.commands {
					if logsMuch(c) {
						if first == nil {
							first = c
						}
						edits = append(edits, r.addAfter(c.Words[0], "--no-log-init"))
					}
				}
				if first != nil {
					r.report(first, rule.Problem{Fix: fixed("add --no-log-init", edits...)})
				}
			})
		},
	}
}

// logsMuch tells whether a command makes a user with a number of more than five
// digits and its places in the logs.
func logsMuch(c *shell.Command) bool {
	if c.Name != "useradd" || c.Has("-l", "--no-log-init") {
		return false
	}
	number, ok := c.Value("-u", "--uid")
	if !ok {
		for k, w := range c.Words[:len(c.Words)-1] {
			if k > 0 && len(w.Text) > 2 && w.Text[0] == '-' && w.Text[1] != '-' && w.Text[len(w.Text)-1] == 'u' {
				number = c.Words[k+1].Text
			}
		}
	}
	return len(number) > 5
}
