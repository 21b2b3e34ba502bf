package report

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/inventory"
)

// brief is what a test wants to know of a group.
type brief struct {
	Name, Version, Fixed    string
	Parts                   []string
	Issues, Fixable, Places int
	Severity                finding.Severity
	Stops                   bool
}

func briefs(list []*group) []brief {
	var out []brief
	for _, g := range list {
		out = append(out, brief{g.name, g.version, g.fixed, g.parts, len(g.issues), g.fixable(), len(g.places), g.severity(), g.stops})
	}
	return out
}

func TestGroupsOfStop(t *testing.T) {
	d := digestOf(stopSample().Canonical(), Options{}.comparison())
	want := []brief{
		{"lodash", "4.17.10", "4.17.21", nil, 5, 5, 3, finding.Critical, true},
		{"minimist", "0.0.8", "1.2.6", nil, 1, 1, 1, finding.Critical, true},
		{"openssl", "3.0.9-1", "3.0.11-1~deb12u2", []string{"libssl3", "openssl"}, 3, 2, 1, finding.High, true},
		{"glibc", "2.36-9+deb12u1", "2.36-9+deb12u3", []string{"libc-bin", "libc-l10n", "libc6", "locales"}, 1, 1, 1, finding.High, true},
		{"perl", "5.36.0-7", "", []string{"perl-base"}, 1, 0, 1, finding.High, false},
		{"tar", "1.34+dfsg-1.2", "", nil, 1, 0, 1, finding.Info, false},
	}
	if diff := cmp.Diff(want, briefs(d.groups[finding.Vulnerability])); diff != "" {
		t.Errorf("groups (-want +got):\n%s", diff)
	}
	if len(d.suppressed) != 1 {
		t.Errorf("%d suppressed", len(d.suppressed))
	}
}

// TestUnfixableDoesNotLead keeps a critical without a fix from putting a
// package with a low fix at the top of what to do.
func TestUnfixableDoesNotLead(t *testing.T) {
	b := newBuilder("x")
	p := b.deb(0, "a", "", "1")
	b.vulnerable(p, "CVE-1", finding.Critical, "")
	b.vulnerable(p, "CVE-2", finding.Low, "2")
	b.vulnerable(b.deb(0, "b", "", "1"), "CVE-3", finding.High, "2")
	d := digestOf(b.Canonical(), Options{}.comparison())
	if first := d.groups[finding.Vulnerability][0].name; first != "b" {
		t.Errorf("%s comes first", first)
	}
}

