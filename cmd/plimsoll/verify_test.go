package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/plimsoll/plimsoll/internal/cases"
	"github.com/plimsoll/plimsoll/report"
)

// changedFiles are the findings on files that are not as their packages brought
// them, each with its layer.
func changedFiles(r *report.Report) []string {
	var all []string
	for _, f := range r.Findings {
		if f.ID == "package-file-changed" {
			all = append(all, fmt.Sprintf("%s layer %d", f.At.Path, f.At.Layer))
		}
	}
	return all
}

// tamper changes files of a root in place: each gets the content that it had,
// and one byte more.
func tamper(t testing.TB, root string, files ...string) {
	t.Helper()
	for _, file := range files {
		full := filepath.Join(root, file)
		content, err := os.ReadFile(full)
		if err != nil {
			t.Fatal(err)
		}
		// A new file, so that another name of the old one keeps its content.
		if err := os.Remove(full); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, append(content, '!'), 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

// verified runs dpkg --verify or rpm -V, whose exit code says whether there was
// anything to tell, and gives the files whose digest differs, with "c" for
// configuration.
func verified(t testing.TB, name string, args ...string) []string {
	t.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), name, args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	out, err := cmd.CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && cmd.ProcessState == nil && exit == nil {
		t.Fatalf("%s: %v", name, err)
	}
	var all []string
	for line := range strings.Lines(string(out)) {
		flags, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if len(flags) < 8 || flags[2] != '5' {
			continue // "missing", or another attribute
		}
		if kind, path, ok := strings.Cut(strings.TrimSpace(rest), " "); ok && len(kind) == 1 {
			if kind != "c" {
				all = append(all, strings.TrimPrefix(strings.TrimSpace(path), "/"))
			}
			continue
		}
		all = append(all, strings.TrimPrefix(strings.TrimSpace(rest), "/"))
	}
	return all
}

// real follows the links of a path's directory in a root.
func real(t testing.TB, root, file string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(filepath.Join(root, filepath.Dir(file)))
	if err != nil {
		t.Fatal(err)
	}
	rel, err := filepath.Rel(root, filepath.Join(dir, filepath.Base(file)))
	if err != nil {
		t.Fatal(err)
	}
	return filepath.ToSlash(rel)
}

// TestVerifyDebian tampers with a real Debian in its base layer and in upper
// ones, and wants exactly those files, as dpkg --verify has them.
func TestVerifyDebian(t *testing.T) {
	t.Parallel()
	clean := newDebian(t)
	r, _ := newSession(t).scan(t, "--only", "package-file-changed", dockerArchive(t, imageFrom(t, opener(clean.layers[0]))))
	diff(t, changedFiles(r), nil)
	if len(r.Packages) == 0 {
		t.Error("no packages")
	}

	d := newDebian(t)
	tamper(t, d.dir, "usr/bin/passwd", "usr/share/base-files/motd", "etc/debian_version", "usr/lib/os-release")
	base := treeOf(t, d.dir).layer(t, tree{d.dir, map[string]state{}})
	d.now = treeOf(t, d.dir)

	tamper(t, d.dir, "usr/bin/env", "bin/ls", "usr/share/base-files/motd")
	put(t, d.dir, "usr/bin/not-of-a-package", "new", "usr/local/bin/passwd", "own")
	full := func(file string) string { return filepath.Join(d.dir, file) }
	capture(t, "", "rm", full("usr/bin/wc"), full("usr/bin/tac"), full("usr/bin/head"))
	capture(t, "", "ln", "-s", "env", full("usr/bin/tac"))
	capture(t, "", "ln", full("usr/bin/env"), full("usr/bin/head"))
	capture(t, "", "touch", full("usr/bin/tail")) // written again, with the same content
	capture(t, "", "truncate", "-s", "0", full("usr/bin/cut"))
	second := treeOf(t, d.dir)
	upper := second.layer(t, d.now)
	capture(t, "", "rm", "-r", full("usr/share/base-files"))
	third := treeOf(t, d.dir).layer(t, second)

	want := []string{
		"usr/bin/passwd layer 0", "usr/lib/os-release layer 0",
		"usr/bin/env layer 1", "usr/bin/ls layer 1", "usr/bin/tac layer 1", "usr/bin/head layer 1", "usr/bin/cut layer 1",
	}
	s := newSession(t)
	for _, state := range []string{"cold", "warm"} {
		r, _ = s.scan(t, "--only", "package-file-changed", dockerArchive(t, imageFrom(t, opener(base), opener(upper), opener(third))))
		got := changedFiles(r)
		diff(t, got, want)
		var oracle, names []string
		for _, file := range verified(t, "dpkg", "--root="+d.dir, "--verify") {
			oracle = append(oracle, real(t, d.dir, file))
		}
		for _, line := range got {
			name, _, _ := strings.Cut(line, " ")
			names = append(names, name)
		}
		diff(t, names, oracle)
		t.Logf("%s: %d changed files, dpkg --verify has %d", state, len(names), len(oracle))
	}
}

// TestVerifyDiverted wants files that dpkg has moved aside compared where they
// are, and files that another package has taken over with that package.
func TestVerifyDiverted(t *testing.T) {
	t.Parallel()
	d := newDebian(t)
	sums := func(files ...string) string {
		var b strings.Builder
		dir := t.TempDir()
		put(t, dir, files...)
		for i := 0; i < len(files); i += 2 {
			b.WriteString(capture(t, dir, "md5sum", files[i]))
		}
		return b.String()
	}
	sample := func(name, more string, files ...string) string {
		return packageOf(t, fmt.Sprintf("Package: %s\nVersion: 1\nArchitecture: all\n%s", name, more), append(files, "DEBIAN/md5sums", sums(files...))...)
	}
	tool(t, "dpkg-divert")
	capture(t, "", "dpkg-divert", "--root="+d.dir, "--local", "--rename", "--add", "/usr/bin/diverted")
	d.dpkg(t,
		[]string{"-i", sample("diverted-sample", "", "usr/bin/diverted", "the package's", "usr/bin/taken", "old", "usr/bin/other", "as it was")},
		[]string{"-i", sample("a-new-owner", "Replaces: diverted-sample\n", "usr/bin/taken", "new")},
	)
	put(t, d.dir, "usr/bin/diverted", "the administrator's")
	d.seal(t)
	if got := capture(t, "", "cat", filepath.Join(d.dir, "usr/bin/diverted.distrib")); got != "the package's" {
		t.Fatalf("dpkg has not diverted: %q", got)
	}
	docker, _ := d.image(t)
	r, _ := newSession(t).scan(t, "--only", "package-file-changed", docker)
	diff(t, changedFiles(r), nil)
	diff(t, verified(t, "dpkg", "--root="+d.dir, "--verify"), nil)

	tamper(t, d.dir, "usr/bin/diverted.distrib", "usr/bin/taken", "usr/bin/other")
	d.seal(t)
	docker, _ = d.image(t)
	r, _ = newSession(t).scan(t, "--only", "package-file-changed", docker)
	diff(t, changedFiles(r), []string{"usr/bin/diverted.distrib layer 3", "usr/bin/taken layer 3", "usr/bin/other layer 3"})
}

// TestVerifyRPM tampers with the files of packages that rpm has installed, and
// wants those that rpm -V names.
func TestVerifyRPM(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds packages with rpmbuild")
	}
	if runtime.GOOS != "linux" || os.Geteuid() != 0 {
		t.Skip("rpm installs into a root only for root, on Linux")
	}
	tool(t, "rpm", "rpmbuild")
	spec := `Name: verified
Version: 1
Release: 1
Summary: a sample
License: MIT
BuildArch: noarch

%description
A sample.

%install
mkdir -p %{buildroot}/usr/bin %{buildroot}/etc %{buildroot}/usr/share/verified %{buildroot}/var/lib/verified
for f in same changed upper linked gone empty; do echo "$f" > %{buildroot}/usr/bin/$f; done
: > %{buildroot}/usr/bin/empty
ln %{buildroot}/usr/bin/same %{buildroot}/usr/bin/again
ln -s same %{buildroot}/usr/bin/symbolic
echo a > %{buildroot}/etc/verified.conf
echo b > %{buildroot}/usr/share/verified/unverified
echo c > %{buildroot}/var/lib/verified/ghost

%files
/usr/bin/*
%config /etc/verified.conf
%verify(not md5 size mtime) /usr/share/verified/unverified
%ghost /var/lib/verified/ghost
`
	for _, algorithm := range []string{"8", "2", "1"} { // SHA-256, SHA-1, MD5
		t.Run(algorithm, func(t *testing.T) {
			t.Parallel()
			base := t.TempDir()
			put(t, base, "etc/os-release", "ID=rocky\nVERSION_ID=9.4\n")
			flags := []string{"--root", base, "--dbpath", "/var/lib/rpm", "--define", "_db_backend sqlite"}
			capture(t, base, "rpm", append(flags, "--initdb")...)
			packages := buildRPM(t, spec, "--define", "_binary_filedigest_algorithm "+algorithm)
			capture(t, base, "rpm", slices.Concat(flags, []string{"-i", "--nodeps", "--nosignature", "--nodigest"}, packages)...)
			tamper(t, base, "usr/bin/changed", "etc/verified.conf", "usr/share/verified/unverified")
			put(t, base, "var/lib/verified/ghost", "made later")
			before := treeOf(t, base)
			openers := []tarball.Opener{opener(before.layer(t, tree{base, map[string]state{}}))}
			tamper(t, base, "usr/bin/upper", "usr/bin/empty")
			capture(t, base, "rm", "usr/bin/gone", "usr/bin/linked", "usr/bin/symbolic")
			capture(t, base, "ln", "-s", "upper", "usr/bin/linked")
			capture(t, base, "ln", "-s", "upper", "usr/bin/symbolic")
			openers = append(openers, opener(treeOf(t, base).layer(t, before)))
			r, _ := newSession(t).scan(t, "--only", "package-file-changed", dockerArchive(t, imageFrom(t, openers...)))
			got := changedFiles(r)
			diff(t, got, []string{"usr/bin/changed layer 0", "usr/bin/upper layer 1", "usr/bin/empty layer 1", "usr/bin/linked layer 1"})
			var names []string
			for _, line := range got {
				name, _, _ := strings.Cut(line, " ")
				if name != "usr/bin/linked" { // rpm -V tells its mode, not its digest
					names = append(names, name)
				}
			}
			diff(t, names, verified(t, "rpm", append(flags, "-V", "verified")...))
		})
	}
}

