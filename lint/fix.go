package lint

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/rule"
)

// maxRounds bounds how often a file is linted again to mend what could not be
// mended at once because its edits overlapped.
const maxRounds = 10

// Fixed is a Dockerfile that was mended.
type Fixed struct {
	Before, After []byte   // in UTF-8 without a byte order mark
	Text          []byte   // After in the encoding of the file
	Titles        []string // of the fixes that were made, in their order
	Result        Result   // of what is left
}

// Changed tells whether anything was mended.
func (f *Fixed) Changed() bool { return !bytes.Equal(f.Before, f.After) }

// FixOptions say which fixes to make.
type FixOptions struct {
	// Unsafe makes those too that may change what the image does.
	Unsafe bool
	// More gives fixes that belong to no finding; it is asked once and may be nil.
	More func(context.Context, *dockerfile.File) []*rule.Fix
	// Version gives the version that a package is pinned to; empty where none is
	// known. It is asked again for what is still open, and may be nil.
	Version func(*dockerfile.File, *rule.Unpinned) string
}

// Fix mends a Dockerfile: it makes all fixes that do not overlap, lints again,
// and goes on until nothing is left to mend. A fix that the parser does not
// understand afterwards is not made.
func (l *Linter) Fix(ctx context.Context, s Source, o FixOptions) Fixed {
	result := l.Lint(ctx, s)
	fixed := Fixed{Before: result.File.Source, After: result.File.Source, Text: s.Text, Result: result}
	if s.Inline {
		return fixed
	}
	encoding := result.File
	var more []*rule.Fix
	if o.More != nil {
		more = o.More(ctx, result.File)
	}
	refused := map[string]bool{}
	seen := map[string]bool{string(fixed.After): true}
	for range maxRounds {
		if ctx.Err() != nil {
			break
		}
		if o.Version != nil {
			more = append(more, pinPackages(fixed.Result, o.Version)...)
		}
		chosen := choose(fixed.Result, more, o.Unsafe, refused)
		more = nil
		if len(chosen) == 0 {
			break
		}
		after, made := l.make(fixed.Result.File, chosen, refused)
		if seen[string(after)] && len(made) > 0 {
			break // what one rule mends another undoes
		}
		seen[string(after)] = true
		for _, fix := range made {
			fixed.Titles = append(fixed.Titles, fix.Title)
		}
		fixed.After = after
		s.Text = after
		fixed.Result = l.Lint(ctx, s)
	}
	if fixed.Changed() {
		fixed.Text = encoding.Encode(fixed.After)
	}
	return fixed
}

// choose picks the fixes of one round: in the order of their places, each only
// if it overlaps none before it.
func choose(r Result, more []*rule.Fix, unsafe bool, refused map[string]bool) []*rule.Fix {
	var fixes []*rule.Fix
	for _, fix := range slices.Concat(more, r.Fixes) {
		if fix != nil && (unsafe || !fix.Unsafe) && valid(fix, len(r.File.Source)) && !refused[identity(r.File.Source, fix)] {
			fixes = append(fixes, fix)
		}
	}
	slices.SortStableFunc(fixes, func(a, b *rule.Fix) int { return cmp.Compare(first(a), first(b)) })
	var chosen []*rule.Fix
	var taken []rule.Edit
	for _, fix := range fixes {
		if !slices.ContainsFunc(fix.Edits, func(e rule.Edit) bool {
			return slices.ContainsFunc(taken, func(t rule.Edit) bool { return overlap(e, t) })
		}) {
			chosen = append(chosen, fix)
			taken = append(taken, fix.Edits...)
		}
	}
	return chosen
}

// valid tells whether the edits of a fix are within the file and apart.
func valid(fix *rule.Fix, size int) bool {
	for i, e := range fix.Edits {
		if e.Start < 0 || e.End < e.Start || e.End > size || slices.ContainsFunc(fix.Edits[:i], func(other rule.Edit) bool {
			return e.Start < other.End && other.Start < e.End
		}) {
			return false
		}
	}
	return len(fix.Edits) > 0
}

func first(fix *rule.Fix) int {
	at := fix.Edits[0].Start
	for _, e := range fix.Edits {
		at = min(at, e.Start)
	}
	return at
}

// overlap tells whether two edits touch the same text or insert at one place.
func overlap(a, b rule.Edit) bool { return a.Start <= b.End && b.Start <= a.End }

// identity tells fixes apart over rounds, in which offsets move.
func identity(source []byte, fix *rule.Fix) string {
	id := fix.Title
	for _, e := range fix.Edits {
		id += "\x00" + string(lineAt(source, e.Start)) + "\x00" + e.New
	}
	return id
}

// make applies fixes. Where the file then has more that cannot be understood,
// they are applied one by one, and those that are to blame are refused.
func (l *Linter) make(file *dockerfile.File, fixes []*rule.Fix, refused map[string]bool) ([]byte, []*rule.Fix) {
	source := file.Source
	after := apply(source, fixes)
	if sound(file, after) {
		return after, fixes
	}
	var made []*rule.Fix
	for _, fix := range fixes {
		if next := apply(source, append(slices.Clone(made), fix)); sound(file, next) {
			made = append(made, fix)
		} else {
			refused[identity(source, fix)] = true
		}
	}
	return apply(source, made), made
}

// sound tells whether a mended text is understood as well as the file was.
func sound(file *dockerfile.File, after []byte) bool {
	now := dockerfile.Parse(after)
	return len(now.Problems) <= len(file.Problems) && len(now.Stages) == len(file.Stages)
}

// apply makes the edits of fixes that do not overlap. New lines end as those of
// the file do.
func apply(source []byte, fixes []*rule.Fix) []byte {
	var edits []rule.Edit
	for _, fix := range fixes {
		edits = append(edits, fix.Edits...)
	}
	slices.SortStableFunc(edits, func(a, b rule.Edit) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End))
	})
	end := bytes.IndexByte(source, '\n')
	returns := end > 0 && source[end-1] == '\r'
	var out []byte
	at := 0
	for _, e := range edits {
		out = append(out, source[at:e.Start]...)
		text := e.New
		if returns {
			text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", "\r\n")
		}
		out = append(out, text...)
		at = e.End
	}
	return append(out, source[at:]...)
}
