// Package walk reads a layer once, from its first byte to its last, and shows
// each file to those who want it. It knows tar, and what makes one layer hide
// another; it knows nothing of packages.
package walk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/plimsoll/plimsoll/image"
	"github.com/plimsoll/plimsoll/inventory"
)

// Version counts up when a walk would report something else on the same bytes.
const Version = 2

// Visitor looks at the files that it wants, one after the other, in the order
// of the layer. It has one of Visit, Entry and Stream, or several.
type Visitor struct {
	// Name is used in warnings.
	Name string
	// Want selects the files; nothing else is shown or copied.
	Want []Pattern
	// ByContent says that what the visitor finds does not hang on the path. A
	// hard link to a file that it has seen is then not shown to it again.
	ByContent bool
	// Visit looks at one file. An error becomes a warning on that file, and
	// the walk goes on; only an error of ctx ends it.
	Visit func(ctx context.Context, f *File) error
	// Entry is told of every member: directories, links and devices too. It
	// says whether it has recorded anything under the path.
	Entry func(e *Entry) bool
	// Stream is asked of every regular file that is not empty where its bytes
	// go while the walk passes over them; nil takes none. A hard link is not
	// streamed again.
	Stream func(e *Entry) Sink
}

// Sink takes the content of one file as it passes by.
type Sink interface {
	// Write takes the next bytes; they may not be kept. Its errors mean nothing:
	// what went wrong is for Close to say.
	io.Writer
	// Close is called once all bytes were written. It says whether it has
	// recorded anything under the path; an error becomes a warning on the file.
	Close() (recorded bool, err error)
}

// Entry is a member of a layer as its header has it. It may not be kept.
type Entry struct {
	Path     string      // cleaned, without leading slash
	Hash     uint64      // inventory.PathHash of Path
	Link     string      // of a link: its target as written
	Mode     fs.FileMode // with the type: directory, symbolic link, device, pipe
	HardLink bool        // a further name for the file at Link
	UID, GID int
	Size     int64     // of a regular file
	ModTime  time.Time // in UTC
}

// Limits of what one layer may make us remember.
const (
	maxPath     = 4 << 10 // bytes of a path: PATH_MAX of Linux
	maxLinks    = 1 << 19 // symbolic links
	maxHidden   = 1 << 20 // whiteouts
	maxWarnings = 1000
	maxTrailing = 64 << 20 // bytes after the end of the archive
)

// Result is what a layer says about the layers below it, and how much was read.
type Result struct {
	Hidden   []string          // whiteouts: what this layer removes
	Opaque   []string          // directories of which nothing below shows
	Links    map[string]string // symbolic links, as written
	Files    []uint64          // inventory.PathHash of everything that is no directory, sorted
	Dirs     []uint64          // inventory.PathHash of every directory, sorted
	Warnings []inventory.Warning
	Entries  int   // members of the tar
	Bytes    int64 // of the tar
}

// Layer reads layer n once and shows its files to the visitors. An error means
// that the layer itself could not be read or is not what its digest says;
// trouble with single files is in Result.Warnings.
//
// Where the same path stands twice in the layer the later one counts: replaced,
// which may be nil, is called with the path before it is shown again.
func Layer(ctx context.Context, n int, layer image.Layer, visitors []Visitor, spool *Spool, replaced func(path string)) (*Result, error) {
	w := &walker{
		visitors: visitors, matcher: compile(visitors), spool: spool, replaced: replaced,
		result: Result{Links: map[string]string{}}, shown: map[uint64]bool{}, links: map[string][]string{}, hard: map[string]string{}, skipped: map[string]*inventory.Warning{},
	}
	for i := range visitors {
		if visitors[i].Entry != nil {
			w.entries = append(w.entries, &visitors[i])
		}
		if visitors[i].Stream != nil {
			w.streams = append(w.streams, &visitors[i])
		}
	}
	if err := w.pass(ctx, n, layer, w.member); err != nil {
		return nil, err
	}
	if len(w.links) > 0 {
		if err := w.secondPass(ctx, n, layer); err != nil {
			return nil, err
		}
	}
	w.finish(n)
	return &w.result, nil
}

