package osrelease

import (
	"bytes"
	"testing"

	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/walk"
)

// merged is the distribution of an image of such files.
func merged(t *testing.T, files map[string]string) inventory.Distro {
	t.Helper()
	part := &inventory.Part{}
	for path, content := range files {
		f := walk.NewFile(path, 0o644, int64(len(content)), bytes.NewReader([]byte(content)))
		if err := Cataloger().Read(t.Context(), f, part); err != nil {
			t.Fatal(err)
		}
	}
	return inventory.Merge([]inventory.Part{*part}).Distro
}

// TestStream holds when a Red Hat image counts as one of extended support.
func TestStream(t *testing.T) {
	const (
		repo     = "etc/yum.repos.d/redhat.repo"
		manifest = "root/buildinfo/content_manifests/shop-container-1-2.json"
	)
	for _, c := range []struct{ name, path, text, want string }{
		{"EUS enabled", repo, "[rhel-8-for-x86_64-baseos-eus-rpms]\nname = BaseOS EUS\nenabled = 1\n[rhel-8-for-x86_64-baseos-rpms]\nenabled = 0\n", "eus"},
		{"both: the newest of either is installed", repo, "[rhel-8-for-x86_64-baseos-eus-rpms]\nenabled = 1\n[rhel-8-for-x86_64-baseos-rpms]\n", ""},
		{"EUS disabled", repo, "[rhel-8-for-x86_64-baseos-eus-rpms]\nenabled=false\n", ""},
		{"SAP", repo, "[rhel-9-for-x86_64-appstream-e4s-rpms]\nenabled=1\n[rhel-9-for-x86_64-sap-solutions-e4s-rpms]\nenabled=1", "e4s"},
		{"7 after its end", repo, "[rhel-7-server-els-rpms]\nenabled=1\n[rhel-7-server-optional-rpms]\nenabled=1\n[rhel-7-server-ose-3.11-rpms]\n", "els"},
		{"7 as it was", repo, "[rhel-7-server-eus-rpms]\n[rhel-7-server-rpms]\nenabled=1\n", ""},
		{"cloud", repo, "[rhui-rhel-8-for-x86_64-baseos-tus-rhui-rpms]\n", "tus"},
		{"something on top", repo, "[satellite-tools-6.10-for-rhel-8-x86_64-eus-rpms]\n[codeready-builder-for-rhel-8-x86_64-eus-rpms]\n", ""},
		{"UBI", "etc/yum.repos.d/ubi.repo", "[ubi-8-baseos-rpms]\nenabled = 1\n", ""},
		{"a line before any section", repo, "enabled = 1\n", ""},
		{"content sets", manifest, `{"metadata":{"icm_version":1},"content_sets":["rhel-8-for-x86_64-baseos-eus-rpms__8_DOT_6","rhel-8-for-x86_64-appstream-eus-rpms__8_DOT_6"]}`, "eus"},
		{"content sets of both", manifest, `{"content_sets":["rhel-8-for-x86_64-baseos-eus-rpms","rhel-8-for-x86_64-baseos-rpms"]}`, ""},
		{"content sets, new place", contentSets, `{"content_sets":["rhel-8-for-x86_64-baseos-aus-rpms"]}`, "aus"},
		{"no content sets", manifest, `null`, ""},
	} {
		got := merged(t, map[string]string{"etc/os-release": "ID=rhel\nVERSION_ID=\"8.6\"\n", c.path: c.text})
		if got.ID != "rhel" || got.Version != "8.6" || got.Extended != c.want {
			t.Errorf("%s: %+v, want %q", c.name, got, c.want)
		}
	}
	part := &inventory.Part{}
	f := walk.NewFile(manifest, 0o644, 1, bytes.NewReader([]byte("{")))
	if err := Cataloger().Read(t.Context(), f, part); err == nil || len(part.Files) != 1 {
		t.Errorf("a broken manifest: %v, %d files", err, len(part.Files))
	}
}

// FuzzStream feeds hostile lists of repositories.
func FuzzStream(f *testing.F) {
	f.Add(true, []byte("[rhel-8-for-x86_64-baseos-eus-rpms]\nenabled = 1\n[[]\n=\n"))
	f.Add(false, []byte(`{"content_sets":["rhel-8-for-x86_64-baseos-eus-rpms"]}`))
	f.Fuzz(func(t *testing.T, repo bool, b []byte) {
		path := contentSets
		if repo {
			path = "etc/yum.repos.d/x.repo"
		}
		part := &inventory.Part{}
		_ = Cataloger().Read(t.Context(), walk.NewFile(path, 0o644, int64(len(b)), bytes.NewReader(b)), part)
	})
}
