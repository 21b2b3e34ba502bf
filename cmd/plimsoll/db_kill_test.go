package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/plimsoll/plimsoll/vulndb"
)

// TestKillPull kills pulls at random moments: the segment is then the old one or
// the new one, whole, and the next pull gets through.
func TestKillPull(t *testing.T) {
	t.Parallel()
	publisher, user := newSession(t), newSession(t)
	putAdvisories(t, publisher.dir, "old")
	for i := range 2000 { // so that there is something to move
		put(t, publisher.dir, fmt.Sprintf("osv/npm/C-%d.json", i), fmt.Sprintf(
			`{"id":"C-%d","summary":"%x","affected":[{"package":{"ecosystem":"npm","name":"p-%d"},"versions":["1"]}]}`, i, rand.Uint64(), i))
	}
	ref := "oci:" + filepath.Join(publisher.dir, "shared")
	publisher.run(t, "db", "build", "--from", "osv", "npm").want(t, exitOK)
	publisher.run(t, "db", "push", ref).want(t, exitOK)
	user.run(t, "db", "pull", ref).want(t, exitOK)
	path := aged(t, user, time.Hour)
	old, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	digests := map[string]string{digestOf(t, path): "old"}
	putAdvisories(t, publisher.dir, "new")
	publisher.run(t, "db", "build", "--from", "osv", "npm").want(t, exitOK)
	publisher.run(t, "db", "push", ref).want(t, exitOK)
	usual := user.run(t, "db", "pull", ref)
	usual.want(t, exitOK)
	digests[digestOf(t, path)] = "new"
	if len(digests) != 2 {
		t.Fatalf("digests %v", digests)
	}
	seen := map[string]int{}
	for range 40 {
		if err := vulndb.Replace(path, old); err != nil {
			t.Fatal(err)
		}
		cmd := user.command(t.Context(), "db", "pull", ref)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(rand.N(usual.took * 5 / 4))
		_ = cmd.Process.Kill() // may have ended already
		_ = cmd.Wait()
		which := digests[digestOf(t, path)]
		if which == "" {
			t.Fatal("the segment is neither the old nor the new one")
		}
		seen[which]++
	}
	t.Logf("40 kills left %v", seen)
	user.run(t, "db", "pull", ref).want(t, exitOK)
	if which := digests[digestOf(t, path)]; which != "new" {
		t.Errorf("the pull after them left the %s one", which)
	}
}

// digestOf opens a segment, reads it whole and gives its digest.
func digestOf(t testing.TB, path string) string {
	t.Helper()
	db, err := vulndb.OpenSegment(path)
	if err == nil {
		err = db.Verify()
	}
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	return db.Segments()[0].Digest
}
