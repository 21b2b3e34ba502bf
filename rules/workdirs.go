package rules

import (
	"path"
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/rule"
)

// workdir is a WORKDIR and what is known of its path.
type workdir struct {
	i       *dockerfile.Instruction
	span    dockerfile.Span // of the path
	written string          // without quotes
	value   string          // with the variables put in that this file sets
	known   bool            // this file sets all variables in it
	before  string          // working directory before it; empty where it is not plain
	first   bool            // BuildKit looks at it: no WORKDIR of the stage and its parents is before it
}

// workdirs calls f for every WORKDIR.
func workdirs(d *rule.Dockerfile, f func(w workdir)) {
	looked := dispatched(d)
	current := map[*dockerfile.Stage]string{}
	seen := map[*dockerfile.Stage]bool{}
	for _, i := range d.Instructions {
		switch {
		case i.Name == "FROM":
			if parent := parentStage(d, i.Stage); parent != nil {
				seen[i.Stage], current[i.Stage] = seen[parent], current[parent]
			}
		case i.Name == "WORKDIR" && len(i.Args) > 0:
			w := workdir{
				i: i, span: i.Args[0].Span, written: unquote(i.Args[0].Text), known: true,
				before: current[i.Stage], first: !seen[i.Stage] && looked[i.Stage],
			}
			w.value = w.written
			if strings.Contains(w.written, "$") {
				w.expand(d)
			}
			f(w)
			current[i.Stage] = w.after()
			seen[i.Stage] = true
		}
	}
}

func (w *workdir) expand(d *rule.Dockerfile) {
	scope := d.Scope(w.i)
	for _, v := range w.i.Variables() {
		if _, ok := scope.Lookup(v.Name); !ok {
			w.known = false
		}
	}
	w.value, _ = resolve(w.written, d.Escape, func(name string) (string, bool) {
		b, ok := scope.Lookup(name)
		return b.Value, ok && b.Set
	})
}

// after is the working directory after the WORKDIR; empty where it is not plain.
func (w *workdir) after() string {
	switch {
	case strings.Contains(w.written, "$"):
		return ""
	case strings.HasPrefix(w.written, "/"):
		return path.Clean(w.written)
	case w.before != "" && !isAbsolute(w.written):
		return path.Join(w.before, w.written)
	}
	return ""
}
