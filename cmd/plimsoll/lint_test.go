package main

import (
	"bytes"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/plimsoll/plimsoll/internal/cases"
	"github.com/plimsoll/plimsoll/lint"
)

// write puts a file into the working directory of a session.
func (s *session) write(t testing.TB, name, text string) {
	t.Helper()
	path := filepath.Join(s.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestLintBadInput gives lint what is no Dockerfile: one clear message for each,
// and the good file beside it is linted all the same.
func TestLintBadInput(t *testing.T) {
	noise := make([]byte, 64<<10)
	for i := range noise {
		noise[i] = byte(i*7919>>3 ^ i)
	}
	tests := []struct {
		name string
		text string
		code int
		out  string // in the findings
		err  string // in the messages
	}{
		{"noise", string(noise), exitStop, "bad.Dockerfile:1:1 high dockerfile-syntax", ""},
		{"NUL", "FROM a:1\nRUN \x00\n", exitStop, "bad.Dockerfile:2:5 high dockerfile-syntax", ""},
		{"empty", "", exitStop, "bad.Dockerfile:1:1 high dockerfile-syntax", ""},
		{"large", strings.Repeat("# comment\n", 10<<20), exitFailed, "", "plimsoll: bad.Dockerfile:1:1: more than 16 MiB: this is no Dockerfile"},
		{"here-document", "FROM a:1\nRUN <<EOF\nls\n", exitStop, "bad.Dockerfile:2:5 high dockerfile-syntax", ""},
		{"long line", "FROM a:1\nRUN " + strings.Repeat("x", 1<<20), exitStop, "bad.Dockerfile:2:1 high dockerfile-syntax", ""},
		{"unknown instruction", "FROM a:1\nRNU ls\nADD x /x\n", exitStop, "bad.Dockerfile:3:1 medium add-instead-of-copy", ""},
		{"line ends", "FROM a:1\r\nADD x /x\r\n", exitStop, "bad.Dockerfile:2:1 medium add-instead-of-copy", ""},
		{"UTF-16", "\xff\xfeF\x00R\x00O\x00M\x00 \x00a\x00\n\x00A\x00D\x00D\x00 \x00x\x00 \x00/\x00", exitStop, "bad.Dockerfile:2:1 medium add-instead-of-copy", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newSession(t)
			s.write(t, "bad.Dockerfile", tt.text)
			s.write(t, "good.Dockerfile", "FROM a:1\nADD x /x\n")
			r := s.run(t, "lint", "--ignore", "user-missing,healthcheck-missing", "bad.Dockerfile", "good.Dockerfile")
			if r.code != tt.code || !strings.Contains(r.out, tt.out) || !strings.Contains(r.out, "good.Dockerfile:2:1 medium add-instead-of-copy") {
				t.Errorf("code %d, want %d and %q\n%.3000s", r.code, tt.code, tt.out, r.out)
			}
			if tt.err == "" && r.err != "" || !strings.Contains(r.err, tt.err) || strings.Count(r.err, "\n") > 1 {
				t.Errorf("messages: %.1000s", r.err)
			}
			if strings.ContainsAny(r.out, "\x00\x1b\x07") {
				t.Error("control characters reach the terminal")
			}
		})
	}
}

func TestLintBadPlaces(t *testing.T) {
	s := newSession(t)
	s.write(t, "Dockerfile/inner.txt", "a directory of that name")
	s.write(t, "ok/Dockerfile", "FROM a:1\nADD x /x\n")
	s.run(t, "lint", "Dockerfile", "ok").want(t, exitFailed, "Dockerfile: no Dockerfile in this directory")
	s.run(t, "lint", "--only", "add-instead-of-copy").want(t, exitStop)
	if os.Getuid() != 0 {
		s.write(t, "secret.Dockerfile", "FROM a")
		if err := os.Chmod(filepath.Join(s.dir, "secret.Dockerfile"), 0); err != nil {
			t.Fatal(err)
		}
		s.run(t, "lint", "secret.Dockerfile", "ok").want(t, exitFailed, "secret.Dockerfile: permission denied")
	}
	s.write(t, ".hadolint.yaml", "ignored: [DL3020\n")
	s.run(t, "lint", "ok").want(t, exitUsage, ".hadolint.yaml:")
	s.write(t, ".hadolint.yaml", "ignored: [DL3020]\nfailure-threshold: loud\n")
	s.run(t, "lint", "--only", "add-instead-of-copy", "ok").want(t, exitOK, ".hadolint.yaml:2:20: unknown failure-threshold")
	s.run(t, "lint", "--hadolint-config", "none.yaml", "ok").want(t, exitUsage, "none.yaml: no such file")
}

// TestLintFix checks what is left of a file besides its text.
func TestLintFix(t *testing.T) {
	s := newSession(t)
	s.write(t, "Dockerfile", "FROM a:1\nADD x /x\n")
	path := filepath.Join(s.dir, "Dockerfile")
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("Dockerfile", filepath.Join(s.dir, "link.Dockerfile")); err != nil {
		t.Fatal(err)
	}
	s.run(t, "lint", "--only", "add-instead-of-copy", "--fix", "link.Dockerfile").want(t, exitOK)
	text, err := os.ReadFile(path)
	if err != nil || string(text) != "FROM a:1\nCOPY x /x\n" {
		t.Errorf("%q, %v", text, err)
	}
	if info, err := os.Lstat(path); err != nil || info.Mode() != 0o640 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if info, err := os.Lstat(filepath.Join(s.dir, "link.Dockerfile")); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is none any more: %v, %v", info.Mode(), err)
	}
	if err := os.Chmod(path, 0o440); err != nil {
		t.Fatal(err)
	}
	s.write(t, "b.Dockerfile", "FROM a:1\nADD x /x\n")
	if err := os.Chmod(filepath.Join(s.dir, "b.Dockerfile"), 0o440); err != nil {
		t.Fatal(err)
	}
	s.run(t, "lint", "--fix", "b.Dockerfile").want(t, exitFailed, "b.Dockerfile: the file is read-only")
}

