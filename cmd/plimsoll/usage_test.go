package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// TestScripts runs the transcripts of normal use.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOME", filepath.Join(e.WorkDir, ".home"))
			e.Setenv("XDG_CACHE_HOME", filepath.Join(e.WorkDir, ".home", ".cache"))
			e.Setenv("LC_ALL", "C.UTF-8")
			return os.MkdirAll(filepath.Join(e.WorkDir, ".home"), 0o755)
		},
	})
}

// TestUsage wants exit code 2 for whatever the user got wrong, and the way out.
func TestUsage(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	put(t, s.dir, "unknown.yaml", "scan:\n  fail-onn: high\n", "broken.yaml", "scan: [\n", "list.yaml", "- a\n",
		"root/etc/os-release", "ID=alpine\nVERSION_ID=3.20.1\n")
	const ref = "dir:root"
	for _, c := range []struct {
		args  string
		words []string
	}{
		{"scan --ofline " + ref, []string{"--ofline", "--offline", "plimsoll scan --help"}},
		{"scan -z " + ref, []string{"-z", "plimsoll scan --help"}},
		{"scna " + ref, []string{"scna", "scan"}},
		{"db stauts", []string{"stauts", "status"}},
		{"scan", []string{"arg", "plimsoll scan --help"}},
		{"version now", []string{"now"}},
		{"scan -o yaml " + ref, []string{"yaml", "json", "sarif", "text"}},
		{"scan -o json= " + ref, []string{"file"}},
		{"scan -o json -o sarif " + ref, []string{"FORMAT=FILE"}},
		{"scan -o json=a.json " + ref + " " + ref, []string{"a.json", "one image"}},
		{"scan --fail-on hihg " + ref, []string{"hihg", "high"}},
		{"scan --platform linux " + ref, []string{"linux/arm64"}},
		{"scan --spool-disk lots " + ref, []string{"lots", "2GiB"}},
		{"scan --workers -1 " + ref, []string{"-1"}},
		{"scan --max-data-age soon " + ref, []string{"soon"}},
		{"scan --config missing.yaml " + ref, []string{"missing.yaml"}},
		{"scan --config unknown.yaml " + ref, []string{"unknown.yaml:2:3", "fail-onn", "fail-on"}},
		{"scan --config broken.yaml " + ref, []string{"broken.yaml"}},
		{"scan --config list.yaml " + ref, []string{"list.yaml:1"}},
	} {
		t.Run(c.args, func(t *testing.T) {
			r := s.run(t, strings.Fields(c.args)...)
			r.want(t, exitUsage, append(c.words, "--help")...)
			if r.out != "" {
				t.Errorf("standard output has %.200q", r.out)
			}
		})
	}
}

// TestReportFile wants a report written whole or not at all, and exit code 3
// where it cannot be.
func TestReportFile(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	file, _ := sample(t)
	put(t, s.dir, "old.json", "old", "file", "no directory")
	s.run(t, "scan", "--offline", "--db", "starter", "-o", "json=old.json", file).want(t, exitStop)
	b, err := os.ReadFile(filepath.Join(s.dir, "old.json"))
	if err != nil {
		t.Fatal(err)
	}
	if r := decode(t, string(b)); len(r.Findings) == 0 {
		t.Error("no findings in the file")
	}
	for _, path := range []string{"missing/r.json", "file/r.json", "/proc/none/r.json"} {
		r := s.run(t, "scan", "--offline", "-o", "json="+path, file)
		r.want(t, exitFailed, path)
	}
	if left := filesBelow(t, s.dir); len(left) != 2 {
		t.Errorf("left behind: %v", left)
	}
}

// TestSeveral wants every image looked at, and the worst of their exit codes.
func TestSeveral(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	file, _ := sample(t)
	put(t, s.dir,
		"good/etc/os-release", "ID=alpine\nVERSION_ID=3.20.1\n", "text", "no image",
		"unknown/lib/apk/db/installed", "P:musl\nV:1.0-r0\nA:x86_64\n\n")
	good, stop, missing, broken := "dir:good", file, "dir:unknown", "./text"
	for _, c := range []struct {
		refs []string
		code int
	}{
		{[]string{good, good}, exitOK},
		{[]string{stop, good}, exitStop},
		{[]string{good, stop, missing}, exitNoData},
		{[]string{missing, stop, good}, exitNoData},
		{[]string{broken, stop, good}, exitFailed},
		{[]string{missing, broken, good}, exitFailed},
	} {
		r := s.run(t, append([]string{"scan", "--offline", "--db", "starter"}, c.refs...)...)
		if r.code != c.code {
			t.Errorf("%v: exit code %d, want %d\n%s", c.refs, r.code, c.code, r.err)
		}
		for _, ref := range c.refs {
			if !strings.Contains(r.out+r.err, ref) {
				t.Errorf("%v: nothing is said of %s", c.refs, ref)
			}
		}
	}
}

// TestSchema validates reports of every kind against the published schema.
func TestSchema(t *testing.T) {
	t.Parallel()
	schema, err := jsonschema.NewCompiler().Compile(filepath.Join(root(t), "docs", "report.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	s := newSession(t)
	file, _ := sample(t)
	put(t, s.dir, "nothing/etc/hostname", "h", "unknown/lib/apk/db/installed", "P:musl\nV:1.0-r0\nA:x86_64\n\n", "unknown/app.jar", "no zip")
	for _, ref := range []string{file, "dir:nothing", "dir:unknown"} {
		r := s.run(t, "scan", "--offline", "-o", "json", ref)
		document, err := jsonschema.UnmarshalJSON(strings.NewReader(r.out))
		if err != nil {
			t.Fatalf("%s: %v", ref, err)
		}
		if err := schema.Validate(document); err != nil {
			t.Errorf("%s: %v", ref, err)
		}
		var fields map[string]json.RawMessage
		if err := json.Unmarshal([]byte(r.out), &fields); err != nil {
			t.Fatal(err)
		}
		for _, list := range []string{"packages", "findings", "warnings"} {
			if !strings.HasPrefix(string(fields[list]), "[") {
				t.Errorf("%s: %s is %.20s, want a list, if empty", ref, list, fields[list])
			}
		}
		delete(fields, "verdict")
		without, err := json.Marshal(fields)
		if err != nil {
			t.Fatal(err)
		}
		if document, err = jsonschema.UnmarshalJSON(strings.NewReader(string(without))); err != nil || schema.Validate(document) == nil {
			t.Errorf("the schema takes a report without a verdict (%v)", err)
		}
	}
}
