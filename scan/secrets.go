package scan

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/image"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/secret"
)

// secretNote is what the notes of secrets are by.
const secretNote = "secret"

// secretWorker searches one file after the other.
type secretWorker struct {
	scan  *secret.Scan // of one file after the other
	path  string
	files []secretsOf
	found map[string]int // which of the files has a path
	kept  int            // matches
	more  int            // matches that were not kept: there are too many
}

// maxSecrets is how many matches of a layer are kept, and for how many files it
// is told that there may be more: a part takes fewer.
const (
	maxSecrets = 20_000
	maxLimited = 1000
)

// secretsOf are the secrets of one file.
type secretsOf struct {
	path    string
	matches []secret.Match
	limited bool // there may be more
}

func (w *secretWorker) take(b *batch) {
	for i := range b.ops {
		o := &b.ops[i]
		if o.kind != opContent || o.whole() && o.from == o.to {
			continue
		}
		if o.begins {
			w.begin(o)
		}
		if o.whole() {
			w.scan.Whole(b.data[o.from:o.to])
		} else {
			w.scan.Piece(b.data[o.lead:o.to], o.from-o.lead)
		}
		if o.ends {
			w.close()
		}
	}
}

func (w *secretWorker) end() {}

func (w *secretWorker) begin(o *op) {
	w.path = o.path
	w.scan.Reset(o.path)
	if again, ok := w.found[o.path]; ok {
		w.files[again] = secretsOf{} // a later file of the same name counts
	}
}

func (w *secretWorker) close() {
	matches, limited := w.scan.Close(), w.scan.Limited()
	if w.kept += len(matches); w.kept > maxSecrets {
		w.more += len(matches)
		return
	}
	if len(matches) > 0 || limited && len(w.files) < maxLimited {
		w.found[w.path] = len(w.files)
		w.files = append(w.files, secretsOf{w.path, matches, limited})
	}
}

// note records what was found, without the values unless they are to be shown.
func (w *secretWorker) note(part *inventory.Part, show bool) {
	for _, f := range w.files {
		for i := range f.matches {
			m := &f.matches[i]
			part.Note(f.path, inventory.Note{
				By: secretNote, ID: m.Kind.ID, Text: shownSecret(m, show), Value: secretHash(m), Sample: m.Sample, Line: m.Line, Column: m.Column,
			})
		}
		if f.limited {
			part.Warn(f.path, "secrets: so much in it looks like a secret that not all of it was looked at")
		}
	}
	for range w.more {
		part.Note("", inventory.Note{By: secretNote}) // is counted, and a warning says so
	}
}

// shownSecret is what a report may say of a secret.
func shownSecret(m *secret.Match, whole bool) string {
	text := m.Redacted
	if whole {
		text = m.Secret
	}
	if m.Detail != "" {
		text += ", " + m.Detail
	}
	return text
}

// secretHash tells the same secret in several places, and cannot be turned back.
func secretHash(m *secret.Match) string {
	sum := sha256.Sum256([]byte(m.Kind.ID + "\x00" + m.Secret))
	return hex.EncodeToString(sum[:8])
}

// wants tells whether secrets of a kind are reported.
func (s *Scanner) wants(id string) bool { return s.SecretKinds == nil || s.SecretKinds(id) }

// judgeSecrets gives the secrets in files, in the configuration and in the
// history.
func (s *Scanner) judgeSecrets(img *image.Image, inv *inventory.Inventory) []finding.Finding {
	if s.Secrets == nil {
		return nil
	}
	var found []finding.Finding
	for _, n := range inv.Notes {
		if n.By != secretNote {
			continue
		}
		if k := s.Secrets.Kind(n.ID); k != nil {
			found = append(found, secretInFile(k, n, inv.Disk))
		}
	}
	found = append(found, s.secretsInConfig(img.Config)...)
	slices.SortStableFunc(found, func(a, b finding.Finding) int {
		return cmp.Or(-cmp.Compare(a.Severity, b.Severity), cmp.Compare(a.ID, b.ID), cmp.Compare(a.At.Layer, b.At.Layer),
			cmp.Compare(a.At.Path, b.At.Path), cmp.Compare(a.At.Line, b.At.Line))
	})
	return found
}

