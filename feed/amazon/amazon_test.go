package amazon

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plimsoll/plimsoll/feed"
	"github.com/plimsoll/plimsoll/feed/feedtest"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/vulndb"
)

const (
	core  = "/2/core/2.0/x86_64/0123abcd"
	info  = core + "/repodata/updateinfo.xml"
	first = `<?xml version="1.0" encoding="ascii"?>
<updates><update author="a" status="final" type="security"><id>ALAS2-2024-1</id><title>Important update for curl</title>
<issued date="2024-01-11 00:22:00"/><updated date="2024-01-12 09:30"/><severity>important</severity><description>A flaw.</description>
<references><reference href="https://cve.example/1" id="CVE-2024-1" type="cve"/><reference id="CVE-2024-2" type="cve"/><reference id="RHSA-1" type="bugzilla"/></references>
<pkglist><collection short="amazon-linux-2"><name>Amazon Linux 2</name>
<package arch="x86_64" epoch="0" name="curl" release="1.amzn2" version="8.3.0"><filename>x</filename></package>
<package arch="aarch64" epoch="0" name="curl" release="1.amzn2" version="8.3.0"/>
<package arch="x86_64" epoch="1" name="libcurl" release="1.amzn2" version="8.3.0"/></collection></pkglist></update>
<update><id>ALAS2-2024-2</id><pkglist><collection><package name="bash" version="4.2" release="2"/></collection></pkglist></update></updates>`
	then = `<updates><update><id>ALAS2-2024-3</id><pkglist><collection><package name="bash" version="4.2" release="3"/></collection></pkglist></update></updates>`
)

// repository is a server with one release.
func repositoryOf(body string) map[string]string {
	sum := sha256.Sum256([]byte(body))
	return map[string]string{
		"/2/core/latest/x86_64/mirror.list": "https://cdn.example/2/core/2.0/$basearch/0123abcd\nhttps://other.example/x\n",
		core + "/repodata/repomd.xml": fmt.Sprintf(`<repomd xmlns="http://linux.duke.edu/metadata/repo"><data type="primary"><location href="repodata/primary.xml.gz"/></data>
			<data type="updateinfo"><checksum type="sha256">%x</checksum><location href="repodata/updateinfo.xml"/></data></repomd>`, sum),
		info: body,
	}
}

// TestChecksum refuses a file that the repository's index does not mean.
func TestChecksum(t *testing.T) {
	files := repositoryOf(first)
	files[info] = then
	server := feedtest.Serve(t, files)
	r := feed.Request{URL: server.URL, Ecosystem: "Amazon Linux", Dir: t.TempDir(), Patience: feedtest.Impatient()}
	if _, err := Feed().Fetch(t.Context(), http.DefaultClient, r); err == nil || !strings.Contains(err.Error(), "SHA-256") {
		t.Errorf("error %v", err)
	}
}

