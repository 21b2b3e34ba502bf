package inventory

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// Note is what a check has seen at a file while the layer was read. Whether it
// is worth a finding is judged when all layers are known.
type Note struct {
	// By is who noted it: the id of a rule, "secret", "malware".
	By string `json:"by"`
	// ID says what it is where By tells several things apart: the kind of secret.
	ID string `json:"id,omitempty"`
	// Text is for a person and holds no secret: the value is redacted.
	Text string `json:"text,omitempty"`
	// Value is for the check itself: a mode, a name, a hash of the secret.
	Value string `json:"value,omitempty"`
	// Sample says that it looks like an example: it counts for little.
	Sample bool `json:"sample,omitempty"`
	// Size is how many bytes it is about.
	Size int64 `json:"size,omitempty"`
	// Same is what many files of a layer have in common: the owner that is
	// unknown, the cache that they lie in. Of the notes of one check with the same
	// Same, only the first are kept one by one; one more stands for all others.
	Same string `json:"same,omitempty"`
	// Count is how many files it stands for; 0 is one. Its Size is theirs.
	Count int `json:"count,omitempty"`
	// Line, Column and EndLine are the place in the file; 0 where they mean nothing.
	Line    int `json:"line,omitempty"`
	Column  int `json:"column,omitempty"`
	EndLine int `json:"endLine,omitempty"`

	// Path and Layer are where the file is, set by Merge.
	Path  string `json:"-"`
	Layer int    `json:"-"`
	// Gone is the layer that removed or replaced the file, set by Merge; 0 for
	// one that shows in the image. What it holds can still be had from Layer.
	Gone int `json:"-"`
}

// maxNotes is how many notes of one check are kept in one layer.
const maxNotes = 10_000

// maxSame is how many notes with the same Same are kept one by one.
const maxSame = 16

// gathering is what notes of one check have in common.
type gathering struct{ by, same string }

// gathered are the notes of a gathering so far.
type gathered struct {
	kept int
	file *File // with the note that stands for all more, once there is one
	at   int   // which of the file's notes it is
}

// Note records what a check has seen at the file at path. Of too many of one
// check the first are kept, and a warning counts the rest.
func (p *Part) Note(path string, n Note) {
	if p.noted == nil {
		p.noted = map[string]int{}
	}
	if n.Same != "" && p.gather(path, n) {
		return
	}
	if p.noted[n.By]++; p.noted[n.By] > maxNotes {
		return
	}
	f := p.File(path)
	f.Notes = append(f.Notes, n)
}

// Recorded tells whether anything is recorded under a path; a note that was only
// counted is not.
func (p *Part) Recorded(path string) bool {
	_, ok := p.open[path]
	return ok
}

// gather counts a note that has something in common with others. It is true if
// that is all there is to do.
func (p *Part) gather(path string, n Note) bool {
	key := gathering{n.By, n.Same}
	g := p.gathered[key]
	if g.kept < maxSame {
		if p.gathered == nil {
			p.gathered = map[gathering]gathered{}
		}
		if p.noted[n.By] < maxNotes { // else the map would grow with what is not kept
			p.gathered[key] = gathered{kept: g.kept + 1}
		}
		return false
	}
	if g.file == nil || p.open[g.file.Path] != g.file {
		f := p.File(path)
		g.file, g.at = f, len(f.Notes)
		n.Count = max(n.Count, 1)
		f.Notes = append(f.Notes, n)
		p.gathered[key] = g
		return true
	}
	rest := &g.file.Notes[g.at]
	rest.Size += n.Size
	rest.Count += max(n.Count, 1)
	return true
}

// NoteDir is Note for a directory.
func (p *Part) NoteDir(path string, n Note) {
	p.Note(path, n)
	if f, ok := p.open[path]; ok {
		f.Dir = true
	}
}

// Finish closes the part: nothing is recorded after it.
func (p *Part) Finish() {
	for _, by := range slices.Sorted(maps.Keys(p.noted)) {
		if more := p.noted[by] - maxNotes; more > 0 {
			p.Warn("", fmt.Sprintf("%s: %d more places in this layer are not shown", by, more))
		}
	}
	p.noted, p.gathered = nil, nil
	p.Sums.Sort()
}

// watched are the files with notes that show after the layers applied so far.
type watched struct {
	live  []noted
	notes []Note
}

type noted struct {
	file  *File
	layer int
}

// applied looks which files have gone with a layer and takes in its own.
func (w *watched) applied(t *tree, layer int, p *Part) {
	w.live = slices.DeleteFunc(w.live, func(n noted) bool {
		if t.shows(n.file) {
			return false
		}
		w.keep(n, layer)
		return true
	})
	for _, f := range p.Files {
		if len(f.Notes) > 0 {
			w.live = append(w.live, noted{f, layer})
		}
	}
}

func (w *watched) keep(n noted, gone int) {
	for _, note := range n.file.Notes {
		note.Path, note.Layer, note.Gone = n.file.Path, n.layer, gone
		w.notes = append(w.notes, note)
	}
}

// all gives the notes by check and place.
func (w *watched) all() []Note {
	for _, n := range w.live {
		w.keep(n, 0)
	}
	slices.SortStableFunc(w.notes, func(a, b Note) int {
		return cmp.Or(cmp.Compare(a.By, b.By), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Layer, b.Layer),
			cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return w.notes
}

// shows tells whether a file is still there, under any path.
func (t *tree) shows(f *File) bool {
	for _, p := range [...]string{t.resolve(f.Path), t.resolveParent(f.Path)} { // the other for a link itself
		if n := t.at(p); n != nil && n.file != nil && n.file.File == f {
			return true
		}
	}
	for _, l := range t.loose {
		if l.File == f {
			return true
		}
	}
	return false
}
