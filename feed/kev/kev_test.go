package kev

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plimsoll/plimsoll/feed"
	"github.com/plimsoll/plimsoll/intel"
)

const catalogue = `{"title": "Catalogue", "catalogVersion": "2026.07.23", "dateReleased": "2026-07-23T16:21:10.8082Z", "count": 2, "vulnerabilities": [
 {"cveID": "CVE-2021-44228", "vendorProject": "Apache", "product": "Log4j2", "vulnerabilityName": "Remote code execution",
  "dateAdded": "2021-12-10", "shortDescription": "…", "requiredAction": "Update.", "dueDate": "2021-12-24", "knownRansomwareCampaignUse": "Known", "notes": "", "cwes": ["CWE-20"]},
 {"cveID": "CVE-2026-16232", "vendorProject": "V", "product": "P", "vulnerabilityName": "N",
  "dateAdded": "2026-07-22", "shortDescription": "", "requiredAction": "Act.", "dueDate": "soon", "knownRansomwareCampaignUse": "Unknown", "notes": ""}]}`

// TestParse reads a catalogue, and what may be wrong in one.
func TestParse(t *testing.T) {
	for _, c := range []struct {
		name, text string
		records    int
		broken     int
		err        string
	}{
		{"as it is", catalogue, 2, 0, ""},
		{"entries that are none", strings.Replace(catalogue, `"vulnerabilities": [`, `"vulnerabilities": [7, {}, {"cveID": "x", "dateAdded": "2020-01-01"},`, 1), 2, 3, ""},
		{"fewer than it counts", strings.Replace(catalogue, `"count": 2`, `"count": 3`, 1), 0, 0, "2 entries of 3"},
		{"empty", `{"vulnerabilities": []}`, 0, 0, "0 entries"},
		{"a page", "<html>", 0, 0, "invalid character"},
		{"cut off", catalogue[:200], 0, 0, "unexpected EOF"},
	} {
		var got []intel.Record
		reading, err := document().Parse(t.Context(), fstest.MapFS{fileName: {Data: []byte(c.text)}}, func(r intel.Record) error {
			err := new(intel.Builder).Add(r)
			if err == nil {
				got = append(got, r)
			}
			return err
		})
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s: error %v, want %q", c.name, err, c.err)
			}
			continue
		}
		if err != nil || reading.Records != c.records || reading.Broken != c.broken || reading.AsOf.Format(time.DateOnly) != "2026-07-23" {
			t.Errorf("%s: %+v, %v", c.name, reading, err)
			continue
		}
		want := []intel.Record{
			{CVE: "CVE-2021-44228", Exploited: intel.Exploited{Name: "Remote code execution", Vendor: "Apache", Product: "Log4j2", Added: "2021-12-10", Due: "2021-12-24", Ransomware: true, Action: "Update."}},
			{CVE: "CVE-2026-16232", Exploited: intel.Exploited{Name: "N", Vendor: "V", Product: "P", Added: "2026-07-22", Action: "Act."}},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// TestFetch fetches by HTTP with what it can say of changes; a broken catalogue
// does not replace a whole one.
func TestFetch(t *testing.T) {
	body, modified := catalogue, time.Date(2026, 7, 23, 0, 0, 0, 0, time.UTC)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, fileName, modified, strings.NewReader(body))
	}))
	defer web.Close()
	source := Intelligence()
	request := feed.Request{URL: web.URL, Dir: t.TempDir(), Patience: feed.Patience{Wait: time.Millisecond, Stall: time.Second, Tries: 2}}
	for _, want := range []bool{true, false} {
		if changed, err := source.Fetch(t.Context(), web.Client(), request); err != nil || changed != want {
			t.Fatalf("changed %v, %v", changed, err)
		}
	}
	body, modified = catalogue[:300], modified.Add(time.Hour)
	if _, err := source.Fetch(t.Context(), web.Client(), request); err == nil {
		t.Error("half a catalogue was taken")
	}
	data, err := os.ReadFile(filepath.Join(request.Dir, fileName))
	if err != nil || string(data) != catalogue {
		t.Errorf("%d bytes left, %v", len(data), err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(catalogue))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _ = document().Parse(t.Context(), fstest.MapFS{fileName: {Data: data}}, new(intel.Builder).Add)
	})
}
