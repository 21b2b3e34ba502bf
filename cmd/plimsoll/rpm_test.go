package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// rpmSpec is a package that rpmbuild makes without compiling anything.
func rpmSpec(name, version, more string) string {
	return fmt.Sprintf(`Name: %s
Version: %s
Release: 3%%{?dist}
Summary: a sample
License: MIT and (GPLv2+ or ASL 2.0)
%s

%%description
A sample.

%%install
mkdir -p %%{buildroot}/usr/share/%%{name}
echo 1 > %%{buildroot}/usr/share/%%{name}/file

%%files
/usr/share/%%{name}
`, name, version, more)
}

// buildRPM makes binary packages of a spec and gives their files.
func buildRPM(t testing.TB, spec string, flags ...string) []string {
	t.Helper()
	dir := t.TempDir()
	put(t, dir, "sample.spec", spec)
	args := append([]string{"-bb", "--quiet", "--define", "_topdir " + dir, "--define", "dist .el9"}, flags...)
	capture(t, dir, "rpmbuild", append(args, "sample.spec")...)
	files, err := filepath.Glob(filepath.Join(dir, "RPMS/*/*.rpm"))
	if err != nil || len(files) == 0 {
		t.Fatalf("rpmbuild made nothing (%v)", err)
	}
	return files
}

// writable skips the test where rpm cannot write a format: Debian's is built
// without ndb.
func writable(t testing.TB, backend string) {
	t.Helper()
	dir := t.TempDir()
	capture(t, dir, "rpm", "--root", dir, "--dbpath", "/db", "--define", "_db_backend "+backend, "--initdb")
	file := map[string]string{"sqlite": "rpmdb.sqlite", "ndb": "Packages.db"}[backend]
	if _, err := os.Stat(filepath.Join(dir, "db", file)); err != nil {
		t.Skipf("this rpm is built without %s: it writes no %s", backend, file)
	}
}

// TestRPM has rpm itself keep a database in each format that it can write, adds,
// upgrades and removes packages over three layers, and wants what rpm -qa says.
func TestRPM(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds packages with rpmbuild")
	}
	if runtime.GOOS != "linux" || os.Geteuid() != 0 {
		t.Skip("rpm installs into a root only for root, on Linux")
	}
	tool(t, "rpm", "rpmbuild")
	first := slices.Concat(
		buildRPM(t, rpmSpec("plain", "1.0", "")),
		buildRPM(t, rpmSpec("epoch", "2.0~rc1", "Epoch: 7\nBuildArch: noarch")),
		buildRPM(t, rpmSpec("parent", "5", "")+"\n%package -n child\nSummary: a part\nVersion: 6^git1\nLicense: BSD\n%description -n child\nA part.\n%files -n child\n"),
		buildRPM(t, rpmSpec("foreign", "1", ""), "--target", "i686"),
	)
	upgrade := buildRPM(t, rpmSpec("plain", "1.1", ""))
	for _, backend := range []string{"sqlite", "ndb"} {
		t.Run(backend, func(t *testing.T) {
			t.Parallel()
			base := t.TempDir()
			put(t, base, "etc/os-release", "ID=rocky\nVERSION_ID=9.4\n")
			rpm := func(args ...string) string {
				flags := []string{"--root", base, "--dbpath", "/var/lib/rpm", "--define", "_db_backend " + backend}
				return capture(t, base, "rpm", append(flags, args...)...)
			}
			var states []map[string]bool
			var openers []tarball.Opener
			before := tree{base, map[string]state{}}
			seal := func() {
				state := map[string]bool{}
				for l := range strings.Lines(rpm("-qa", "--qf", `%{NAME}\t%|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}\t%{ARCH}\t%{SOURCERPM}\n`)) {
					state[strings.TrimSuffix(l, "\n")] = true
				}
				now := treeOf(t, base)
				openers = append(openers, opener(now.layer(t, before)))
				before, states = now, append(states, state)
			}
			writable(t, backend)
			rpm("--initdb")
			rpm(append([]string{"-i", "--nodeps", "--ignorearch", "--nosignature"}, first...)...)
			seal()
			rpm(append([]string{"-U", "--nodeps", "--nosignature"}, upgrade...)...)
			seal()
			rpm("-e", "--nodeps", "parent")
			seal()

			var want []string
			last := len(states) - 1
			for l := range states[last] {
				layer := last
				for layer > 0 && states[layer-1][l] {
					layer--
				}
				want = append(want, fmt.Sprintf("%s\tlayer %d", l, layer))
			}
			if len(want) < 4 {
				t.Fatalf("rpm -qa lists %v", want)
			}
			r, _ := newSession(t).scan(t, dockerArchive(t, imageFrom(t, openers...)))
			var got []string
			for _, p := range packages(r, "rpm") {
				version := p.SourceVer()
				if p.SourceVersion == "" {
					_, version, _ = strings.Cut(":"+p.Version, ":") // the file's name has no epoch
					version = version[strings.LastIndexByte(version, ':')+1:]
				}
				source := fmt.Sprintf("%s-%s.src.rpm", p.SourceName(), version)
				got = append(got, fmt.Sprintf("%s\t%s\t%s\t%s\tlayer %d", p.Name, p.Version, p.Arch, source, p.At.Layer))
			}
			diff(t, got, want)
			t.Logf("%d packages, rpm -qa lists %d; %s", len(got), len(want), r.Target.Distro)
		})
	}
}

// TestRPMMany wants every package of a database that has grown over many pages.
func TestRPMMany(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds packages with rpmbuild")
	}
	if runtime.GOOS != "linux" || os.Geteuid() != 0 {
		t.Skip("rpm installs into a root only for root, on Linux")
	}
	tool(t, "rpm", "rpmbuild")
	spec := rpmSpec("many", "1", "BuildArch: noarch")
	for n := range 300 {
		spec += fmt.Sprintf("\n%%package part%d\nSummary: part %d\n%%description part%d\n%s\n%%files part%d\n", n, n, n, strings.Repeat("Long words. ", n*5), n)
	}
	files := buildRPM(t, spec)
	for _, backend := range []string{"sqlite", "ndb"} {
		t.Run(backend, func(t *testing.T) {
			writable(t, backend)
			base := t.TempDir()
			flags := []string{"--root", base, "--dbpath", "/usr/lib/sysimage/rpm", "--define", "_db_backend " + backend}
			capture(t, base, "rpm", slices.Concat(flags, []string{"-i", "--nodeps", "--nosignature", "--justdb"}, files)...)
			capture(t, base, "rpm", slices.Concat(flags, []string{"-e", "--nodeps", "--justdb", "many-part7", "many-part250"})...)
			var want, got []string
			for l := range strings.Lines(capture(t, base, "rpm", slices.Concat(flags, []string{"-qa", "--qf", "%{NAME} %{VERSION}-%{RELEASE}\n"})...)) {
				want = append(want, strings.TrimSpace(l))
			}
			if len(want) < 299 {
				t.Fatalf("rpm -qa lists %d", len(want))
			}
			r, _ := newSession(t).scan(t, "dir:"+base)
			for _, p := range packages(r, "rpm") {
				got = append(got, p.Name+" "+p.Version)
			}
			diff(t, got, want)
			t.Logf("%d packages, rpm -qa lists %d", len(got), len(want))
		})
	}
}
