package redhat

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
	"go.uber.org/goleak"

	"github.com/plimsoll/plimsoll/feed"
	"github.com/plimsoll/plimsoll/feed/feedtest"
	"github.com/plimsoll/plimsoll/vulndb"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// frugal fetches a newer archive after three changes.
func frugal() fetcher { return fetcher{3} }

// small is a VEX file about one unfixed package.
func small(cve, name string) string {
	return fmt.Sprintf(`{"document":{"aggregate_severity":{"text":"Low"},"tracking":{"id":%[1]q,"current_release_date":"2024-05-01T00:00:00+00:00"}},
	"product_tree":{"branches":[{"category":"vendor","branches":[
		{"product":{"product_id":"red_hat_enterprise_linux_9","product_identification_helper":{"cpe":"cpe:/o:redhat:enterprise_linux:9"}}},
		{"product":{"product_id":%[2]q}}]}],
	"relationships":[{"full_product_name":{"product_id":"red_hat_enterprise_linux_9:%[2]s"},"product_reference":%[2]q,"relates_to_product_reference":"red_hat_enterprise_linux_9"}]},
	"vulnerabilities":[{"cve":%[1]q,"product_status":{"known_affected":["red_hat_enterprise_linux_9:%[2]s"]}}]}`, cve, name)
}

