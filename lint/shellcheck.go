package lint

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/shell"
)

// What bounds shellcheck: the time of one run, the bytes of a script, and the
// scripts of a file.
const (
	shellCheckTime  = 10 * time.Second
	maxShellCheck   = 64 << 10
	maxShellScripts = 300
)

// ShellCheck makes a finder of more problems out of an installed shellcheck: it
// looks for what the rules do not. What goes wrong with it is told to failed,
// which may be called from several goroutines.
func ShellCheck(program string, rules []rule.Rule, failed func(error)) func(context.Context, *rule.Dockerfile) []Problem {
	// Those that hadolint leaves out: the dialect dash for ash, and sourced
	// files that are not there.
	exclude := []string{"SC2187", "SC1090", "SC1091"}
	for _, r := range rules {
		for _, alias := range r.Aliases {
			if strings.HasPrefix(alias, "SC") && strings.Trim(alias[2:], "0123456789") == "" {
				exclude = append(exclude, alias)
			}
		}
	}
	slices.Sort(exclude)
	check := shell.ShellCheck{Program: program, Exclude: slices.Compact(exclude), Timeout: shellCheckTime}
	return func(ctx context.Context, d *rule.Dockerfile) []Problem {
		scripts, texts := checkable(d)
		if len(scripts) == maxShellScripts {
			failed(fmt.Errorf("%s: shellcheck has looked at the first %d scripts only", d.Path, maxShellScripts))
		}
		remarks, err := check.Check(ctx, texts)
		if err != nil && ctx.Err() == nil {
			failed(err)
		}
		var found []Problem
		for i, list := range remarks {
			for _, r := range list {
				found = append(found, Problem{shellCheckRule(r), rule.Problem{Span: scripts[i].Place(r.From, r.To), Message: r.Message}})
			}
		}
		return found
	}
}

// checkable are the scripts that shellcheck can judge: those of RUN.
func checkable(d *rule.Dockerfile) ([]*rule.Script, []shell.CheckedScript) {
	var scripts []*rule.Script
	var texts []shell.CheckedScript
	for _, i := range d.Instructions {
		for _, s := range d.Scripts(i) {
			if s.Exec || s.Instruction.Name != "RUN" || len(s.Text) > maxShellCheck {
				continue
			}
			if len(scripts) == maxShellScripts {
				return scripts, texts
			}
			variables := d.Scope(i).Names()
			for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY"} {
				variables = append(variables, name, strings.ToLower(name))
			}
			scripts = append(scripts, s)
			texts = append(texts, shell.CheckedScript{Shell: s.Shell, Text: s.Text, Variables: variables})
		}
	}
	return scripts, texts
}

// shellCheckRule stands for a code of ShellCheck that no rule of ours has.
func shellCheckRule(r shell.Remark) *rule.Rule {
	severity, _ := HadolintSeverity(r.Level)
	return &rule.Rule{
		ID: "shellcheck-" + strings.ToLower(r.Code), Title: "ShellCheck says: " + r.Message, Aliases: []string{r.Code},
		Severity: cmp.Or(severity, finding.Info), Since: "2026.1",
	}
}
