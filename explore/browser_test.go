package explore

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/clipperhouse/displaywidth"
	"github.com/google/go-cmp/cmp"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/inventory"
)

var update = flag.Bool("update", false, "write the golden screens anew")

// shop is a browser on a small image with something of everything.
func shop(t testing.TB, width, height int) *Browser {
	t.Helper()
	b := NewBrowser("registry.example/shop:1.4", "shop.plimsoll", false)
	b.Resize(width, height)
	b.SetImage(Image{
		Ref: "registry.example/shop:1.4", Platform: "linux/amd64", Digest: "sha256:" + strings.Repeat("ab", 32),
		Layers: []Layer{
			{CreatedBy: "ADD rootfs.tar.xz /", DiffID: "sha256:" + strings.Repeat("01", 32)},
			{CreatedBy: "RUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*"},
			{CreatedBy: "COPY app /app"},
			{CreatedBy: "RUN chown -R app /app && rm /app/.env"},
		},
	})
	b.SetTree(treeOf(t, `
		d etc
		f etc/passwd 1200 sum=3
		f etc/motd 286
		d usr
		d usr/bin
		f usr/bin/passwd 68248 mode=4755
		f usr/bin/bash 1265648 mode=755
		l bin usr/bin
		d var
		d var/lib
		d var/lib/apt
		d var/lib/apt/lists
		f var/lib/apt/lists/packages 41943040
		d tmp mode=1777
	`, `
		d usr
		d usr/bin
		f usr/bin/curl 258640 mode=755
		d var/lib/apt
		w var/lib/apt/lists
	`, `
		d app
		f app/server.js 3400
		f app/.env 120
		d app/node_modules
		d app/node_modules/lodash
		f app/node_modules/lodash/lodash.js 544098 sum=9
		f app/node_modules/lodash/package.json 578
	`, `
		d app uid=1000
		f app/server.js 3400 uid=1000
		w app/.env
		f app/node_modules/lodash/lodash.js 544098 sum=9 uid=1000
		f app/node_modules/lodash/package.json 578 uid=1000
	`), nil)
	b.SetFindings([]finding.Finding{
		{Kind: finding.Vulnerability, ID: "CVE-2021-23337", Severity: finding.High, Title: "lodash runs commands", Fixed: "4.17.21",
			Package: finding.Package{Name: "lodash", Version: "4.17.10"}, At: inventory.Place{Layer: 2, Path: "app/node_modules/lodash/package.json"}},
		{Kind: finding.Secret, ID: "npm-token", Severity: finding.Critical, Title: "npm token", At: inventory.Place{Layer: 2, Path: "app/.env", Line: 3}},
		{Kind: finding.Rule, ID: "user-root", Severity: finding.Medium, Title: "The image runs as root", At: inventory.Place{Layer: -1}},
		{Kind: finding.Vulnerability, ID: "CVE-0000-0001", Severity: finding.Low, Suppressed: "not used", At: inventory.Place{Path: "etc/motd"}},
	}, []bool{true})
	return b
}

func text80(lines []Line) string {
	var out strings.Builder
	for _, l := range lines {
		out.WriteString(strings.TrimRight(l.String(), " ") + "\n")
	}
	return out.String()
}

func press(b *Browser, keys string) {
	for key := range strings.FieldsSeq(keys) {
		b.Press(key)
	}
}

// TestScreens compares whole screens with golden ones. Run it with -update, and
// look at what has changed.
func TestScreens(t *testing.T) {
	for _, c := range []struct {
		name          string
		width, height int
		keys          string
	}{
		{"open-80", 80, 24, ""},
		{"open-120", 120, 40, ""},
		{"open-200", 200, 50, ""},
		{"narrow", 50, 16, ""},
		{"narrow-layers", 50, 16, "tab down down"},
		{"layer-2", 80, 24, "tab down down down"},
		{"layer-4-changes", 100, 30, "tab down down down down tab down down"},
		{"layer-4-below", 100, 30, "tab down down down down v"},
		{"wasted", 100, 24, "2"},
		{"findings", 100, 24, "3 down"},
		{"next-finding", 80, 24, "] ]"},
		{"search", 80, 24, "/ l o d a s h"},
		{"search-next", 80, 24, "/ l o d a s h enter n"},
		{"filter-wasted", 80, 24, "w"},
		{"filter-findings", 80, 24, "f"},
		{"by-size", 80, 24, "o"},
		{"details", 80, 24, "/ s e r v e r enter d"},
		{"folded", 80, 24, "E"},
		{"help-80", 80, 24, "?"},
		{"help-120", 120, 30, "?"},
		{"save", 80, 24, "s"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := shop(t, c.width, c.height)
			press(b, c.keys)
			lines := b.Screen()
			checkScreen(t, b, lines)
			golden(t, c.name, text80(lines))
		})
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "screens", name+".txt")
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// checkScreen holds for every screen: as many lines as the terminal has, each as
// wide, and nothing in them that steers it.
func checkScreen(t testing.TB, b *Browser, lines []Line) {
	t.Helper()
	if len(lines) != b.height {
		t.Fatalf("%d lines on a screen of %d", len(lines), b.height)
	}
	for i, l := range lines {
		if w := displaywidth.String(l.String()); w != b.width {
			t.Fatalf("line %d is %d cells wide on a screen of %d: %q", i, w, b.width, l)
		}
		for _, r := range l.String() {
			if unicode.IsControl(r) || !unicode.IsPrint(r) {
				t.Fatalf("line %d has %q: %q", i, r, l)
			}
		}
	}
}

