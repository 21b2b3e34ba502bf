package rule

import (
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/inventory"
)

// Image is an image as a rule sees it.
type Image struct {
	// Ref is the image's name in a daemon or a registry, as the user named it;
	// empty for an archive or a directory.
	Ref string
	// Config is the image's configuration with its history.
	Config *v1.ConfigFile
	// History is the Dockerfile made again from configuration and history.
	History *Dockerfile
	// Entries are, for each instruction of History, the index of its entry in
	// Config.History; -1 for one that only the configuration speaks of.
	Entries []int
	// Inventory is what is installed, with the notes of all rules.
	Inventory *inventory.Inventory
	// Bare says that it is a root file system without a configuration: there is
	// nothing that could be missing in one.
	Bare bool
	// Layers is how many layers there are.
	Layers int
	// Base is how many entries of Config.History belong to the base image, as far
	// as is known; the others are the user's own.
	Base     int
	Settings *Settings
	// Looked are the ids of the rules that have looked at the files of all layers.
	Looked map[string]bool

	rule   *Rule
	report func(Found)
}

// Found is what a rule has to say of an image.
type Found struct {
	// At is where: a layer and a path, or the line of History where Path is
	// empty. Layer is -1 where it is the image as a whole.
	At      inventory.Place
	Message string // a sentence; empty takes the rule's title
	// Aliases narrows the rule's aliases, as in Problem.
	Aliases []string
	// Severity is another one than the rule's; Unknown is the rule's.
	Severity finding.Severity
	// About tells several findings of a rule at one place apart, over rebuilds:
	// the name of a user, a variable, a volume. It goes into the fingerprint.
	About string
	// Suppressed says why it does not count although it is so; empty where it does.
	Suppressed string
	// Package is the package that it is about, if it is about one.
	Package finding.Package
}

// For is the same view for another rule.
func (im *Image) For(r *Rule, report func(Found)) *Image {
	other := *im
	other.rule, other.report = r, report
	return &other
}

// Report reports what a rule has found. As with Dockerfiles, the message
// becomes one line of bounded length.
func (im *Image) Report(f Found) {
	f.Message = oneLine(f.Message)
	im.report(f)
}

// Notes are the rule's own notes on files that show in the image.
func (im *Image) Notes() []inventory.Note {
	return slices.DeleteFunc(im.AllNotes(), func(n inventory.Note) bool { return n.Gone > 0 })
}

// AllNotes are the rule's own notes, also those on files that an upper layer
// has removed or replaced: what they hold can still be had.
func (im *Image) AllNotes() []inventory.Note {
	var own []inventory.Note
	for _, n := range im.Inventory.Notes {
		if n.By == im.rule.ID {
			own = append(own, n)
		}
	}
	return own
}

// NotesOf are the notes of another rule on files that show, for a rule that
// judges what another has looked at.
func (im *Image) NotesOf(id string) []inventory.Note {
	var all []inventory.Note
	for _, n := range im.Inventory.Notes {
		if n.By == id && n.Gone == 0 {
			all = append(all, n)
		}
	}
	return all
}

// Owner is the package that installed the file at a path, where a package
// database names it.
func (im *Image) Owner(path string) (pkg string, ok bool) {
	f, ok := im.Inventory.Disk.Installed(path)
	return f.Package, ok
}

// At is the place of a note.
func At(n inventory.Note) inventory.Place {
	return inventory.Place{Layer: n.Layer, Path: n.Path, Line: n.Line, Column: n.Column, EndLine: n.EndLine}
}

// ReportNotes reports each note that shows with its text: what a rule without
// an Image side does.
func (im *Image) ReportNotes() {
	for _, n := range im.Notes() {
		im.Report(Found{At: At(n), Message: n.Text})
	}
}

