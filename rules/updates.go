package rules

import (
	"bytes"
	"sort"
	"strings"
	"sync"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/shell"
)

// updater is how the lists of a package manager are updated.
type updater struct {
	programs []string
	update   []string
	valued   []string
}

// updaters are the package managers, programs that share their lists together.
var updaters = sync.OnceValue(func() []updater {
	return []updater{
		{[]string{"apt-get", "apt"}, []string{"update"}, aptManager().valued},
		{[]string{"apk"}, []string{"update"}, apkManager().valued},
		{[]string{"yum"}, []string{"update", "makecache"}, yumManager().valued},
		{[]string{"dnf"}, []string{"update", "up", "makecache"}, dnfManager().valued},
		{[]string{"zypper"}, []string{"update", "up", "refresh", "ref"}, zypperManager().valued},
	}
})

// updateUsers are the commands that make use of updated lists.
var updateUsers = sync.OnceValue(func() []string {
	return []string{
		"install", "upgrade", "source-install", "reinstall", "groupinstall", "localinstall", "add", "in",
		"dist-upgrade", "full-upgrade", "build-dep", "source", "download", "si", "dup"}
})

// checkovUpdatesAlone tells whether more RUNs of the file update something than
// install something, which is what Checkov counts.
func checkovUpdatesAlone(d *rule.Dockerfile) bool {
	if !mentions(d, []string{"update"}) {
		return false
	}
	updates := 0
	for _, i := range d.Instructions {
		if i.Name != "RUN" {
			continue
		}
		fields := strings.Fields(i.Text)
		if has(fields, "update") || has(fields, "--update") {
			updates++
		}
		for _, word := range []string{"install", "add", "upgrade"} {
			if strings.Contains(i.Text, word) {
				updates--
				break
			}
		}
	}
	return updates > 0
}

// joinUpdate moves an update that is all its RUN does into the next RUN of the
// stage, where that begins with an install of the same program; nil elsewhere.
func joinUpdate(r *run, update *shell.Command) *rule.Fix {
	if len(r.commands) != 1 || r.joined || r.outer.Name != "RUN" || len(r.inner.Flags) > 0 || len(update.Wrapper) > 0 {
		return nil
	}
	next := nextInstruction(r)
	if next == nil || next.Name != "RUN" || next.Stage != r.outer.Stage || next.Form != dockerfile.ShellForm ||
		len(next.Heredocs) > 0 || len(r.inner.Heredocs) > 0 || strings.TrimSpace(r.script.Text) != joinedWords(update) {
		return nil
	}
	scripts := r.d.Scripts(next)
	if len(scripts) != 1 || len(scripts[0].Commands) == 0 {
		return nil
	}
	first := scripts[0].Commands[0]
	start := scripts[0].Span(first).Start
	if first.Name != update.Name || len(first.Wrapper) > 0 || !has(updateUsers(), first.Subcommand("-o", "-t", "-c")) ||
		!bytes.HasPrefix(r.d.Source[start.Offset:], []byte(first.Words[0].Text)) {
		return nil
	}
	from, to := r.outer.Span.Start.Offset, next.Span.Start.Offset
	gone := strings.TrimSpace(string(r.d.Source[r.outer.Span.End.Offset:to]))
	if gone != "" { // comments between the two stay
		to = r.outer.Span.End.Offset + len(r.lineFrom(r.outer.Span.End.Offset))
		for to < len(r.d.Source) && (r.d.Source[to] == '\r' || r.d.Source[to] == '\n') {
			to++
			if r.d.Source[to-1] == '\n' {
				break
			}
		}
	}
	join := insert(start, joinedWords(update)+" && ")
	return &rule.Fix{Title: "update in the RUN that installs", Edits: []rule.Edit{{Start: from, End: to}, join}}
}

// joinedWords are the words of a command with a blank between them.
func joinedWords(c *shell.Command) string {
	words := make([]string, len(c.Words))
	for k, w := range c.Words {
		words[k] = w.Text
	}
	return strings.Join(words, " ")
}

func nextInstruction(r *run) *dockerfile.Instruction {
	list := r.d.Instructions
	k := sort.Search(len(list), func(k int) bool { return list[k].Span.Start.Offset > r.outer.Span.Start.Offset })
	if k == len(list) {
		return nil
	}
	return list[k]
}
