package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
)

func TestNearest(t *testing.T) {
	known := []string{"fail-on", "offline", "output", "platform"}
	for word, want := range map[string]string{"failon": "fail-on", "ofline": "offline", "Platform": "platform", "zzz": "", "": "", strings.Repeat("x", 1000): ""} {
		if got := nearest(word, known); got != want {
			t.Errorf("nearest(%.20q) = %q, want %q", word, got, want)
		}
	}
}

// parse runs the program up to where scan would begin and gives its flags.
func parse(t *testing.T, dir string, args ...string) (map[string]string, error) {
	t.Helper()
	a := &app{out: &bytes.Buffer{}, err: &bytes.Buffer{}, now: time.Now}
	root := a.command()
	t.Chdir(dir)
	values := map[string]string{}
	scan, _, err := root.Find([]string{"scan"})
	if err != nil {
		t.Fatal(err)
	}
	scan.RunE = func(cmd *cobra.Command, _ []string) error {
		for _, name := range []string{"fail-on", "output", "offline", "workers"} {
			values[name] = cmd.Flag(name).Value.String()
		}
		return nil
	}
	root.SetArgs(append([]string{"scan", "image"}, args...))
	return values, root.Execute()
}

func TestConfiguration(t *testing.T) {
	top := t.TempDir()
	below := filepath.Join(top, "a", "b")
	if err := os.MkdirAll(below, 0o755); err != nil {
		t.Fatal(err)
	}
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(top, configName), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("offline: true\nscan:\n  fail-on: low\n  output: [text, json=r.json]\n  workers: 3\n")
	t.Setenv("PLIMSOLL_WORKERS", "5")
	got, err := parse(t, below, "--fail-on", "critical")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"fail-on": "critical", "output": "[text,json=r.json]", "offline": "true", "workers": "5"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("flag over environment over file: %s", d)
	}
	t.Setenv("PLIMSOLL_WORKERS", "many")
	if _, err := parse(t, below); err == nil || !strings.Contains(err.Error(), "PLIMSOLL_WORKERS") {
		t.Errorf("got %v, want the variable named", err)
	}
	os.Unsetenv("PLIMSOLL_WORKERS")
	for text, want := range map[string]string{
		"":                               "",
		"# nothing\n":                    "",
		"scna:\n  fail-on: low\n":        `:1:1: unknown key "scna": did you mean "scan"?`,
		"scan:\n  failon: low\n":         `:2:3: unknown key "failon": did you mean "fail-on"?`,
		"scan:\n  workers: x\n":          ":2:12: workers:",
		"scan:\n  fail-on: {a: b}\n":     ":2:12: fail-on wants a value",
		"- a\n":                          ":1: want keys and values",
		"a: [":                           configName,
		"config: x\n":                    "unknown key",
		"db:\n  status:\n    wrong: 1\n": `unknown key "wrong"`,
		"db:\n  status:\n    db: x\n":    "",
	} {
		write(text)
		_, err := parse(t, below)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
	if _, err := parse(t, below, "--config", "nowhere.yaml"); err == nil || !strings.Contains(err.Error(), "nowhere.yaml") {
		t.Errorf("got %v, want the file that is not there named", err)
	}
}

func FuzzConfiguration(f *testing.F) {
	f.Add("offline: true\nscan:\n  fail-on: low\n  output: [text]\n")
	f.Add("a: &a [*a]\n")
	f.Fuzz(func(t *testing.T, text string) {
		a := &app{out: &bytes.Buffer{}, err: &bytes.Buffer{}, now: time.Now}
		root := a.command()
		scan, _, err := root.Find([]string{"scan"})
		if err != nil {
			t.Fatal(err)
		}
		_ = applyConfig(scan, "config", []byte(text))
	})
}

func TestSize(t *testing.T) {
	for text, want := range map[string]int64{"1": 1, "500MB": 500e6, "2GiB": 2 << 30, "4 kib": 4096, "3g": 3 << 30} {
		var s size
		if err := s.Set(text); err != nil || int64(s) != want {
			t.Errorf("%q: got %d, %v", text, s, err)
		}
	}
	for _, text := range []string{"", "x", "-1", "0", "9999999999TB"} {
		if err := new(size).Set(text); err == nil {
			t.Errorf("%q was taken for a size", text)
		}
	}
}

func TestParseOutputs(t *testing.T) {
	for words, want := range map[string]string{"text,json=a": "", "json,sarif": "two formats", "xml": "unknown format", "json=": "file name", "json=a,sarif=a": "two formats"} {
		_, err := parseOutputs(strings.Split(words, ","))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: got %v, want %q", words, err, want)
		}
	}
}

func TestClean(t *testing.T) {
	if got := clean("a\x1b[2Jb\x9bc\nd"); got != "a\ufffd[2Jb\ufffdc\nd" {
		t.Errorf("got %q", got)
	}
}
