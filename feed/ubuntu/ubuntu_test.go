package ubuntu

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/plimsoll/plimsoll/feed/feedtest"
)

const (
	archivePath = "/archive/refs/heads/main.tar.gz"
	top         = "ubuntu-security-notices-main/"
)

func osv(id, ecosystem string) string {
	return fmt.Sprintf(`{"id":%q,"upstream":["CVE-2024-1"],"affected":[{"package":{"ecosystem":%q,"name":"p"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"1.0-1ubuntu0.1"}]}],"ecosystem_specific":{"ubuntu_priority":"medium"}}]}`, id, ecosystem)
}

func archive(t testing.TB, files map[string]string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := w.WriteHeader(&tar.Header{Name: top + name, Typeflag: tar.TypeReg, Size: int64(len(files[name])), Mode: 0o644}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(files[name])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func first(t testing.TB) map[string]string {
	return map[string]string{archivePath: archive(t, map[string]string{
		"README.json":                         `{}`,
		"osv/cve/2024/UBUNTU-CVE-2024-1.json": osv("UBUNTU-CVE-2024-1", "Ubuntu:Pro:22.04:LTS"),
		"osv/usn/USN-1-1.json":                osv("USN-1-1", "Ubuntu:24.04:LTS"),
	})}
}

// TestRecords holds pockets, priorities and broken records.
func TestRecords(t *testing.T) {
	all, broken := feedtest.Fetched(t, Feed(), "Ubuntu", map[string]string{archivePath: archive(t, map[string]string{
		"osv/cve/1.json": osv("UBUNTU-CVE-2024-1", "Ubuntu:Pro:22.04:LTS"), "osv/cve/UBUNTU-CVE-2024-2.json": `{"id":`,
	})})
	if len(broken) != 1 || broken[0].ID != "UBUNTU-CVE-2024-2" {
		t.Errorf("broken %v", broken)
	}
	a := all["UBUNTU-CVE-2024-1"].Affected
	if len(a) != 1 || a[0].Ecosystem != "Ubuntu:Pro:22.04:LTS" || len(a[0].Severities) != 1 || a[0].Severities[0].Score != "medium" {
		t.Errorf("affected %+v", a)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(first(f)[archivePath]))
	f.Fuzz(func(t *testing.T, data []byte) {
		for a, err := range records().Read(t.Context(), os.DirFS(feedtest.Kept(t, file, data))) {
			if err == nil && a.ID == "" {
				t.Errorf("record %+v", a)
			}
		}
	})
}
