package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// noise gives bytes that do not compress.
func noise(t testing.TB, n int) []byte {
	t.Helper()
	b := make([]byte, n)
	if _, err := rand.NewChaCha8([32]byte{2}).Read(b); err != nil {
		t.Fatal(err)
	}
	return b
}

// jar is a Java archive with the identity of one library, and further members.
func jar(t testing.TB, artifact string, members ...[]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	add := func(name string, method uint16, content []byte) {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: method})
		if err == nil {
			_, err = w.Write(content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	add("META-INF/MANIFEST.MF", zip.Deflate, []byte("Manifest-Version: 1.0\r\n\r\n"))
	add("META-INF/maven/org.example/"+artifact+"/pom.properties", zip.Deflate, []byte("groupId=org.example\nartifactId="+artifact+"\nversion=1.0\n"))
	method := zip.Deflate
	if raceDetector { // minutes for a few dozen megabytes
		method = zip.Store
	}
	for n, m := range members {
		name := fmt.Sprintf("lib/inner%d.jar", n)
		if !bytes.HasPrefix(m, []byte("PK")) {
			name = fmt.Sprintf("data%d.bin", n)
		}
		add(name, method, m)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestSpoolLimit wants a warning that names the flag when a file does not fit,
// and what needs no spool all the same.
func TestSpoolLimit(t *testing.T) {
	t.Parallel()
	large := jar(t, "large", noise(t, 30<<20))
	img := imageOf(t, tarOf(t, "etc/os-release", "ID=alpine\nVERSION_ID=3.20.1\n", "app/large.jar", string(large), "app/node_modules/a/package.json", `{"name":"a","version":"1.0.0"}`))
	ref := dockerArchive(t, img)
	s := newSession(t)
	r, _ := s.scan(t, "--spool-memory", "1MiB", "--spool-disk", "2MiB", ref)
	wantWarning(t, r, "app/large.jar", "--spool-disk")
	if len(packages(r, "npm")) != 1 {
		t.Errorf("packages are %v", r.Packages)
	}
	// What was not read because of a limit must be read once the limit is higher.
	r, _ = s.scan(t, ref)
	if m := packages(r, "maven"); len(m) != 1 || len(r.Warnings) != 0 {
		t.Errorf("packages are %v, warnings %v", r.Packages, r.Warnings)
	}
}

// small mounts a file system of a megabyte.
func small(t testing.TB) string {
	t.Helper()
	if runtime.GOOS != "linux" || os.Geteuid() != 0 {
		t.Skip("a small file system can be mounted by root only, on Linux")
	}
	dir := filepath.Join(t.TempDir(), "small")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=1m", "none", dir).CombinedOutput(); err != nil {
		t.Skipf("mount: %v: %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
			t.Errorf("umount: %v: %s", err, out)
		}
	})
	return dir
}

// TestFullDisk wants a clear end, or a warning where the scan can go on, when
// there is no space for temporary files, the cache or the report.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	disk := small(t)
	s := newSession(t)
	s.temp = disk
	ref := dockerArchive(t, imageOf(t, tarOf(t, "etc/os-release", "ID=alpine\nVERSION_ID=3.20.1\n", "app/large.jar", string(jar(t, "large", noise(t, 20<<20))))))

	r := s.run(t, "scan", "--offline", gzipped(t, ref))
	r.want(t, exitFailed, "no space left", "--temp-dir")
	t.Log(strings.TrimSpace(r.err))

	scanned, res := s.scan(t, ref) // the jar goes to disk, the image need not
	wantWarning(t, scanned, "app/large.jar", "no space left")
	res.want(t, exitOK)

	elsewhere := filepath.Join(s.home, "elsewhere")
	put(t, elsewhere, "x", "")
	scanned, _ = s.scan(t, "--temp-dir", elsewhere, ref)
	if len(packages(scanned, "maven")) != 1 {
		t.Errorf("with --temp-dir the packages are %v, warnings %v", scanned.Packages, scanned.Warnings)
	}

	full := filepath.Join(disk, "fill")
	if err := os.WriteFile(full, noise(t, 1<<20-8<<10), 0o644); err != nil {
		t.Fatal(err)
	}
	defer os.Remove(full)
	s.temp = elsewhere
	if err := os.Remove(filepath.Join(elsewhere, "x")); err != nil {
		t.Fatal(err)
	}
	file, _ := sample(t)
	put(t, disk, "report.json", "the old one")
	r = s.run(t, "scan", "--offline", "-o", "json="+filepath.Join(disk, "report.json"), file)
	r.want(t, exitFailed, "report.json", "no space left")
	if b, err := os.ReadFile(filepath.Join(disk, "report.json")); err != nil || string(b) != "the old one" {
		t.Errorf("the old report is gone: %.100q %v", b, err)
	}
	if left := filesBelow(t, disk); len(left) != 2 {
		t.Errorf("left behind: %v", left)
	}
	s.run(t, "scan", "--offline", "--cache-dir", filepath.Join(disk, "cache"), file).want(t, exitStop)
}