// secretInFile is the finding of a note. What a distribution's package brought
// is in everybody's hands and no secret: its tests and its examples.
func secretInFile(k *secret.Kind, n inventory.Note, disk *inventory.Disk) finding.Finding {
	f := newSecret(k)
	f.At = inventory.Place{Layer: n.Layer, Path: n.Path, Line: n.Line, Column: n.Column}
	f.Message = n.Text
	if n.Gone > 0 {
		f.Message = fmt.Sprintf("gone in layer %d and still there to be read: %s", n.Gone, n.Text)
	}
	if n.Sample {
		f.Severity, f.Because = min(f.Severity, finding.Low), "it looks like an example, or lies among tests or documentation"
		f.Message += " (low: it looks like an example, or lies among tests)"
	}
	if owner, ok := disk.Installed(n.Path); ok && n.Gone == 0 {
		f.Suppressed = "everybody can have it: the file belongs to the package " + owner.Package
	}
	f.Fingerprint = finding.Fingerprint(f, n.Value)
	return f
}

func newSecret(k *secret.Kind) finding.Finding {
	severity, _ := finding.ParseSeverity(k.Severity)
	return finding.Finding{Kind: finding.Secret, ID: k.ID, Aliases: append([]string{}, k.Aliases...), Severity: severity, Title: k.Title}
}

// spot is a text of the configuration, and how a person calls its place.
type spot struct {
	name, text string
	layer      int
	repeats    bool // an entry of the history that only sets what the configuration has
}

// maxSpots is how many places of a secret in the configuration a message names.
const maxSpots = 5

// secretsInConfig looks through what is kept beside the layers. A secret in
// several places is one finding that names them, but for the history where it
// repeats what ENV or LABEL set.
func (s *Scanner) secretsInConfig(c *v1.ConfigFile) []finding.Finding {
	var found []finding.Finding
	var places [][]string // of each
	known := map[string]int{}
	for _, spot := range configSpots(c) {
		matches := s.Secrets.Find([]byte(spot.text))
		for i := range matches {
			m := &matches[i]
			if !s.wants(m.Kind.ID) {
				continue
			}
			hash := secretHash(m)
			n, again := known[hash]
			if !again {
				n, known[hash] = len(found), len(found)
				found, places = append(found, s.secretInConfig(m, spot.layer)), append(places, nil)
			}
			if !again || !spot.repeats && !slices.Contains(places[n], spot.name) {
				places[n] = append(places[n], spot.name)
			}
		}
	}
	for i := range found {
		in := places[i]
		if more := len(in) - maxSpots; more > 1 {
			in = append(in[:maxSpots:maxSpots], fmt.Sprintf("%d more places", more))
		}
		if last := len(in) - 1; last > 0 {
			in = []string{strings.Join(in[:last], ", "), in[last]}
		}
		found[i].Message = "in " + strings.Join(in, " and ") + ": " + found[i].Message
	}
	return found
}

// secretInConfig is the finding of a match, but for its place.
func (s *Scanner) secretInConfig(m *secret.Match, layer int) finding.Finding {
	f := newSecret(m.Kind)
	f.At = inventory.Place{Layer: layer}
	f.Message = shownSecret(m, s.ShowSecrets)
	if m.Sample {
		f.Severity, f.Because = min(f.Severity, finding.Low), "it looks like an example"
		f.Message += " (low: it looks like an example)"
	}
	f.Fingerprint = finding.Fingerprint(f, secretHash(m))
	return f
}

// configSpots are all texts of a configuration that an author has written.
func configSpots(c *v1.ConfigFile) []spot {
	var spots []spot
	for _, env := range c.Config.Env {
		name, _, _ := strings.Cut(env, "=")
		spots = append(spots, spot{"ENV " + name, env, -1, false})
	}
	for _, name := range slices.Sorted(maps.Keys(c.Config.Labels)) {
		spots = append(spots, spot{"LABEL " + name, name + "=" + c.Config.Labels[name], -1, false})
	}
	spots = append(spots, spot{"ENTRYPOINT", strings.Join(c.Config.Entrypoint, " "), -1, false}, spot{"CMD", strings.Join(c.Config.Cmd, " "), -1, false})
	if c.Config.Healthcheck != nil {
		spots = append(spots, spot{"HEALTHCHECK", strings.Join(c.Config.Healthcheck.Test, " "), -1, false})
	}
	for _, on := range c.Config.OnBuild {
		spots = append(spots, spot{"ONBUILD", on, -1, false})
	}
	layer := 0
	for i, h := range c.History {
		at := -1
		if !h.EmptyLayer {
			at = layer
			layer++
		}
		spots = append(spots, spot{fmt.Sprintf("history entry %d", i+1), h.CreatedBy, at, h.EmptyLayer},
			spot{fmt.Sprintf("the comment of history entry %d", i+1), h.Comment, at, false})
	}
	return spots
}
