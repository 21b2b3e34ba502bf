package refresh

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/plimsoll/plimsoll/feed"
	"github.com/plimsoll/plimsoll/feed/osv"
	"github.com/plimsoll/plimsoll/internal/cases"
	"github.com/plimsoll/plimsoll/vulndb"
)

// BenchmarkCompile reads and compiles the zips of the cases, one after the
// other, and tells records per second over all.
func BenchmarkCompile(b *testing.B) {
	paths, err := filepath.Glob(filepath.Join(cases.Dir(b, "advisories", "osv"), "*.zip"))
	if err != nil || len(paths) == 0 {
		b.Skip("no zips")
	}
	osvFeed := osv.Feed()
	var sources []string
	for _, path := range paths {
		dir := b.TempDir()
		ecosystem := strings.ReplaceAll(strings.TrimSuffix(filepath.Base(path), ".zip"), "_", " ")
		if _, err := osvFeed.Fetch(context.Background(), http.DefaultClient, feed.Request{URL: path, Ecosystem: ecosystem, Dir: dir}); err != nil {
			b.Fatal(err)
		}
		sources = append(sources, dir)
	}
	target := b.TempDir()
	records, before := 0, cpuTime()
	for b.Loop() {
		for _, dir := range sources {
			// One release of a distribution, as a scan asks for it.
			first := map[string]string{}
			build := vulndb.Build{Source: "osv", Want: func(ecosystem string) bool {
				family := vulndb.Family(ecosystem)
				if first[family] == "" {
					first[family] = ecosystem
				}
				return first[family] == ecosystem
			}}
			done, err := vulndb.Compile(context.Background(), target, build, osvFeed.Parse(context.Background(), os.DirFS(dir)))
			if err != nil {
				b.Fatal(err)
			}
			records += done.Records + done.Broken
		}
	}
	b.ReportMetric(float64(records)/b.Elapsed().Seconds(), "records/s")
	b.ReportMetric(float64((cpuTime()-before).Microseconds())/float64(records), "cpu-µs/record")
}

// BenchmarkOpenLookup opens a database of the cases and asks for 500 packages,
// of which about 300 have advisories.
func BenchmarkOpenLookup(b *testing.B) {
	root := cases.Dir(b, "advisories", "osv")
	r := &Refresher{Dir: b.TempDir(), Feeds: []feed.Feed{osv.Feed()}, URL: root, Now: time.Now, MaxAge: time.Hour}
	if _, err := r.Ensure(context.Background(), []string{"Debian:11", "npm", "PyPI"}); err != nil {
		b.Fatal(err)
	}
	var keys []vulndb.Key
	for path, ecosystem := range map[string]string{"Debian.zip": "Debian:11", "npm.zip": "npm", "PyPI.zip": "PyPI"} {
		names := map[string]bool{}
		for s := range readBucket(b, filepath.Join(root, path)).said {
			if s.ecosystem == ecosystem {
				names[s.name] = true
			}
		}
		sorted := slices.Sorted(maps.Keys(names))
		for i := range min(100, len(sorted)) {
			keys = append(keys, vulndb.Key{Ecosystem: ecosystem, Name: sorted[i*len(sorted)/min(100, len(sorted))]})
		}
	}
	for i := len(keys); i < 500; i++ {
		keys = append(keys, vulndb.Key{Ecosystem: "npm", Name: fmt.Sprint("package-", i)})
	}
	found, before := 0, cpuTime()
	for b.Loop() {
		db, err := vulndb.Open(r.Dir)
		if err != nil {
			b.Fatal(err)
		}
		for _, key := range keys {
			for _, err := range db.Lookup(key) {
				if err != nil {
					b.Fatal(err)
				}
				found++
			}
		}
		if err := db.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((cpuTime()-before).Microseconds())/float64(b.N), "cpu-µs/op")
	b.ReportMetric(float64(found)/float64(b.N), "advisories")
}
