package dockerfile

import (
	"slices"
	"sort"
	"strings"
)

const (
	// maxInheritance bounds how many stages a stage may build on.
	maxInheritance = 100
	// maxTriggers bounds the ONBUILD instructions that a stage takes over.
	maxTriggers = 100
	// maxValues bounds the length of all values of one file together, in bytes.
	maxValues = 16 << 20
)

// Binding is a variable that an ARG or ENV has set.
type Binding struct {
	Name  string
	Value string // with the variables in it expanded; those that have no value stay as written
	Set   bool   // false for an ARG without a value
	Arg   bool   // set by ARG, else by ENV
	// By is the ARG or ENV; nil for what BuildKit defines itself.
	By *Instruction
}

// Scope is the variables that an instruction sees.
type Scope struct {
	file   *File
	table  *table
	before int
	escape byte
}

// tables is what is known of the variables, shells and names of a file.
type tables struct {
	global *table
	stages []*table
	names  map[string]*Stage // by name in lower case, the last one
	values int               // length of all values so far
}

// table is the variables of one stage, or those before the first FROM.
type table struct {
	vars     map[string][]dated // in the order of their instructions
	shells   []shellFrom
	image    string // base image, expanded
	platform string // --platform, expanded
	parent   *Stage
}

// dated is a binding with the index of the instruction that made it; -1 is
// before all instructions.
type dated struct {
	Binding
	index int
}

type shellFrom struct {
	argv  []string
	index int
}

// Scope gives the variables that an instruction may use, its own not among
// them: for FROM and what stands before the first one the global ARGs, for all
// else the ARGs and ENVs of its stage so far and of the stages that it builds
// on. What the base image sets is not known.
func (f *File) Scope(i *Instruction) *Scope {
	f.prepare()
	t := f.tables.global
	if i.Stage != nil && i.Name != "FROM" {
		t = f.table(i.Stage)
	}
	return &Scope{file: f, table: t, before: i.index, escape: f.Escape}
}

// Lookup finds a variable.
func (s *Scope) Lookup(name string) (Binding, bool) {
	t, before := s.table, s.before
	for range maxInheritance {
		if b, ok := t.lookup(name, before); ok {
			return b, true
		}
		if t.parent == nil {
			break
		}
		before = t.parent.end()
		t = s.file.tables.stages[t.parent.Index]
	}
	return Binding{}, false
}

