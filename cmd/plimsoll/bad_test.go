package main

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/plimsoll/plimsoll/report"
)

// memoryBudget is the most that a scan may take, whatever the image.
const memoryBudget = 200 << 20

// withinBudget fails when the program took more memory than it may.
func withinBudget(t testing.TB, peak int64) {
	t.Helper()
	t.Logf("peak memory %d MB", peak>>20)
	if peak > memoryBudget {
		t.Errorf("peak memory %d MB is more than %d MB", peak>>20, int64(memoryBudget)>>20)
	}
}

func needLinux(t testing.TB) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("peak memory is read from /proc")
	}
}

// TestNoImage wants exit code 3 and a message that names the file.
func TestNoImage(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	file, img := sample(t)
	archive := dockerArchive(t, img)
	whole, err := os.ReadFile(archive)
	if err != nil {
		t.Fatal(err)
	}
	packed, err := os.ReadFile(gzipped(t, archive))
	if err != nil {
		t.Fatal(err)
	}
	shop, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	put(t, s.dir,
		"notes.txt", "Not an image.\n", "empty.tar", "", "zeros.tar", strings.Repeat("\x00", 4096),
		"other.tar", string(tarOf(t, "readme", "hello")),
		"half.tar", string(whole[:len(whole)/2]), "half.tar.gz", string(packed[:len(packed)/2]), "half-oci.tar", string(shop[:len(shop)/2]),
		"half-name.tar", string(whole[:700]),
		"bad-manifest.tar", string(tarOf(t, "manifest.json", "[{")),
		"no-config.tar", string(tarOf(t, "manifest.json", `[{"Config":"c.json","Layers":["l.tar"]}]`)),
		"broken-layout/index.json", "{}", "broken-layout/blobs/x", "",
		"just-files/a.txt", "a",
	)
	if err := os.Mkdir(filepath.Join(s.dir, "nothing"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		ref   string
		words []string
	}{
		{"./notes.txt", []string{"notes.txt", "not an image"}},
		{"docker-archive:notes.txt", []string{"notes.txt", "not an image"}},
		{"oci-archive:notes.txt", []string{"notes.txt", "not an image"}},
		{"./empty.tar", []string{"empty.tar is empty"}},
		{"./zeros.tar", []string{"zeros.tar"}},
		{"./other.tar", []string{"other.tar", "manifest.json", "index.json"}},
		{"./nothing", []string{"nothing", "dir:"}},
		{"./just-files", []string{"just-files", "dir:"}},
		{"oci:nothing", []string{"nothing", "index.json"}},
		{"oci:notes.txt", []string{"notes.txt"}},
		{"dir:notes.txt", []string{"notes.txt"}},
		{"dir:missing", []string{"missing"}},
		{"./missing.tar", []string{"missing.tar", "not found"}},
		{"./half.tar", []string{"half.tar", "cut off"}},
		{"./half.tar.gz", []string{"half.tar.gz", "cut off"}},
		{"./half-oci.tar", []string{"half-oci.tar", "cut off"}},
		{"./half-name.tar", []string{"half-name.tar", "cut off"}},
		{"./bad-manifest.tar", []string{"bad-manifest.tar", "manifest.json"}},
		{"./no-config.tar", []string{"no-config.tar", "c.json"}},
		{"oci:broken-layout", []string{"broken-layout"}},
		{"docker:no-daemon-here", []string{"no-daemon-here"}},
		{"sbom:list.json", []string{"list.json"}},
		{"docker-archive:", []string{"docker-archive:"}},
		{"registry:UPPER CASE", []string{"UPPER CASE"}},
	} {
		t.Run(c.ref, func(t *testing.T) {
			s := *s
			s.env = []string{"DOCKER_HOST=unix:///nonexistent.sock"}
			r := s.run(t, "scan", "--db", "starter", c.ref)
			r.want(t, exitFailed, c.words...)
			if r.out != "" {
				t.Errorf("there is a report: %.200s", r.out)
			}
			t.Log(strings.TrimSpace(r.err))
		})
	}
}

// TestNoOSRelease wants the packages of a root that does not say what it is, and
// the ecosystem that therefore cannot be judged.
func TestNoOSRelease(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	put(t, s.dir, "root/var/lib/dpkg/status", "Package: bash\nStatus: install ok installed\nVersion: 5.2-1\nArchitecture: amd64\n")
	r, res := s.scan(t, "dir:root")
	if len(r.Packages) != 1 || r.Packages[0].Name != "bash" {
		t.Errorf("packages are %v", r.Packages)
	}
	if len(r.Database.Missing) != 1 || r.Database.Missing[0].Ecosystem != "deb" || !strings.Contains(r.Database.Missing[0].Reason, "os-release") {
		t.Errorf("missing is %+v", r.Database.Missing)
	}
	res.want(t, exitNoData)
	text := s.run(t, "scan", "--offline", "dir:root")
	text.want(t, exitNoData)
	if !strings.Contains(text.out+text.err, "os-release") || !strings.Contains(text.out+text.err, "deb") {
		t.Errorf("the text says nothing of it:\n%s%s", text.out, text.err)
	}
}

// TestMissingData wants exit code 4 and the ecosystem, and never a quiet 0.
func TestMissingData(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	put(t, s.dir, "root/etc/os-release", "ID=alpine\nVERSION_ID=2.1.0\n", "root/lib/apk/db/installed", "P:musl\nV:1.0-r0\nA:x86_64\n\n",
		"root/srv/node_modules/a/package.json", `{"name":"a","version":"1.0.0"}`)
	for _, args := range [][]string{{"scan", "--offline", "dir:root"}, {"scan", "--db", "starter", "dir:root"}} {
		r := s.run(t, args...)
		r.want(t, exitNoData)
		if !strings.Contains(r.out+r.err, "Alpine:v2.1") {
			t.Errorf("%v does not name Alpine:v2.1:\n%s%s", args, r.out, r.err)
		}
	}
}

// rawLayout writes an OCI layout of one gzipped layer with the digests that it
// is told, true or not.
func rawLayout(t testing.TB, blob, digest, diffID string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "layout")
	blobs := filepath.Join(dir, "blobs", "sha256")
	if err := os.MkdirAll(blobs, 0o755); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(blob)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(blob, filepath.Join(blobs, strings.TrimPrefix(digest, "sha256:"))); err != nil {
		t.Fatal(err)
	}
	part := func(kind string, content map[string]any) map[string]any {
		b, err := json.Marshal(content)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(b)
		name := hex.EncodeToString(sum[:])
		put(t, blobs, name, string(b))
		return map[string]any{"mediaType": "application/vnd.oci.image." + kind + ".v1+json", "digest": "sha256:" + name, "size": len(b)}
	}
	config := part("config", map[string]any{"os": "linux", "architecture": "amd64", "rootfs": map[string]any{"type": "layers", "diff_ids": []string{diffID}}})
	manifest := part("manifest", map[string]any{"schemaVersion": 2, "config": config, "layers": []any{
		map[string]any{"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": digest, "size": info.Size()}}})
	index, err := json.Marshal(map[string]any{"schemaVersion": 2, "manifests": []any{manifest}})
	if err != nil {
		t.Fatal(err)
	}
	put(t, dir, "index.json", string(index), "oci-layout", `{"imageLayoutVersion":"1.0.0"}`)
	return dir
}