type walker struct {
	visitors []Visitor
	matcher  *matcher
	spool    *Spool
	replaced func(string)
	result   Result
	shown    map[uint64]bool     // inventory.PathHash of what a visitor has seen
	hard     map[string]string   // hard links: what each links to in the end
	links    map[string][]string // hard links still to be shown, by what they link to
	skipped  map[string]*inventory.Warning
	entries  []*Visitor // those with Entry
	streams  []*Visitor // those with Stream
	found    []int      // scratch
	entry    Entry      // scratch
	sinks    sinks      // scratch
	buffer   []byte     // scratch
	holes    int64      // zeros that sparse files stood for
}

// pass reads the layer's tar from end to end.
func (w *walker) pass(ctx context.Context, n int, layer image.Layer, member func(context.Context, *archive, *entry) error) error {
	r, err := layer.Open(ctx)
	if err != nil {
		return fmt.Errorf("open layer %d: %w", n, err)
	}
	defer r.Close()
	a := &archive{stream: newStream(r)}
	var e entry
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := a.nextEntry(&e)
		if err == io.EOF {
			break
		}
		if err != nil {
			return w.broken(ctx, n, a, err)
		}
		if err := member(ctx, a, &e); err != nil {
			return w.broken(ctx, n, a, err)
		}
	}
	if err := a.drain(maxTrailing); err != nil {
		return w.broken(ctx, n, a, err)
	}
	w.result.Bytes = a.pos
	return nil
}

// broken says where a layer broke. A layer that is damaged is also not what
// its digest says, and that is the better thing to tell: so read on for it.
func (w *walker) broken(ctx context.Context, n int, a *archive, err error) error {
	if cerr := ctx.Err(); cerr != nil {
		return cerr
	}
	var digest *image.DigestError
	if errors.Is(err, errTar) {
		if derr := a.drain(1 << 40); errors.As(derr, &digest) {
			err = derr
		}
	}
	return fmt.Errorf("read layer %d at byte %d of its tar: %w", n, a.pos, err)
}

// member looks at one entry of the tar.
func (w *walker) member(ctx context.Context, a *archive, e *entry) error {
	w.result.Entries++
	p, ok := w.clean(e.name)
	if !ok {
		return nil
	}
	base := p[strings.LastIndexByte(p, '/')+1:]
	if strings.HasPrefix(base, ".wh.") {
		w.whiteout(p, base)
		return nil
	}
	hash := inventory.PathHash(p)
	w.forget(p, hash)
	w.tell(e, p, hash)
	if e.flag == typeDirectory {
		w.result.Dirs = append(w.result.Dirs, hash)
		return nil
	}
	w.result.Files = append(w.result.Files, hash)
	switch e.flag {
	case typeSymlink:
		w.link(p, e.link)
	case typeHardLink:
		w.hardLink(p, e)
	case typeRegular, typeContiguous:
		w.found = w.matcher.match(w.found[:0], p, e.mode, e.size)
		w.openSinks(e)
		if len(w.found) > 0 {
			w.shown[hash] = true
		}
		if len(w.found) > 0 || len(w.sinks) > 0 {
			err := w.show(ctx, a, e, p, w.found)
			w.closeSinks(p, hash) // also where the layer broke: a sink may hold a connection
			return err
		}
	}
	return nil
}

