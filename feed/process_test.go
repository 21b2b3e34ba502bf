package feed_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/plimsoll/plimsoll/feed"
	"github.com/plimsoll/plimsoll/feed/feedtest"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv("PLIMSOLL_TEST_KEEP"); dir != "" {
		os.Exit(keepAsProcess(dir, os.Getenv("PLIMSOLL_TEST_URL")))
	}
	goleak.VerifyTestMain(m)
}

// keepAsProcess is what this test binary does when a test starts it again.
func keepAsProcess(dir, url string) int {
	g := feed.Getter{Client: http.DefaultClient, Patience: feedtest.Impatient()}
	changed, err := feed.Keep(context.Background(), g, feed.Request{URL: url, Ecosystem: "Test", Dir: dir}, pair)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println("changed", changed)
	return 0
}

// pair is a plan of two files that belong together.
func pair(_ context.Context, s *feed.Source) ([]feed.Item, error) {
	return []feed.Item{{Name: "a.json", URL: s.URL + "/a.json", Check: feed.IsJSON}, {Name: "b.json", URL: s.URL + "/b.json", Check: feed.IsJSON}}, nil
}

// generation is a pair of which both say the same.
func generation(n int) map[string]string {
	body := fmt.Sprintf(`{"generation":%d,"padding":%q}`, n, strings.Repeat("x", 1<<18))
	return map[string]string{"/a.json": body, "/b.json": body}
}

// TestKill kills fetches at various moments: both files are then of the old
// generation or both of the new one, and the next fetch gets through.
func TestKill(t *testing.T) {
	server := feedtest.Serve(t, generation(0))
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	start := func() *exec.Cmd {
		cmd := exec.Command(self)
		cmd.Env = append(os.Environ(), "PLIMSOLL_TEST_KEEP="+dir, "PLIMSOLL_TEST_URL="+server.URL)
		return cmd
	}
	if out, err := start().CombinedOutput(); err != nil || string(out) != "changed true\n" {
		t.Fatalf("%v: %s", err, out)
	}
	for i := 1; i <= 25; i++ {
		server.Set(generation(i))
		cmd := start()
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(i*i) * 200 * time.Microsecond)
		_ = cmd.Process.Kill() // may have ended already
		_ = cmd.Wait()
		a, b := content(t, dir, "a.json"), content(t, dir, "b.json")
		if a != b || a != generation(i)["/a.json"] && a != generation(i - 1)["/a.json"] {
			t.Errorf("kill %d: %.40s and %.40s", i, a, b)
		}
		if out, err := start().CombinedOutput(); err != nil {
			t.Fatalf("after kill %d: %v: %s", i, err, out)
		}
		if a := content(t, dir, "a.json"); a != generation(i)["/a.json"] {
			t.Errorf("after kill %d: %.40s", i, a)
		}
	}
}

// TestTwoProcesses starts several fetches at once: one downloads, the others
// wait and find it done.
func TestTwoProcesses(t *testing.T) {
	server := feedtest.Serve(t, generation(0))
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	outputs := make(chan string, 3)
	for range 3 {
		cmd := exec.Command(self)
		cmd.Env = append(os.Environ(), "PLIMSOLL_TEST_KEEP="+dir, "PLIMSOLL_TEST_URL="+server.URL)
		go func() {
			out, _ := cmd.CombinedOutput() // what failed is in it
			outputs <- string(out)
		}()
	}
	count := map[string]int{}
	for range 3 {
		count[<-outputs]++
	}
	if count["changed true\n"] != 1 || count["changed false\n"] != 2 {
		t.Errorf("outputs %v", count)
	}
	if asked := server.Asked(); len(asked) != 2 {
		t.Errorf("asked for %v", asked)
	}
}
