package image

import (
	"os"
	"testing"
)

// TestLive opens the image that PLIMSOLL_LIVE_IMAGE names from real daemons, and
// compares them with the archive of it in PLIMSOLL_LIVE_ARCHIVE. It finds the
// daemons as a user's call does: DOCKER_HOST, CONTAINER_HOST, CONTAINERD_ADDRESS.
func TestLive(t *testing.T) {
	ref, archive := os.Getenv("PLIMSOLL_LIVE_IMAGE"), os.Getenv("PLIMSOLL_LIVE_ARCHIVE")
	if ref == "" || archive == "" {
		t.Skip("PLIMSOLL_LIVE_IMAGE and PLIMSOLL_LIVE_ARCHIVE are not set: no real daemon is asked")
	}
	want := open(t, archive, Options{})
	for _, source := range []string{"docker:", "podman:", "containerd:", ""} {
		t.Run(source, func(t *testing.T) {
			temp := t.TempDir()
			got := open(t, source+ref, Options{TempDir: temp, Offline: true})
			if got.Config.Config.User != want.Config.Config.User || len(got.Config.Config.Env) != len(want.Config.Config.Env) || got.Platform != want.Platform {
				t.Errorf("config is %+v, want %+v", got.Config, want.Config)
			}
			all := tars(t, want)
			if len(got.Layers) != len(all) {
				t.Fatalf("%d layers, want %d", len(got.Layers), len(all))
			}
			for n, data := range tars(t, got) {
				if string(data) != string(all[n]) || got.Layers[n].DiffID != want.Layers[n].DiffID {
					t.Errorf("layer %d differs", n)
				}
				if got.Layers[n].CreatedBy != want.Layers[n].CreatedBy {
					t.Errorf("layer %d is created by %q, want %q", n, got.Layers[n].CreatedBy, want.Layers[n].CreatedBy)
				}
			}
			t.Logf("%s: id %s, digest %q, tags %q, %d layers, %d entries of history", got.Source, got.ID, got.Digest, got.Tags, len(got.Layers), len(got.Config.History))
			if err := got.Close(); err != nil {
				t.Error(err)
			}
			leftNothing(t, temp)
		})
	}
}
