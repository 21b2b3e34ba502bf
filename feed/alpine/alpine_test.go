package alpine

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plimsoll/plimsoll/feed/feedtest"
)

const listing = `<html><a href="../">../</a><a href="edge/">edge/</a> <a href="v3.20/">v3.20/</a> <a href="last-update">last-update</a></html>`

func files() map[string]string {
	return map[string]string{
		"/": listing,
		"/v3.20/main.json": `{"distroversion":"v3.20","reponame":"main","packages":[
			{"pkg":{"name":"busybox","secfixes":{"1.36.1-r2":["CVE-2022-48174"],"0":["CVE-2021-1 (never)"]}}},
			{"pkg":{"name":"xen","secfixes":{"4.18-r1":["XSA-444 CVE-2023-34327 CVE-2023-34328","XSA-445"]}}}]}`,
		"/v3.20/community.json": `{"packages":[{"pkg":{"name":"go","secfixes":{"1.22.3-r0":["CVE-2024-24787 GHSA-aaaa-bbbb-cccc"]}}}]}`,
		"/edge/main.json":       `{"packages":[{"pkg":{"name":"busybox","secfixes":{"1.36.1-r9":["CVE-2022-48174"]}}}]}`,
	}
}

func TestRecords(t *testing.T) {
	all, broken := feedtest.Fetched(t, Feed(), "Alpine", files())
	if len(broken) > 0 {
		t.Error(broken)
	}
	var got []string
	for _, id := range []string{"ALPINE-CVE-2022-48174", "ALPINE-CVE-2021-1", "ALPINE-CVE-2024-24787", "ALPINE-CVE-2023-34328"} {
		for _, a := range all[id].Affected {
			got = append(got, strings.TrimSpace(strings.Join([]string{id, a.Ecosystem, a.Name, a.Ranges[0].Events[1].Fixed, a.Status}, " ")))
		}
	}
	want := []string{
		"ALPINE-CVE-2022-48174 Alpine:edge busybox 1.36.1-r9",
		"ALPINE-CVE-2022-48174 Alpine:v3.20 busybox 1.36.1-r2",
		"ALPINE-CVE-2021-1 Alpine:v3.20 busybox 0 not-affected",
		"ALPINE-CVE-2024-24787 Alpine:v3.20 go 1.22.3-r0",
		"ALPINE-CVE-2023-34328 Alpine:v3.20 xen 4.18-r1",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if aliases := all["ALPINE-CVE-2024-24787"].Aliases; !cmp.Equal(aliases, []string{"GHSA-aaaa-bbbb-cccc"}) {
		t.Errorf("aliases %v", aliases)
	}
}

// TestBroken holds that what cannot be read is said and hides nothing else.
func TestBroken(t *testing.T) {
	f := files()
	f["/edge/main.json"] = `{"packages":[{"pkg":{"name":"","secfixes":{}}},{"pkg":{"name":"a","secfixes":{"1-r0":"CVE-1","2-r0":["???"],"3-r0":["CVE-2020-1"]}}}]}`
	all, broken := feedtest.Fetched(t, Feed(), "Alpine", f)
	if len(broken) != 3 || all["ALPINE-CVE-2020-1"].ID == "" {
		t.Errorf("%d broken, %v", len(broken), broken)
	}
}

func FuzzParse(f *testing.F) {
	for _, body := range files() {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for a, err := range parse(t.Context(), os.DirFS(feedtest.Kept(t, "v3.20-main.json", data))) {
			if err == nil && (a.ID == "" || len(a.Affected) == 0) {
				t.Errorf("record %+v", a)
			}
		}
	})
}
