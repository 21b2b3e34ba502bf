package image

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// noDaemons hides the daemons and credentials of this machine.
func noDaemons(t *testing.T) {
	t.Helper()
	home := t.TempDir()
	for key, value := range map[string]string{
		"HOME": home, "XDG_RUNTIME_DIR": home, "XDG_CONFIG_HOME": home, "DOCKER_CONFIG": filepath.Join(home, ".docker"),
		"DOCKER_HOST": "unix:///missing/docker.sock", "CONTAINER_HOST": "unix:///missing/podman.sock",
		"DOCKER_CONTEXT": "", "REGISTRY_AUTH_FILE": "",
	} {
		t.Setenv(key, value)
	}
}

// fakeDaemon answers as Docker's Engine API does about one image, and counts
// its exports. It gives its address.
func fakeDaemon(t *testing.T, img v1.Image, names ...string) (string, *atomic.Int64) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("needs Unix sockets")
	}
	config, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	id, err := img.ConfigName()
	if err != nil {
		t.Fatal(err)
	}
	archive := writeDockerArchive(t, img, "shop:1.4")
	var exports atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := strings.TrimPrefix(r.URL.Path, "/images/")
		cut := strings.LastIndexByte(path, '/')
		name, what := path[:cut], path[cut+1:]
		if !slices.Contains(names, name) && name != id.String() {
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprintf(w, `{"message":"No such image: %s"}`, name)
			return
		}
		switch what {
		case "json":
			json.NewEncoder(w).Encode(map[string]any{
				"Id": id, "RepoTags": []string{"shop:1.4"}, "Os": config.OS, "Architecture": config.Architecture, "Created": "",
				"Config": config.Config, "RootFS": map[string]any{"Type": "layers", "Layers": config.RootFS.DiffIDs},
			})
		case "history":
			var past []recalled
			for _, h := range slices.Backward(config.History) {
				size := int64(100)
				if h.EmptyLayer || h.Comment == "without bytes" {
					size = 0
				}
				past = append(past, recalled{CreatedBy: h.CreatedBy, Size: size})
			}
			json.NewEncoder(w).Encode(past)
		case "get":
			exports.Add(1)
			http.ServeFile(w, r, archive)
		}
	}))
	dir, err := os.MkdirTemp("", "d") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	socket := filepath.Join(dir, "s")
	server.Listener, err = net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	server.Start()
	t.Cleanup(server.Close)
	return "unix://" + socket, &exports
}