// show hands a file to the visitors that want it.
func (w *walker) show(ctx context.Context, a *archive, e *entry, p string, visitors []int) error {
	src := &noted{r: a.content(e)}
	if len(w.sinks) > 0 {
		src.to = w.sinks
	}
	f := &File{Path: p, Size: e.size, Mode: e.mode, UID: e.uid, GID: e.gid, ModTime: e.time(), src: io.LimitReader(src, e.size), spool: w.spool}
	defer f.release()
	for i, v := range visitors {
		f.last = i == len(visitors)-1
		err := w.visitors[v].Visit(ctx, f)
		if cerr := ctx.Err(); cerr != nil {
			return cerr
		}
		if src.err != nil {
			return src.err // the layer is broken, not the file
		}
		if err != nil {
			w.warn(p, w.visitors[v].Name+": "+err.Error())
		}
	}
	if len(w.sinks) > 0 {
		return w.drainTo(ctx, a, e, src)
	}
	return nil
}

// noted remembers that reading the layer itself has failed, and copies what is
// read to the sinks.
type noted struct {
	r   io.Reader
	to  sinks
	err error
}

func (n *noted) Read(p []byte) (int, error) {
	k, err := n.r.Read(p)
	if k > 0 && n.to != nil {
		n.to.write(p[:k])
	}
	if err != nil && err != io.EOF {
		n.err = err
	}
	return k, err
}

// forget takes back what an earlier member of the same name showed.
func (w *walker) forget(p string, hash uint64) {
	if len(w.shown) == 0 || !w.shown[hash] {
		return
	}
	delete(w.shown, hash)
	if w.replaced != nil {
		w.replaced(p)
	}
}

// clean gives a member's path below the image's root, as extraction would put
// it there: ".." does not lead out. It is false for the root itself and for
// names that no file system takes.
func (w *walker) clean(name string) (string, bool) {
	if len(name) > maxPath {
		w.warnOnce("long", name[:64]+"…", "name of more than 4 KiB: not looked at")
		return "", false
	}
	p := name
	if !isClean(p) {
		if climbs(p) {
			w.warnOnce("climb", p, "path that climbs out of the image: taken as inside")
		}
		p = path.Clean("/" + p)[1:]
	}
	return p, p != ""
}

// isClean tells the common case without an allocation.
func isClean(p string) bool {
	if p == "" || p[0] == '/' || p[len(p)-1] == '/' {
		return false
	}
	for i := 0; i < len(p); i++ {
		if p[i] != '/' && p[i] != '.' {
			continue
		}
		if p[i] == '/' && p[i+1] == '/' {
			return false
		}
		if p[i] == '.' && (i == 0 || p[i-1] == '/') {
			if j := i + 1; j == len(p) || p[j] == '/' || p[j] == '.' && (j+1 == len(p) || p[j+1] == '/') {
				return false
			}
		}
	}
	return true
}

// climbs reports whether a path has a ".." that would leave its root.
func climbs(p string) bool {
	depth := 0
	for name := range strings.SplitSeq(p, "/") {
		switch name {
		case "", ".":
		case "..":
			if depth--; depth < 0 {
				return true
			}
		default:
			depth++
		}
	}
	return false
}

// whiteout notes what the OCI image specification ("Whiteouts") lets a layer
// remove.
func (w *walker) whiteout(p, base string) {
	dir := strings.TrimSuffix(strings.TrimSuffix(p, base), "/")
	switch {
	case base == ".wh..wh..opq":
		w.result.Opaque = append(w.result.Opaque, dir)
	case strings.HasPrefix(base, ".wh..wh."): // bookkeeping of aufs
	case len(w.result.Hidden) >= maxHidden:
		w.warnOnce("hidden", p, "too many removed files: what they hide may be shown as installed")
	default:
		if name := base[len(".wh."):]; name != "" && name != "." && name != ".." {
			w.result.Hidden = append(w.result.Hidden, path.Join(dir, name))
		}
	}
}

func (w *walker) link(p, target string) {
	if len(w.result.Links) >= maxLinks || len(target) > maxPath {
		w.warnOnce("links", p, "too many or too long symbolic links: not followed")
		return
	}
	w.result.Links[p] = target
}

