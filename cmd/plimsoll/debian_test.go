package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/plimsoll/plimsoll/inventory"
)

// debianRootVariable names the tar of a Debian root to test with in place of
// one that mmdebstrap makes.
const debianRootVariable = "PLIMSOLL_DEBIAN_ROOT"

// keptDir is where tests keep what takes long to make or to fetch, for a day.
func keptDir(t testing.TB) string {
	t.Helper()
	user, err := os.UserCacheDir()
	if err != nil {
		t.Skipf("no cache directory: %v", err)
	}
	dir := filepath.Join(user, "plimsoll-test", time.Now().UTC().Format("2006-01-02"))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// debianRoot is the tar of a minimal Debian, made once a day.
func debianRoot(t testing.TB) string {
	t.Helper()
	if testing.Short() {
		t.Skip("makes a Debian root")
	}
	if runtime.GOOS != "linux" || os.Geteuid() != 0 {
		t.Skip("dpkg installs into a root only for root, on Linux")
	}
	tool(t, "dpkg", "dpkg-deb", "dpkg-query", "apt-get", "tar")
	if file := os.Getenv(debianRootVariable); file != "" {
		return file
	}
	file := filepath.Join(keptDir(t), "bookworm.tar")
	if _, err := os.Stat(file); err == nil {
		return file
	}
	tool(t, "mmdebstrap")
	fresh := filepath.Join(t.TempDir(), "bookworm.tar")
	capture(t, "", "mmdebstrap", "--quiet", "--variant=minbase", "bookworm", fresh)
	keep(t, fresh, file)
	return file
}

// keep moves a finished file to where it stays, whole or not at all.
func keep(t testing.TB, fresh, file string) {
	t.Helper()
	unique := filepath.Base(filepath.Dir(fresh)) + strings.ReplaceAll(t.Name(), "/", "-") // tests run side by side
	part := fmt.Sprintf("%s.%d.%s", file, os.Getpid(), unique)
	capture(t, "", "cp", fresh, part)
	if err := os.Rename(part, file); err != nil {
		t.Fatal(err)
	}
}

// download gives Debian packages of the distribution that the tests run on.
func download(t testing.TB, names ...string) []string {
	t.Helper()
	dir := filepath.Join(keptDir(t), "debs")
	var files []string
	for _, name := range names {
		found, _ := filepath.Glob(filepath.Join(dir, name+"_*.deb"))
		if len(found) == 0 {
			fresh := t.TempDir()
			cmd := exec.CommandContext(t.Context(), "apt-get", "download", "-q", "-o", "APT::Sandbox::User=root", name)
			cmd.Dir = fresh
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Skipf("apt-get download %s: %v (run apt-get update)\n%.1000s", name, err, out)
			}
			if err := os.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			fetched, _ := filepath.Glob(filepath.Join(fresh, "*.deb"))
			for _, f := range fetched {
				keep(t, f, filepath.Join(dir, filepath.Base(f)))
			}
			found, _ = filepath.Glob(filepath.Join(dir, name+"_*.deb"))
		}
		if len(found) != 1 {
			t.Fatalf("%d files for %s", len(found), name)
		}
		files = append(files, found[0])
	}
	return files
}

// packageOf makes a Debian package with a control file of its own.
func packageOf(t testing.TB, control string, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	put(t, dir, append(files, "DEBIAN/control", control+"Maintainer: Nobody <nobody@example.org>\nDescription: a sample\n")...)
	file := filepath.Join(t.TempDir(), "sample.deb")
	capture(t, dir, "dpkg-deb", "--build", "--root-owner-group", dir, file)
	return file
}