// Names are the names of all variables of the scope, sorted.
func (s *Scope) Names() []string {
	seen := map[string]bool{}
	t, before := s.table, s.before
	for range maxInheritance {
		for name, list := range t.vars {
			if list[0].index < before {
				seen[name] = true
			}
		}
		if t.parent == nil {
			break
		}
		before = t.parent.end()
		t = s.file.tables.stages[t.parent.Index]
	}
	names := make([]string, 0, len(seen))
	for name := range seen {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Expand expands a word as BuildKit does: variables without a value become
// empty. Unset are those that have no value, declared or not.
func (s *Scope) Expand(word string) (result string, unset []string, err error) {
	return Expand(word, s.escape, s.value)
}

func (s *Scope) value(name string) (string, bool) {
	b, ok := s.Lookup(name)
	return b.Value, ok && b.Set
}

// show expands what has a value or a default, and leaves the rest as written.
func (s *Scope) show(word string) (string, error) {
	x := lexer{escape: s.escape, keepUnset: true, defaults: true, limit: maxExpansion, env: s.value}
	return x.expand(word)
}

// prepare makes the tables of a file.
func (f *File) prepare() {
	f.once.Do(func() {
		f.tables = &tables{global: newTable(), stages: make([]*table, len(f.Stages)), names: map[string]*Stage{}}
		platformArgs(f.tables.global)
		for _, i := range f.Instructions {
			switch {
			case i.Name == "FROM":
				f.start(i.Stage)
			case i.Stage != nil:
				f.bind(f.tables.stages[i.Stage.Index], i, i.index)
			case i.Name == "ARG":
				f.bind(f.tables.global, i, i.index)
			}
		}
	})
}

func newTable() *table { return &table{vars: map[string][]dated{}} }

func (f *File) table(s *Stage) *table {
	f.prepare()
	return f.tables.stages[s.Index]
}

// start makes the table of a stage.
func (f *File) start(s *Stage) {
	t := newTable()
	f.tables.stages[s.Index] = t
	globals := &Scope{file: f, table: f.tables.global, before: s.From.index, escape: f.Escape}
	var err error
	if t.image, err = globals.show(s.Image); err != nil {
		t.image = s.Image
	}
	if t.platform, err = globals.show(s.Platform); err != nil {
		t.platform = s.Platform
	}
	t.parent = f.tables.names[strings.ToLower(t.image)]
	if s.Name != "" {
		f.tables.names[strings.ToLower(s.Name)] = s
	}
	if t.parent == nil {
		return
	}
	triggers := 0
	for _, i := range t.parent.Instructions {
		if i.OnBuild != nil && triggers < maxTriggers {
			triggers++
			f.bind(t, i.OnBuild, s.From.index)
		}
	}
}

// bind notes what an instruction sets from the one after index on.
func (f *File) bind(t *table, i *Instruction, index int) {
	switch i.Name {
	case "SHELL":
		if i.Form == JSONForm && len(i.Args) > 0 {
			t.shells = append(t.shells, shellFrom{texts(i.Args), index})
		}
	case "ENV", "ARG":
		scope := &Scope{file: f, table: t, before: index + 1, escape: f.Escape}
		if i.Name == "ARG" {
			for _, p := range i.Pairs() { // each sees those before it
				f.bindArg(scope, i, p, index)
			}
			return
		}
		pairs := i.Pairs()
		values := make([]dated, len(pairs))
		for n, p := range pairs { // none sees the others
			values[n] = dateOf(scope, p.Raw, index)
		}
		for n, p := range pairs {
			f.set(t, Binding{Name: p.Key, Set: true, By: i}, values[n])
		}
	}
}

func (f *File) bindArg(scope *Scope, i *Instruction, p Pair, index int) {
	b := Binding{Name: p.Key, Set: true, Arg: true, By: i}
	if p.HasValue {
		f.set(scope.table, b, dateOf(scope, p.Raw, index))
		return
	}
	if scope.table != f.tables.global {
		if g, ok := f.tables.global.lookup(p.Key, len(f.Instructions)); ok && g.Set {
			f.set(scope.table, b, dated{Binding{Value: g.Value}, index})
			return
		}
	}
	if _, ok := scope.value(p.Key); !ok {
		b.Set = false
		f.set(scope.table, b, dated{index: index})
	}
}

// dateOf expands the value of a binding.
func dateOf(scope *Scope, raw string, index int) dated {
	value, err := scope.show(raw)
	if err != nil {
		value = raw
	}
	return dated{Binding{Value: value}, index}
}

// set adds a binding with the value and index of d, as long as the file has not
// used up the length of its values; then the value is empty.
func (f *File) set(t *table, b Binding, d dated) {
	if f.tables.values += len(d.Value); f.tables.values <= maxValues {
		b.Value = d.Value
	}
	t.vars[b.Name] = append(t.vars[b.Name], dated{b, d.index})
}

// lookup finds the last binding of a name before an index.
func (t *table) lookup(name string, before int) (Binding, bool) {
	list := t.vars[name]
	n := sort.Search(len(list), func(n int) bool { return list[n].index >= before })
	if n == 0 {
		return Binding{}, false
	}
	return list[n-1].Binding, true
}

func (t *table) shellBefore(index int) []string {
	n := sort.Search(len(t.shells), func(n int) bool { return t.shells[n].index >= index })
	if n == 0 {
		return nil
	}
	return t.shells[n-1].argv
}

// platformArgs binds the ARGs that BuildKit defines before the first FROM, for
// the most usual platform.
func platformArgs(t *table) {
	for _, name := range []string{"BUILD", "TARGET"} {
		for _, part := range [][2]string{
			{"PLATFORM", "linux/amd64"}, {"OS", "linux"}, {"OSVERSION", ""}, {"ARCH", "amd64"}, {"VARIANT", ""},
		} {
			t.vars[name+part[0]] = []dated{{Binding{Name: name + part[0], Value: part[1], Set: true, Arg: true}, -1}}
		}
	}
	t.vars["TARGETSTAGE"] = []dated{{Binding{Name: "TARGETSTAGE", Value: "default", Set: true, Arg: true}, -1}}
}

// ProxyArg tells whether a variable is one of the proxy settings, which every
// RUN has when the build is given them, without an ARG.
func ProxyArg(name string) bool {
	switch strings.ToLower(name) {
	case "http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "all_proxy":
		return name == strings.ToLower(name) || name == strings.ToUpper(name)
	}
	return false
}

func texts(words []Word) []string {
	out := make([]string, len(words))
	for n, w := range words {
		out[n] = w.Text
	}
	return out
}
