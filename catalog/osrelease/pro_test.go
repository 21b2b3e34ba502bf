package osrelease

import (
	"bytes"
	"context"
	"testing"

	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/walk"
)

// TestPro holds when an Ubuntu counts as attached, together with its os-release.
func TestPro(t *testing.T) {
	for text, want := range map[string]string{
		`{"attached":true,"services":[{"name":"livepatch","status":"enabled"},{"name":"esm-infra","status":"enabled"}]}`: "esm",
		`{"attached":true,"services":[{"name":"esm-apps","status":"enabled"}]}`:                                          "esm",
		`{"attached":true,"services":[{"name":"esm-apps","status":"disabled"}]}`:                                         "",
		`{"attached":false,"services":[{"name":"esm-infra","status":"enabled"}]}`:                                        "",
		`{"attached":true}`: "",
	} {
		part := &inventory.Part{}
		for path, content := range map[string]string{"etc/os-release": "ID=ubuntu\nVERSION_ID=\"22.04\"\n", proStatus: text} {
			f := walk.NewFile(path, 0o644, int64(len(content)), bytes.NewReader([]byte(content)))
			if err := Cataloger().Read(context.Background(), f, part); err != nil {
				t.Fatal(err)
			}
		}
		got := inventory.Merge([]inventory.Part{*part}).Distro
		if got.ID != "ubuntu" || got.Version != "22.04" || got.Extended != want {
			t.Errorf("%s: %+v", text, got)
		}
	}
	part := &inventory.Part{}
	f := walk.NewFile(proStatus, 0o644, 1, bytes.NewReader([]byte("{")))
	if err := Cataloger().Read(context.Background(), f, part); err == nil || len(part.Files) != 1 {
		t.Errorf("a broken status: %v, %d files", err, len(part.Files))
	}
}

// FuzzPro feeds hostile status files.
func FuzzPro(f *testing.F) {
	f.Add([]byte(`{"attached":true,"services":[{"name":"esm-infra","status":"enabled"}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		part := &inventory.Part{}
		file := walk.NewFile(proStatus, 0o644, int64(len(b)), bytes.NewReader(b))
		_ = Cataloger().Read(context.Background(), file, part)
	})
}
