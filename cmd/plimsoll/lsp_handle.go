package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/lint"
	"github.com/plimsoll/plimsoll/rule"
)

// maxDocuments is how many documents may be open.
const maxDocuments = 1000

// documentParams are the parameters of all messages about a document.
type documentParams struct {
	Document struct {
		URI      string `json:"uri"`
		Language string `json:"languageId"`
		Version  int    `json:"version"`
		Text     string `json:"text"`
	} `json:"textDocument"`
	Changes []struct {
		Range *area  `json:"range"`
		Text  string `json:"text"`
	} `json:"contentChanges"`
	Position position `json:"position"`
	Range    area     `json:"range"`
	Context  struct {
		Only []string `json:"only"`
	} `json:"context"`
}

// handle answers one message; done says that the editor said exit.
func (s *languageServer) handle(ctx context.Context, message []byte) (done bool, err error) {
	var r request
	if err := json.Unmarshal(message, &r); err != nil {
		return false, s.refuse(nil, rpcParseError, "the message is no JSON-RPC")
	}
	asked := r.ID != nil
	switch {
	case r.Method == "exit":
		return true, nil
	case r.Method == "":
		if asked || len(message) == 0 {
			return false, nil // an answer to something that was never asked
		}
		return false, s.refuse(nil, rpcInvalidRequest, "the message has no method")
	case r.Method == "initialize":
		s.initialized = true
		return false, reply(s, r.ID, abilities())
	case !s.initialized && asked:
		return false, s.refuse(r.ID, rpcNotInitialized, "initialize comes first")
	case r.Method == "shutdown":
		s.shutdown = true
		return false, reply[*struct{}](s, r.ID, nil)
	case s.shutdown && asked:
		return false, s.refuse(r.ID, rpcInvalidRequest, "shutdown was said already")
	case !s.initialized || s.shutdown:
		return false, nil
	}
	var p documentParams
	if strings.HasPrefix(r.Method, "textDocument/") {
		if err := json.Unmarshal(r.Params, &p); err != nil {
			if asked {
				return false, s.refuse(r.ID, rpcInvalidParams, err.Error())
			}
			return false, nil
		}
	}
	if !asked {
		return false, s.notice(r.Method, &p)
	}
	return false, s.answer(ctx, r, &p)
}

// abilities says what the server can do.
func abilities() initializeResult {
	var a initializeResult
	a.Info.Name, a.Info.Version = "plimsoll", programVersion()
	c := &a.Capabilities
	c.Encoding = "utf-16"
	c.Sync.OpenClose, c.Sync.Change = true, 2
	c.Hover = true
	c.CodeAction.Kinds = []string{"quickfix", fixAllKind}
	return a
}

type initializeResult struct {
	Capabilities struct {
		Encoding string `json:"positionEncoding"`
		Sync     struct {
			OpenClose bool `json:"openClose"`
			Change    int  `json:"change"` // 2: incremental
		} `json:"textDocumentSync"`
		Hover      bool `json:"hoverProvider"`
		CodeAction struct {
			Kinds []string `json:"codeActionKinds"`
		} `json:"codeActionProvider"`
	} `json:"capabilities"`
	Info struct {
		Name    string `json:"name"`
		Version string `json:"version"`
	} `json:"serverInfo"`
}

// notice takes in what the editor tells.
func (s *languageServer) notice(method string, p *documentParams) error {
	uri := p.Document.URI
	switch method {
	case "textDocument/didOpen":
		if len(s.documents) >= maxDocuments {
			return nil
		}
		d := &document{uri: uri, path: pathOf(uri), version: p.Document.Version, text: p.Document.Text}
		d.dockerfile = strings.EqualFold(p.Document.Language, "dockerfile") || lint.IsDockerfile(d.path)
		s.documents[uri] = d
		s.dirty[uri] = true
	case "textDocument/didChange":
		d := s.documents[uri]
		if d == nil {
			return nil
		}
		for _, c := range p.Changes {
			d.change(c.Range, c.Text)
		}
		d.version = p.Document.Version
		s.dirty[uri] = true
	case "textDocument/didClose":
		delete(s.documents, uri)
		delete(s.dirty, uri)
		return send(s.out, notification[published]{"2.0", "textDocument/publishDiagnostics", published{uri, 0, []diagnostic{}}})
	}
	return nil
}

type published struct {
	URI         string       `json:"uri"`
	Version     int          `json:"version,omitempty"`
	Diagnostics []diagnostic `json:"diagnostics"`
}

// publishDirty tells the findings of all documents that have changed.
func (s *languageServer) publishDirty(ctx context.Context) error {
	var uris []string
	for uri := range s.dirty {
		uris = append(uris, uri)
	}
	slices.Sort(uris)
	clear(s.dirty)
	for _, uri := range uris {
		d := s.documents[uri]
		d.lint(ctx, s.linter)
		if err := send(s.out, notification[published]{"2.0", "textDocument/publishDiagnostics", published{uri, d.version, d.diagnostics()}}); err != nil {
			return err
		}
	}
	return s.out.Flush()
}

// answer replies to a request.
func (s *languageServer) answer(ctx context.Context, r request, p *documentParams) error {
	d := s.documents[p.Document.URI]
	switch r.Method {
	case "textDocument/hover":
		return reply(s, r.ID, s.hover(ctx, d, p.Position))
	case "textDocument/codeAction":
		return reply(s, r.ID, s.actions(ctx, d, p))
	}
	return s.refuse(r.ID, rpcUnknownMethod, fmt.Sprintf("the method %.60q is not known", r.Method))
}

