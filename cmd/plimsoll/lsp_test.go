package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// editor is the client's end of a session with the program.
type editor struct {
	t   *testing.T
	in  io.WriteCloser
	out *bufio.Reader
	end func() error
}

func startEditor(t *testing.T, s *session) *editor {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	cmd := s.command(ctx, "lsp")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = &bytes.Buffer{}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cancel(); in.Close() })
	return &editor{t, in, bufio.NewReader(out), cmd.Wait}
}

func (e *editor) say(message string) {
	e.t.Helper()
	if _, err := fmt.Fprintf(e.in, "Content-Length: %d\r\nContent-Type: application/vscode-jsonrpc; charset=utf-8\r\n\r\n%s", len(message), message); err != nil {
		e.t.Fatal(err)
	}
}

// hear reads the next message and checks that it holds what is wanted.
func (e *editor) hear(want ...string) string {
	e.t.Helper()
	message, err := readMessage(e.out)
	if err != nil {
		e.t.Fatal(err)
	}
	for _, w := range want {
		if !strings.Contains(string(message), w) {
			e.t.Errorf("no %s in %s", w, message)
		}
	}
	return string(message)
}

// The messages are as VS Code's client library and Neovim send them, cut down
// to the fields that matter and one capability for each that we might look at.
const (
	codeInitialize = `{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"processId":4711,"clientInfo":{"name":"Visual Studio Code","version":"1.95.0"},"locale":"en","rootPath":"/p","rootUri":"file:///p","capabilities":{"workspace":{"applyEdit":true,"workspaceEdit":{"documentChanges":true}},"textDocument":{"publishDiagnostics":{"relatedInformation":true,"versionSupport":false,"codeDescriptionSupport":true},"synchronization":{"dynamicRegistration":true,"didSave":true}},"general":{"positionEncodings":["utf-16"]}},"trace":"off","workspaceFolders":[{"uri":"file:///p","name":"p"}]}}`
	nvimInitialize = `{"id":1,"jsonrpc":"2.0","method":"initialize","params":{"capabilities":{"general":{"positionEncodings":["utf-8","utf-16","utf-32"]},"textDocument":{"codeAction":{"codeActionLiteralSupport":{"codeActionKind":{"valueSet":["","quickfix","source"]}}}}},"clientInfo":{"name":"Neovim","version":"0.10.2"},"processId":99,"rootPath":null,"rootUri":null,"trace":"off","workDoneToken":"1","workspaceFolders":null}}`
	initialized    = `{"jsonrpc":"2.0","method":"initialized","params":{}}`
	shutdown       = `{"jsonrpc":"2.0","id":90,"method":"shutdown","params":null}`
	exit           = `{"jsonrpc":"2.0","method":"exit"}`
)

