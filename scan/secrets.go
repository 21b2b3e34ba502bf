package scan

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/image"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/secret"
	"github.com/plimsoll/plimsoll/walk"
)

// secretNote is what the notes of secrets are by.
const secretNote = "secret"

// secretVisitor streams every file of a layer through the finder.
func (s *Scanner) secretVisitor(part *inventory.Part) walk.Visitor {
	return walk.Visitor{Name: "secrets", Stream: func(e *walk.Entry) walk.Sink {
		return &secretSink{Scan: s.Secrets.NewScan(e.Path, e.Size), path: e.Path, part: part, show: s.ShowSecrets}
	}}
}

type secretSink struct {
	*secret.Scan
	path string
	part *inventory.Part
	show bool
}

// Close notes what was found, without the values.
func (s *secretSink) Close() (bool, error) {
	matches := s.Scan.Close()
	for i := range matches {
		m := &matches[i]
		s.part.Note(s.path, inventory.Note{
			By: secretNote, ID: m.Kind.ID, Text: shownSecret(m, s.show), Value: secretHash(m), Sample: m.Sample, Line: m.Line, Column: m.Column,
		})
	}
	if s.Limited() {
		return len(matches) > 0, errors.New("so much in it looks like a secret that not all of it was looked at")
	}
	return len(matches) > 0, nil
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
}

// secretsInConfig looks through what is kept beside the layers. The history
// repeats what ENV and LABEL set: a secret is told where it stands first.
func (s *Scanner) secretsInConfig(c *v1.ConfigFile) []finding.Finding {
	var found []finding.Finding
	seen := map[string]bool{}
	for _, spot := range configSpots(c) {
		matches := s.Secrets.Find([]byte(spot.text))
		for i := range matches {
			m := &matches[i]
			hash := secretHash(m)
			if seen[hash] {
				continue
			}
			seen[hash] = true
			f := newSecret(m.Kind)
			f.At = inventory.Place{Layer: spot.layer}
			f.Message = "in " + spot.name + ": " + shownSecret(m, s.ShowSecrets)
			if m.Sample {
				f.Severity, f.Because = min(f.Severity, finding.Low), "it looks like an example"
			}
			f.Fingerprint = finding.Fingerprint(f, hash)
			found = append(found, f)
		}
	}
	return found
}

// configSpots are all texts of a configuration that an author has written.
func configSpots(c *v1.ConfigFile) []spot {
	var spots []spot
	for _, env := range c.Config.Env {
		name, _, _ := strings.Cut(env, "=")
		spots = append(spots, spot{"ENV " + name, env, -1})
	}
	for _, name := range slices.Sorted(maps.Keys(c.Config.Labels)) {
		spots = append(spots, spot{"LABEL " + name, name + "=" + c.Config.Labels[name], -1})
	}
	spots = append(spots, spot{"ENTRYPOINT", strings.Join(c.Config.Entrypoint, " "), -1}, spot{"CMD", strings.Join(c.Config.Cmd, " "), -1})
	if c.Config.Healthcheck != nil {
		spots = append(spots, spot{"HEALTHCHECK", strings.Join(c.Config.Healthcheck.Test, " "), -1})
	}
	for _, on := range c.Config.OnBuild {
		spots = append(spots, spot{"ONBUILD", on, -1})
	}
	layer := 0
	for i, h := range c.History {
		at := -1
		if !h.EmptyLayer {
			at = layer
			layer++
		}
		spots = append(spots, spot{fmt.Sprintf("history entry %d", i+1), h.CreatedBy, at}, spot{fmt.Sprintf("the comment of history entry %d", i+1), h.Comment, at})
	}
	return spots
}