type hover struct {
	Contents markup `json:"contents"`
	Range    area   `json:"range"`
}

type markup struct {
	Kind  string `json:"kind"`
	Value string `json:"value"`
}

// hover is the documentation of the rules that have something to say at a
// place; nil where none has.
func (s *languageServer) hover(ctx context.Context, d *document, at position) *hover {
	if d == nil {
		return nil
	}
	d.lint(ctx, s.linter)
	var h *hover
	told := map[string]bool{}
	for i, g := range d.diagnostics() {
		if !g.Range.touches(area{at, at}) || told[g.Code] {
			continue
		}
		told[g.Code] = true
		if h == nil {
			h = &hover{markup{Kind: "markdown"}, g.Range}
		} else {
			h.Contents.Value += "\n\n---\n\n"
		}
		h.Contents.Value += s.documentation(d.result.Findings[i].ID, g.Message)
	}
	return h
}

// documentation is a rule's in Markdown.
func (s *languageServer) documentation(id, message string) string {
	n := slices.IndexFunc(s.rules, func(r rule.Rule) bool { return r.ID == id })
	if n < 0 {
		return fmt.Sprintf("**%s**: %s", id, message)
	}
	r := &s.rules[n]
	text := fmt.Sprintf("**%s** (%s): %s\n\n%s", r.ID, r.Severity, r.Title, r.Why)
	if len(r.Aliases) > 0 {
		text += "\n\nAlso called " + strings.Join(r.Aliases, ", ")
	}
	if r.Good != "" {
		text += "\n\nRight:\n\n```dockerfile\n" + strings.TrimRight(r.Good, "\n") + "\n```"
	}
	return text
}

// fixAllKind is the kind of the action that mends everything.
const fixAllKind = "source.fixAll.plimsoll"

type codeAction struct {
	Title       string        `json:"title"`
	Kind        string        `json:"kind"`
	Diagnostics []diagnostic  `json:"diagnostics,omitempty"`
	Preferred   bool          `json:"isPreferred,omitempty"`
	Edit        workspaceEdit `json:"edit"`
}

type workspaceEdit struct {
	Changes map[string][]textEdit `json:"changes"`
}

type textEdit struct {
	Range area   `json:"range"`
	New   string `json:"newText"`
}

// actions are what can be done at a place: the fixes of the findings there, a
// comment that ignores them, and all fixes at once.
func (s *languageServer) actions(ctx context.Context, d *document, p *documentParams) []codeAction {
	list := []codeAction{}
	if d == nil {
		return list
	}
	d.lint(ctx, s.linter)
	if wanted(p.Context.Only, "quickfix") {
		for i, g := range d.diagnostics() {
			if !g.Range.touches(p.Range) {
				continue
			}
			if fix := d.result.Fixes[i]; fix != nil {
				list = append(list, d.fixAction(fix, g))
			}
			if edit, ok := d.ignoreEdit(d.result.Spans[i], g.Code); ok {
				list = append(list, d.action("Ignore "+g.Code+" here", "quickfix", []textEdit{edit}))
			}
		}
	}
	if wanted(p.Context.Only, fixAllKind) {
		if fixed := s.linter.Fix(ctx, d.source(), lint.FixOptions{}); d.dockerfile && fixed.Changed() {
			all := area{position{}, d.position(len(d.text))}
			list = append(list, d.action("Fix all that plimsoll can mend", fixAllKind, []textEdit{{all, string(fixed.Text)}}))
		}
	}
	return list
}

// wanted tells whether a kind is among those asked for, of which each includes
// those below it; none asks for all.
func wanted(only []string, kind string) bool {
	return len(only) == 0 || slices.ContainsFunc(only, func(o string) bool { return o == "" || kind == o || strings.HasPrefix(kind, o+".") })
}

func (d *document) action(title, kind string, edits []textEdit) codeAction {
	return codeAction{Title: title, Kind: kind, Edit: workspaceEdit{map[string][]textEdit{d.uri: edits}}}
}

func (d *document) fixAction(fix *rule.Fix, g diagnostic) codeAction {
	var edits []textEdit
	mark := d.mark()
	for _, e := range fix.Edits {
		edits = append(edits, textEdit{area{d.position(e.Start + mark), d.position(e.End + mark)}, e.New})
	}
	title := strings.ToUpper(fix.Title[:min(1, len(fix.Title))]) + fix.Title[min(1, len(fix.Title)):]
	if fix.Unsafe {
		title += " (may change what the image does)"
	}
	a := d.action(title, "quickfix", edits)
	a.Diagnostics, a.Preferred = []diagnostic{g}, !fix.Unsafe
	return a
}

// ignoreEdit writes a comment above the instruction of a finding.
func (d *document) ignoreEdit(span dockerfile.Span, id string) (textEdit, bool) {
	for _, i := range d.result.File.Instructions {
		if i.Span.Start.Offset <= span.Start.Offset && span.Start.Offset <= i.Span.End.Offset {
			at := d.position(i.Span.Start.Offset + d.mark())
			at.Character = 0
			end := "\n"
			if strings.Contains(d.text, "\r\n") {
				end = "\r\n"
			}
			return textEdit{area{at, at}, "# plimsoll ignore=" + id + end}, true
		}
	}
	return textEdit{}, false
}
