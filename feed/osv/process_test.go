package osv

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/plimsoll/plimsoll/feed"
)

// fetchAsProcess is what this test binary does when a test starts it again.
func fetchAsProcess(dir string) int {
	changed, err := small().fetch(context.Background(), http.DefaultClient, feed.Request{
		URL: os.Getenv("PLIMSOLL_TEST_URL"), Ecosystem: "Azure Linux", Dir: dir, Patience: impatient(),
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println("changed", changed)
	return 0
}

func startFetch(t *testing.T, b *bucket, dir string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), "PLIMSOLL_TEST_FETCH="+dir, "PLIMSOLL_TEST_URL="+b.server.URL)
	return cmd
}

// TestTwoProcesses starts several fetches at once: one downloads.
func TestTwoProcesses(t *testing.T) {
	b := newBucket(t, threeEntries()...)
	b.answer(func(_ http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "all.zip") {
			time.Sleep(200 * time.Millisecond) // long enough for the others to come
		}
		return false
	})
	dir := t.TempDir()
	var group sync.WaitGroup
	outputs := make([]string, 3)
	for i := range outputs {
		cmd := startFetch(t, b, dir)
		group.Go(func() {
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Errorf("%v: %s", err, out)
			}
			outputs[i] = string(out)
		})
	}
	group.Wait()
	slices.Sort(outputs)
	if want := []string{"changed false\n", "changed false\n", "changed true\n"}; !slices.Equal(outputs, want) {
		t.Errorf("outputs %q", outputs)
	}
	downloads := 0
	for _, path := range b.asked() {
		if path == "all.zip" {
			downloads++
		}
	}
	if downloads != 1 {
		t.Errorf("%d downloads", downloads)
	}
	wantHeld(t, dir, map[string]string{"A-1": "one", "A-2": "two", "A-3": "three"})
}

// TestKill kills fetches at various moments: the directory then holds the old
// records or the new ones, and the next fetch gets through.
func TestKill(t *testing.T) {
	list := threeEntries()
	b := newBucket(t, list...)
	dir := t.TempDir()
	b.mustFetch(dir)
	before := 3
	for i := range 20 {
		list = append(list, entry{fmt.Sprintf("K-%d", i), noon(21).Add(time.Duration(i) * time.Hour), "k"})
		b.set(list...)
		if i%5 == 4 {
			if err := os.Remove(dir + "/" + stateFile); err != nil {
				t.Fatal(err)
			}
			b.exportZip(noon(22), list...)
			before = 0
		}
		cmd := startFetch(t, b, dir)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(i*3) * time.Millisecond)
		_ = cmd.Process.Kill() // may have ended already
		_ = cmd.Wait()
		if _, err := readState(os.DirFS(dir)); err == nil {
			if got := len(held(t, os.DirFS(dir))); got != before && got != len(list) {
				t.Errorf("kill %d: %d records, not %d or %d", i, got, before, len(list))
			}
		} else if before > 0 {
			t.Errorf("kill %d: %v", i, err)
		}
		b.mustFetch(dir)
		if before = len(held(t, os.DirFS(dir))); before != len(list) {
			t.Errorf("after kill %d: %d records, not %d", i, before, len(list))
		}
	}
}