// packLayer gzips what write gives into a file and tells both digests.
func packLayer(t testing.TB, write func(io.Writer) error) (file, digest, diffID string) {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "layer.tar.gz"))
	if err != nil {
		t.Fatal(err)
	}
	packed, plain := sha256.New(), sha256.New()
	z, err := gzip.NewWriterLevel(io.MultiWriter(f, packed), gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	if err := write(io.MultiWriter(z, plain)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return f.Name(), "sha256:" + hex.EncodeToString(packed.Sum(nil)), "sha256:" + hex.EncodeToString(plain.Sum(nil))
}

// TestDigestLies wants exit code 3 and both digests, whichever of them is wrong.
func TestDigestLies(t *testing.T) {
	t.Parallel()
	layer := tarOf(t, "etc/os-release", "ID=alpine\nVERSION_ID=3.20.1\n")
	write := func(w io.Writer) error { _, err := w.Write(layer); return err }
	lie := "sha256:" + strings.Repeat("0", 64)
	s := newSession(t)
	for range 2 { // what was refused once must not be believed from the cache
		file, digest, diffID := packLayer(t, write)
		r := s.run(t, "scan", "--offline", "oci:"+rawLayout(t, file, lie, diffID))
		r.want(t, exitFailed, "layer 0", lie, digest)
		t.Log(strings.TrimSpace(r.err))
		file, digest, diffID = packLayer(t, write)
		r = s.run(t, "scan", "--offline", "oci:"+rawLayout(t, file, digest, lie))
		r.want(t, exitFailed, "layer 0", lie, diffID)
	}
	file, digest, diffID := packLayer(t, write)
	if _, r := s.scan(t, "oci:"+rawLayout(t, file, digest, diffID)); r.code != exitOK {
		t.Errorf("exit code of the truth is %d: %s", r.code, r.err)
	}
	// A manifest that is not what the index says.
	file, digest, diffID = packLayer(t, write)
	dir := rawLayout(t, file, digest, diffID)
	index, err := os.ReadFile(filepath.Join(dir, "index.json"))
	if err != nil {
		t.Fatal(err)
	}
	var parsed struct{ Manifests []struct{ Digest string } }
	if err := json.Unmarshal(index, &parsed); err != nil {
		t.Fatal(err)
	}
	blob := filepath.Join(dir, "blobs/sha256", strings.TrimPrefix(parsed.Manifests[0].Digest, "sha256:"))
	b, err := os.ReadFile(blob)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(blob, bytes.Replace(b, []byte(`"schemaVersion":2`), []byte(`"schemaVersion":3`), 1), 0o644); err != nil {
		t.Fatal(err)
	}
	s.run(t, "scan", "--offline", "oci:"+dir).want(t, exitFailed, "manifest", parsed.Manifests[0].Digest)
}

// zeros writes n zero bytes.
func zeros(w io.Writer, n int64) error {
	block := make([]byte, 1<<20)
	for n > 0 {
		k, err := w.Write(block[:min(n, int64(len(block)))])
		if err != nil {
			return err
		}
		n -= int64(k)
	}
	return nil
}

// bomb is a gzip file of a tar with one file of n zero bytes, made of one member
// over and over.
func bomb(t testing.TB, name string, n int64) string {
	t.Helper()
	const step = 8 << 20
	var member bytes.Buffer
	z, err := gzip.NewWriterLevel(&member, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if err := zeros(z, step); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	file, _, _ := packLayer(t, func(w io.Writer) error {
		return tar.NewWriter(w).WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: n, Format: tar.FormatPAX})
	})
	head, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, append(head, bytes.Repeat(member.Bytes(), int(n/step))...), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestGzipBomb wants a layer and an archive that unpack to 64 GiB refused at the
// limit, named, in little time and memory.
func TestGzipBomb(t *testing.T) {
	t.Parallel()
	needLinux(t)
	s := newSession(t)
	file := bomb(t, "zeros", 64<<30)
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(b)
	digest := "sha256:" + hex.EncodeToString(sum[:])
	layout := rawLayout(t, file, digest, digest)
	for _, ref := range []string{"oci:" + layout, bomb(t, "zeros", 64<<30)} {
		peak, r := s.peak(t, "scan", "--offline", "--max-layer-size", "1GiB", ref)
		r.want(t, exitFailed, "--max-layer-size")
		withinBudget(t, peak)
		if r.took > 20*time.Second {
			t.Errorf("took %s", r.took)
		}
		t.Logf("%s: %s", r.took, strings.TrimSpace(r.err))
	}
}

// TestNested wants 100,000 directories in each other to be no trouble.
func TestNested(t *testing.T) {
	t.Parallel()
	needLinux(t)
	s := newSession(t)
	deep := strings.Repeat("d/", 100_000)
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	add := func(name string, kind byte, body string) {
		h := &tar.Header{Name: name, Typeflag: kind, Mode: 0o755, Size: int64(len(body))}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, body); err != nil {
			t.Fatal(err)
		}
	}
	add("etc/os-release", tar.TypeReg, "ID=alpine\nVERSION_ID=3.20.1\n")
	add("a/"+deep, tar.TypeDir, "")
	add("a/"+deep+"node_modules/far/package.json", tar.TypeReg, `{"name":"far","version":"1.0.0"}`)
	for n := 1; n <= 4000; n++ {
		add(strings.Repeat("e/", n), tar.TypeDir, "")
	}
	add(strings.Repeat("e/", 1000)+"node_modules/near/package.json", tar.TypeReg, `{"name":"near","version":"1.0.0"}`)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	peak, res := s.peak(t, "scan", "--offline", "-o", "json", dockerArchive(t, imageOf(t, b.Bytes())))
	withinBudget(t, peak)
	res.want(t, exitOK)
	r := decode(t, res.out)
	if len(r.Packages) != 1 || r.Packages[0].Name != "near" {
		t.Errorf("packages are %v", r.Packages)
	}
	wantWarning(t, r, "", "4 KiB")
	if res.took > 20*time.Second {
		t.Errorf("took %s", res.took)
	}
}