// TestCasesVerify wants nothing to be said of the real images of the cases, and
// of each that has an apk database exactly what a further layer changes.
func TestCasesVerify(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(cases.Dir(t, "images"), "*.docker-archive.tar.gz"))
	if err != nil || len(files) == 0 {
		t.Skip("no images among the cases")
	}
	for _, file := range files {
		r, _ := newSession(t).scan(t, "--only", "package-file-changed", file)
		diff(t, changedFiles(r), nil)
		members := untar(t, gunzip(t, file))
		var manifest []struct{ Layers []string }
		if err := json.Unmarshal([]byte(members["manifest.json"]), &manifest); err != nil {
			t.Fatal(err)
		}
		if len(manifest) != 1 || len(manifest[0].Layers) != 1 {
			continue
		}
		bottom := []byte(members[manifest[0].Layers[0]])
		inside := untar(t, bytes.NewReader(bottom))
		if inside["lib/apk/db/installed"] == "" || inside["bin/busybox"] == "" {
			t.Logf("%s has no busybox of apk's: nothing is changed in it", filepath.Base(file))
			continue
		}
		upper := tarOf(t, "bin/busybox", inside["bin/busybox"]+"!", "sbin/apk", inside["sbin/apk"], "etc/motd", "own", "usr/local/bin/apk", "own", "lib/ld-own.so", "own")
		r, _ = newSession(t).scan(t, "--only", "package-file-changed", dockerArchive(t, imageOf(t, bottom, upper)))
		diff(t, changedFiles(r), []string{"bin/busybox layer 1"})
		cases.Agree(t, "images/"+filepath.Base(file), 1, 1)
	}
}
