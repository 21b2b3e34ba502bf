package chainguard

import (
	"os"
	"testing"

	"github.com/plimsoll/plimsoll/feed/feedtest"
)

const (
	path  = "/chainguard/security.json"
	first = `{"reponame":"os","packages":[
		{"pkg":{"name":"curl","secfixes":{"8.1.0-r0":["CVE-2023-28319","GHSA-aaaa-bbbb-cccc"],"0":["CVE-2023-2"]}}},
		{"pkg":{"name":"go-1.21","secfixes":{"1.21.5-r0":["CVE-2023-39326"]}}}]}`
)

func TestFetch(t *testing.T) {
	feedtest.Suite{
		Feed: Feed(), Ecosystem: "Chainguard", Main: path,
		Files: map[string]string{path: first},
		Next:  map[string]string{path: `{"packages":[{"pkg":{"name":"curl","secfixes":{"8.1.0-r0":["CVE-2023-28319"]}}}]}`},
		First: []string{"CHAINGUARD-CVE-2023-2", "CHAINGUARD-CVE-2023-28319", "CHAINGUARD-CVE-2023-39326", "CHAINGUARD-GHSA-aaaa-bbbb-cccc"},
		Then:  []string{"CHAINGUARD-CVE-2023-28319"},
	}.Run(t)
}

func TestRecords(t *testing.T) {
	all, broken := feedtest.Fetched(t, Feed(), "Chainguard", map[string]string{path: first})
	if len(broken) > 0 {
		t.Error(broken)
	}
	a := all["CHAINGUARD-CVE-2023-39326"].Affected
	if len(a) != 1 || a[0].Ecosystem != "Chainguard" || a[0].Name != "go-1.21" || a[0].Ranges[0].Events[1].Fixed != "1.21.5-r0" {
		t.Errorf("affected %+v", a)
	}
	if never := all["CHAINGUARD-CVE-2023-2"].Affected; never[0].Status != "not-affected" {
		t.Errorf("affected %+v", never)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(first))
	f.Fuzz(func(t *testing.T, data []byte) {
		for a, err := range parse(t.Context(), os.DirFS(feedtest.Kept(t, file, data))) {
			if err == nil && (a.ID == "" || len(a.Affected) == 0) {
				t.Errorf("record %+v", a)
			}
		}
	})
}