// daemonTestImage also has instructions that make no layer.
func daemonTestImage(t *testing.T) v1.Image {
	t.Helper()
	img, err := mutate.Append(testImage(t), mutate.Addendum{History: v1.History{CreatedBy: "ENV A=b", EmptyLayer: true}})
	if err != nil {
		t.Fatal(err)
	}
	img, err = mutate.Config(img, v1.Config{User: "shop", Env: []string{"A=b"}})
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func TestDaemon(t *testing.T) {
	noDaemons(t)
	img := daemonTestImage(t)
	address, exports := fakeDaemon(t, img, "shop:1.4", "example.com/team/shop:1.4")
	for _, test := range []struct{ variable, ref, source string }{
		{"DOCKER_HOST", "docker:shop:1.4", "docker"},
		{"DOCKER_HOST", "shop:1.4", "docker"},
		{"DOCKER_HOST", "example.com/team/shop:1.4", "docker"},
		{"CONTAINER_HOST", "podman:shop:1.4", "podman"},
		{"CONTAINER_HOST", "shop:1.4", "podman"},
	} {
		t.Run(test.variable+" "+strings.ReplaceAll(test.ref, "/", "_"), func(t *testing.T) {
			t.Setenv(test.variable, address)
			exports.Store(0)
			temp := t.TempDir()
			got := open(t, test.ref, Options{Offline: true, TempDir: temp})
			if got.Source != test.source || got.Platform != "linux/amd64" || got.Config.Config.User != "shop" || len(got.Config.History) != 4 {
				t.Errorf("%+v", got)
			}
			if exports.Load() != 0 {
				t.Error("the image is exported before a layer is opened")
			}
			same(t, got, img)
			if exports.Load() != 1 {
				t.Errorf("%d exports", exports.Load())
			}
			if err := got.Close(); err != nil {
				t.Error(err)
			}
			leftNothing(t, temp)
		})
	}
}

func TestDaemonMissing(t *testing.T) {
	noDaemons(t)
	address, _ := fakeDaemon(t, daemonTestImage(t), "shop:1.4")
	if _, err := Open(t.Context(), "docker:shop", Options{}); !errors.Is(err, errNoDaemon) {
		t.Error(err)
	}
	t.Setenv("DOCKER_HOST", "ssh://somewhere")
	if _, err := Open(t.Context(), "docker:shop", Options{}); err == nil || !strings.Contains(err.Error(), "docker save") {
		t.Error(err)
	}
	t.Setenv("DOCKER_HOST", "tcp://192.0.2.1:2375")
	if _, err := Open(t.Context(), "docker:shop", Options{Offline: true}); !errors.Is(err, ErrOffline) {
		t.Error(err)
	}
	t.Setenv("DOCKER_HOST", address)
	if _, err := Open(t.Context(), "docker:27", Options{}); !errors.Is(err, ErrNotFound) || !strings.Contains(err.Error(), "registry:docker:27") {
		t.Error(err)
	}
	// The daemon has the image, but for another platform: the registry is next.
	if _, err := Open(t.Context(), "shop:1.4", Options{Offline: true, Platform: "linux/s390x"}); !errors.Is(err, ErrOffline) {
		t.Error(err)
	}
	if _, err := Open(t.Context(), "docker:shop:1.4", Options{Platform: "linux/s390x"}); err == nil || !strings.Contains(err.Error(), "not for linux/s390x") {
		t.Error(err)
	}
}

// TestDaemonDoubt has a history that leaves open which instruction made a
// layer, which only the export tells.
func TestDaemonDoubt(t *testing.T) {
	noDaemons(t)
	img := testImage(t)
	for _, text := range []string{"/bin/sh -c true", "/bin/sh -c rm x"} {
		l, err := random.Layer(10, types.DockerLayer)
		if err != nil {
			t.Fatal(err)
		}
		add := mutate.Addendum{History: v1.History{CreatedBy: text, EmptyLayer: true}}
		if strings.Contains(text, "rm") {
			add = mutate.Addendum{Layer: l, History: v1.History{CreatedBy: text, Comment: "without bytes"}}
		}
		if img, err = mutate.Append(img, add); err != nil {
			t.Fatal(err)
		}
	}
	address, exports := fakeDaemon(t, img, "shop:1.4")
	t.Setenv("DOCKER_HOST", address)
	got := open(t, "docker:shop:1.4", Options{})
	if by := got.Layers[len(got.Layers)-1].CreatedBy; by != "/bin/sh -c rm x" {
		t.Errorf("the last layer is created by %q", by)
	}
	tars(t, got)
	if exports.Load() != 1 {
		t.Errorf("%d exports", exports.Load())
	}
}

// TestDaemonLies exports another image than the one that was named.
func TestDaemonLies(t *testing.T) {
	noDaemons(t)
	told := daemonTestImage(t)
	address, _ := fakeDaemon(t, told, "shop:1.4")
	d, err := newDaemon(address, Options{})
	if err != nil {
		t.Fatal(err)
	}
	img, err := pull{o: Options{TempDir: t.TempDir()}, ref: "shop"}.daemon(t.Context(), d, "shop:1.4")
	if err != nil {
		t.Fatal(err)
	}
	defer img.Close()
	img.closers[0].(*daemonImage).want[0] = sum(nil)
	if _, err := img.Layers[0].Open(t.Context()); err == nil || !strings.Contains(err.Error(), "does not hold the layers") {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := img.Layers[0].Open(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestContext(t *testing.T) {
	noDaemons(t)
	address, _ := fakeDaemon(t, daemonTestImage(t), "shop:1.4")
	home := os.Getenv("HOME")
	meta := filepath.Join(home, ".docker", "contexts", "meta", hexOf("mine"))
	if err := os.MkdirAll(meta, 0o755); err != nil {
		t.Fatal(err)
	}
	for file, text := range map[string]string{
		filepath.Join(home, ".docker", "config.json"): `{"currentContext":"mine"}`,
		filepath.Join(meta, "meta.json"):              `{"Name":"mine","Endpoints":{"docker":{"Host":"` + address + `"}}}`,
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("DOCKER_HOST", "")
	if got := open(t, "docker:shop:1.4", Options{}); got.Source != "docker" {
		t.Error(got.Source)
	}
}

func TestLayered(t *testing.T) {
	for _, test := range []struct {
		history string // instruction=size
		layers  int
		want    string // + for a layer; empty for doubt
	}{
		{"ADD a=5|RUN b=5", 2, "++"},
		{"ADD a=5|ENV b=0|RUN c=5", 2, "+-+"},
		{"ADD a=5|ENV b=0|RUN true # buildkit=0", 2, "+-+"},
		{"ADD a=5|WORKDIR /app # buildkit=0|WORKDIR / # buildkit=0|CMD x=0", 2, "++--"},
		{"ADD a=5|/bin/sh -c #(nop) WORKDIR /=0|CMD x=0", 1, "+--"},
		{"ADD a=5|/bin/sh -c #(nop) WORKDIR /app=0|/bin/sh -c rm a=0", 3, "+++"},
		{"ADD a=5|/bin/sh -c #(nop) WORKDIR /app=0|/bin/sh -c true=0", 2, ""},
		{"ADD a=5|ENV b=0", 7, ""},
		{"ADD a=5|RUN b=5", 1, ""},
	} {
		var past []recalled
		for part := range strings.SplitSeq(test.history, "|") {
			cut := strings.LastIndexByte(part, '=')
			past = append(past, recalled{CreatedBy: part[:cut], Size: int64(part[cut+1] - '0')})
		}
		made, ok := layered(past, test.layers)
		got := ""
		for _, m := range made {
			if m {
				got += "+"
			} else {
				got += "-"
			}
		}
		if got != test.want || ok != (got != "") {
			t.Errorf("%s with %d layers: %s, want %s", test.history, test.layers, got, test.want)
		}
	}
}

// TestContainerd runs a command that stands in for ctr: no containerd runs in
// tests.
func TestContainerd(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs a shell")
	}
	noDaemons(t)
	img := testImage(t)
	layout := tarOf(t, writeLayout(t, img, "docker.io/library/shop:1.4"))
	bin := t.TempDir()
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	t.Setenv("CONTAINERD_NAMESPACE", "")
	t.Setenv("LAYOUT", layout)
	script := `#!/bin/sh
if [ "$*" = "-n k8s.io images export - docker.io/library/shop:1.4" ]; then exec cat "$LAYOUT"; fi
echo "ctr: image: not found" >&2
exit 1
`
	if err := os.WriteFile(filepath.Join(bin, "ctr"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	temp := t.TempDir()
	got := open(t, "containerd:shop:1.4", Options{TempDir: temp})
	same(t, got, img)
	if got.Source != "containerd" {
		t.Error(got.Source)
	}
	if _, err := Open(t.Context(), "containerd:other", Options{TempDir: temp}); !errors.Is(err, ErrNotFound) || !strings.Contains(err.Error(), "k8s.io") {
		t.Error(err)
	}
	if err := got.Close(); err != nil {
		t.Error(err)
	}
	leftNothing(t, temp)
	t.Setenv("PATH", t.TempDir())
	if _, err := Open(t.Context(), "containerd:shop:1.4", Options{}); err == nil || !strings.Contains(err.Error(), "ctr") {
		t.Error(err)
	}
}
