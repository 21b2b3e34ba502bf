package inventory

import (
	"path"
	"slices"
	"strings"
)

// tree holds the files that matter and all symbolic links of the layers merged
// so far, under their real paths: a path with no link in it.
type tree struct {
	root *node
	// hashes finds what a Part.Seen speaks of: the nodes by PathHash of their
	// real path.
	hashes map[uint64]*node
	// aliases are the hashes of the other paths that lead to a node through a link.
	aliases map[uint64]alias
	// linksTo are the links that lead to a directory, by its real path. Some of
	// them may be gone; see live.
	linksTo map[string][]*node
	nodes   int
	loose   []*liveFile // files for which there was no room
	crowded bool        // a limit was met
}

// Limits of what an image can make a tree hold. A path of 8,000 directories
// makes 8,000 nodes, and links to a directory make their product with the files
// in it. Real images stay below 100,000 of either.
const (
	maxNodes   = 1 << 19
	maxAliases = 1 << 19
)

type alias struct{ node, through *node }

type node struct {
	path     string
	parent   *node
	children map[string]*node
	file     *liveFile
	link     string // target as written; a link has no children
	target   string // real path that the link led to when it was made
	linked   *node  // itself or the nearest directory above that links led to, or nil
}

func newTree() *tree {
	return &tree{root: &node{}, hashes: map[uint64]*node{}, aliases: map[uint64]alias{}, linksTo: map[string][]*node{}}
}

// maxHops is how many links Linux follows in one path.
const maxHops = 40

// resolve gives the real path of a path, as far as links are known. A loop of
// links ends where Linux gives up.
func (t *tree) resolve(p string) string {
	hops := 0
again:
	at, rest := t.root, p
	for rest != "" {
		name, tail, _ := strings.Cut(rest, "/")
		next := at.children[name]
		if next == nil {
			return p
		}
		if next.link != "" {
			if hops++; hops > maxHops {
				return p
			}
			p = path.Join(linkTarget(next.path, next.link), tail)
			goto again
		}
		at, rest = next, tail
	}
	return p
}

// resolveParent resolves the directory of a path and leaves its last name, which
// may be a link itself.
func (t *tree) resolveParent(p string) string {
	dir, base := path.Split(p)
	return path.Join(t.resolve(strings.TrimSuffix(dir, "/")), base)
}

func (t *tree) resolveParents(paths []string) []string {
	real := make([]string, len(paths))
	for i, p := range paths {
		real[i] = t.resolveParent(p)
	}
	return real
}

// linkTarget is the path, from the image's root, that a link at from names.
func linkTarget(from, target string) string {
	if !strings.HasPrefix(target, "/") {
		target = path.Join("/", path.Dir(from), target)
	}
	return strings.TrimPrefix(path.Clean(target), "/")
}

// at is the node of a real path, or nil.
func (t *tree) at(p string) *node {
	n := t.root
	for p != "" && n != nil {
		var name string
		name, p, _ = strings.Cut(p, "/")
		n = n.children[name]
	}
	return n
}

// make gives the node of a real path. What was a file or a link on the way to
// it gives way to a directory. It is nil where there is no room for more.
func (t *tree) make(p string) *node {
	n := t.root
	for end := 0; end < len(p); {
		start := end
		if i := strings.IndexByte(p[start:], '/'); i >= 0 {
			end = start + i
		} else {
			end = len(p)
		}
		name := p[start:end]
		next := n.children[name]
		if next == nil {
			if next = t.newNode(n, name, p[:end]); next == nil {
				return nil
			}
		}
		if end < len(p) {
			if next.file != nil && !next.file.Dir {
				next.file = nil
			}
			next.link = ""
			end++
		}
		n = next
	}
	return n
}

func (t *tree) newNode(parent *node, name, path string) *node {
	if t.nodes >= maxNodes {
		t.crowded = true
		return nil
	}
	t.nodes++
	n := &node{path: path, parent: parent, linked: parent.linked}
	if len(t.live(path)) > 0 {
		n.linked = n
	}
	if parent.children == nil {
		parent.children = map[string]*node{}
	}
	parent.children[name] = n
	t.index(n)
	return n
}

// index makes a new node known under its own path and through all links.
func (t *tree) index(n *node) {
	t.hashes[PathHash(n.path)] = n
	for up := n.parent.linked; up != nil && !t.crowded; up = up.parent.linked {
		for _, l := range t.live(up.path) {
			t.alias(n, l, up.path)
		}
	}
}

// live gives the links to a directory, and forgets those that are gone.
func (t *tree) live(dir string) []*node {
	all := t.linksTo[dir]
	if len(all) == 0 {
		return nil
	}
	all = slices.DeleteFunc(all, func(l *node) bool { return l.link == "" || l.target != dir })
	t.linksTo[dir] = all
	return all
}