// hardLink has no bytes of its own: they came with the file that it links to.
// What a visitor would want under this name it gets in a second pass, unless it
// has seen the bytes and does not care for names.
func (w *walker) hardLink(p string, e *entry) {
	target, ok := w.clean(e.link)
	if first, again := w.hard[target]; again {
		target = first
	}
	if !ok || target == p {
		return
	}
	if len(w.hard) >= maxLinks {
		w.warnOnce("hard", p, "too many hard links: not read under this name")
		return
	}
	w.hard[p] = target
	for _, v := range w.matcher.match(w.found[:0], p, e.mode, unknownSize) {
		if !w.visitors[v].ByContent || !w.shown[inventory.PathHash(target)] {
			w.links[target] = append(w.links[target], p)
			return
		}
	}
}

// unknownSize passes every bound of a Pattern that has any chance.
const unknownSize = -1

// secondPass shows the hard links that the first one could not.
func (w *walker) secondPass(ctx context.Context, n int, layer image.Layer) error {
	links := w.links
	err := w.pass(ctx, n, layer, func(ctx context.Context, a *archive, e *entry) error {
		p, ok := w.clean(e.name)
		if !ok || e.flag != typeRegular && e.flag != typeContiguous || len(links[p]) == 0 {
			return nil
		}
		names := links[p]
		delete(links, p)
		return w.showLinks(ctx, a, e, names)
	})
	for target, names := range links {
		w.warn(names[0], "hard link to "+target+", which is not in this layer: not read")
	}
	return err
}

// showLinks shows one file under each of its further names.
func (w *walker) showLinks(ctx context.Context, a *archive, e *entry, names []string) error {
	kept, err := w.spool.Keep(a.content(e), e.size)
	if err != nil {
		w.warn(names[0], err.Error())
		return nil
	}
	defer kept.Close()
	for _, name := range names {
		for _, v := range w.matcher.match(nil, name, e.mode, e.size) {
			f := &File{Path: name, Size: e.size, Mode: e.mode, UID: e.uid, GID: e.gid, ModTime: e.time(), kept: kept, spool: w.spool, last: true}
			if err := w.visitors[v].Visit(ctx, f); err != nil {
				if cerr := ctx.Err(); cerr != nil {
					return cerr
				}
				w.warn(name, w.visitors[v].Name+": "+err.Error())
			}
		}
	}
	return nil
}

func (w *walker) warn(p, message string) {
	if len(w.result.Warnings) < maxWarnings {
		w.result.Warnings = append(w.result.Warnings, inventory.Warning{At: inventory.Place{Path: p}, Message: message})
		return
	}
	w.warnOnce("many", p, "further files could not be read")
}

// warnOnce keeps the first of a kind of warning and counts the others.
func (w *walker) warnOnce(kind, p, message string) {
	if first, ok := w.skipped[kind]; ok {
		first.At.Line++ // the count, until finish
		return
	}
	w.skipped[kind] = &inventory.Warning{At: inventory.Place{Path: p}, Message: message}
}

// finish orders what is to be looked up and closes the warnings.
func (w *walker) finish(n int) {
	sortHashes(w.result.Files)
	sortHashes(w.result.Dirs)
	w.result.Files = slices.Compact(w.result.Files)
	w.result.Dirs = slices.Compact(w.result.Dirs)
	for _, warning := range w.skipped {
		if more := warning.At.Line; more > 0 {
			warning.Message += fmt.Sprintf(" (and %d more like it)", more)
		}
		warning.At.Line = 0
		w.result.Warnings = append(w.result.Warnings, *warning)
	}
	slices.SortFunc(w.result.Warnings, func(a, b inventory.Warning) int {
		return strings.Compare(a.At.Path+a.Message, b.At.Path+b.Message)
	})
	for i := range w.result.Warnings {
		w.result.Warnings[i].At.Layer = n
	}
}
