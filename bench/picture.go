package main

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// picturesVersion counts up when the same picture would come out otherwise, so
// that images of an older bench are made anew.
const picturesVersion = 1

// picture is an image to be made.
type picture struct {
	name   string
	doc    string
	seed   uint64
	huge   bool // only made when asked for
	layers []layer
}

// layer is one layer of a picture.
type layer struct {
	createdBy string
	level     int // of gzip
	fill      func(*layerWriter)
}

// pictures are all images that the bench makes itself.
func pictures() []picture {
	usual := gzip.DefaultCompression
	base := layer{"RUN debootstrap bookworm", usual, debian}
	return []picture{
		{name: "small", doc: "a Debian base: 100 packages in some 3,000 files, one layer", seed: 1, layers: []layer{base}},
		{name: "node", doc: "the base, a runtime, 300 npm packages in 20,000 files: three layers", seed: 2, layers: []layer{
			base, {"RUN install-node", usual, nodeRuntime}, {"COPY app /app", usual, nodeModules},
		}},
		{name: "one", doc: "one layer of 200 MB: the Go toolchain's programs, libraries, data", seed: 3, layers: []layer{
			{"COPY . /", usual, binaries},
		}},
		{name: "text", doc: "20,000 text files in one layer", seed: 4, layers: []layer{{"COPY docs /docs", usual, texts}}},
		{name: "files", doc: "3 million tiny files in one layer", seed: 5, huge: true, layers: []layer{
			{"RUN many-files", gzip.BestSpeed, tinyFiles},
		}},
		{name: "big", doc: "one file of 5 GB", seed: 6, huge: true, layers: []layer{
			{"COPY model.bin /", gzip.BestSpeed, bigFile},
		}},
	}
}

// stamp says what an image on disk was made from.
type stamp struct {
	Version int
	Seed    uint64
	Go      string // its toolchain's programs are in "one"
}

// ensure makes the picture in dir unless it is there, and gives its folder.
func (p picture) ensure(ctx context.Context, dir string, say func(string)) (string, error) {
	home := filepath.Join(dir, p.name)
	want := stamp{picturesVersion, p.seed, runtime.Version()}
	var have stamp
	if data, err := os.ReadFile(filepath.Join(home, "stamp.json")); err == nil && json.Unmarshal(data, &have) == nil && have == want {
		return home, nil
	}
	say("making image " + p.name + ": " + p.doc)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	next, err := os.MkdirTemp(dir, ".new-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(next)
	if err := writeImage(ctx, next, p); err != nil {
		return "", fmt.Errorf("make image %s: %w", p.name, err)
	}
	data, err := json.Marshal(want)
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(next, "stamp.json"), data, 0o644); err != nil {
		return "", err
	}
	if err := os.RemoveAll(home); err != nil {
		return "", err
	}
	return home, os.Rename(next, home)
}

// nodeRuntime is what an image of a runtime adds: one large program, its
// headers and a few libraries.
func nodeRuntime(w *layerWriter) {
	w.blob("usr/local/bin/node", 0o755, elfHeader(), 60<<20)
	for i := range 800 {
		w.text(fmt.Sprintf("usr/local/include/node/header%03d.h", i), 6<<10)
	}
}

// nodeModules is an application with 300 packages. Some bear names of real
// ones in versions with known vulnerabilities, so that there are findings.
func nodeModules(w *layerWriter) {
	known := []struct{ name, version string }{
		{"lodash", "4.17.10"}, {"minimist", "1.2.0"}, {"axios", "0.21.0"}, {"express", "4.17.1"}, {"ws", "7.4.0"},
		{"node-fetch", "2.6.0"}, {"ejs", "3.1.5"}, {"@babel/traverse", "7.20.0"}, {"semver", "7.3.4"}, {"qs", "6.5.2"},
	}
	w.file("app/package.json", 0o644, packageJSON("shop", "1.4.0", w.stock))
	for i := range 300 {
		name, version := fmt.Sprintf("%s-%d", w.stock.word(), i), fmt.Sprintf("%d.%d.%d", i%7, i%11, i%5)
		if i < len(known) {
			name, version = known[i].name, known[i].version
		}
		dir := "app/node_modules/" + name
		w.file(dir+"/package.json", 0o644, packageJSON(name, version, w.stock))
		w.text(dir+"/README.md", 6<<10)
		w.text(dir+"/LICENSE", 1100)
		for j := range 65 {
			folder := []string{"lib", "dist", "dist/esm", "src"}[j%4]
			w.text(fmt.Sprintf("%s/%s/%s%d.js", dir, folder, w.stock.word(), j), 3<<10)
		}
	}
}

func packageJSON(name, version string, s *stock) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "{\n  \"name\": %q,\n  \"version\": %q,\n  \"description\": \"Makes %s and %s.\",\n", name, version, s.word(), s.word())
	b.WriteString("  \"license\": \"MIT\",\n  \"main\": \"lib/index.js\",\n  \"files\": [\"lib\", \"dist\"],\n  \"scripts\": {\"test\": \"node test\", \"build\": \"node build\"},\n  \"dependencies\": {\n")
	for range 8 {
		fmt.Fprintf(&b, "    %q: \"^%d.%d.0\",\n", s.word(), s.random.IntN(9), s.random.IntN(20))
	}
	b.WriteString("    \"debug\": \"^4.0.0\"\n  },\n  \"keywords\": [\"one\", \"two\"]\n}\n")
	return []byte(b.String())
}

// binaries are the programs of the Go toolchain, which are real ELF files with
// build information, then libraries and data up to 200 MB.
func binaries(w *layerWriter) {
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		w.err = fmt.Errorf("find the Go toolchain: %w", err)
		return
	}
	root := strings.TrimSpace(string(out))
	const whole = 200 << 20
	size := int64(0)
	err = filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		rel, err := filepath.Rel(root, p)
		if err != nil || !strings.HasPrefix(rel, "bin"+string(filepath.Separator)) && !strings.Contains(rel, string(filepath.Separator)+"tool"+string(filepath.Separator)) {
			return err
		}
		info, err := d.Info()
		if err != nil || size+info.Size() > whole || info.Mode()&0o111 == 0 {
			return err
		}
		size += info.Size()
		w.copyOf("usr/local/go/"+filepath.ToSlash(rel), p)
		return nil
	})
	if err != nil {
		w.fail(err)
	}
	for i := 0; size < whole; i++ {
		n := int64(1<<20 + w.stock.random.IntN(6<<20))
		if i%2 == 0 {
			w.blob(fmt.Sprintf("usr/lib/x86_64-linux-gnu/lib%s.so.%d", w.stock.word(), i), 0o755, elfHeader(), n)
		} else {
			w.blob(fmt.Sprintf("opt/data/%s%d.bin", w.stock.word(), i), 0o644, nil, n)
		}
		size += n
	}
}

func texts(w *layerWriter) {
	for i := range 20000 {
		ending := []string{"md", "py", "js", "txt", "html"}[i%5]
		w.text(fmt.Sprintf("docs/%s/%02d/%s%d.%s", []string{"guide", "src", "web"}[i%3], i%100, w.stock.word(), i, ending), 7<<10)
	}
}

func tinyFiles(w *layerWriter) {
	for i := range 3_000_000 {
		w.file(fmt.Sprintf("data/%04d/%02d/f%07d", i/1000, i%100, i), 0o644, w.stock.prose(20+i%200))
	}
}

func bigFile(w *layerWriter) { w.blob("model.bin", 0o644, nil, 5_000_000_000) }
