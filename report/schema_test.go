package report

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// TestSchemaFresh fails when docs/report.schema.json is not what the types say.
func TestSchemaFresh(t *testing.T) {
	want, err := JSONSchema(os.DirFS(".."))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("..", "docs", "report.schema.json")
	if *update {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(have), string(want)); diff != "" {
		t.Errorf("docs/report.schema.json is stale, run go generate ./... (-file +types):\n%s", diff)
	}
}

func TestSchemaNeedsSource(t *testing.T) {
	if _, err := JSONSchema(os.DirFS(t.TempDir())); err == nil {
		t.Error("no error without the source")
	}
}

func TestReportsFollowSchema(t *testing.T) {
	schema := compile(t, filepath.Join("..", "docs", "report.schema.json"))
	for name, r := range samples() {
		if r.Verdict.Result == "" {
			r.Verdict.Result = "go"
		}
		out := render(t, r, "json", Screen{})
		if err := schema.Validate(decode(t, out)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !bytes.HasSuffix(out, []byte("}\n")) {
			t.Errorf("%s: does not end with one newline", name)
		}
		if bytes.Contains(out, []byte("null")) {
			t.Errorf("%s: contains null", name)
		}
	}
}

// TestSchemaRefuses keeps the schema from saying yes to everything.
func TestSchemaRefuses(t *testing.T) {
	schema := compile(t, filepath.Join("..", "docs", "report.schema.json"))
	good := string(render(t, stopSample(), "json", Screen{}))
	for _, c := range []struct{ name, old, new string }{
		{"severity", `"severity": "critical"`, `"severity": "awful"`},
		{"kind", `"kind": "secret"`, `"kind": "gossip"`},
		{"result", `"result": "stop"`, `"result": "halt"`},
		{"status", `"status": "fixed"`, `"status": "mended"`},
		{"null list", `"licenses": []`, `"licenses": null`},
		{"missing key", `"fingerprint"`, `"fingerprints"`},
		{"layer as text", `"layer": 3`, `"layer": "3"`},
	} {
		bad := strings.Replace(good, c.old, c.new, 1)
		if bad == good {
			t.Errorf("%s: the sample has no %s", c.name, c.old)
			continue
		}
		if schema.Validate(decode(t, []byte(bad))) == nil {
			t.Errorf("%s: %s was accepted", c.name, c.new)
		}
	}
}

func compile(t *testing.T, path string) *jsonschema.Schema {
	t.Helper()
	schema, err := jsonschema.NewCompiler().Compile(path)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func decode(t *testing.T, text []byte) any {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return document
}

// TestJSONStable turns everything around and wants the same bytes.
func TestJSONStable(t *testing.T) {
	for name, r := range samples() {
		before, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		want := render(t, r, "json", Screen{})
		after, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(before, after) {
			t.Errorf("%s: writing changed the report", name)
		}
		turned := *r
		turned.Packages, turned.Findings, turned.Warnings = reversed(r.Packages), reversed(r.Findings), reversed(r.Warnings)
		if diff := cmp.Diff(string(want), string(render(t, &turned, "json", Screen{}))); diff != "" {
			t.Errorf("%s: order of the input shows (-want +got):\n%s", name, diff)
		}
	}
}

func reversed[T any](from []T) []T {
	var to []T
	for i := len(from) - 1; i >= 0; i-- {
		to = append(to, from[i])
	}
	return to
}

// TestContract holds the keys that DESIGN promises.
func TestContract(t *testing.T) {
	var document map[string]json.RawMessage
	if err := json.Unmarshal(render(t, &Report{}, "json", Screen{}), &document); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"schema", "target", "packages", "findings", "verdict", "database", "warnings"} {
		if document[key] == nil {
			t.Errorf("no key %q", key)
		}
	}
	if got := string(document["schema"]); got != "1" {
		t.Errorf("schema is %s", got)
	}
}

func TestFor(t *testing.T) {
	for _, name := range Formats() {
		w, err := For(name)
		if err != nil || w.Name != name || w.Doc == "" || w.Write == nil {
			t.Errorf("For(%q) = %+v, %v", name, w, err)
		}
	}
	_, err := For("xml")
	if err == nil {
		t.Fatal("no error for xml")
	}
	for _, name := range Formats() {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("error %q does not name %s", err, name)
		}
	}
}