// TestLintPin pins to what a registry answers with.
func TestLintPin(t *testing.T) {
	server := httptest.NewServer(registry.New())
	defer server.Close()
	host := strings.TrimPrefix(server.URL, "http://")
	tag, err := name.NewTag(host + "/app:1.0")
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.WriteIndex(tag, empty.Index); err != nil {
		t.Fatal(err)
	}
	digest, err := empty.Index.Digest()
	if err != nil {
		t.Fatal(err)
	}
	s := newSession(t)
	s.write(t, "Dockerfile", "FROM "+host+"/app:1.0 AS base\nFROM "+host+"/none:1\n")
	r := s.run(t, "lint", "--only", "add-instead-of-copy", "--pin", "--diff", "Dockerfile")
	r.want(t, exitOK, "cannot pin "+host+"/none:1")
	if !strings.Contains(r.out, "+FROM "+host+"/app:1.0@"+digest.String()+" AS base\n") {
		t.Errorf("no digest:\n%s%s", r.out, r.err)
	}
	r = s.run(t, "lint", "--offline", "--only", "add-instead-of-copy", "--pin", "--fix", "Dockerfile")
	r.want(t, exitOK, "cannot pin "+host+"/app:1.0")
}

// TestLintMemory lints files with some 30,000 findings in bounded memory.
func TestLintMemory(t *testing.T) {
	s := newSession(t)
	text := "FROM debian:12\n" + strings.Repeat("RUN apt-get update && apt-get install curl && cd /tmp && echo $x | sed s/a/b/\n", 12)
	for i := range 300 {
		s.write(t, filepath.Join("d", string(rune('a'+i%26)), "Dockerfile."+strings.Repeat("x", i/26)), text)
	}
	peak, _ := s.peak(t, "lint", "-o", "json=out.json", "--shellcheck", "off")
	if peak > 300<<20 {
		t.Errorf("%d MiB for 300 files", peak>>20)
	}
	t.Logf("%d MiB at most for 300 files of 1 kB with 12 RUNs", peak>>20)
}

func FuzzLint(f *testing.F) {
	f.Add([]byte("FROM a\n# hadolint ignore=DL3020\nADD ü /b\nRUN <<E\n"))
	f.Add([]byte("\xff\xfeF\x00"))
	a := &app{now: time.Now, in: strings.NewReader(""), out: &bytes.Buffer{}, err: &bytes.Buffer{}}
	linter, _, err := a.newLinter(ruleFlags{hadolint: "off", allRules: true})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s := lint.Source{Path: "Dockerfile", Text: text}
		fixed := linter.Fix(t.Context(), s, lint.FixOptions{Unsafe: true})
		if again := linter.Fix(t.Context(), lint.Source{Path: "Dockerfile", Text: fixed.Text}, lint.FixOptions{Unsafe: true}); again.Changed() && len(fixed.Titles) == 0 {
			t.Errorf("only the second run mends anything:\n%s", lint.Diff("Dockerfile", again.Before, again.After))
		}
	})
}

// TestCasesLintAll lints all real Dockerfiles in one run, and prints what it
// took: go run ./bench holds the figure against its budget.
func TestCasesLintAll(t *testing.T) {
	s := newSession(t)
	n := 0
	type record struct{ Dockerfile string }
	cases.Each(t, cases.Dir(t, "cases", "lint", "real-dockerfiles.jsonl"), func(r record) {
		s.write(t, filepath.Join(strconv.Itoa(n), "Dockerfile"), r.Dockerfile)
		n++
	})
	cmd := s.command(t.Context(), "lint", "--all-rules", "--shellcheck", "off", "-o", "json=out.json")
	_ = cmd.Run() // there are findings
	if code := cmd.ProcessState.ExitCode(); code != exitStop {
		t.Fatalf("exit code %d", code)
	}
	took := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	t.Logf("%d files in %s of processor time", n, took.Round(time.Millisecond))
}