// TestPackageOfPURLAlone finds the source of a package whose place differs, and
// the ecosystem of one that the report does not list.
func TestPackageOfPURLAlone(t *testing.T) {
	r := &Report{
		Packages: []inventory.Package{{PURL: "pkg:apk/alpine/libssl3@1", Ecosystem: "apk", Name: "libssl3", Version: "1", Source: "openssl"}},
		Findings: []finding.Finding{
			{Kind: finding.Vulnerability, ID: "CVE-1", Package: finding.Package{PURL: "pkg:apk/alpine/libssl3@1", Name: "libssl3", Version: "1"}, At: inventory.Place{Path: "elsewhere"}},
			{Kind: finding.Vulnerability, ID: "CVE-2", Package: finding.Package{PURL: "pkg:gem/rack@2", Name: "rack", Version: "2"}},
		},
	}
	d := digestOf(r.Canonical(), Options{}.comparison())
	got := map[string]string{}
	for _, g := range d.groups[finding.Vulnerability] {
		got[g.name] = g.ecosystem
	}
	if diff := cmp.Diff(map[string]string{"openssl": "apk", "rack": "gem"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestComparison(t *testing.T) {
	backwards := Options{Compare: func(ecosystem, a, b string) (int, error) {
		if ecosystem != "odd" {
			return 0, errors.New("unknown ecosystem")
		}
		return natural(b, a), nil
	}}.comparison()
	if backwards("odd", "1", "2") != 1 || backwards("deb", "1", "2") != -1 {
		t.Error("the given comparison is not asked first, or not left where it fails")
	}
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"1.9", "1.10", -1}, {"1.10", "1.9", 1}, {"1.0", "1.0", 0}, {"1.007", "1.7", 0}, {"1.2", "1.2.1", -1},
		{"", "0", -1}, {"2.36-9+deb12u1", "2.36-9+deb12u10", -1}, {"99999999999999999999", "100000000000000000000", -1},
	} {
		if got := natural(c.a, c.b); sign(got) != c.want {
			t.Errorf("natural(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func sign(n int) int { return min(max(n, -1), 1) }

func TestQuote(t *testing.T) {
	for word, want := range map[string]string{
		"shop:1.4": "shop:1.4", "$(reboot)": "'$(reboot)'", "it's": `'it'\''s'`, "-o": "'-o'", "": "''", "a b": "'a b'",
	} {
		if got := quote(word); got != want {
			t.Errorf("quote(%q) = %s, want %s", word, got, want)
		}
	}
}

func TestAgo(t *testing.T) {
	for in, want := range map[string]string{"-5m": "a moment", "59s": "a moment", "59m": "59 min", "1h": "1 h", "47h": "47 h", "48h": "2 days", "2200h": "3 months", "20000h": "2 years"} {
		d, err := time.ParseDuration(in)
		if err != nil {
			t.Fatal(err)
		}
		if got := ago(d); got != want {
			t.Errorf("ago(%s) = %s, want %s", in, got, want)
		}
	}
}

func TestCanvasFit(t *testing.T) {
	c := newCanvas(Screen{Width: 60})
	for _, x := range []struct{ in, want, tail string }{
		{"short", "short", "short"},
		{"0123456789", "0123456789", "0123456789"},
		{"0123456789a", "012345678…", "…23456789a"},
		{"名前がとても", "名前がと…", "…がとても"},
		{"a\x1b[31m", `a\x1b[31m`, `a\x1b[31m`},
	} {
		if got := c.fit(x.in, 10); got != x.want {
			t.Errorf("fit(%q) = %q, want %q", x.in, got, x.want)
		}
		if got := c.fitTail(x.in, 10); got != x.tail {
			t.Errorf("fitTail(%q) = %q, want %q", x.in, got, x.tail)
		}
	}
}

// TestSeveralAtOnePlace shows every finding of a rule at a place, such as two
// volumes of the configuration.
func TestSeveralAtOnePlace(t *testing.T) {
	at := inventory.Place{Layer: -1, Line: 3}
	r := &Report{Findings: []finding.Finding{
		{Kind: finding.Rule, ID: "volume-system", Title: "A volume", Message: "The volume / belongs to the system.", At: at},
		{Kind: finding.Rule, ID: "volume-system", Title: "A volume", Message: "The volume /etc belongs to the system.", At: at},
		{Kind: finding.Rule, ID: "volume-system", Title: "A volume", Message: "The volume /etc belongs to the system.", At: at},
	}}
	text := string(render(t, r, "text", Screen{Width: 100}))
	for _, volume := range []string{"volume / ", "volume /etc "} {
		if n := strings.Count(text, volume); n != 1 {
			t.Errorf("%q is told %d times in:\n%s", volume, n, text)
		}
	}
}

// TestVeryManyAtOnePlace counts what it does not list.
func TestVeryManyAtOnePlace(t *testing.T) {
	r := &Report{}
	for i := range 3 * maxNotes {
		r.Findings = append(r.Findings, finding.Finding{Kind: finding.Secret, ID: "x", Title: "A secret", Message: fmt.Sprint("in ENV ", i), At: inventory.Place{Layer: -1}})
	}
	for format, more := range map[string]string{"text": "and 2997 more here", "full": "and 2000 more here"} {
		if text := string(render(t, r, format, Screen{Width: 100})); !strings.Contains(text, "3000 secrets") || !strings.Contains(text, more) {
			t.Errorf("%s: %.600s", format, text)
		}
	}
}

// TestUnscannedIsNotMalware does not call a file malicious that nobody looked at.
func TestUnscannedIsNotMalware(t *testing.T) {
	r := &Report{Findings: []finding.Finding{
		{Kind: finding.Malware, ID: "not-scanned", Title: "Not scanned for malware", Message: "too large", At: inventory.Place{Path: "a"}},
		{Kind: finding.Malware, ID: "not-scanned", Title: "Not scanned for malware", Message: "too large", At: inventory.Place{Path: "b"}},
	}}
	text := string(render(t, r, "text", Screen{Width: 100}))
	if strings.Contains(strings.ToLower(text), "malicious") || !strings.Contains(text, "2 files not scanned for malware") {
		t.Errorf("of files that were not scanned:\n%s", text)
	}
	r.Findings = append(r.Findings, finding.Finding{Kind: finding.Malware, ID: "Eicar", Title: "Eicar", At: inventory.Place{Path: "c"}})
	if text := string(render(t, r, "text", Screen{Width: 100})); !strings.Contains(text, "1 malicious file ") || !strings.Contains(text, "2 files not scanned") {
		t.Errorf("of both:\n%s", text)
	}
}

func TestInstruction(t *testing.T) {
	hash := strings.Repeat("0123456789abcdef", 4)
	for text, want := range map[string]string{
		"ADD file:" + hash + " /":       "ADD file:0123456789ab /",
		"COPY multi:" + hash + " /app/": "COPY multi:0123456789ab /app/",
		"RUN echo " + hash:              "RUN echo " + hash,
		"FROM x@sha256:" + hash:         "FROM x@sha256:" + hash,
		"COPY file:" + hash + "ff in /": "COPY file:" + hash + "ff in /",
	} {
		if got := instruction(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
