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

// TestSegmentsScriptSigns runs the script with a key where there are segments without
// a signature: these are not taken over, and what it then pushes is signed.
func TestSegmentsScriptSigns(t *testing.T) {
	t.Parallel()
	tool(t, "bash")
	publisher, fingerprint := newPublisher(t)
	ref := "oci://" + serve(t, nil) + "/plimsoll-segments:latest"
	publisher.run(t, "db", "push", ref).want(t, exitOK)
	program := filepath.Join(t.TempDir(), "plimsoll")
	if err := os.Symlink(os.Args[0], program); err != nil {
		t.Skip("no symbolic links:", err)
	}
	daily := func(ecosystems string, env ...string) (string, error) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, "bash", filepath.Join(root(t), "scripts", "segments.sh"), ref, filepath.Join(publisher.dir, "kept"))
		cmd.Dir = publisher.dir
		cmd.Env = append(publisher.command(ctx).Env, "PLIMSOLL="+program, "FROM="+filepath.Join(publisher.dir, "osv"), "ECOSYSTEMS="+ecosystems, "KEY="+readFile(t, publisher, "publisher.key"))
		cmd.Env = append(cmd.Env, env...)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := daily("npm", "SIGN_KEY=env://KEY"); err == nil || !strings.Contains(out, "Go would be signed unseen") {
		t.Errorf("Go was there without a signature: %v\n%s", err, out)
	}
	for _, day := range []string{"nothing to start from", "as it was"} {
		out, err := daily("npm Go", "SIGN_KEY=env://KEY")
		if err != nil || !strings.Contains(out, day) || !strings.Contains(out, fingerprint) {
			t.Errorf("want %q: %v\n%s", day, err, out)
		}
	}
	newCustomer(t, publisher).run(t, "db", "pull", "--verify-key", "publisher.pub", ref).want(t, exitOK)
	// From one key to the next: first both sign, later the new one alone.
	keyPair(t, publisher, "next")
	for _, key := range []string{"publisher.key,next.key", "next.key"} {
		if out, err := daily("npm Go", "SIGN_KEY="+key, "VERIFY_KEY=publisher.pub"); err != nil || !strings.Contains(out, "as it was") {
			t.Errorf("%s: %v\n%s", key, err, out)
		}
		customer := newCustomer(t, publisher)
		put(t, customer.dir, "next.pub", readFile(t, publisher, "next.pub"))
		customer.run(t, "db", "pull", "--verify-key", "next.pub", ref).want(t, exitOK)
		if key != "next.key" {
			customer.run(t, "db", "pull", "--verify-key", "publisher.pub", ref).want(t, exitOK)
		}
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
