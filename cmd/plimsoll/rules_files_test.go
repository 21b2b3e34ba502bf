package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/report"
)

// ofRule are the findings of a rule.
func ofRule(r *report.Report, id string) []finding.Finding {
	return slices.DeleteFunc(slices.Clone(r.Findings), func(f finding.Finding) bool { return f.ID != id })
}

// pathsIn are the absolute paths that messages name.
func pathsIn(all []finding.Finding) []string {
	var paths []string
	for _, f := range all {
		for _, p := range regexp.MustCompile(`(?:^|[ (])/([^ ,;:)]+)`).FindAllStringSubmatch(f.Message, -1) {
			paths = append(paths, strings.TrimSuffix(p[1], "."))
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// findIn is what find(1) prints below a root.
func findIn(t testing.TB, root string, args ...string) []string {
	t.Helper()
	var paths []string
	for p := range strings.Lines(capture(t, "", "find", append([]string{root, "-mindepth", "1"}, append(args, "-printf", `%P\n`)...)...)) {
		paths = append(paths, strings.TrimSuffix(p, "\n"))
	}
	slices.Sort(paths)
	return paths
}

// changedDebian is a Debian root with things in it that rules look for, some of
// them taken away again in the last layer.
func changedDebian(t testing.TB) *debian {
	t.Helper()
	d := newDebian(t)
	put(t, d.dir,
		"opt/tool/become", "#!/bin/sh\n", "opt/tool/open", "x", "opt/tool/foreign", "x", "opt/tool/foreign-group", "x", "srv/shared/a", "x",
		"root/.ssh/id_ed25519", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ\n-----END OPENSSH PRIVATE KEY-----\n",
		"root/.bash_history", "mysql -pS3cret\n")
	at := func(p string) string { return filepath.Join(d.dir, p) }
	for p, mode := range map[string]os.FileMode{"opt/tool/become": 0o755 | os.ModeSetuid, "opt/tool/open": 0o666, "srv/shared": 0o777} {
		if err := os.Chmod(at(p), mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Link(at("opt/tool/become"), at("opt/tool/become-too")); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(at("opt/tool/foreign"), 54321, 0); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(at("opt/tool/foreign-group"), 0, 54321); err != nil {
		t.Fatal(err)
	}
	capture(t, "", "useradd", "--root", d.dir, "--uid", "1234", "--no-create-home", "deploy")
	capture(t, "", "useradd", "--root", d.dir, "--uid", "0", "--non-unique", "--no-create-home", "toor")
	d.seal(t)
	if err := os.Remove(at("root/.ssh/id_ed25519")); err != nil {
		t.Fatal(err)
	}
	d.seal(t)
	return d
}

// TestFilesOfDebian compares what rules say about the files of a real Debian
// root with what find(1) finds there.
func TestFilesOfDebian(t *testing.T) {
	t.Parallel()
	tool(t, "find", "useradd", "chroot")
	d := changedDebian(t)
	docker, _ := d.image(t)
	r, _ := newSession(t).scan(t, "docker-archive:"+docker)

	oracles := []struct {
		rule string
		args []string
	}{
		{"file-setuid", []string{"-perm", "/6000", "-type", "f"}},
		{"file-world-writable", []string{"-perm", "-0002", "(", "-type", "f", "-o", "-type", "d", "!", "-perm", "-1000", ")"}},
	}
	for _, o := range oracles {
		want, got := findIn(t, d.dir, o.args...), pathsIn(ofRule(r, o.rule))
		diff(t, got, want)
		t.Logf("%s names %d files, find finds %d", o.rule, len(got), len(want))
	}
	// find -nouser asks the users of this machine, so it is asked in the root.
	var want []string
	for line := range strings.Lines(capture(t, "", "chroot", d.dir, "find", "/", "-xdev", "(", "-nouser", "-o", "-nogroup", ")")) {
		want = append(want, strings.TrimPrefix(strings.TrimSpace(line), "/"))
	}
	slices.Sort(want)
	got := pathsIn(ofRule(r, "file-no-owner"))
	diff(t, got, want)
	t.Logf("file-no-owner names %d files, find finds %d", len(got), len(want))

	for id, message := range map[string]string{
		"account-duplicate": "toor has uid 0 as root has",
		"account-unneeded":  "deploy (1234)",
		"file-private-key":  "Layer 2 takes it away, but it is still in layer 1",
		"file-history":      "/root/.bash_history",
	} {
		if all := ofRule(r, id); !slices.ContainsFunc(all, func(f finding.Finding) bool { return strings.Contains(f.Message, message) }) {
			t.Errorf("%s does not say %q: %+v", id, message, all)
		}
	}
}

// TestUsersOfDebian wants the users that getent(1) lists in the root and that no
// file of it belongs to, but nobody.
func TestUsersOfDebian(t *testing.T) {
	t.Parallel()
	tool(t, "chroot", "find")
	d := newDebian(t)
	owners := strings.Fields(capture(t, "", "find", d.dir, "-printf", "%U "))
	var want []string
	users := 0
	for line := range strings.Lines(capture(t, "", "chroot", d.dir, "getent", "passwd")) {
		users++
		// nobody stands for whom the kernel has no number: it is needed.
		if f := strings.Split(line, ":"); f[0] != "nobody" && !slices.Contains(owners, f[2]) {
			want = append(want, f[0])
		}
	}
	if len(want) < 5 || len(want) == users {
		t.Fatalf("getent lists %d users, %q without files", users, want)
	}
	docker, _ := d.image(t)
	r, _ := newSession(t).scan(t, "docker-archive:"+docker)
	var got []string
	for _, f := range ofRule(r, "account-unneeded") {
		_, names, _ := strings.Cut(f.Message, ": ")
		got = append(got, strings.Split(strings.TrimSuffix(names, "."), ", ")...)
	}
	diff(t, got, want)
	t.Logf("account-unneeded names %d users, getent lists %d of %d without files", len(got), len(want), users)
}

// TestPlainDebian wants few findings of rules about files on an image that is
// just a distribution, and none that stops a release.
func TestPlainDebian(t *testing.T) {
	t.Parallel()
	d := newDebian(t)
	docker, _ := d.image(t)
	r, _ := newSession(t).scan(t, "docker-archive:"+docker)
	var lines []string
	for _, f := range r.Findings {
		if f.Kind == finding.Rule && (strings.HasPrefix(f.ID, "file-") || strings.HasPrefix(f.ID, "account-") || strings.HasPrefix(f.ID, "package-")) {
			lines = append(lines, fmt.Sprintf("%s %s %s", f.Severity, f.ID, f.Message))
			if f.Severity >= finding.Medium {
				t.Errorf("on a plain Debian: %s", lines[len(lines)-1])
			}
		}
	}
	if len(lines) > 6 {
		t.Errorf("%d findings", len(lines))
	}
	t.Log(strings.Join(lines, "\n"))
}
