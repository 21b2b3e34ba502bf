package rules

import (
	"cmp"
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/shell"
)

// facts are what has been learned of a file so far, in one pass of one rule.
type facts struct {
	next     int               // index of the first instruction that is not in args and fragment
	args     map[string]string // ARGs of all stages
	fragment map[string]string // ENVs and ARGs before the first FROM
	cleaned  map[*dockerfile.Stage]int
}

// until takes in the ARGs and ENVs in front of an instruction.
func (f *facts) until(d *rule.Dockerfile, i *dockerfile.Instruction) {
	if f.args == nil {
		f.args, f.fragment = map[string]string{}, map[string]string{}
	}
	for ; f.next < len(d.Instructions) && d.Instructions[f.next].Span.Start.Offset < i.Span.Start.Offset; f.next++ {
		before := d.Instructions[f.next]
		if before.Name != "ENV" && before.Name != "ARG" {
			continue
		}
		for _, p := range before.Pairs() {
			if before.Name == "ARG" {
				f.args[p.Key] = p.Value
			}
			if before.Stage == nil {
				f.fragment[p.Key] = p.Value
			}
		}
	}
}

// value is what a word says as far as the file tells: variables that an ENV or
// ARG sets, or an assignment in the same RUN, are replaced. An ARG without a
// value becomes "0", since a build will give it one. known is false where a
// variable has no value.
func (r *run) value(w shell.Word) (text string, known bool) {
	if w.Literal || !strings.Contains(w.Text, "$") {
		return w.Text, true
	}
	known = true
	var b strings.Builder
	for rest := w.Text; rest != ""; {
		at := strings.IndexByte(rest, '$')
		if at < 0 {
			b.WriteString(rest)
			break
		}
		b.WriteString(rest[:at])
		name, after := variable(rest[at+1:])
		v, ok := r.lookup(name)
		known = known && ok && len(v) <= maxValue
		b.WriteString(v[:min(len(v), maxValue)])
		rest = after
	}
	return b.String(), known
}

// variable cuts a name after a $; what follows a name in braces is dropped.
func variable(s string) (name, rest string) {
	braces := strings.HasPrefix(s, "{")
	if braces {
		s = s[1:]
	}
	n := 0
	for n < len(s) && (s[n] == '_' || s[n]|0x20 >= 'a' && s[n]|0x20 <= 'z' || n > 0 && s[n] >= '0' && s[n] <= '9') {
		n++
	}
	name, rest = s[:n], s[n:]
	if braces {
		_, rest, _ = strings.Cut(rest, "}")
	}
	return name, rest
}

func (r *run) lookup(name string) (string, bool) {
	if name == "" {
		return "", false
	}
	if v, ok := r.set(name); ok {
		return cmp.Or(v, "0"), true
	}
	for _, c := range r.commands {
		for _, a := range c.Assigns {
			if a.Name == name {
				return a.Value, a.Value != ""
			}
		}
	}
	// An ARG of another stage does not reach here, but says what is meant.
	r.facts.until(r.d, r.outer)
	if v, ok := r.facts.args[name]; ok {
		return cmp.Or(v, "0"), true
	}
	return "", false
}

// environment is the value of a variable at a command: an assignment of the
// command or one before it in the RUN, else of ENV or ARG.
func (r *run) environment(c call, name string) (string, bool) {
	for _, a := range c.Assigns {
		if a.Name == name {
			return a.Value, true
		}
	}
	for k := min(c.n, len(r.commands)) - 1; k >= 0; k-- {
		before := r.commands[k]
		if before.Name != "" && before.Name != "export" {
			continue
		}
		for _, a := range before.Assigns {
			if a.Name == name {
				return a.Value, true
			}
		}
	}
	return r.set(name)
}

// set is the value that ENV and ARG give a variable at the RUN; empty for an ARG
// without one. In a fragment without FROM an ENV counts too.
func (r *run) set(name string) (value string, ok bool) {
	if r.outer.Stage != nil {
		b, ok := r.d.Scope(r.outer).Lookup(name)
		return b.Value, ok
	}
	r.facts.until(r.d, r.outer)
	value, ok = r.facts.fragment[name]
	return value, ok
}