// ReportProblem reports what the Dockerfile side has found in History, unless it
// is the base image's doing. A finding that is not in a layer, beside which
// reports show the instruction, quotes it.
func (im *Image) ReportProblem(p Problem) {
	entry := im.EntryAt(p.Span.Start.Line)
	if !im.Own(entry) {
		return
	}
	f := Found{At: im.place(entry, p.Span), Message: p.Message, Aliases: p.Aliases, About: im.about(p.Span)}
	i := im.instructionAt(p.Span.Start.Line)
	if f.At.Layer < 0 && i != nil && i.Name != "FROM" && !secretive(im.rule) {
		if f.Message == "" && im.rule != nil {
			f.Message = im.rule.Title + "."
		}
		where := "history"
		if entry < 0 {
			where = "configuration"
		}
		f.Message += " In the " + where + ": " + im.quote(i)
	}
	im.Report(f)
}

// about is what of the text of a problem stays the same over rebuilds: names,
// not values, and not the hashes that builders write for what is copied.
func (im *Image) about(s dockerfile.Span) string {
	const most = 200 // bytes
	i := im.instructionAt(s.Start.Line)
	if i == nil || i.Name == "COPY" || i.Name == "ADD" || s.End.Offset > len(im.History.Source) || s.Start.Offset >= s.End.Offset {
		return ""
	}
	name, _, _ := strings.Cut(string(im.History.Source[s.Start.Offset:min(s.End.Offset, s.Start.Offset+most)]), "=")
	return name
}

// PlaceOf is the place of an instruction of History: its line there, and the
// layer that it made, if it made one.
func (im *Image) PlaceOf(i *dockerfile.Instruction) inventory.Place {
	return im.place(im.EntryAt(i.Span.Start.Line), i.Span)
}

// LayerAt is the layer that the instruction at a line of History made; -1 where
// it made none.
func (im *Image) LayerAt(line int) int {
	return im.place(im.EntryAt(line), dockerfile.Span{}).Layer
}

func (im *Image) place(entry int, s dockerfile.Span) inventory.Place {
	layer := -1
	if entry >= 0 && !im.Config.History[entry].EmptyLayer {
		layer = im.LayerOf(entry)
	}
	if layer >= im.Layers {
		layer = -1 // a history that does not fit the layers
	}
	return inventory.Place{Layer: layer, Line: s.Start.Line, EndLine: s.End.Line}
}

// secretive tells whether a rule is about secrets, which its findings must not
// show.
func secretive(r *Rule) bool {
	return r != nil && (strings.HasPrefix(r.ID, "secret-") || strings.HasPrefix(r.ID, "password-"))
}

// maxQuote is how much of an instruction a message shows, in bytes.
const maxQuote = 120

// quote is the beginning of an instruction in one line, with dots in the place of
// secrets.
func (im *Image) quote(i *dockerfile.Instruction) string {
	source := im.History.Source[i.Span.Start.Offset:min(i.Span.End.Offset, i.Span.Start.Offset+4*maxQuote)]
	text := slices.Clone(source)
	if im.Settings != nil && im.Settings.Secrets != nil {
		for _, s := range im.Settings.Secrets(source) {
			for n := max(s.Start, 0); n < min(s.End, len(text)); n++ {
				text[n] = '.'
			}
		}
	}
	line := strings.Join(strings.Fields(string(text)), " ")
	if len(line) > maxQuote {
		line = strings.ToValidUTF8(line[:maxQuote], "") + "…"
	}
	return line
}

// EntryAt is the index, in Config.History, of the instruction at a line of
// History; -1 where there is none.
func (im *Image) EntryAt(line int) int {
	for n, i := range im.History.Instructions {
		if line >= i.Span.Start.Line && line <= i.Span.End.Line && n < len(im.Entries) {
			return min(im.Entries[n], len(im.Config.History)-1)
		}
	}
	return -1
}

func (im *Image) instructionAt(line int) *dockerfile.Instruction {
	for _, i := range im.History.Instructions {
		if line >= i.Span.Start.Line && line <= i.Span.End.Line {
			return i
		}
	}
	return nil
}

// Own tells whether the user's own instructions, not the base image, made the
// entry of the history.
func (im *Image) Own(entry int) bool { return entry < 0 || entry >= im.Base }

// LayerOf is the layer that an entry of the history made; for an entry that
// made none, such as ENV, the layer that would come next.
func (im *Image) LayerOf(entry int) int {
	layer := 0
	for i, h := range im.Config.History {
		if i >= entry {
			break
		}
		if !h.EmptyLayer {
			layer++
		}
	}
	return layer
}