// alias makes a node in or below a directory known under its path through a
// link to that directory.
func (t *tree) alias(n, link *node, dir string) {
	if t.crowded = t.crowded || len(t.aliases) >= maxAliases; !t.crowded {
		t.aliases[PathHash(link.path+strings.TrimPrefix(n.path, dir))] = alias{n, link}
	}
}

func (t *tree) addFile(p string, f *liveFile) {
	n := t.make(p)
	if n == nil {
		t.loose = append(t.loose, f)
		return
	}
	n.link, n.file = "", f
	if !f.Dir {
		n.children = nil
	}
}

// addToLink puts what was noted of a link itself beside the link.
func (t *tree) addToLink(p string, f *liveFile) {
	if n := t.at(p); n != nil && n.link != "" {
		n.file = f
		return
	}
	t.loose = append(t.loose, f)
}

func (t *tree) addLink(p, target string) {
	if p == "" {
		return
	}
	n := t.make(p)
	if n == nil {
		return
	}
	n.file, n.children = nil, nil
	n.link = target
	n.target = t.resolve(linkTarget(p, target))
	if n.target == "" || n.target == p || strings.HasPrefix(p, n.target+"/") {
		return // a link to the root or to a directory above: no path of use leads through it
	}
	t.linksTo[n.target] = append(t.linksTo[n.target], n)
	if dir := t.at(n.target); dir != nil {
		dir.linked = dir
		t.aliasBelow(dir, n)
	}
}

func (t *tree) aliasBelow(dir, link *node) {
	for _, c := range dir.children {
		if t.crowded {
			return
		}
		if c.linked == nil || len(c.linked.path) < len(link.target) {
			c.linked = c.parent.linked
		}
		t.alias(c, link, link.target)
		t.aliasBelow(c, link)
	}
}

// remove takes a real path and all below it away.
func (t *tree) remove(p string) {
	n := t.at(p)
	if n == nil || n == t.root {
		return
	}
	t.removeChildren(n)
	t.unlink(n)
}

func (t *tree) unlink(n *node) {
	t.nodes--
	delete(n.parent.children, path.Base(n.path))
	if h := PathHash(n.path); t.hashes[h] == n {
		delete(t.hashes, h)
	}
	n.file, n.link = nil, ""
}

// removeBelow takes all below a real path away.
func (t *tree) removeBelow(p string) {
	if n := t.at(p); n != nil {
		t.removeChildren(n)
	}
}

func (t *tree) removeChildren(n *node) {
	for _, c := range n.children {
		t.removeChildren(c)
		t.unlink(c)
	}
}

// replaceSeen removes what the paths of a part take the place of: a path that
// is no directory replaces whatever is there, and a directory replaces a file
// or a link.
func (t *tree) replaceSeen(p *Part) {
	// Directories first: a link that became one leads nowhere any more. What was
	// said of a directory is said anew, or not any more.
	t.eachSeen(p.SeenDirs, func(n *node) {
		if n.file != nil && n.file.Dir {
			n.file = nil
		}
	})
	t.removeAll(p.SeenDirs, func(n *node) bool { return n.file != nil || n.link != "" })
	t.removeAll(p.Seen, func(*node) bool { return true })
}

func (t *tree) removeAll(seen []uint64, which func(*node) bool) {
	var gone []*node
	t.eachSeen(seen, func(n *node) {
		if which(n) {
			gone = append(gone, n)
		}
	})
	for _, n := range gone {
		t.remove(n.path)
	}
}

// eachSeen calls f with the nodes whose hashes are in seen. It goes over
// whichever is shorter.
func (t *tree) eachSeen(seen []uint64, f func(*node)) {
	check := func(h uint64) {
		if n, ok := t.hashes[h]; ok {
			f(n)
		}
		if a, ok := t.aliases[h]; ok && a.through.link != "" {
			f(a.node)
		}
	}
	if len(seen) <= 8*(len(t.hashes)+len(t.aliases)) {
		for _, h := range seen {
			check(h)
		}
		return
	}
	for h := range t.hashes {
		if _, ok := slices.BinarySearch(seen, h); ok {
			check(h)
		}
	}
	for h := range t.aliases {
		if _, ok := slices.BinarySearch(seen, h); ok {
			check(h)
		}
	}
}

// files are the files that show, in the order of their paths.
func (t *tree) files() []*liveFile {
	all := slices.Clone(t.loose)
	var visit func(n *node)
	visit = func(n *node) {
		if n.file != nil {
			all = append(all, n.file)
		}
		for _, c := range n.children {
			visit(c)
		}
	}
	visit(t.root)
	slices.SortFunc(all, func(a, b *liveFile) int { return strings.Compare(a.Path, b.Path) })
	return all
}
