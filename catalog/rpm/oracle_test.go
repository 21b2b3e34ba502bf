package rpm

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plimsoll/plimsoll/inventory"
)

// spec describes what rpm's own tools build for TestRPM: an epoch, a
// subpackage with a version of its own, a module, files that may hold packages,
// and a header too long for one page of any format.
const spec = `
Name: plain
Epoch: 2
Version: 1.2.3
Release: 4.el9
Summary: a package
License: GPLv2+ and (MIT or BSD)
BuildArch: noarch
%description
A package.
%package -n side-effects
Version: 7
Release: 1
Summary: another one
License: MIT
%description -n side-effects
Another one.
%package many
Summary: one with many files
License: Public Domain
ModularityLabel: plain:1:20240101:abcdef
%description many
Many files.
%install
mkdir -p %{buildroot}/usr/bin %{buildroot}/usr/share/many %{buildroot}/usr/lib/python3.9/site-packages/plain-1.dist-info
echo '#!/bin/true' > %{buildroot}/usr/bin/plain
echo x > %{buildroot}/usr/lib/python3.9/site-packages/plain-1.dist-info/METADATA
for i in $(seq 1 2000); do echo $i > %{buildroot}/usr/share/many/file-with-a-rather-long-name-$i; done
%files
/usr/bin/plain
/usr/lib/python3.9/site-packages/plain-1.dist-info
%files -n side-effects
%files many
/usr/share/many
`

// rpmTool runs one of rpm's own programs, or skips the test without them.
func rpmTool(t *testing.T, name string, args ...string) string {
	t.Helper()
	tool, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not installed: rpm itself cannot be asked (Debian has it in the package rpm)", name)
	}
	cmd := exec.Command(tool, args...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, stderr.String())
	}
	if strings.Contains(stderr.String(), "invalid %_db_backend") {
		t.Skipf("this rpm does not know the format: %s", strings.TrimSpace(stderr.String()))
	}
	return string(out)
}

// TestRPM compares with rpm -qa of a database that rpm itself has written.
func TestRPM(t *testing.T) {
	for backend, file := range map[string]string{"sqlite": "rpmdb.sqlite", "ndb": "Packages.db"} {
		t.Run(backend, func(t *testing.T) {
			dir := t.TempDir()
			db := []string{"--define", "_db_backend " + backend, "--dbpath", filepath.Join(dir, "db")}
			rpmTool(t, "rpm", append(db, "--initdb")...)
			specFile := filepath.Join(dir, "plain.spec")
			if err := os.WriteFile(specFile, []byte(spec), 0o644); err != nil {
				t.Fatal(err)
			}
			rpmTool(t, "rpmbuild", "-bb", "--quiet", "--define", "_topdir "+dir, "--define", "_rpmdir "+dir, specFile)
			files, err := filepath.Glob(filepath.Join(dir, "noarch", "*.rpm"))
			if err != nil || len(files) != 3 {
				t.Fatalf("built %v: %v", files, err)
			}
			rpmTool(t, "rpm", slices.Concat(db, []string{"-i", "--justdb", "--nodeps", "--noscripts"}, files)...)
			out := rpmTool(t, "rpm", append(db, "-qa", "--qf", `%{NAME} %|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE} %{ARCH} %{SOURCERPM} %|MODULARITYLABEL?{%{MODULARITYLABEL}}|\n`)...)
			want := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
			slices.Sort(want)

			content, err := os.ReadFile(filepath.Join(dir, "db", file))
			if err != nil {
				t.Fatal(err)
			}
			part := &inventory.Part{}
			f, err := catalogFile(t, part, "usr/lib/sysimage/rpm/"+file, content)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, p := range f.Packages {
				source := p.SourceVer() // of packages with an epoch, that of the package
				if _, v, ok := strings.Cut(source, ":"); ok {
					source = v
				}
				got = append(got, p.Name+" "+p.Version+" "+p.Arch+" "+p.SourceName()+"-"+source+".src.rpm "+p.Module)
			}
			slices.Sort(got)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			owned := map[string]string{"usr/bin/plain": "plain", "usr/lib/python3.9/site-packages/plain-1.dist-info/METADATA": "plain"}
			if diff := cmp.Diff(owned, f.Owned); diff != "" {
				t.Error(diff)
			}
			if len(part.Warnings) > 0 {
				t.Errorf("warnings: %v", part.Warnings)
			}
			t.Logf("%d packages equal rpm -qa", len(got))
		})
	}
}
