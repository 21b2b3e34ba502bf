package secret

import (
	"go/build"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// sourceText is Go's own source, up to size bytes.
func sourceText(b *testing.B, size int) []byte {
	b.Helper()
	var text []byte
	err := filepath.WalkDir(filepath.Join(build.Default.GOROOT, "src"), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if len(text) >= size {
			return filepath.SkipAll
		}
		if d.Type().IsRegular() && strings.HasSuffix(path, ".go") {
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			text = append(text, data...)
		}
		return nil
	})
	if err != nil || len(text) == 0 {
		b.Skipf("no source of Go: %v", err)
	}
	return text
}

// BenchmarkScan measures the whole scan on source text; the budget is 250 MB a
// second of processor time.
func BenchmarkScan(b *testing.B) {
	text := sourceText(b, 32<<20)
	f := finder(b)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	start := processorTime()
	for b.Loop() {
		s := f.NewScan("src/all.txt", int64(len(text)))
		_, _ = s.Write(text)
		_ = s.Close()
	}
	if spent := processorTime() - start; spent > 0 {
		b.ReportMetric(float64(len(text))*float64(b.N)/1e6/spent.Seconds(), "MB/CPU-s")
	}
}

// BenchmarkSmallFiles measures what a file costs beside its bytes.
func BenchmarkSmallFiles(b *testing.B) {
	const size = 1 << 10
	text := sourceText(b, 1<<20)
	f := finder(b)
	b.SetBytes(int64(len(text) / size * size))
	start := processorTime()
	for b.Loop() {
		for from := 0; from+size <= len(text); from += size {
			s := f.NewScan("usr/lib/node_modules/thing/lib/index.js", size)
			s.Whole(text[from : from+size])
			_ = s.Close()
		}
	}
	if spent := processorTime() - start; spent > 0 {
		b.ReportMetric(float64(len(text)/size*b.N)*1e3/float64(spent.Microseconds()), "files/ms")
	}
}

// BenchmarkFilter measures the filter alone.
func BenchmarkFilter(b *testing.B) {
	text := sourceText(b, 32<<20)
	f := finder(b)
	b.SetBytes(int64(len(text)))
	hits := 0
	for b.Loop() {
		hits = 0
		f.filter().scan(text, 0, len(text), func(int, int) { hits++ })
	}
	b.ReportMetric(float64(hits)/float64(len(text))*1e6, "hits/MB")
}

// BenchmarkNew measures what a start costs.
func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := New(Kinds(), nil); err != nil {
			b.Fatal(err)
		}
	}
}
