package govulndb

import (
	"archive/zip"
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/plimsoll/plimsoll/feed"
	"github.com/plimsoll/plimsoll/feed/feedtest"
)

const index = "/index/modules.json"

// database is a source with records, by id the day in May on which each changed.
func database(records map[string]int) map[string]string {
	files := map[string]string{"/index/db.json": `{"modified":"2024-05-20T00:00:00Z"}`}
	var list []string
	for _, id := range slices.Sorted(maps.Keys(records)) {
		at := fmt.Sprintf("2024-05-%02dT00:00:00Z", records[id])
		files["/ID/"+id+".json"] = fmt.Sprintf(`{"id":%q,"modified":%q,"affected":[{"package":{"ecosystem":"Go","name":"stdlib"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"1.22.%d"}]}]}]}`, id, at, records[id])
		list = append(list, fmt.Sprintf(`{"id":%q,"modified":%q,"fixed":"1.22.3"}`, id, at))
	}
	files[index] = `[{"path":"stdlib","vulns":[` + strings.Join(list, ",") + `]}]`
	return files
}

// TestIncrement holds that only what changed is fetched, after one zip with all.
func TestIncrement(t *testing.T) {
	files := database(map[string]int{"GO-2024-1": 1, "GO-2024-2": 2, "GO-2024-3": 3})
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, id := range []string{"GO-2024-1", "GO-2024-2"} {
		w, err := z.Create("ID/" + id + ".json")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(files["/ID/"+id+".json"])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	files["/vulndb.zip"] = b.String()
	server := feedtest.Serve(t, files)
	f := Feed()
	r := feed.Request{URL: server.URL, Ecosystem: "Go", Dir: t.TempDir(), Patience: feedtest.Impatient()}
	for _, step := range []struct {
		files map[string]string
		asked []string
		ids   string
	}{
		{files, []string{"/ID/GO-2024-3.json", index, "/vulndb.zip"}, "GO-2024-1 GO-2024-2 GO-2024-3"},
		{database(map[string]int{"GO-2024-1": 5, "GO-2024-3": 3, "GO-2024-4": 4}), []string{"/ID/GO-2024-1.json", "/ID/GO-2024-4.json", index}, "GO-2024-1 GO-2024-3 GO-2024-4"},
		{database(map[string]int{"GO-2024-1": 5}), []string{index}, "GO-2024-1"},
	} {
		server.Set(step.files)
		if changed, err := f.Fetch(t.Context(), http.DefaultClient, r); err != nil || !changed {
			t.Fatalf("changed %v, %v", changed, err)
		}
		if asked := server.Asked(); !slices.Equal(asked, step.asked) {
			t.Errorf("asked for %v, want %v", asked, step.asked)
		}
		all := feedtest.Read(t, f, r.Dir)
		if got := strings.Join(slices.Sorted(maps.Keys(all)), " "); got != step.ids {
			t.Errorf("holds %s, want %s", got, step.ids)
		}
		if fixed := all["GO-2024-1"].Affected[0].Ranges[0].Events[1].Fixed; !strings.Contains(step.files["/ID/GO-2024-1.json"], fixed) {
			t.Errorf("fixed in %s", fixed)
		}
	}
}

// TestBroken holds that a bad record hides no other, and a bad index nothing.
func TestBroken(t *testing.T) {
	files := database(map[string]int{"GO-2024-1": 1, "GO-2024-2": 2})
	files["/ID/GO-2024-2.json"] = `{"id":`
	all, broken := feedtest.Fetched(t, Feed(), "Go", files)
	if len(all) != 1 || len(broken) != 1 || broken[0].ID != "GO-2024-2" {
		t.Errorf("%d records, broken %v", len(all), broken)
	}
	for _, bad := range []string{`[{"vulns":[{"id":"../../x"}]}]`, `{`, ``} {
		if list, err := readIndex([]byte(bad)); err == nil {
			t.Errorf("index %q: %v", bad, list)
		}
	}
}

func FuzzIndex(f *testing.F) {
	f.Add([]byte(database(map[string]int{"GO-2024-1": 1})[index]))
	f.Fuzz(func(t *testing.T, data []byte) {
		list, _ := readIndex(data)
		for id := range list {
			if !isID(id) || strings.ContainsAny(id, `/\.`) {
				t.Errorf("id %q", id)
			}
		}
	})
}