func TestRecords(t *testing.T) {
	all, broken := feedtest.Fetched(t, Feed(), "Amazon Linux", repositoryOf(first))
	if len(broken) > 0 {
		t.Error(broken)
	}
	a := all["ALAS2-2024-1"]
	var got []string
	for _, e := range a.Affected {
		got = append(got, e.Ecosystem+" "+e.Name+" "+e.Ranges[0].Events[1].Fixed)
	}
	if diff := cmp.Diff([]string{"Amazon Linux:2 curl 8.3.0-1.amzn2", "Amazon Linux:2 libcurl 1:8.3.0-1.amzn2"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !cmp.Equal(a.Upstream, []string{"CVE-2024-1", "CVE-2024-2"}) || a.Severities[0].Score != "important" || a.Published.Day() != 11 || a.Modified.Day() != 12 {
		t.Errorf("record %+v", a)
	}
}

// TestExtras reads the announcements of extras, found by their catalogue: they are
// about the versions of their own repository.
func TestExtras(t *testing.T) {
	announced := func(id, name, version string) string {
		return fmt.Sprintf(`<updates><update><id>%s</id><references><reference id="CVE-%[1]s" type="cve"/></references><pkglist><collection><package name=%q version=%q release="1.amzn2"/></collection></pkglist></update></updates>`, id, name, version)
	}
	files := repositoryOf(announced("ALAS2-1", "kernel", "4.14.200"))
	files["/2/extras-catalog.json"] = `{"topics":[{"n":"docker","visible":["x"]},{"n":"kernel-5.10"},{"n":"BCC"},{"n":"gone"},{"n":"docker"}]}`
	for topic, body := range map[string]string{"docker": announced("ALAS2DOCKER-1", "docker", "20.10.7"), "kernel-5.10": announced("ALAS2KERNEL-5.10-1", "kernel", "5.10.35"), "BCC": ""} {
		root := "/2/extras/" + topic + "/0.1/x86_64/ffff"
		files["/2/extras/"+topic+"/latest/x86_64/mirror.list"] = "https://cdn.example" + root + "\n"
		files[root+"/repodata/repomd.xml"] = `<repomd><data type="updateinfo"><location href="repodata/updateinfo.xml"/></data></repomd>`
		files[root+"/repodata/updateinfo.xml"] = body
		if body == "" {
			files[root+"/repodata/repomd.xml"] = `<repomd><data type="primary"><location href="x"/></data></repomd>`
		}
	}
	all, broken := feedtest.Fetched(t, Feed(), "Amazon Linux", files)
	if len(broken) > 0 || len(all) != 3 {
		t.Fatalf("%d records, broken %v", len(all), broken)
	}
	var records []vulndb.Advisory
	for _, a := range all {
		records = append(records, a)
	}
	for version, want := range map[string]string{
		"4.14.100-1.amzn2": "CVE-ALAS2-1", "4.14.355-1.amzn2": "", "5.10.29-1.amzn2": "CVE-ALAS2KERNEL-5.10-1", "5.10.200-1.amzn2": "", "5.4.1-1.amzn2": "",
	} {
		found := feedtest.Match(t, records, &inventory.Inventory{Distro: inventory.Distro{ID: "amzn", Version: "2"}, Packages: []inventory.Package{{Ecosystem: "rpm", Name: "kernel", Version: version}}})
		if got := strings.Join(slices.Sorted(maps.Keys(found)), " "); got != strings.TrimSpace(want+" kernel") && (want != "" || got != "") {
			t.Errorf("kernel %s: %q, want %q", version, got, want)
		}
	}
	if from := all["ALAS2DOCKER-1"].Affected[0].Ranges[0].Events[0].Introduced; from != "0" {
		t.Errorf("docker is affected from %s", from)
	}
	for _, bad := range []string{`{"topics":[{"n":"../core"}]}`, `{"topics":[{"n":"a/b"}]}`, `{"topics":[{"n":""}]}`, `[`} {
		if topics, err := readCatalog([]byte(bad)); err == nil {
			t.Errorf("%s: %v", bad, topics)
		}
	}
}

func FuzzCatalog(f *testing.F) {
	f.Add([]byte(`{"topics":[{"n":"docker"},{"n":"kernel-5.10"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		topics, _ := readCatalog(data)
		for _, topic := range topics {
			if strings.ContainsAny(topic, "/\\ ") || strings.Contains(topic, "..") {
				t.Errorf("topic %q", topic)
			}
		}
	})
}

// TestBroken holds that one bad announcement hides no other.
func TestBroken(t *testing.T) {
	all, broken := feedtest.Fetched(t, Feed(), "Amazon Linux", repositoryOf(
		`<updates><update><id>ALAS2-1</id></update><update><title>x</title></update><update><id>ALAS2-2</id><pkglist><collection><package name="a" version="1" release="1"/></collection></pkglist></update></updates>`))
	if len(all) != 1 || len(broken) != 2 {
		t.Errorf("%d records, broken %v", len(all), broken)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(first))
	f.Fuzz(func(t *testing.T, data []byte) {
		for a, err := range parse(t.Context(), os.DirFS(feedtest.Kept(t, "2.xml", data))) {
			if err == nil && (a.ID == "" || len(a.Affected) == 0) {
				t.Errorf("record %+v", a)
			}
		}
	})
}

func FuzzIndex(f *testing.F) {
	f.Add([]byte(repositoryOf(first)[core+"/repodata/repomd.xml"]))
	f.Fuzz(func(t *testing.T, data []byte) {
		if href, _, err := readIndex(data); err == nil && (strings.Contains(href, "..") && strings.Contains("/"+href+"/", "/../")) {
			t.Errorf("href %q", href)
		}
	})
}
