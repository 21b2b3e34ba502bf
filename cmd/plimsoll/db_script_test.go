package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestSegmentsScript runs the daily script against a registry twice, with a
// change in between, and scans with what it pushed.
func TestSegmentsScript(t *testing.T) {
	t.Parallel()
	tool(t, "bash")
	ref := "oci://" + serve(t, nil) + "/plimsoll-segments:latest"
	s := newSession(t)
	putAdvisories(t, s.dir, "first")
	program := filepath.Join(t.TempDir(), "plimsoll")
	if err := os.Symlink(os.Args[0], program); err != nil {
		t.Skip("no symbolic links:", err)
	}
	daily := func(ecosystems ...string) string {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, "bash", filepath.Join(root(t), "scripts", "segments.sh"), ref, filepath.Join(s.dir, "kept dir"))
		cmd.Dir = s.dir
		cmd.Env = append(s.command(ctx).Env, "PLIMSOLL="+program, "FROM="+filepath.Join(s.dir, "osv"), "ECOSYSTEMS="+strings.Join(ecosystems, " "))
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return string(out)
	}
	if out := daily("npm", "Go"); !strings.Contains(out, "2 parts; 2 moved") {
		t.Errorf("the first day:\n%s", out)
	}
	if out := daily("npm", "Go"); !strings.Contains(out, "2 parts; 0 moved") {
		t.Errorf("no change:\n%s", out)
	}
	put(t, s.dir, "osv/npm/A-3.json", `{"id":"A-3","modified":"2024-01-01T00:00:00Z","affected":[{"package":{"ecosystem":"npm","name":"lodash"},"versions":["4.17.4"]}]}`)
	if out := daily(); !strings.Contains(out, "2 parts; 1 moved") { // all that FROM has
		t.Errorf("one change:\n%s", out)
	}
	user := newSession(t)
	putAdvisories(t, user.dir, "")
	user.run(t, "db", "pull", ref).want(t, exitOK)
	if r, _ := user.scan(t, "--only", "vulnerabilities", "dir:root"); len(r.Findings) != 3 {
		t.Errorf("%d findings", len(r.Findings))
	}
}

// TestSegmentsWorkflow holds that the workflow runs that script and no more.
func TestSegmentsWorkflow(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(root(t), ".github", "workflows", "segments.yml"))
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`run: .*scripts/segments\.sh "oci://`).Match(text) || !strings.Contains(string(text), "cron:") {
		t.Errorf("the workflow does not run the script daily:\n%s", text)
	}
}
