package refresh

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/plimsoll/plimsoll/feed"
	"github.com/plimsoll/plimsoll/feed/osv"
	"github.com/plimsoll/plimsoll/internal/cases"
	"github.com/plimsoll/plimsoll/mirror"
)

// TestCasesShare pushes segments made of real records and pulls them on another
// machine: each arrives with the content that it left with.
func TestCasesShare(t *testing.T) {
	root := cases.Dir(t, "advisories", "osv")
	zips, err := filepath.Glob(filepath.Join(root, "*.zip"))
	if err != nil {
		t.Fatal(err)
	}
	var families []string
	for _, path := range zips {
		if info, err := os.Stat(path); err == nil && info.Size() < 8<<20 { // larger ones take longer and say no more
			families = append(families, strings.ReplaceAll(strings.TrimSuffix(filepath.Base(path), ".zip"), "_", " "))
		}
	}
	if len(families) == 0 {
		t.Skip("no zips")
	}
	publisher := &Refresher{Dir: t.TempDir(), Feeds: []feed.Feed{osv.Feed()}, URL: root, Now: time.Now}
	if _, err := publisher.Ensure(t.Context(), families); err != nil {
		t.Fatal(err)
	}
	s := newShelf(t)
	start := time.Now()
	s.fill(t, publisher)
	pushing := time.Since(start)
	files, err := mirror.Files(publisher.Dir)
	if err != nil || len(files) == 0 {
		t.Fatalf("%d segments, %v", len(files), err)
	}
	if again, err := s.Push(t.Context(), files); err != nil || again.Moved > 0 {
		t.Errorf("%d segments were moved twice, %v", again.Moved, err)
	}

	user := &Refresher{Dir: t.TempDir(), Now: time.Now}
	start = time.Now()
	if _, err := user.Pull(t.Context(), s.Mirror, nil); err != nil {
		t.Fatal(err)
	}
	pulling, agree, wrong, size := time.Since(start), 0, 0, int64(0)
	for _, f := range files {
		if info, err := user.look(f.Ecosystem); err == nil && info.Digest == f.Digest && info.Fetched.Equal(f.Fetched) {
			agree++
			size += info.Size
		} else if wrong++; wrong <= 20 {
			t.Errorf("%s: %+v, %v", f.Ecosystem, info, err)
		}
	}
	cases.Agree(t, "advisories/osv shared", agree, len(files))
	t.Logf("%d bytes of segments pushed in %v, pulled in %v", size, pushing.Round(time.Millisecond), pulling.Round(time.Millisecond))
}
