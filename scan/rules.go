package scan

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/image"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/walk"
)

// fileVisitors are the file sides of rules as visitors of a layer, which note
// into the part.
func (s *Scanner) fileVisitors(part *inventory.Part) []walk.Visitor {
	var visitors []walk.Visitor
	var entries []*rule.Rule
	for i := range s.Rules {
		r := &s.Rules[i]
		if r.Entry != nil {
			entries = append(entries, r)
		}
		if r.File == nil {
			continue
		}
		visitors = append(visitors, walk.Visitor{Name: r.ID, Want: r.Want, Visit: func(ctx context.Context, f *walk.File) error {
			return r.File(ctx, f, func(n inventory.Note) {
				n.By = r.ID
				part.Note(f.Path, n)
			})
		}})
	}
	if len(entries) > 0 {
		visitors = append(visitors, walk.Visitor{Name: "rules", Entry: func(e *walk.Entry) bool { return noteEntry(part, entries, e) }})
	}
	return visitors
}

// noteEntry asks all rules about one member, and says whether something is kept
// under its path.
func noteEntry(part *inventory.Part, rules []*rule.Rule, e *walk.Entry) (noted bool) {
	for _, r := range rules {
		n := r.Entry(e)
		if n == nil {
			continue
		}
		n.By, noted = r.ID, true
		if e.Mode.IsDir() {
			part.NoteDir(e.Path, *n)
		} else {
			part.Note(e.Path, *n)
		}
	}
	return noted && part.Recorded(e.Path)
}

// fileReaders name the rules that note something, for the key of the cache.
func (s *Scanner) fileReaders() []string {
	var names []string
	for _, r := range s.Rules {
		if r.Entry != nil || r.File != nil {
			names = append(names, fmt.Sprintf("rule %s %d", r.ID, r.Version))
		}
	}
	return names
}

// judgeRules holds the image against the rules.
func (s *Scanner) judgeRules(img *image.Image, inv *inventory.Inventory) []finding.Finding {
	if len(s.Rules) == 0 {
		return nil
	}
	settings := s.Settings
	if settings.Now.IsZero() {
		settings.Now = s.Now()
	}
	if settings.Secrets == nil && s.Hide != nil {
		settings.Secrets = s.hidden
	}
	text, entries := image.Dockerfile(img.Config)
	view := rule.NewDockerfile(dockerfile.Parse(text), "", &settings, nil)
	_, base, _ := image.Base(img.Config.History)
	im := &rule.Image{
		Ref: imageName(img), Config: img.Config, History: view, Entries: entries, Inventory: inv,
		Bare: img.ID == "" && img.Config.OS == "" && len(img.Config.History) == 0, Layers: len(img.Layers), Base: base, Settings: &settings, Looked: map[string]bool{},
	}
	for _, r := range s.Rules {
		im.Looked[r.ID] = r.Entry != nil || r.File != nil
	}
	var found []finding.Finding
	printed := map[string]int{}
	for i := range s.Rules {
		r := &s.Rules[i]
		report := func(f rule.Found) {
			f.Message = s.hide(f.Message)
			found = append(found, ruleFinding(r, f, printed))
		}
		if r.History && r.Dockerfile != nil {
			r.Dockerfile(view.WithReport(im.For(r, report).ReportProblem))
		}
		switch {
		case r.Image != nil:
			r.Image(im.For(r, report))
		case r.Entry != nil || r.File != nil:
			im.For(r, report).ReportNotes()
		}
	}
	slices.SortStableFunc(found, func(a, b finding.Finding) int {
		return cmp.Or(-cmp.Compare(a.Severity, b.Severity), cmp.Compare(a.ID, b.ID), cmp.Compare(a.At.Layer, b.At.Layer),
			cmp.Compare(a.At.Path, b.At.Path), cmp.Compare(a.At.Line, b.At.Line), cmp.Compare(a.Message, b.Message))
	})
	return found
}

// ruleFinding is what a rule has found, as reports show it. Fingerprints are
// counted in printed, so that each finding has its own.
func ruleFinding(r *rule.Rule, f rule.Found, printed map[string]int) finding.Finding {
	out := finding.Finding{
		Kind: finding.Rule, ID: r.ID, Aliases: r.Aliases, Severity: cmp.Or(f.Severity, r.Severity),
		Title: r.Title, Message: cmp.Or(f.Message, r.Title), Package: f.Package, At: f.At, Suppressed: f.Suppressed,
	}
	if f.Aliases != nil {
		out.Aliases = f.Aliases
	}
	if out.Aliases == nil {
		out.Aliases = []string{}
	}
	var more []string
	if f.About != "" {
		more = append(more, f.About)
	}
	out.Fingerprint = finding.Fingerprint(out, more...)
	n := printed[out.Fingerprint]
	if printed[out.Fingerprint]++; n > 0 {
		out.Fingerprint = finding.Fingerprint(out, append(more, fmt.Sprint(n))...)
	}
	return out
}

// imageName is the name under which a daemon or a registry has the image,
// without the word for the place; empty for one that has none.
func imageName(img *image.Image) string {
	switch img.Source {
	case "docker", "podman", "containerd", "registry":
		return strings.TrimPrefix(img.Ref, img.Source+":")
	}
	return ""
}

// hidden are the secrets in a text that reports do not show.
func (s *Scanner) hidden(text []byte) []rule.Secret {
	var found []rule.Secret
	for _, m := range s.Hide.Find(text) {
		found = append(found, rule.Secret{Start: int(m.Start), End: int(m.End), Kind: m.Kind.Title})
	}
	return found
}