// archived packs files as Red Hat does.
func archived(t testing.TB, files map[string]string) string {
	t.Helper()
	var b bytes.Buffer
	z, err := zstd.NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	w := tar.NewWriter(z)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := w.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeReg, Size: int64(len(files[name])), Mode: 0o644}); err != nil {
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

const archiveFile = "csaf_vex_2024-05-10.tar.zst"

// source is a server's files at two times: CVE-2024-1 is then changed,
// CVE-2024-2 deleted, CVE-2024-4 new.
func source(t testing.TB) (first, next map[string]string) {
	archive := archived(t, map[string]string{
		"2024/cve-2024-1.json": small("CVE-2024-1", "one"), "2024/cve-2024-2.json": small("CVE-2024-2", "two"), "2024/cve-2024-3.json": small("CVE-2024-3", "three"),
	})
	sum := fmt.Sprintf("%x  %s\n", sha256.Sum256([]byte(archive)), archiveFile)
	old := `"2024/cve-2024-3.json","2024-05-08T10:00:00+00:00"` + "\n"
	first = map[string]string{
		"/archive_latest.txt": archiveFile, "/" + archiveFile: archive, "/" + archiveFile + ".sha256": sum,
		"/changes.csv": old, "/deletions.csv": "",
	}
	next = maps.Clone(first)
	next["/changes.csv"] = `"2024/cve-2024-4.json","2024-05-12T10:00:00+00:00"` + "\n" + `"2024/cve-2024-1.json","2024-05-11T10:00:00+00:00"` + "\n" + old
	next["/deletions.csv"] = `"2024/cve-2024-2.json","2024-05-12T11:00:00+00:00"` + "\n"
	next["/2024/cve-2024-4.json"] = small("CVE-2024-4", "four")
	next["/2024/cve-2024-1.json"] = small("CVE-2024-1", "uno")
	return first, next
}

// TestIncrement holds that only what changed is fetched, and what Changes says.
func TestIncrement(t *testing.T) {
	first, next := source(t)
	server := feedtest.Serve(t, first)
	f := newFeed(frugal())
	r := feed.Request{URL: server.URL, Ecosystem: "Red Hat", Dir: t.TempDir(), Patience: feedtest.Impatient()}
	fetch := func(want bool) {
		t.Helper()
		if changed, err := f.Fetch(t.Context(), http.DefaultClient, r); err != nil || changed != want {
			t.Fatalf("changed %v, %v", changed, err)
		}
	}
	fetch(true)
	before, err := f.Basis(os.DirFS(r.Dir))
	if err != nil {
		t.Fatal(err)
	}
	server.Asked()
	server.Set(next)
	fetch(true)
	if got := server.Asked(); !slices.Equal(got, []string{"/2024/cve-2024-1.json", "/2024/cve-2024-4.json", "/changes.csv", "/deletions.csv"}) {
		t.Errorf("asked for %v", got)
	}
	if after, err := f.Basis(os.DirFS(r.Dir)); err != nil || after != before {
		t.Errorf("basis %q, was %q, %v", after, before, err)
	}
	got := map[string]int{}
	for a, err := range f.Changes(t.Context(), os.DirFS(r.Dir)) {
		if err != nil {
			t.Fatal(err)
		}
		got[a.ID] = len(a.Affected)
	}
	if diff := cmp.Diff(map[string]int{"REDHAT-CVE-2024-1": 1, "REDHAT-CVE-2024-2": 0, "REDHAT-CVE-2024-4": 1}, got); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	fetch(false)
}

// TestManyChanges holds that a newer archive is taken when more has changed
// than is fetched one by one.
func TestManyChanges(t *testing.T) {
	first, _ := source(t)
	server := feedtest.Serve(t, first)
	f := newFeed(frugal())
	r := feed.Request{URL: server.URL, Ecosystem: "Red Hat", Dir: t.TempDir(), Patience: feedtest.Impatient()}
	if _, err := f.Fetch(t.Context(), http.DefaultClient, r); err != nil {
		t.Fatal(err)
	}
	next := maps.Clone(first)
	var list strings.Builder
	for i := range 9 {
		fmt.Fprintf(&list, "\"2024/cve-2024-%d.json\",\"2024-05-1%dT10:00:00+00:00\"\n", i, i)
	}
	next["/changes.csv"] = list.String()
	server.Set(next)
	if _, err := f.Fetch(t.Context(), http.DefaultClient, r); err == nil {
		t.Error("many changes and no newer archive")
	}
	next = maps.Clone(next)
	next["/archive_latest.txt"] = "csaf_vex_2024-05-19.tar.zst\n"
	next["/csaf_vex_2024-05-19.tar.zst"] = archived(t, map[string]string{"2024/cve-2024-9.json": small("CVE-2024-9", "nine")})
	next["/2024/cve-2024-8.json"] = small("CVE-2024-8", "eight")
	server.Set(next)
	if changed, err := f.Fetch(t.Context(), http.DefaultClient, r); err != nil || !changed {
		t.Fatalf("changed %v, %v", changed, err)
	}
	if got := slices.Sorted(maps.Keys(feedtest.Read(t, f, r.Dir))); !slices.Equal(got, []string{"REDHAT-CVE-2024-8", "REDHAT-CVE-2024-9"}) {
		t.Errorf("holds %v", got)
	}
}

// TestChecksum refuses an archive that is not the one that was published.
func TestChecksum(t *testing.T) {
	first, _ := source(t)
	first["/"+archiveFile+".sha256"] = strings.Repeat("0", 64)
	server := feedtest.Serve(t, first)
	r := feed.Request{URL: server.URL, Ecosystem: "Red Hat", Dir: t.TempDir(), Patience: feedtest.Impatient()}
	if _, err := newFeed(frugal()).Fetch(t.Context(), http.DefaultClient, r); err == nil || !strings.Contains(err.Error(), "SHA-256") {
		t.Errorf("error %v", err)
	}
}

// fixture is a VEX file of 2024 with everything: a fixed package with its
// source, one in a module, affected ones with and without a plan, one that is
// looked into, one that is not affected, one of an extended stream, a container.
const fixture = `{"document":{"title":"one: a flaw","aggregate_severity":{"text":"Important"},
 "tracking":{"id":"CVE-2024-1","initial_release_date":"2024-01-02T03:04:05+00:00","current_release_date":"2024-05-06T07:08:09+00:00"}},
"product_tree":{"branches":[{"category":"vendor","name":"Red Hat","branches":[
 {"category":"product_family","branches":[
  {"product":{"product_id":"BaseOS-9","product_identification_helper":{"cpe":"cpe:/o:redhat:enterprise_linux:9::baseos"}}},
  {"product":{"product_id":"AppStream-8","product_identification_helper":{"cpe":"cpe:/a:redhat:enterprise_linux:8::appstream"}}},
  {"product":{"product_id":"BaseOS-9.2.EUS","product_identification_helper":{"cpe":"cpe:/o:redhat:rhel_eus:9.2::baseos"}}},
  {"product":{"product_id":"red_hat_enterprise_linux_8","product_identification_helper":{"cpe":"cpe:/o:redhat:enterprise_linux:8"}}}]},
 {"category":"architecture","branches":[
  {"product":{"product_id":"one-1:2.0-3.el9.src","product_identification_helper":{"purl":"pkg:rpm/redhat/one@2.0-3.el9?arch=src&epoch=1"}}},
  {"product":{"product_id":"one-libs-1:2.0-3.el9.x86_64","product_identification_helper":{"purl":"pkg:rpm/redhat/one-libs@2.0-3.el9?arch=x86_64"}}},
  {"product":{"product_id":"one-libs-1:2.0-3.el9.s390x","product_identification_helper":{"purl":"pkg:rpm/redhat/one-libs@2.0-3.el9?arch=s390x"}}},
  {"product":{"product_id":"one-libs-0:1.9-7.el9_2.x86_64","product_identification_helper":{"purl":"pkg:rpm/redhat/one-libs@1.9-7.el9_2?arch=x86_64&epoch=0"}}},
  {"product":{"product_id":"nodejs:18:8090020240101:rhel8","product_identification_helper":{"purl":"pkg:rpmmod/redhat/nodejs@18:8090020240101:rhel8"}}},
  {"product":{"product_id":"nodejs-1:18.19-1.module+el8.x86_64","product_identification_helper":{"purl":"pkg:rpm/redhat/nodejs@18.19-1.module%2Bel8?arch=x86_64&epoch=1"}}},
  {"product":{"product_id":"tool.src","product_identification_helper":{"purl":"pkg:rpm/redhat/tool?arch=src"}}},
  {"product":{"product_id":"kernel"}},{"product":{"product_id":"nodejs:16/nodejs"}},
  {"product":{"product_id":"rhel8/thing","product_identification_helper":{"purl":"pkg:oci/thing?repository_url=registry.example"}}}]}]}],
"relationships":[
 {"full_product_name":{"product_id":"BaseOS-9:one-1:2.0-3.el9.src"},"product_reference":"one-1:2.0-3.el9.src","relates_to_product_reference":"BaseOS-9"},
 {"full_product_name":{"product_id":"BaseOS-9:one-libs-1:2.0-3.el9.x86_64"},"product_reference":"one-libs-1:2.0-3.el9.x86_64","relates_to_product_reference":"BaseOS-9"},
 {"full_product_name":{"product_id":"BaseOS-9:one-libs-1:2.0-3.el9.s390x"},"product_reference":"one-libs-1:2.0-3.el9.s390x","relates_to_product_reference":"BaseOS-9"},
 {"full_product_name":{"product_id":"EUS:one-libs"},"product_reference":"one-libs-0:1.9-7.el9_2.x86_64","relates_to_product_reference":"BaseOS-9.2.EUS"},
 {"full_product_name":{"product_id":"AppStream-8:nodejs:18:8090020240101:rhel8"},"product_reference":"nodejs:18:8090020240101:rhel8","relates_to_product_reference":"AppStream-8"},
 {"full_product_name":{"product_id":"m:nodejs"},"product_reference":"nodejs-1:18.19-1.module+el8.x86_64","relates_to_product_reference":"AppStream-8:nodejs:18:8090020240101:rhel8"},
 {"full_product_name":{"product_id":"8:tool"},"product_reference":"tool.src","relates_to_product_reference":"red_hat_enterprise_linux_8"},
 {"full_product_name":{"product_id":"8:kernel"},"product_reference":"kernel","relates_to_product_reference":"red_hat_enterprise_linux_8"},
 {"full_product_name":{"product_id":"8:nodejs"},"product_reference":"nodejs:16/nodejs","relates_to_product_reference":"red_hat_enterprise_linux_8"},
 {"full_product_name":{"product_id":"8:thing"},"product_reference":"rhel8/thing","relates_to_product_reference":"red_hat_enterprise_linux_8"},
 {"full_product_name":{"product_id":"9:kernel"},"product_reference":"kernel","relates_to_product_reference":"BaseOS-9"}]},
"vulnerabilities":[{"cve":"CVE-2024-1","title":"a flaw","notes":[{"category":"description","text":"What it is."}],
 "product_status":{"fixed":["BaseOS-9:one-1:2.0-3.el9.src","BaseOS-9:one-libs-1:2.0-3.el9.x86_64","BaseOS-9:one-libs-1:2.0-3.el9.s390x","EUS:one-libs","m:nodejs"],
  "known_affected":["8:tool","8:nodejs","8:thing"],"under_investigation":["8:kernel"],"known_not_affected":["9:kernel"]},
 "remediations":[{"category":"no_fix_planned","details":"Will not fix","product_ids":["8:tool"]},{"category":"none_available","details":"Fix deferred","product_ids":["8:nodejs"]},
  {"category":"vendor_fix","url":"https://access.redhat.com/errata/RHSA-2024:1","product_ids":["EUS:one-libs"]}],
 "scores":[{"cvss_v3":{"vectorString":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}}],
 "threats":[{"category":"impact","details":"Important","product_ids":["EUS:one-libs"]},{"category":"impact","details":"Low","product_ids":["8:nodejs"]}]}]}`

// TestDocument holds what becomes of each part of a VEX file.
func TestDocument(t *testing.T) {
	a, err := parseDocument([]byte(fixture))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range a.Affected {
		fixed, word := "", ""
		for _, event := range e.Ranges[0].Events {
			fixed += event.Fixed
		}
		for _, s := range e.Severities {
			word += s.Score
		}
		got = append(got, strings.Join([]string{e.Ecosystem, e.Name, e.Module, fixed, e.Status, word}, "|"))
	}
	want := []string{
		"Red Hat:enterprise_linux:8|kernel.src|||under-investigation|",
		"Red Hat:enterprise_linux:8|nodejs.src|nodejs:16||fix-deferred|Low",
		"Red Hat:enterprise_linux:8|tool.src|||will-not-fix|",
		"Red Hat:enterprise_linux:8::appstream|nodejs|nodejs:18|1:18.19-1.module+el8||",
		"Red Hat:enterprise_linux:9::baseos|kernel.src|||not-affected|",
		"Red Hat:enterprise_linux:9::baseos|one-libs||1:2.0-3.el9||",
		"Red Hat:rhel_eus:9.2::baseos|one-libs||1.9-7.el9_2||",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
	a.Affected = nil
	record := vulndb.Advisory{
		ID: "REDHAT-CVE-2024-1", Upstream: []string{"CVE-2024-1"}, Related: []string{"RHSA-2024:1"}, Summary: "a flaw", Details: "What it is.",
		Published: day("2024-01-02T03:04:05Z"), Modified: day("2024-05-06T07:08:09Z"),
		References: []vulndb.Reference{{Type: "ADVISORY", URL: "https://access.redhat.com/security/cve/CVE-2024-1"}},
		Severities: []vulndb.Severity{{Type: "word", Score: "Important"}, {Type: "CVSS_V3", Score: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}},
	}
	if diff := cmp.Diff(record, a); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}
}

// TestSourceOnly holds the form of 2026, which names fixed sources alone.
func TestSourceOnly(t *testing.T) {
	a, err := parseDocument([]byte(`{"product_tree":{"branches":[{"branches":[
		{"product":{"product_id":"rhel-9.6.z","product_identification_helper":{"cpe":"cpe:/a:redhat:enterprise_linux:9"}}},
		{"product":{"product_id":"libxml2-0:2.9.13-10.el9_6.src","product_identification_helper":{"purl":"pkg:rpm/redhat/libxml2@2.9.13-10.el9_6?arch=src&epoch=0"}}}]}],
		"relationships":[{"full_product_name":{"product_id":"x"},"product_reference":"libxml2-0:2.9.13-10.el9_6.src","relates_to_product_reference":"rhel-9.6.z"}]},
		"vulnerabilities":[{"cve":"CVE-2025-1","product_status":{"fixed":["x"]}}]}`))
	if err != nil || len(a.Affected) != 1 || a.Affected[0].Name != "libxml2.src" || a.Affected[0].Ranges[0].Events[1].Fixed != "2.9.13-10.el9_6" {
		t.Errorf("%+v, %v", a.Affected, err)
	}
}

// TestBroken holds that one broken file hides no other.
func TestBroken(t *testing.T) {
	first, _ := source(t)
	archive := archived(t, map[string]string{"2024/cve-2024-1.json": small("CVE-2024-1", "one"), "2024/cve-2024-2.json": `{"vulnerabilities":[]}`, "2024/cve-2024-3.json": `{`, "index.txt": "x"})
	first["/"+archiveFile] = archive
	delete(first, "/"+archiveFile+".sha256")
	all, broken := feedtest.Fetched(t, newFeed(frugal()), "Red Hat", first)
	if len(all) != 1 || len(broken) != 2 || broken[0].ID != "2024/cve-2024-2.json" {
		t.Errorf("%d records, broken %v", len(all), broken)
	}
}

// TestStop holds that a consumer may stop.
func TestStop(t *testing.T) {
	files := map[string]string{}
	for i := range 200 {
		files[fmt.Sprintf("2024/cve-2024-%d.json", i)] = small(fmt.Sprintf("CVE-2024-%d", i), "p")
	}
	dir := t.TempDir()
	for name, data := range map[string]string{"a.tar.zst": archived(t, files), stateFile: `{"file":"a.tar.zst"}`} {
		if err := os.WriteFile(dir+"/"+name, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	n := 0
	for range parse(t.Context(), os.DirFS(dir)) {
		if n++; n == 5 {
			break
		}
	}
}

func FuzzDocument(f *testing.F) {
	f.Add([]byte(fixture))
	f.Add([]byte(small("CVE-2024-1", "nodejs:18/nodejs")))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := parseDocument(data)
		if err == nil && (a.ID == "" || len(a.Affected) > maxEntries) {
			t.Errorf("%q with %d entries", a.ID, len(a.Affected))
		}
	})
}

func FuzzList(f *testing.F) {
	f.Add([]byte(`"2024/cve-2024-4.json","2024-05-12T10:00:00+00:00"` + "\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		lines, err := readList(bytes.NewReader(data), day("2020-01-01T00:00:00Z"))
		for _, l := range lines {
			if err == nil && !isDocument(l.path) {
				t.Errorf("%q", l.path)
			}
		}
	})
}
