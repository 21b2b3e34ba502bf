package image

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
)

// TestSkopeo lets skopeo, which shares no code with this package, pull the same
// image: every form that it writes must open as the same image.
func TestSkopeo(t *testing.T) {
	skopeo, err := exec.LookPath("skopeo")
	if err != nil {
		t.Skip("skopeo is not installed (apt-get install skopeo): pulls are not compared with an independent tool")
	}
	noDaemons(t)
	reg := newTestRegistry(t)
	img := testImage(t)
	ref := reg.push(t, img, "shop:1.4")
	remote := "docker://" + strings.TrimPrefix(ref, "registry:")
	run := func(args ...string) []byte {
		t.Helper()
		var complaint bytes.Buffer
		cmd := exec.CommandContext(t.Context(), skopeo, append([]string{"--insecure-policy", "--override-os", "linux", "--override-arch", "amd64"}, args...)...)
		cmd.Stderr = &complaint
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("skopeo %v: %v: %s", args, err, complaint.String())
		}
		return out
	}
	var told struct {
		Digest string
		Layers []string
	}
	if err := json.Unmarshal(run("inspect", "--tls-verify=false", remote), &told); err != nil {
		t.Fatal(err)
	}
	ours := open(t, ref, quick(nil))
	if told.Digest != ours.Digest || len(told.Layers) != len(ours.Layers) {
		t.Errorf("skopeo has %s of %d layers, we have %s of %d", told.Digest, len(told.Layers), ours.Digest, len(ours.Layers))
	}
	for n, l := range ours.Layers {
		if l.Digest != told.Layers[n] {
			t.Errorf("layer %d: skopeo has %s, we have %s", n, told.Layers[n], l.Digest)
		}
	}
	want := tars(t, ours)
	dir := t.TempDir()
	for _, to := range []string{"oci:" + dir + "/layout:1.4", "oci-archive:" + dir + "/oci.tar", "docker-archive:" + dir + "/docker.tar:shop:1.4", "oci:" + dir + "/zstd:1.4"} {
		args := []string{"copy", "--src-tls-verify=false"}
		if strings.Contains(to, "zstd") {
			args = append(args, "--dest-compress-format", "zstd", "--dest-compress")
		}
		run(append(args, remote, to)...)
		got := open(t, to, Options{})
		if got.ID != ours.ID && !strings.HasPrefix(to, "oci") { // OCI has its own form of configuration
			t.Errorf("%s: ID is %s, want %s", to, got.ID, ours.ID)
		}
		for n, data := range tars(t, got) {
			if !bytes.Equal(data, want[n]) {
				t.Errorf("%s: layer %d differs", to, n)
			}
			if got.Layers[n].DiffID != ours.Layers[n].DiffID {
				t.Errorf("%s: layer %d is %s, want %s", to, n, got.Layers[n].DiffID, ours.Layers[n].DiffID)
			}
		}
		if raw := sum(run("inspect", "--raw", to)); got.Digest != "" && got.Digest != raw {
			t.Errorf("%s: digest is %s, skopeo's is %s", to, got.Digest, raw)
		}
	}
}
