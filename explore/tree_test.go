package explore

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// pack writes a listing from lines such as "f etc/passwd 100", one an entry:
// kind (f, d, l, w, o), path, size or target, and what the file holds.
func pack(t testing.TB, lines string) Listing {
	t.Helper()
	w, err := newListingWriter()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(lines) {
		f := strings.Fields(line)
		if len(f) == 0 {
			continue
		}
		e := Entry{Path: f[1], Mode: 0o644, Time: 1_700_000_000}
		switch f[0] {
		case "d":
			e.Kind, e.Mode = Directory, 0o755
		case "l":
			e.Kind, e.Mode, e.Link = Symlink, 0o777, f[2]
		case "w":
			e.Kind = Whiteout
		case "o":
			e.Kind = Opaque
		default:
			e.Kind = File
			fmt.Sscan(f[2], &e.Size)
		}
		for _, word := range f[2:] {
			fmt.Sscanf(word, "sum=%d", &e.Sum)
			fmt.Sscanf(word, "mode=%o", &e.Mode)
			fmt.Sscanf(word, "uid=%d", &e.UID)
		}
		w.add(&e)
	}
	l, err := w.finish(nil)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func treeOf(t testing.TB, layers ...string) *Tree {
	t.Helper()
	tree := NewTree()
	for _, l := range layers {
		if _, err := tree.Add(pack(t, l)); err != nil {
			t.Fatal(err)
		}
	}
	return tree
}

// show writes a view as lines of mark, path and size, by path.
func show(t *Tree, v *view) string {
	var b strings.Builder
	var below func(nodeID)
	below = func(id nodeID) {
		for _, c := range (&ranking{t: t}).children(id, func(nodeID) bool { return true }) {
			if m := v.marks[c]; m != absent {
				fmt.Fprintf(&b, "%s %s %d\n", m.letter(), t.path(c), v.size[c])
			}
			below(c)
		}
	}
	below(0)
	return b.String()
}

func TestViews(t *testing.T) {
	tree := treeOf(t, `
		d etc
		f etc/passwd 100
		f etc/motd 10
		d var/cache
		f var/cache/a 1000
		f var/cache/b 2000
		l bin usr/bin
		f usr/bin/sh 500
	`, `
		d etc
		f etc/passwd 120 sum=1
		w etc/motd
		w var/cache
		f app/main 70
	`, `
		o app
		f app/new 7
		f var/cache/c 3
		d bin
		f bin/tool 9
		d etc mode=700
	`)
	for _, c := range []struct {
		scope Scope
		want  string
	}{
		{Scope{Layer: 0}, `
~ .
A bin 0
A etc 110
A etc/motd 10
A etc/passwd 100
~ usr 500
~ usr/bin 500
A usr/bin/sh 500
~ var 3000
A var/cache 3000
A var/cache/a 1000
A var/cache/b 2000
`}, {Scope{Layer: 1}, `
~ app 70
A app/main 70
  bin 0
~ etc 120
R etc/motd 10
M etc/passwd 120
  usr 0
  usr/bin 0
  usr/bin/sh 0
~ var 0
R var/cache 3000
R var/cache/a 1000
R var/cache/b 2000
`}, {Scope{Layer: 2, Below: true}, `
~ app 7
R app/main 70
A app/new 7
M bin 9
A bin/tool 9
M etc 120
  etc/passwd 120
  usr 500
  usr/bin 500
  usr/bin/sh 500
~ var 3
~ var/cache 3
A var/cache/c 3
`}, {Scope{Layer: Everything}, `
~ app 7
R app/main 70
  app/new 7
M bin 9
  bin/tool 9
M etc 120
R etc/motd 10
M etc/passwd 120
  usr 500
  usr/bin 500
  usr/bin/sh 500
~ var 3
~ var/cache 3
R var/cache/a 1000
R var/cache/b 2000
  var/cache/c 3
`}} {
		got := show(tree, newView(tree, c.scope))
		want := strings.TrimPrefix(strings.TrimPrefix(c.want, "\n"), "~ .\n")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", c.scope, diff)
		}
	}
}

// TestUsage holds the count against one made by hand.
func TestUsage(t *testing.T) {
	tree := treeOf(t, "f a 100\nf b 50\nf d/x 30\nf d/y 20\nd e", "f a 80\nw b\nw d", "f c 1000\nf a 80\nd e")
	everything := newView(tree, Scope{Layer: Everything})
	w := measure(tree, everything)
	want := Usage{
		Bytes: 100 + 50 + 30 + 20 + 80 + 1000 + 80, Wasted: 260 + 50 + 30 + 20, Hidden: 100 + 80 + 50 + 30 + 20,
		Efficiency: (80.0 + 1000) / 1360,
		Layers: []LayerUsage{
			{Entries: 5, Bytes: 200, Wasted: 200, Hidden: 200}, {Entries: 3, Bytes: 80, Wasted: 80, Hidden: 80},
			{Entries: 3, Bytes: 1080, Wasted: 80},
		},
	}
	if diff := cmp.Diff(want, w.Usage); diff != "" {
		t.Errorf("usage (-want +got):\n%s", diff)
	}
	var names []string
	for _, row := range w.worst(tree, everything) {
		names = append(names, fmt.Sprintf("%s %d", tree.path(row.node), row.bytes))
	}
	if diff := cmp.Diff([]string{"a 260", "b 50", "d 50"}, names); diff != "" {
		t.Errorf("worst (-want +got):\n%s", diff)
	}
}

func TestEfficiencyOfNothing(t *testing.T) {
	tree := treeOf(t, "d etc")
	if w := measure(tree, newView(tree, Scope{Layer: Everything})); w.Efficiency != 1 {
		t.Errorf("efficiency %v, want 1", w.Efficiency)
	}
}
