package main

import (
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/report"
)

// sample is the image that comes with the repository, an OCI archive.
func sample(t testing.TB) (file string, img v1.Image) {
	t.Helper()
	tool(t, "tar")
	file = filepath.Join(root(t), "examples", "shop.tar")
	dir := t.TempDir()
	capture(t, dir, "tar", "-xf", file)
	index, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	if img, err = index.Image(manifest.Manifests[0].Digest); err != nil {
		t.Fatal(err)
	}
	return file, img
}

// serve starts a registry, through wrap where that is given, and gives its
// address.
func serve(t testing.TB, wrap func(http.Handler) http.Handler) string {
	t.Helper()
	h := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	if wrap != nil {
		h = wrap(h)
	}
	server := httptest.NewServer(h)
	t.Cleanup(server.CloseClientConnections)
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

func push(t testing.TB, to string, img v1.Image) {
	t.Helper()
	ref, err := name.ParseReference(to)
	if err == nil {
		err = remote.Write(ref, img)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// extract unpacks an image into a directory: its files as they show on top of
// all layers, put together by another implementation.
func extract(t testing.TB, img v1.Image) string {
	t.Helper()
	dir := t.TempDir()
	r := mutate.Extract(img)
	defer r.Close()
	cmd := exec.CommandContext(t.Context(), "tar", "-xpf", "-", "--no-same-owner", "-C", dir)
	cmd.Stdin = r
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("tar: %v\n%.500s", err, out)
	}
	return dir
}

// TestSources scans the same image from everywhere that it can be and wants the
// same packages and findings.
func TestSources(t *testing.T) {
	t.Parallel()
	file, img := sample(t)
	docker := dockerArchive(t, img)
	oci := ociLayout(t, img)
	packed := tarDir(t, oci)
	address := serve(t, nil)
	push(t, address+"/shop:1", img)
	manifest, err := img.Digest()
	if err != nil {
		t.Fatal(err)
	}
	index := serve(t, nil)
	pushIndex(t, index+"/shop:all", img)
	refs := map[string]string{
		"plain path":        file,
		"docker-archive":    "docker-archive:" + docker,
		"docker-archive gz": gzipped(t, docker),
		"oci":               "oci:" + oci,
		"oci plain path":    oci,
		"oci-archive":       "oci-archive:" + packed,
		"oci-archive gz":    gzipped(t, packed),
		"registry":          "registry:" + address + "/shop:1",
		"registry digest":   "registry:" + address + "/shop@" + manifest.String(),
		"registry index":    "registry:" + index + "/shop:all",
		"sniffed registry":  address + "/shop:1",
		"dir":               "dir:" + extract(t, img),
	}
	skopeo(t, docker, address, refs)
	want := scanAt(t, file)
	if len(want.Packages) < 20 || len(want.Findings) < 20 {
		t.Fatalf("%d packages and %d findings in the sample", len(want.Packages), len(want.Findings))
	}
	for name, ref := range refs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := scanAt(t, ref)
			flat := strings.HasPrefix(ref, "dir:")
			if d := cmp.Diff(comparable(want, flat), comparable(got, flat)); d != "" {
				t.Errorf("another report than of the archive (-archive +%s):\n%.3000s", name, d)
			}
		})
	}
}

// pushIndex pushes an image for two platforms, of which img is the one that is
// taken when none is asked for.
func pushIndex(t testing.TB, to string, img v1.Image) {
	t.Helper()
	ref, err := name.ParseReference(to)
	if err != nil {
		t.Fatal(err)
	}
	other := imageOf(t, tarOf(t, "etc/os-release", "ID=alpine\nVERSION_ID=3.20\n"))
	idx := mutate.AppendManifests(empty.Index,
		mutate.IndexAddendum{Add: other, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: "s390x"}}},
		mutate.IndexAddendum{Add: img, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: "amd64"}}},
	)
	if err := remote.WriteIndex(ref, idx); err != nil {
		t.Fatal(err)
	}
}