func TestLSPVisualStudioCode(t *testing.T) {
	e := startEditor(t, newSession(t))
	e.say(codeInitialize)
	e.hear(`"id":0`, `"positionEncoding":"utf-16"`, `"hoverProvider":true`, `"codeActionProvider"`, `"change":2`)
	e.say(initialized)
	e.say(`{"jsonrpc":"2.0","method":"workspace/didChangeConfiguration","params":{"settings":null}}`)
	e.say(`{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":"file:///p/Dockerfile","languageId":"dockerfile","version":1,"text":"FROM alpine:3.20\n# 名前 𝄞\nCOPY a /a\n"}}}`)
	if message := e.hear(`"uri":"file:///p/Dockerfile"`, `"version":1`); strings.Contains(message, "add-instead-of-copy") {
		t.Errorf("COPY is said to be ADD: %s", message)
	}
	// typing: COPY becomes ADD
	e.say(`{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":"file:///p/Dockerfile","version":2},"contentChanges":[{"range":{"start":{"line":2,"character":0},"end":{"line":2,"character":4}},"rangeLength":4,"text":""}]}}`)
	e.say(`{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":"file:///p/Dockerfile","version":3},"contentChanges":[{"range":{"start":{"line":2,"character":0},"end":{"line":2,"character":0}},"rangeLength":0,"text":"ADD"}]}}`)
	e.hear(`"version":3`, `"code":"add-instead-of-copy"`, `"source":"plimsoll"`, `"start":{"line":2,"character":0}`)
	e.say(`{"jsonrpc":"2.0","id":1,"method":"textDocument/hover","params":{"textDocument":{"uri":"file:///p/Dockerfile"},"position":{"line":2,"character":1}}}`)
	e.hear(`"id":1`, `"kind":"markdown"`, "DL3020")
	e.say(`{"jsonrpc":"2.0","id":2,"method":"textDocument/hover","params":{"textDocument":{"uri":"file:///p/Dockerfile"},"position":{"line":1,"character":1}}}`)
	e.hear(`"id":2`, `"result":null`)
	e.say(`{"jsonrpc":"2.0","id":3,"method":"textDocument/codeAction","params":{"textDocument":{"uri":"file:///p/Dockerfile"},"range":{"start":{"line":2,"character":0},"end":{"line":2,"character":3}},"context":{"diagnostics":[],"triggerKind":1}}}`)
	e.hear(`"id":3`, `"kind":"quickfix"`, `"newText":"COPY"`, `"isPreferred":true`, "# plimsoll ignore=add-instead-of-copy", `"kind":"source.fixAll.plimsoll"`)
	e.say(`{"jsonrpc":"2.0","id":4,"method":"textDocument/codeAction","params":{"textDocument":{"uri":"file:///p/Dockerfile"},"range":{"start":{"line":0,"character":0},"end":{"line":3,"character":0}},"context":{"diagnostics":[],"only":["source.fixAll"]}}}`)
	if message := e.hear(`COPY a /a`); strings.Contains(message, `"quickfix"`) {
		t.Errorf("a quick fix that was not asked for: %s", message)
	}
	e.say(`{"jsonrpc":"2.0","method":"textDocument/didClose","params":{"textDocument":{"uri":"file:///p/Dockerfile"}}}`)
	e.hear(`"diagnostics":[]`)
	e.say(shutdown)
	e.hear(`"id":90`, `"result":null`)
	e.say(exit)
	if err := e.end(); err != nil {
		t.Errorf("the end: %v", err)
	}
}

func TestLSPNeovim(t *testing.T) {
	e := startEditor(t, newSession(t))
	e.say(nvimInitialize)
	e.hear(`"id":1`)
	e.say(initialized)
	e.say(`{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"languageId":"yaml","text":"ADD a /a","uri":"file:///p/x.yaml","version":0}}}`)
	e.hear(`x.yaml`, `"diagnostics":[]`)
	e.say(`{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"languageId":"dockerfile","text":"FROM a:1\r\nADD a /a\r\n","uri":"file:///p/Dockerfile","version":0}}}`)
	e.hear(`"code":"add-instead-of-copy"`)
	e.say(`{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"contentChanges":[{"text":"FROM a:1\nRNU x\n"}],"textDocument":{"uri":"file:///p/Dockerfile","version":5}}}`)
	e.hear(`"version":5`, `"code":"dockerfile-syntax"`, `"severity":1`)
	e.say(`{"jsonrpc":"2.0","id":2,"method":"textDocument/definition","params":{"textDocument":{"uri":"file:///p/Dockerfile"},"position":{"line":0,"character":0}}}`)
	e.hear(`"id":2`, `-32601`)
	e.say(`{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":2}}`)
	e.say(`{broken`)
	e.hear(`-32700`, `"id":null`)
	e.say(shutdown)
	e.hear(`"id":90`)
	e.say(exit)
	if err := e.end(); err != nil {
		t.Errorf("the end: %v", err)
	}
}

// TestLSPConfiguration wants lint's configuration to hold, and comments.
func TestLSPConfiguration(t *testing.T) {
	s := newSession(t)
	s.write(t, ".plimsoll.yaml", "lint:\n  only: [add-instead-of-copy]\n  severity: [add-instead-of-copy=critical]\n  shellcheck: off\n")
	e := startEditor(t, s)
	e.say(nvimInitialize)
	e.hear(`"id":1`)
	e.say(`{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"languageId":"dockerfile","text":"FROM a\nADD a /a\n# plimsoll ignore=DL3020\nADD b /b\n","uri":"file:///p/Dockerfile","version":0}}}`)
	if message := e.hear(`"line":1,`, `"severity":1`); strings.Count(message, `"code"`) != 1 {
		t.Errorf("want one finding: %s", message)
	}
	e.say(shutdown)
	e.hear(`"id":90`)
	e.say(exit)
	if err := e.end(); err != nil {
		t.Errorf("the end: %v", err)
	}
}