// TestManyFiles keeps to the budget with a layer of 300,000 tiny files, or three
// million with PLIMSOLL_TEST_MILLIONS.
func TestManyFiles(t *testing.T) {
	t.Parallel()
	needLinux(t)
	if testing.Short() {
		t.Skip("makes a large layer")
	}
	files := 300_000
	if os.Getenv("PLIMSOLL_TEST_MILLIONS") != "" {
		files = 3_000_000
	}
	file, digest, diffID := packLayer(t, func(w io.Writer) error {
		tw := tar.NewWriter(w)
		for n := range files {
			h := tar.Header{Name: fmt.Sprintf("usr/share/data/%03d/%03d/file-%d.txt", n/1000%1000, n/1000, n), Mode: 0o644, Size: 1, Typeflag: tar.TypeReg}
			if err := tw.WriteHeader(&h); err != nil {
				return err
			}
			if _, err := io.WriteString(tw, "x"); err != nil {
				return err
			}
		}
		return tw.Close()
	})
	s := newSession(t)
	ref := "oci:" + rawLayout(t, file, digest, diffID)
	for _, state := range []string{"cold", "warm"} {
		peak, r := s.peak(t, "scan", "--offline", "-o", "json", ref)
		r.want(t, exitOK)
		t.Logf("%d files, %s: %s", files, state, r.took)
		withinBudget(t, peak)
	}
}

// TestLargeFile keeps to the budget with files of five gigabytes: one of real
// zeros, and one with a hole, as tar -S packs it.
func TestLargeFile(t *testing.T) {
	t.Parallel()
	needLinux(t)
	if testing.Short() {
		t.Skip("packs five gigabytes")
	}
	tool(t, "tar", "sh")
	const size = 5 << 30
	s := newSession(t)
	last := tarOf(t, "srv/node_modules/behind/package.json", `{"name":"behind","version":"1.0.0"}`, "etc/os-release", "ID=alpine\nVERSION_ID=3.20.1\n")
	file := bomb(t, "srv/app.jar", size)
	tail, _, _ := packLayer(t, func(w io.Writer) error { _, err := w.Write(last); return err })
	capture(t, "", "sh", "-c", `cat "$1" >> "$2"`, "sh", tail, file)
	digest, diffID := digests(t, file, size, last)
	dir := t.TempDir()
	put(t, dir, "etc/os-release", "ID=alpine\nVERSION_ID=3.20.1\n", "srv/hole.jar", "PK", "srv/program", "\x7fELF", "srv/node_modules/behind/package.json", `{"name":"behind","version":"1.0.0"}`)
	for _, name := range []string{"srv/hole.jar", "srv/program"} {
		if err := os.Truncate(filepath.Join(dir, name), size); err != nil {
			t.Skipf("no files with holes here: %v", err)
		}
		if err := os.Chmod(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	holes := filepath.Join(t.TempDir(), "holes.tar")
	capture(t, dir, "tar", "-S", "-cf", holes, "etc", "srv")
	for name, ref := range map[string]string{
		"zeros": "oci:" + rawLayout(t, file, digest, diffID),
		"hole":  dockerArchive(t, imageFrom(t, opener(holes))),
	} {
		peak, res := s.peak(t, "scan", "--offline", "-o", "json", ref)
		res.want(t, exitOK)
		t.Logf("%s: %s", name, res.took)
		withinBudget(t, peak)
		if r := decode(t, res.out); len(r.Packages) != 1 || r.Packages[0].Name != "behind" {
			t.Errorf("%s: packages are %v, warnings %v", name, r.Packages, r.Warnings)
		}
	}
}

// digests are those of a gzipped tar of one file of zeros and what follows it.
func digests(t testing.TB, file string, size int64, last []byte) (digest, diffID string) {
	t.Helper()
	packed, _ := hashOf(t, file)
	plain := sha256.New()
	var b bytes.Buffer
	if err := tar.NewWriter(&b).WriteHeader(&tar.Header{Name: "srv/app.jar", Mode: 0o755, Size: size, Format: tar.FormatPAX}); err != nil {
		t.Fatal(err)
	}
	if _, err := plain.Write(b.Bytes()); err != nil {
		t.Fatal(err)
	}
	if err := zeros(plain, size); err != nil {
		t.Fatal(err)
	}
	if _, err := plain.Write(last); err != nil {
		t.Fatal(err)
	}
	return packed.String(), "sha256:" + hex.EncodeToString(plain.Sum(nil))
}

// TestNestedJar keeps to the budget and to two seconds with a jar of 30 MB in a
// jar in a jar, and finds all three.
func TestNestedJar(t *testing.T) {
	t.Parallel()
	needLinux(t)
	s := newSession(t)
	outer := jar(t, "outer", jar(t, "middle", jar(t, "inner", noise(t, 30<<20))))
	ref := dockerArchive(t, imageOf(t, tarOf(t, "etc/os-release", "ID=alpine\nVERSION_ID=3.20.1\n", "app/outer.jar", string(outer))))
	peak, res := s.peak(t, "scan", "--offline", "-o", "json", ref)
	withinBudget(t, peak)
	var got []string
	for _, p := range packages(decode(t, res.out), "maven") {
		got = append(got, p.Name+" "+p.Version+" "+p.At.Path)
	}
	diff(t, got, []string{
		"org.example:outer 1.0 app/outer.jar",
		"org.example:middle 1.0 app/outer.jar!/lib/inner0.jar",
		"org.example:inner 1.0 app/outer.jar!/lib/inner0.jar!/lib/inner0.jar",
	})
	t.Logf("took %s", res.took)
	if res.took.Seconds() > 2 {
		t.Errorf("took %s, want at most two seconds", res.took)
	}
}