// wantWarning looks for a warning on a path that has a word.
func wantWarning(t testing.TB, r *report.Report, path, word string) {
	t.Helper()
	for _, w := range r.Warnings {
		if strings.HasPrefix(w.At.Path, path) && strings.Contains(w.Message, word) {
			return
		}
	}
	t.Errorf("no warning of %q on %q: %.1000v", word, path, r.Warnings)
}

// TestNestedDirectory wants the same of directories that are really there, far
// deeper than a path may be long for the system.
func TestNestedDirectory(t *testing.T) {
	t.Parallel()
	tool(t, "sh", "rm")
	s := newSession(t)
	put(t, s.dir, "root/etc/os-release", "ID=alpine\nVERSION_ID=3.20.1\n", "root/srv/node_modules/near/package.json", `{"name":"near","version":"1.0.0"}`)
	t.Cleanup(func() { exec.Command("rm", "-rf", filepath.Join(s.dir, "root")).Run() })
	name := strings.Repeat("d", 40)
	capture(t, filepath.Join(s.dir, "root"), "sh", "-c",
		fmt.Sprintf("i=0; while [ $i -lt 120 ]; do mkdir %s && cd -P %s || exit 1; i=$((i+1)); done", name, name))
	r, res := s.scan(t, "dir:root")
	res.want(t, exitOK)
	if len(r.Packages) != 1 || r.Packages[0].Name != "near" {
		t.Errorf("packages are %v", r.Packages)
	}
	if len(r.Warnings) == 0 {
		t.Error("no warning of what could not be read")
	}
}