func TestLSPBadClients(t *testing.T) {
	frame := func(message string) string { return fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(message), message) }
	tests := []struct {
		name, input string
		code        int
		out         string
	}{
		{"nothing", "", exitOK, ""},
		{"exit without shutdown", frame(codeInitialize) + frame(exit), exitFailed, `"serverInfo"`},
		{"gone", frame(codeInitialize), exitFailed, `"serverInfo"`},
		{"too early", frame(`{"jsonrpc":"2.0","id":1,"method":"textDocument/hover","params":{}}`), exitOK, "-32002"},
		{"wrong parameters", frame(codeInitialize) + frame(`{"jsonrpc":"2.0","id":1,"method":"textDocument/hover","params":3}`) + frame(shutdown), exitOK, "-32602"},
		{"large", "Content-Length: 99999999999\r\n\r\n", exitFailed, ""},
		{"negative", "Content-Length: -1\r\n\r\n", exitFailed, ""},
		{"cut off", "Content-Length: 10\r\n\r\n{}", exitFailed, ""},
		{"no header", strings.Repeat("x", 10000), exitFailed, ""},
	}
	for _, tt := range tests {
		var out, errOut bytes.Buffer
		code := run(t.Context(), []string{"lsp", "--hadolint-config", "off"}, strings.NewReader(tt.input), &out, &errOut)
		if code != tt.code || !strings.Contains(out.String(), tt.out) {
			t.Errorf("%s: code %d, want %d\n%s\n%s", tt.name, code, tt.code, out.String(), errOut.String())
		}
	}
}

// TestLSPChanges holds incremental changes against the same done in UTF-16.
func TestLSPChanges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringOf(rapid.SampledFrom([]rune{'a', '\n', 'ü', '名', '𝄞', ' '}))
		d := &document{text: word.Draw(t, "text")}
		wide := utf16.Encode([]rune(d.text))
		for range 4 {
			from := rapid.IntRange(0, len([]rune(d.text))).Draw(t, "from")
			to := rapid.IntRange(from, len([]rune(d.text))).Draw(t, "to")
			insert := word.Draw(t, "insert")
			before, until := string([]rune(d.text)[:from]), string([]rune(d.text)[:to])
			at := &area{d.position(len(before)), d.position(len(until))}
			wide = append(append(append([]uint16{}, wide[:units(before)]...), utf16.Encode([]rune(insert))...), wide[units(until):]...)
			d.change(at, insert)
			if diff := cmp.Diff(string(utf16.Decode(wide)), d.text); diff != "" {
				t.Fatal(diff)
			}
		}
	})
}

func FuzzLSP(f *testing.F) {
	f.Add([]byte(`{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":"u"},"contentChanges":[{"range":{"start":{"line":9,"character":-4},"end":{"line":-1,"character":1}},"text":"x"}]}}`))
	f.Add([]byte(`{"jsonrpc":"2.0","id":1,"method":"textDocument/codeAction","params":{"textDocument":{"uri":"u"}}}`))
	a := &app{in: strings.NewReader(""), out: io.Discard, err: io.Discard, now: time.Now}
	linter, _, err := a.newLinter(ruleFlags{hadolint: "off"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, message []byte) {
		s := &languageServer{linter: linter, out: bufio.NewWriter(io.Discard), documents: map[string]*document{}, dirty: map[string]bool{}, initialized: true}
		open := `{"method":"textDocument/didOpen","params":{"textDocument":{"uri":"u","languageId":"dockerfile","text":"FROM a\nADD ü /b\n"}}}`
		for _, m := range [][]byte{[]byte(open), message} {
			if _, err := s.handle(t.Context(), m); err != nil && json.Valid(m) {
				t.Fatal(err)
			}
		}
		if err := s.publishDirty(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
}
