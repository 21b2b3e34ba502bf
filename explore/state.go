package explore

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/plimsoll/plimsoll/finding"
)

// stateMagic begins a saved state; its number counts up when an older one would
// be misread.
const stateMagic = "plimsoll explore 1\n"

// Limits of a saved state, in bytes.
const (
	maxHead  = 256 << 20 // of the findings with the rest of the JSON
	maxState = 2 << 30   // of a listing
)

// ErrNotState says that a file is no saved state of the browser.
var ErrNotState = errors.New("not a saved state of plimsoll explore")

// state is what is saved besides the listings: what is known of the image, and
// what was looked at.
type state struct {
	Image    Image             `json:"image"`
	Warnings []string          `json:"warnings,omitempty"`
	Scanned  bool              `json:"scanned"`
	Findings []finding.Finding `json:"findings,omitempty"`

	Scope    Scope    `json:"scope"`
	Filter   filter   `json:"filter"`
	Order    order    `json:"order"`
	List     list     `json:"list"`
	Focus    pane     `json:"focus"`
	Selected string   `json:"selected"`
	Unfolded []string `json:"unfolded,omitempty"`
	Query    string   `json:"query,omitempty"`
}

// maxUnfolded is how many open directories are saved.
const maxUnfolded = 10_000

// IsState tells by its first bytes whether a file is a saved state.
func IsState(head []byte) bool { return bytes.HasPrefix(head, []byte(stateMagic)) }

// errNotListed says that there is nothing to save yet.
var errNotListed = errors.New("the layers are still being read")

// Save writes image, files, findings and what is being looked at, so that Load
// can go on without the image.
//
// The file is stateMagic, then blocks of a length (eight bytes, little-endian)
// and that many bytes: the state as JSON and the listing of each layer; then
// the SHA-256 of all that.
func (b *Browser) Save(w io.Writer) error {
	if b.tree == nil {
		return errNotListed
	}
	head, err := json.Marshal(b.state())
	if err != nil {
		return fmt.Errorf("save the state: %w", err)
	}
	sum := sha256.New()
	out := bufio.NewWriter(io.MultiWriter(w, sum))
	out.WriteString(stateMagic)
	block := func(p []byte) {
		out.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(p))))
		out.Write(p)
	}
	block(head)
	for n := range b.tree.layers {
		listing, err := b.tree.listing(n)
		if err != nil {
			return fmt.Errorf("save layer %d: %w", n, err)
		}
		block(listing)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("save the state: %w", err)
	}
	if _, err := w.Write(sum.Sum(nil)); err != nil {
		return fmt.Errorf("save the state: %w", err)
	}
	return nil
}

func (b *Browser) state() state {
	s := state{
		Image: b.image, Warnings: b.warnings, Scanned: b.scanned, Findings: b.findings,
		Scope: b.scope(), Filter: b.filter, Order: b.order, List: b.list, Focus: b.focus, Query: b.query,
	}
	if id, ok := b.selected(); ok {
		s.Selected = b.tree.path(id)
	}
	for id, open := range b.folds {
		if open && len(s.Unfolded) < maxUnfolded {
			s.Unfolded = append(s.Unfolded, b.tree.path(id))
		}
	}
	return s
}

// listing packs what one layer says, in the order of the tree.
func (t *Tree) listing(layer int) (Listing, error) {
	w, err := newListingWriter()
	if err != nil {
		return nil, err
	}
	for id := range nodeID(t.nodes.n) {
		for i := t.nodes.at(int(id)).last; i != 0; i = t.at(i).older {
			v := t.at(i)
			if int(v.layer) != layer {
				continue
			}
			e := Entry{Path: t.path(id)}
			if v.removes {
				e.Kind = Whiteout
				w.add(&e)
			}
			if v.empties {
				e.Kind = Opaque
				w.add(&e)
			}
			if a := t.kept[v.attributes]; a.kind != None {
				e = Entry{
					Path: e.Path, Kind: a.kind, Mode: a.mode, UID: a.uid, GID: a.gid,
					Size: v.size, Time: int64(v.time), Sum: v.sum, Link: t.links[v.link],
				}
				w.add(&e)
			}
		}
	}
	return w.finish(nil)
}

// Load opens what Save wrote. Another file gives ErrNotState.
func Load(r io.Reader, ascii bool) (*Browser, error) {
	in := &summed{r: bufio.NewReader(r), sum: sha256.New()}
	magic := make([]byte, len(stateMagic))
	if _, err := io.ReadFull(in, magic); err != nil || string(magic) != stateMagic {
		return nil, ErrNotState
	}
	head, err := in.block(maxHead)
	if err != nil {
		return nil, err
	}
	var s state
	if err := json.Unmarshal(head, &s); err != nil {
		return nil, fmt.Errorf("read the saved state: %w", err)
	}
	if len(s.Image.Layers) > maxLayers {
		return nil, fmt.Errorf("read the saved state: more than %d layers", maxLayers)
	}
	t := NewTree()
	for n := range s.Image.Layers {
		listing, err := in.block(maxState)
		if err != nil {
			return nil, err
		}
		if _, err := t.Add(listing); err != nil {
			return nil, fmt.Errorf("read layer %d of the saved state: %w", n, err)
		}
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	b := NewBrowser(s.Image.Ref, "", ascii)
	b.restore(t, s)
	return b, nil
}

// restore puts a browser where it was saved.
func (b *Browser) restore(t *Tree, s state) {
	b.image, b.findings, b.scanned = s.Image, s.Findings, s.Scanned
	b.filter, b.query = s.Filter, s.Query
	b.order, b.list, b.focus = s.Order%orders, s.List%lists, s.Focus%2
	if s.Scope.Layer >= 0 && s.Scope.Layer < len(s.Image.Layers) {
		b.layer, b.below = s.Scope.Layer+1, s.Scope.Below
	}
	for _, path := range s.Unfolded {
		if id, ok := t.find(path); ok {
			b.folds[id] = true
		}
	}
	was := b.list
	b.list = filesList
	b.SetTree(t, s.Warnings)
	if id, ok := t.find(s.Selected); ok && b.wanted(id) {
		b.goTo(id, true)
	}
	b.list = was
	b.scroll()
}

// summed reads blocks and sums them.
type summed struct {
	r   io.Reader
	sum hash.Hash
}

// Read gives the next bytes.
func (s *summed) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	s.sum.Write(p[:n])
	return n, err
}

var errCut = errors.New("the saved state is cut off")

// block reads a length and that many bytes; memory grows with what is there, not
// with what is promised.
func (s *summed) block(limit uint64) ([]byte, error) {
	var length [8]byte
	if _, err := io.ReadFull(s, length[:]); err != nil {
		return nil, errCut
	}
	n := binary.LittleEndian.Uint64(length[:])
	if n > limit {
		return nil, fmt.Errorf("the saved state has a part of %d bytes, more than %d", n, limit)
	}
	var b bytes.Buffer
	if _, err := io.CopyN(&b, s, int64(n)); err != nil {
		return nil, errCut
	}
	return b.Bytes(), nil
}

func (s *summed) check() error {
	want := s.sum.Sum(nil)
	var got [sha256.Size]byte
	if _, err := io.ReadFull(s.r, got[:]); err != nil {
		return errCut
	}
	if !bytes.Equal(got[:], want) {
		return errors.New("the saved state is damaged: its checksum is another")
	}
	return nil
}