// TestHostileNames shows names that would steer a terminal.
func TestHostileNames(t *testing.T) {
	w, err := newListingWriter()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"\x1b[2Jred", "new\nline", "a\u202eexe.txt", "bad\xff\xfeutf", "wide漢字漢字", strings.Repeat("long", 500), "\x7f\u0085"} {
		w.add(&Entry{Path: name, Kind: Symlink, Link: name})
	}
	l, err := w.finish([]inventory.Warning{{Message: "\x1b]0;title\a"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, ascii := range []bool{false, true} {
		tree := NewTree()
		warnings, err := tree.Add(l)
		if err != nil {
			t.Fatal(err)
		}
		b := NewBrowser("\x1b[31mref", "", ascii)
		b.SetImage(Image{Ref: "\x1b[31mref", Layers: []Layer{{CreatedBy: "RUN \x1b[0m\r\nx", DiffID: "\x00"}}})
		b.SetTree(tree, warnings)
		for _, size := range [][2]int{{80, 24}, {61, 10}, {200, 60}, {30, 8}} {
			b.Resize(size[0], size[1])
			for range 8 {
				checkScreen(t, b, b.Screen())
				if s := text80(b.Screen()); ascii && strings.ContainsFunc(s, func(r rune) bool { return r > 0x7e }) {
					t.Fatalf("not ASCII:\n%s", s)
				}
				b.Press("down")
			}
			b.Press("tab")
		}
	}
}

func TestPaint(t *testing.T) {
	l := Line{{"a", Red | Bold}, {"b", Plain}, {"c", Green | Reverse}}
	if got, want := l.Paint(true), "\x1b[1;31ma\x1b[0mb\x1b[7;32mc\x1b[0m"; got != want {
		t.Errorf("with colour %q, want %q", got, want)
	}
	if got, want := l.Paint(false), "\x1b[1ma\x1b[0mb\x1b[7mc\x1b[0m"; got != want {
		t.Errorf("without colour %q, want %q", got, want)
	}
}

func TestSaveAndLoad(t *testing.T) {
	b := shop(t, 100, 30)
	press(b, "tab down down down tab w f f o / l o d enter n")
	b.Press("x") // takes the message away
	var file bytes.Buffer
	if err := b.Save(&file); err != nil {
		t.Fatal(err)
	}
	if !IsState(file.Bytes()) {
		t.Error("a saved state is not known for one")
	}
	again, err := Load(bytes.NewReader(file.Bytes()), false)
	if err != nil {
		t.Fatal(err)
	}
	again.Resize(100, 30)
	if diff := cmp.Diff(text80(b.Screen()), text80(again.Screen())); diff != "" {
		t.Errorf("the screen is another (-saved +loaded):\n%s", diff)
	}
	press(b, "3")
	press(again, "3")
	if diff := cmp.Diff(text80(b.Screen()), text80(again.Screen())); diff != "" {
		t.Errorf("the findings are others (-saved +loaded):\n%s", diff)
	}
}

func TestLoadDamaged(t *testing.T) {
	var file bytes.Buffer
	if err := shop(t, 80, 24).Save(&file); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(strings.NewReader("no state"), false); !errors.Is(err, ErrNotState) {
		t.Errorf("another file: %v, want %v", err, ErrNotState)
	}
	for _, cut := range []int{20, 100, file.Len() - 40, file.Len() - 1} {
		if _, err := Load(bytes.NewReader(file.Bytes()[:cut]), false); err == nil {
			t.Errorf("cut at %d of %d: no error", cut, file.Len())
		}
	}
	for at := 0; at < file.Len(); at += 37 {
		bad := bytes.Clone(file.Bytes())
		bad[at] ^= 0x20
		if _, err := Load(bytes.NewReader(bad), false); err == nil {
			t.Errorf("a wrong byte at %d of %d: no error", at, file.Len())
		}
	}
}

func TestSaveTooEarly(t *testing.T) {
	if err := NewBrowser("x", "", false).Save(&bytes.Buffer{}); !errors.Is(err, errNotListed) {
		t.Errorf("got %v, want %v", err, errNotListed)
	}
}

func TestSaveAction(t *testing.T) {
	b := shop(t, 80, 24)
	press(b, "s ctrl+u a . p l")
	if got := b.Press("enter"); got.Save != "a.pl" || got.Quit {
		t.Errorf("got %+v, want a save to a.pl", got)
	}
	if got := b.Press("q"); !got.Quit {
		t.Errorf("q gave %+v", got)
	}
}

// TestBeforeTheFiles presses every key while nothing is known yet.
func TestBeforeTheFiles(t *testing.T) {
	for _, layers := range []int{0, 3} {
		b := NewBrowser("x", "x.plimsoll", false)
		b.SetImage(Image{Ref: "x", Layers: make([]Layer, layers)})
		b.Note("listing layer 1 of 3")
		for _, key := range allKeys() {
			b.Press(key)
			b.Press("esc")
			checkScreen(t, b, b.Screen())
		}
	}
}

func allKeys() []string {
	keys := strings.Fields("up down left right pgup pgdown home end enter space tab shift+tab esc backspace ctrl+u f1 ctrl+x")
	for _, r := range "abcdefghijklmnoprstuvwxyzEGN123456?/[]. é" {
		keys = append(keys, string(r))
	}
	return keys
}

// FuzzKeys presses any keys at any size.
func FuzzKeys(f *testing.F) {
	f.Add([]byte("abcdefghijklmnop"), 80, 24)
	f.Add([]byte{0, 1, 2, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45}, 40, 10)
	keys := allKeys()
	f.Fuzz(func(t *testing.T, presses []byte, width, height int) {
		b := shop(t, min(max(width, 0), 300), min(max(height, 0), 100))
		for i, k := range presses[:min(len(presses), 100)] {
			b.Press(keys[int(k)%len(keys)])
			if i%16 == 7 {
				b.Resize((b.width*7+int(k))%220, (b.height*5+int(k))%70)
			}
			checkScreen(t, b, b.Screen())
		}
	})
}

// FuzzLoad reads any bytes as a saved state.
func FuzzLoad(f *testing.F) {
	var file bytes.Buffer
	if err := shop(f, 80, 24).Save(&file); err != nil {
		f.Fatal(err)
	}
	f.Add(file.Bytes())
	f.Add([]byte(stateMagic))
	f.Fuzz(func(t *testing.T, b []byte) {
		if loaded, err := Load(bytes.NewReader(b), false); err == nil {
			checkScreen(t, loaded, loaded.Screen())
		}
	})
}

func TestSizes(t *testing.T) {
	for n, want := range map[int64][2]string{
		0: {"0 B", "0"}, 999: {"999 B", "999"}, 1000: {"1.0 kB", "1.0k"}, 999_949: {"999.9 kB", "1.0M"}, 999_950: {"1.0 MB", "1.0M"},
		12_345_678: {"12.3 MB", "12M"}, 1 << 62: {"4.6 EB", "4.6E"},
	} {
		if got := [2]string{bytesText(n), shortBytes(n)}; got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
		if len(shortBytes(n)) > 4 || len(bytesText(n)) > 8 {
			t.Errorf("%d is too wide: %q %q", n, bytesText(n), shortBytes(n))
		}
	}
	if got, want := countText(1234567, "path"), "1,234,567 paths"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := fmt.Sprint(percent(1), percent(0.99999), percent(0.5)); got != "100.0 %99.9 %50.0 %" {
		t.Errorf("percent: %s", got)
	}
}

// TestRemovedWithDirectory tells of a path which layer took it away with a
// directory above it, also when it comes back, and of the whole image.
func TestRemovedWithDirectory(t *testing.T) {
	b := NewBrowser("x", "", false)
	b.SetImage(Image{Layers: make([]Layer, 5)})
	b.SetTree(treeOf(t, "d a\nd a/b\nf a/b/c 1\nf a/d 1\nf e 1", "w a", "d a\nd a/b\nf a/b/c 2", "f a 1", "f e 2"), nil)
	for path, want := range map[string][]string{
		"a/b/c": {"layer 3   removed with /a", "layer 2   added   2 B", "layer 1   removed with /a", "layer 0   added   1 B"},
		"a/d":   {"layer 1   removed with /a", "layer 0   added   1 B"},
		"e":     {"layer 4   changed 2 B", "layer 0   added   1 B"},
	} {
		id, ok := b.tree.find(path)
		if !ok {
			t.Fatal(path)
		}
		var got []string
		for _, line := range b.historyLines(&pen{}, id) {
			got = append(got, strings.TrimSpace(Line(line.spans).String()))
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", path, d)
		}
	}
}

// TestRemovedNothing shows no "-0" for a directory without files that is removed.
func TestRemovedNothing(t *testing.T) {
	b := NewBrowser("x", "", false)
	b.Resize(80, 24)
	b.SetImage(Image{Layers: make([]Layer, 2)})
	b.SetTree(treeOf(t, "d a\nl a/b c\nf d 5", "w a\nw d"), nil)
	if screen := text80(b.Screen()); strings.Contains(screen, "-0") || !strings.Contains(screen, "-5") {
		t.Error(screen)
	}
}