// put writes files below dir, given as pairs of path and content.
func put(t testing.TB, dir string, files ...string) {
	t.Helper()
	for i := 0; i+1 < len(files); i += 2 {
		file := filepath.Join(dir, files[i])
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(files[i+1]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// debian is a root that grows into an image, a layer a step. After each step
// dpkg-query says what is installed.
type debian struct {
	dir    string
	now    tree
	layers []string            // tars
	states []map[string]string // identity of a package → its line, after each layer
}

func newDebian(t testing.TB) *debian {
	t.Helper()
	tar := debianRoot(t)
	d := &debian{dir: filepath.Join(t.TempDir(), "root"), layers: []string{tar}}
	if err := os.Mkdir(d.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	capture(t, d.dir, "tar", "-xpf", tar)
	d.now = treeOf(t, d.dir)
	d.states = append(d.states, d.installed(t))
	return d
}

// dpkg changes the root, in one layer.
func (d *debian) dpkg(t testing.TB, args ...[]string) {
	t.Helper()
	for _, a := range args {
		capture(t, d.dir, "dpkg", append([]string{"--root=" + d.dir, "--force-depends", "--force-bad-version"}, a...)...)
	}
	d.seal(t)
}

// seal makes a layer of what has changed since the last.
func (d *debian) seal(t testing.TB) {
	t.Helper()
	now := treeOf(t, d.dir)
	d.layers = append(d.layers, now.layer(t, d.now))
	d.now = now
	d.states = append(d.states, d.installed(t))
}

// installed asks dpkg-query. It also lists what is removed but for its
// configuration, which is not installed.
func (d *debian) installed(t testing.TB) map[string]string {
	t.Helper()
	const format = `${db:Status-Status}\t${Package}\t${Version}\t${Architecture}\t${source:Package}\t${source:Version}\n`
	all := map[string]string{}
	for line := range strings.Lines(capture(t, "", "dpkg-query", "--admindir="+d.dir+"/var/lib/dpkg", "-W", "-f="+format)) {
		status, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if status == "installed" {
			all[rest] = rest
		}
	}
	if len(all) == 0 {
		t.Fatal("dpkg-query lists nothing")
	}
	return all
}

// want lists the packages of the last state, each with the layer since which it
// has been there without a break.
func (d *debian) want() []string {
	var all []string
	last := len(d.states) - 1
	for line := range d.states[last] {
		layer := last
		for layer > 0 && d.states[layer-1][line] != "" {
			layer--
		}
		all = append(all, fmt.Sprintf("%s\tlayer %d", line, layer))
	}
	return all
}

func (d *debian) image(t testing.TB) (docker, layout string) {
	t.Helper()
	var openers []tarball.Opener
	for _, l := range d.layers {
		openers = append(openers, opener(l))
	}
	img := imageFrom(t, openers...)
	return dockerArchive(t, img), ociLayout(t, img)
}

func debianLine(p inventory.Package) string {
	return fmt.Sprintf("%s\t%s\t%s\t%s\t%s\tlayer %d", p.Name, p.Version, p.Arch, p.SourceName(), p.SourceVer(), p.At.Layer)
}

// TestDebian builds an image whose layers add, upgrade, downgrade, remove and
// purge packages, and wants exactly what dpkg-query sees in its root.
func TestDebian(t *testing.T) {
	t.Parallel()
	d := newDebian(t)
	sample := func(name, version, more string, files ...string) string {
		return packageOf(t, fmt.Sprintf("Package: %s\nVersion: %s\nArchitecture: all\n%s", name, version, more), files...)
	}
	real := download(t, "hello", "tree")
	d.dpkg(t, append([]string{"-i"}, real...))
	d.dpkg(t, []string{"-i",
		sample("first-sample", "1:1.0-1", "Source: samples (0.9)\n", "usr/share/first/a", "a"),
		sample("second-sample", "2.0~rc1", "", "usr/share/second/b", "b"),
		sample("kept-configuration", "3.0", "", "etc/kept.conf", "c", "DEBIAN/conffiles", "/etc/kept.conf\n"),
	})
	d.dpkg(t, []string{"--add-architecture", "i386"}, []string{"-i",
		sample("first-sample", "1:1.1-1+b1", "Source: samples\n", "usr/share/first/a", "A"),
		sample("second-sample", "1.9", "Multi-Arch: foreign\n", "usr/share/second/c", "b"),
		packageOf(t, "Package: foreign-sample\nVersion: 1\nArchitecture: i386\n"),
	})
	d.dpkg(t, []string{"--purge", "tree"}, []string{"--remove", "kept-configuration"})
	// A layer that rewrites the database and changes no package.
	capture(t, "", "touch", "-d", "2001-02-03", filepath.Join(d.dir, "var/lib/dpkg/status"))
	d.seal(t)
	d.dpkg(t, []string{"-i", real[1]})

	docker, layout := d.image(t)
	for _, ref := range []string{"docker-archive:" + docker, "oci:" + layout} {
		r, _ := newSession(t).scan(t, ref)
		var got []string
		for _, p := range packages(r, "deb") {
			got = append(got, debianLine(p))
			if p.At.Path != "var/lib/dpkg/status" {
				t.Errorf("%s is at %q", p.Name, p.At.Path)
			}
		}
		diff(t, got, d.want())
		t.Logf("%s: %d packages, dpkg-query lists %d", r.Target.Source, len(got), len(d.want()))
		if r.Target.Distro.ID != "debian" || r.Target.Distro.Version != "12" {
			t.Errorf("distro is %+v", r.Target.Distro)
		}
		if len(r.Warnings) > 0 {
			t.Errorf("warnings: %v", r.Warnings)
		}
	}
}