// TestNoise wants a warning that names the file for each that is not what its
// name says, and the packages beside them.
func TestNoise(t *testing.T) {
	t.Parallel()
	random := rand.NewChaCha8([32]byte{1})
	noise := make([]byte, 200_000)
	if _, err := random.Read(noise); err != nil {
		t.Fatal(err)
	}
	n := string(noise)
	bad := []string{
		"opt/app.jar", "var/lib/dpkg/status", "srv/node_modules/noise/package.json",
		"usr/lib/python3/dist-packages/x.dist-info/METADATA", "usr/lib/python3/dist-packages/y.egg", "var/lib/rpm/rpmdb.sqlite", "var/lib/rpm/Packages", "lib/apk/db/installed",
	}
	files := []string{"srv/node_modules/good/package.json", `{"name":"good","version":"1.0.0"}`, "usr/bin/program", "\x7fELF" + n}
	for _, path := range bad {
		files = append(files, path, n)
	}
	s := newSession(t)
	r, res := s.scan(t, dockerArchive(t, imageOf(t, tarOf(t, files...))))
	if res.code == exitStop {
		t.Errorf("exit code is %d", res.code)
	}
	for _, path := range bad {
		wantWarning(t, r, path, "")
	}
	if npm := packages(r, "npm"); len(npm) != 1 || npm[0].Name != "good" {
		t.Errorf("npm packages are %v", npm)
	}
	for _, p := range r.Packages {
		if p.Name != "good" {
			t.Errorf("a package out of noise: %+v", p)
		}
	}
	text := s.run(t, "scan", "--offline", dockerArchive(t, imageOf(t, tarOf(t, files...))))
	if !strings.Contains(text.out+text.err, "opt/app.jar") {
		t.Errorf("the text does not name a file that could not be read:\n%s%s", text.out, text.err)
	}
}
