package dpkg

import (
	"archive/tar"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/walk"
)

// query asks dpkg itself what is installed in a database.
func query(t *testing.T, admindir string) []string {
	t.Helper()
	tool, err := exec.LookPath("dpkg-query")
	if err != nil {
		t.Skip("dpkg-query is not installed: dpkg itself cannot be asked")
	}
	cmd := exec.Command(tool, "--admindir="+admindir, "-W",
		"-f=${db:Status-Status} ${Package} ${Version} ${Architecture} ${source:Package} ${source:Version}\n")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v", cmd, err)
	}
	var lines []string
	for line := range strings.Lines(string(out)) {
		state, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if state != "config-files" && state != "not-installed" {
			lines = append(lines, rest)
		}
	}
	slices.Sort(lines)
	return lines
}

// listed is what the cataloger found, in the words of query.
func listed(files ...*inventory.File) []string {
	var lines []string
	for _, f := range files {
		for i := range f.Packages {
			p := &f.Packages[i]
			lines = append(lines, strings.Join([]string{p.Name, p.Version, p.Arch, p.SourceName(), p.SourceVer()}, " "))
		}
	}
	slices.Sort(lines)
	return lines
}

// TestHere compares with dpkg on the machine that runs the tests, both reading
// one copy of the database, for another process may be installing something.
func TestHere(t *testing.T) {
	text, err := os.ReadFile("/" + statusPath)
	if err != nil {
		t.Skip("no Debian here, nothing to compare with")
	}
	admindir := t.TempDir()
	if err := os.WriteFile(filepath.Join(admindir, "status"), text, 0o644); err != nil {
		t.Fatal(err)
	}
	part := &inventory.Part{}
	got := listed(catalogFile(t, part, statusPath, string(text)))
	if diff := cmp.Diff(query(t, admindir), got); diff != "" {
		t.Error(diff)
	}
	if len(part.Warnings) > 0 {
		t.Errorf("warnings: %v", part.Warnings)
	}
}

// TestDebianRoot compares with dpkg on a whole root file system: the tar that
// PLIMSOLL_DEBIAN_ROOT names, as mmdebstrap writes it.
func TestDebianRoot(t *testing.T) {
	name := os.Getenv("PLIMSOLL_DEBIAN_ROOT")
	if name == "" {
		t.Skip("PLIMSOLL_DEBIAN_ROOT names no tar of a Debian root (mmdebstrap --variant=minbase bookworm root.tar)")
	}
	root, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	admindir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(admindir, "info"), 0o755); err != nil {
		t.Fatal(err)
	}
	part := &inventory.Part{}
	readRoot(t, root, part, admindir)
	want, got := query(t, admindir), listed(part.Files...)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	licensed := map[string]bool{}
	for _, f := range part.Files {
		for name := range f.Licenses {
			licensed[name] = true
		}
	}
	t.Logf("%d packages equal dpkg-query's; %d copyright files name licences", len(got), len(licensed))
	if len(licensed) < len(got)/2 {
		t.Errorf("only %d of %d packages have a licence", len(licensed), len(got))
	}
	if len(part.Warnings) > 0 {
		t.Errorf("warnings: %v", part.Warnings)
	}
}

// readRoot shows each wanted file of a tar to the cataloger and copies dpkg's
// status to admindir.
func readRoot(t *testing.T, root io.Reader, part *inventory.Part, admindir string) {
	t.Helper()
	for members := tar.NewReader(root); ; {
		h, err := members.Next()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		p := strings.TrimPrefix(strings.TrimPrefix(h.Name, "."), "/")
		if h.Typeflag != tar.TypeReg || !slices.ContainsFunc(Cataloger().Want, func(w walk.Pattern) bool {
			ok, err := filepath.Match(w.Glob, p)
			return err == nil && ok
		}) {
			continue
		}
		text, err := io.ReadAll(members)
		if err != nil {
			t.Fatal(err)
		}
		catalogFile(t, part, p, string(text))
		if p == statusPath {
			if err := os.WriteFile(filepath.Join(admindir, "status"), text, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}
