package dockerfile

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plimsoll/plimsoll/internal/cases"
)

// readLines calls f with each line of a cases file; it skips the test where the
// file is missing.
func readLines(t testing.TB, name string, f func(line []byte)) {
	t.Helper()
	path := filepath.Join(cases.Dir(t), filepath.FromSlash(name)+".jsonl")
	cases.Each(t, path, func(line json.RawMessage) { f(line) })
}

// tally counts agreements and prints the first disagreements.
type tally struct{ agree, all int }

func (c *tally) add(t *testing.T, id, diff string) {
	c.all++
	if diff == "" {
		c.agree++
		return
	}
	if c.all-c.agree <= 20 {
		t.Errorf("%s: %s", id, diff)
	}
}

// outline is what a case says about an instruction.
type outline struct {
	Name       string
	Start, End int
	JSON       bool
	Heredocs   []heredocOutline
	Flags      []string
}

type heredocOutline struct {
	Name           string
	FileDescriptor int
	Expand, Chomp  bool
	Content        string
}

func (f Flag) String() string {
	if f.HasValue {
		return "--" + f.Name + "=" + f.Value
	}
	return "--" + f.Name
}

func outlineOf(i *Instruction) outline {
	o := outline{Name: i.Name, Start: i.Span.Start.Line, End: i.Span.End.Line, JSON: i.Form == JSONForm}
	for _, h := range i.Heredocs {
		o.Heredocs = append(o.Heredocs, heredocOutline{h.Name, h.FD, h.Expand, h.Chomp, h.Content})
	}
	for _, f := range i.Flags {
		o.Flags = append(o.Flags, f.String())
	}
	return o
}

func TestCasesReal(t *testing.T) {
	const name = "cases/lint/real-dockerfiles"
	var count tally
	readLines(t, name, func(line []byte) {
		var c struct {
			ID, Dockerfile string
			Instructions   [][]json.RawMessage
		}
		if err := json.Unmarshal(line, &c); err != nil {
			t.Fatal(err)
		}
		var want, got []string
		for _, i := range c.Instructions {
			s := fmt.Sprintf("%s %s-%s", i[0], i[1], i[2])
			var more struct {
				JSON     bool
				Flags    []string
				Heredocs int // how many
			}
			if len(i) > 3 {
				if err := json.Unmarshal(i[3], &more); err != nil {
					t.Fatal(err)
				}
			}
			want = append(want, fmt.Sprint(s, " ", more.JSON, " ", more.Flags, " ", more.Heredocs))
		}
		f := Parse([]byte(c.Dockerfile))
		for _, i := range f.Instructions {
			o := outlineOf(i)
			got = append(got, fmt.Sprintf("%q %d-%d %v %v %v", o.Name, o.Start, o.End, o.JSON, o.Flags, len(o.Heredocs)))
		}
		count.add(t, c.ID, cmp.Diff(want, got))
	})
	cases.Agree(t, name, count.agree, count.all)
}

func TestCasesParser(t *testing.T) {
	const name = "cases/lint/parser-cases/cases"
	var count tally
	readLines(t, name, func(line []byte) {
		var c struct {
			ID, Dockerfile, Expect string
			Instructions           []struct {
				Cmd, Original string
				Start, End    int
				JSON          bool
				Args, Flags   []string
				Heredocs      []heredocOutline
			}
		}
		if err := json.Unmarshal(line, &c); err != nil {
			t.Fatal(err)
		}
		f := Parse([]byte(c.Dockerfile))
		if c.Expect == "error" {
			diff := ""
			if len(f.Problems) == 0 {
				diff = "a problem is expected"
			}
			count.add(t, c.ID, diff)
			return
		}
		var want, got []string
		for _, i := range c.Instructions {
			o := outline{strings.ToUpper(i.Cmd), i.Start, i.End, i.JSON, i.Heredocs, i.Flags}
			args := i.Args
			if args == nil {
				args = []string{}
			}
			want = append(want, fmt.Sprintf("%+v %q %q", o, args, i.Original))
		}
		for _, i := range f.Instructions {
			got = append(got, fmt.Sprintf("%+v %q %q", outlineOf(i), buildkitArgs(i), i.Line()))
		}
		count.add(t, c.ID, cmp.Diff(want, got))
	})
	cases.Agree(t, name, count.agree, count.all)
}

// buildkitArgs gives the arguments as BuildKit's tree has them: name, value and
// separator for ENV and LABEL, none for ONBUILD and unknown instructions.
func buildkitArgs(i *Instruction) []string {
	out := []string{}
	if i.Name == "ONBUILD" || !known(i.Name) {
		return append(out, "")
	}
	for _, w := range i.Args {
		if i.Name == "ENV" || i.Name == "LABEL" {
			if key, value, ok := strings.Cut(w.Text, "="); ok && strings.Contains(i.Args[0].Text, "=") {
				out = append(out, key, value, "=")
				continue
			}
		}
		out = append(out, w.Text)
	}
	if (i.Name == "ENV" || i.Name == "LABEL") && !slices.Contains(out, "=") {
		out = append(out, "")
	}
	return out
}

func dockerfileOf(t testing.TB, line []byte) []byte {
	t.Helper()
	var c struct{ Dockerfile string }
	if err := json.Unmarshal(line, &c); err != nil {
		t.Fatal(err)
	}
	return []byte(c.Dockerfile)
}

func TestCasesPlaces(t *testing.T) {
	const name = "cases/lint/real-dockerfiles"
	all := 0
	readLines(t, name, func(line []byte) {
		all++
		checkFile(t, dockerfileOf(t, line))
	})
	cases.Agree(t, name+", places", all, all)
}
