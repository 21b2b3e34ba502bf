package report

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"
	"pgregory.net/rapid"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/policy"
)

// checkText fails where text could steer a terminal, does not fit the screen or
// has trailing spaces. The first line, which has the name of the image, and
// lines that hold a command may be longer.
func checkText(t rapid.TB, out []byte, width int, ascii bool) {
	t.Helper()
	if bytes.Contains(out, []byte("\n\n\n")) {
		t.Errorf("two empty lines:\n%s", out)
	}
	for n, line := range slices.Collect(strings.Lines(string(out))) {
		text, ended := strings.CutSuffix(line, "\n")
		if !ended || strings.HasSuffix(text, " ") || !utf8.ValidString(text) {
			t.Errorf("trailing space, no end or no UTF-8: %q", line)
		}
		for _, r := range text {
			if !unicode.IsPrint(r) || ascii && r > '~' {
				t.Errorf("%U in %q", r, text)
			}
		}
		if cells := displaywidth.String(text); cells > width && n > 0 && !strings.Contains(text, "plimsoll ") {
			t.Errorf("%d cells on a screen of %d: %q", cells, width, text)
		}
	}
}

// TestTextFits writes every sample on every width.
func TestTextFits(t *testing.T) {
	for name, r := range samples() {
		for _, format := range []string{"text", "full"} {
			for width := 60; width <= 200; width += 7 {
				for _, ascii := range []bool{false, true} {
					t.Run(fmt.Sprintf("%s.%s.%d.%t", name, format, width, ascii), func(t *testing.T) {
						checkText(t, render(t, r, format, Screen{Width: width, ASCII: ascii}), width, ascii)
					})
				}
			}
		}
	}
}

// TestColorOnlyAdds wants the same words with colour and without.
func TestColorOnlyAdds(t *testing.T) {
	for name, r := range samples() {
		plain := string(render(t, r, "text", Screen{Width: 80}))
		colored := string(render(t, r, "text", Screen{Width: 80, Color: true}))
		for _, s := range []style{bold, faint, red, alarm, yellow, calm, warned, "0"} {
			colored = strings.ReplaceAll(colored, "\x1b["+string(s)+"m", "")
		}
		if plain != colored {
			t.Errorf("%s: colour changes the text:\n%s", name, colored)
		}
	}
}

func text() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.String(),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 40), func(b []byte) string { return string(b) }),
		rapid.SampledFrom([]string{"", "openssl", "1.2.3-1+deb12u1", "\x1b[2J", "a\nb\t c", "名前", "e\u0301\u0301\u0301", "👩‍👩‍👧", "\u202e", "🇩", strings.Repeat("x", 3000)}),
	)
}

// anyReport makes reports with nothing in order.
func anyReport(t *rapid.T) *Report {
	word := func(name string) string { return text().Draw(t, name) }
	number := func(name string) int { return rapid.IntRange(-2, 6).Draw(t, name) }
	times := func(name string) int { return rapid.IntRange(0, 5).Draw(t, name) }
	place := func() inventory.Place {
		return inventory.Place{Layer: number("layer"), Path: word("path"), Line: number("line"), EndLine: number("end")}
	}
	r := &Report{}
	r.Target = Target{Ref: word("ref"), Platform: word("platform"), Base: word("base"), Distro: inventory.Distro{ID: word("distro")}}
	for range times("layers") {
		r.Target.Layers = append(r.Target.Layers, Layer{CreatedBy: word("instruction"), Size: int64(number("size")), Base: rapid.Bool().Draw(t, "base")})
	}
	for range times("packages") {
		r.Packages = append(r.Packages, inventory.Package{
			PURL: word("purl"), Ecosystem: rapid.SampledFrom([]string{"deb", "npm", "", "\x1b"}).Draw(t, "ecosystem"),
			Name: word("name"), Version: word("version"), Source: word("source"), At: place(),
		})
	}
	for range times("findings") {
		f := finding.Finding{
			Kind: rapid.SampledFrom(append(finding.Kinds(), "", "new\x1bkind")).Draw(t, "kind"),
			ID:   word("id"), Severity: finding.Severity(number("severity")), Title: word("title"), Message: word("message"),
			Fixed: word("fixed"), At: place(), Fingerprint: word("print"), Status: finding.WontFix,
			Package: finding.Package{Name: word("name"), Version: word("version")},
		}
		if len(r.Packages) > 0 {
			p := rapid.SampledFrom(r.Packages).Draw(t, "package")
			f.Package = finding.Package{PURL: p.PURL, Name: p.Name, Version: p.Version}
		}
		if number("suppressed") == 0 {
			f.Suppressed = word("reason")
		}
		r.Findings = append(r.Findings, f)
	}
	for range times("decisions") {
		d := policy.Decision{Gate: word("gate"), Reason: word("reason"), Result: rapid.SampledFrom([]policy.Result{policy.Go, policy.Warn, policy.Stop, "\a"}).Draw(t, "result")}
		for _, f := range r.Findings {
			d.Fingerprints = append(d.Fingerprints, f.Fingerprint)
		}
		r.Verdict.Decisions = append(r.Verdict.Decisions, d)
		r.Verdict.Result = d.Result
	}
	for range times("data") {
		r.Database.Segments = append(r.Database.Segments, Segment{Name: word("segment"), AsOf: word("as of"), Fetched: "2026-11-20T10:00:00Z"})
		r.Database.Missing = append(r.Database.Missing, Missing{Ecosystem: word("ecosystem"), Packages: number("packages"), Reason: word("reason")})
		r.Warnings = append(r.Warnings, inventory.Warning{At: place(), Message: word("warning")})
	}
	r.Database.Starter = rapid.Bool().Draw(t, "starter")
	return r
}

// formatsHold writes a report in every format and checks what must always hold.
func formatsHold(t *rapid.T) {
	r := anyReport(t)
	s := Screen{Width: rapid.IntRange(-1, 250).Draw(t, "width"), ASCII: rapid.Bool().Draw(t, "ascii")}
	for _, w := range writers {
		var b bytes.Buffer
		if err := w.Write(&b, r, Options{Screen: s, Now: now}); err != nil {
			t.Errorf("%s: %v", w.Name, err)
		}
		if w.Name == "text" || w.Name == "full" {
			checkText(t, b.Bytes(), newCanvas(s).width, s.ASCII)
		}
	}
}

func TestFormatsHold(t *testing.T) { rapid.Check(t, formatsHold) }

func FuzzText(f *testing.F) {
	f.Fuzz(rapid.MakeFuzz(formatsHold))
}
