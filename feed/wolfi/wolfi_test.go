package wolfi

import (
	"testing"

	"github.com/plimsoll/plimsoll/feed/feedtest"
)

// TestRecords holds what becomes of a fix, and of a package that was never affected.
func TestRecords(t *testing.T) {
	all, broken := feedtest.Fetched(t, Feed(), "Wolfi", map[string]string{"/os/security.json": `{"reponame":"os","packages":[
		{"pkg":{"name":"curl","secfixes":{"0":["CVE-2023-2"]}}},
		{"pkg":{"name":"go-1.21","secfixes":{"1.21.5-r0":["CVE-2023-39326"]}}}]}`})
	if len(broken) > 0 {
		t.Error(broken)
	}
	a := all["WOLFI-CVE-2023-39326"].Affected
	if len(a) != 1 || a[0].Ecosystem != "Wolfi" || a[0].Name != "go-1.21" || a[0].Ranges[0].Events[1].Fixed != "1.21.5-r0" {
		t.Errorf("affected %+v", a)
	}
	if never := all["WOLFI-CVE-2023-2"].Affected; never[0].Status != "not-affected" {
		t.Errorf("affected %+v", never)
	}
}