// skopeo adds what it makes of an archive, where it is installed.
func skopeo(t testing.TB, file, address string, refs map[string]string) {
	t.Helper()
	if _, err := exec.LookPath("skopeo"); err != nil {
		t.Log("skopeo is not on PATH: its copies are left out")
		return
	}
	dir := t.TempDir()
	for name, to := range map[string]string{
		"skopeo oci":            "oci:" + dir + "/layout:tag",
		"skopeo oci-archive":    "oci-archive:" + dir + "/oci.tar",
		"skopeo docker-archive": "docker-archive:" + dir + "/docker.tar",
		"skopeo registry":       "docker://" + address + "/skopeo/shop:2",
	} {
		capture(t, dir, "skopeo", "copy", "--insecure-policy", "--dest-tls-verify=false", "docker-archive:"+file, to)
		refs[name] = strings.Replace(to, "docker://", "registry:", 1)
	}
	if _, err := exec.LookPath("umoci"); err != nil || os.Geteuid() != 0 {
		t.Log("no umoci on PATH, or not root: what it unpacks is left out")
		return
	}
	capture(t, dir, "umoci", "unpack", "--image", dir+"/layout:tag", dir+"/bundle")
	refs["umoci dir"] = "dir:" + dir + "/bundle/rootfs"
}

// TestDigestsOfSkopeo wants the digests of a pull that skopeo gives.
func TestDigestsOfSkopeo(t *testing.T) {
	t.Parallel()
	tool(t, "skopeo")
	_, img := sample(t)
	address := serve(t, nil)
	push(t, address+"/shop:1", img)
	var want struct {
		Digest       string
		Architecture string
		Os           string
		Layers       []string
	}
	about := capture(t, "", "skopeo", "inspect", "--tls-verify=false", "docker://"+address+"/shop:1")
	if err := json.Unmarshal([]byte(about), &want); err != nil {
		t.Fatal(err)
	}
	got := scanAt(t, "registry:"+address+"/shop:1").Target
	if got.Digest != want.Digest || got.Platform != want.Os+"/"+want.Architecture {
		t.Errorf("%s for %s, skopeo says %s for %s/%s", got.Digest, got.Platform, want.Digest, want.Os, want.Architecture)
	}
	var layers []string
	for _, l := range got.Layers {
		layers = append(layers, l.Digest)
	}
	if d := cmp.Diff(want.Layers, layers); d != "" {
		t.Errorf("layers (-skopeo +plimsoll):\n%s", d)
	}
}

// scanAt scans with the embedded advisories, also over the network.
func scanAt(t testing.TB, ref string) *report.Report {
	t.Helper()
	r := newSession(t).run(t, "scan", "--db", "starter", "-o", "json", "--platform", "linux/amd64", ref)
	if r.code != exitStop {
		t.Fatalf("scan %s: exit code %d\n%s", ref, r.code, r.err)
	}
	return decode(t, r.out)
}

// comparable leaves out what says where an image came from and when it was
// looked at; in a flat one also the layers, of which a directory has but one.
func comparable(r *report.Report, flat bool) *report.Report {
	c := *r
	c.Target = report.Target{Distro: r.Target.Distro}
	c.Database = report.Database{}
	if !flat {
		return &c
	}
	c.Packages = append(c.Packages[:0:0], r.Packages...)
	for i := range c.Packages {
		c.Packages[i].At.Layer = 0
	}
	c.Findings = append(c.Findings[:0:0], r.Findings...)
	c.Findings = slices.DeleteFunc(c.Findings, func(f finding.Finding) bool {
		return f.Kind == finding.Rule && f.At.Path == "" // about configuration and history, which a directory has not
	})
	for i := range c.Findings {
		c.Findings[i].At.Layer = 0
	}
	return &c
}

// TestWarmScan wants the same report from the layer cache as without it, and no
// trust in a cache that was damaged.
func TestWarmScan(t *testing.T) {
	t.Parallel()
	file, _ := sample(t)
	s := newSession(t)
	cold := s.run(t, "scan", "--offline", "--db", "starter", "-o", "json", file)
	cold.want(t, exitStop)
	kept, err := filepath.Glob(filepath.Join(s.home, ".cache/plimsoll/layers/*"))
	if err != nil || len(kept) == 0 {
		t.Fatal("the first scan kept nothing")
	}
	warm := s.run(t, "scan", "--offline", "--db", "starter", "-o", "json", file)
	if cold.out != warm.out || cold.code != warm.code {
		t.Error("another report from the cache")
	}
	for _, f := range kept {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		b[len(b)/2] ^= 0xff
		if err := os.WriteFile(f, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	damaged := s.run(t, "scan", "--offline", "--db", "starter", "-o", "json", file)
	if cold.out != damaged.out || cold.code != damaged.code {
		t.Error("another report from a damaged cache")
	}
	none := newSession(t)
	if r := none.run(t, "scan", "--offline", "--no-cache", "--db", "starter", "-o", "json", file); r.out != cold.out {
		t.Error("another report with --no-cache")
	}
	if left := filesBelow(t, none.home); len(left) > 0 {
		t.Errorf("--no-cache kept %v", left)
	}
}
