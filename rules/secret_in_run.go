package rules

import (
	"fmt"
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/shell"
)

func secretInRun() rule.Rule {
	return rule.Rule{
		ID:    "secret-in-run",
		Title: "A command is given a secret in plain text",
		Why: "The text of every RUN is in the image's history, where everyone who can pull the image reads it. " +
			"The Dockerfile has it too, and so has every clone of its repository. " +
			"Change the secret, and hand the new one in with RUN --mount=type=secret.",
		Bad:      "FROM debian:12\nRUN curl -u admin:hunter22 https://example.org/app.tar -o /app.tar\n",
		Good:     "FROM debian:12\nRUN --mount=type=secret,id=login curl -K /run/secrets/login https://example.org/app.tar -o /app.tar\n",
		Severity: finding.High,
		Aliases:  []string{"CIS-DI-0010"},
		Since:    "2026.1",
		History:  true,
		Dockerfile: func(d *rule.Dockerfile) {
			eachRun(d, func(r *run) {
				for _, c := range r.commands {
					if what := plainSecret(c); what != "" {
						ids := []string{}
						if len(c.Assigns) > 0 {
							ids = append(ids, "CIS-DI-0010")
						}
						r.report(c, rule.Problem{Aliases: ids, Message: fmt.Sprintf("%s is in the image's history.", what)})
						return
					}
				}
			})
		},
	}
}

// plainSecret says which secret a command is given as a literal; empty if none.
func plainSecret(c *shell.Command) string {
	for _, a := range c.Assigns {
		if a.Literal && len(a.Value) > 3 && secretName(a.Name) && !harmlessValue(dockerfile.Pair{Value: a.Value, HasValue: true}) {
			return "The value of " + a.Name
		}
	}
	for k, w := range c.Words {
		if !w.Literal || k == 0 {
			continue
		}
		name, value, ok := strings.Cut(w.Text, "=")
		if ok && strings.HasPrefix(name, "--") && len(value) > 3 && secretName(name) && !harmlessValue(dockerfile.Pair{Value: value, HasValue: true}) {
			return "The value of " + name
		}
		if (c.Name == "curl" || c.Name == "wget") && (c.Words[k-1].Text == "-H" || strings.HasPrefix(w.Text, "--header=")) {
			header := strings.ToLower(strings.TrimPrefix(w.Text, "--header="))
			if n, v, ok := strings.Cut(header, ":"); ok && (n == "authorization" || secretName(n)) && len(strings.TrimSpace(v)) > 3 {
				return "The header " + strings.TrimPrefix(w.Text, "--header=")[:len(n)]
			}
		}
		if c.Name == "curl" && (c.Words[k-1].Text == "-u" || c.Words[k-1].Text == "--user") {
			if _, password, _ := strings.Cut(w.Text, ":"); password != "" {
				return "The password of -u"
			}
		}
	}
	if c.Name == "sshpass" {
		if v, ok := c.Value("-p"); ok && v != "" && !strings.Contains(v, "$") {
			return "The password of sshpass"
		}
	}
	return ""
}
