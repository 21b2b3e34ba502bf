package gobinary

import (
	"bytes"
	"context"
	"debug/buildinfo"
	"encoding/base64"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/walk"
)

// readFile runs the cataloger over one file.
func readFile(path string, content []byte) (*inventory.Part, error) {
	part := &inventory.Part{}
	f := walk.NewFile(path, 0o755, int64(len(content)), bytes.NewReader(content))
	err := Cataloger().Read(context.Background(), f, part)
	return part, err
}

// searchAll searches a whole file for build information.
func searchAll(content []byte) (blob, error) {
	l := newLayout(content[:min(len(content), walk.HeadSize)])
	return search(bytes.NewReader(content), &l, make([]byte, windowSize))
}

// compare checks a file against the Go toolchain's own reader of the same
// information, the one behind "go version -m".
func compare(t *testing.T, content []byte) *debug.BuildInfo {
	t.Helper()
	want, wantErr := buildinfo.Read(bytes.NewReader(content))
	got, err := searchAll(content)
	if err != nil {
		t.Errorf("search: %v", err)
		return want
	}
	if wantErr != nil {
		if got.version != "" {
			t.Errorf("found %q, where the toolchain says %v", got.version, wantErr)
		}
		return nil
	}
	info, err := debug.ParseBuildInfo(got.modules)
	if err != nil {
		t.Error(err)
		return want
	}
	info.GoVersion = got.version
	if diff := cmp.Diff(want, info); diff != "" {
		t.Errorf("toolchain and search differ (-toolchain +search):\n%s", diff)
	}
	return want
}

// TestToolchain reads the programs of the Go toolchain itself; among them are
// those that carry the magic number as data.
func TestToolchain(t *testing.T) {
	root := goroot(t)
	seen := 0
	for _, pattern := range []string{"bin/*", "pkg/tool/*/*"} {
		paths, _ := filepath.Glob(filepath.Join(root, pattern))
		for _, path := range paths {
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if compare(t, content) != nil {
				seen++
			}
		}
	}
	if seen == 0 {
		t.Skip("this Go toolchain has no programs on disk")
	}
	t.Logf("%d programs", seen)
}

// TestOld reads a program of Go 1.17, whose build information is of the older
// form; it comes with the source of the toolchain.
func TestOld(t *testing.T) {
	encoded, err := os.ReadFile(filepath.Join(goroot(t), "src/debug/buildinfo/testdata/go117/go117.base64"))
	if err != nil {
		t.Skipf("no program of Go 1.17 in this toolchain: %v", err)
	}
	content, err := base64.StdEncoding.DecodeString(string(encoded))
	if err != nil {
		t.Fatal(err)
	}
	info := compare(t, content)
	if info == nil || !strings.HasPrefix(info.GoVersion, "go1.17") {
		t.Errorf("read %v, want a program of go1.17", info)
	}
}

// TestBuilt builds programs for several platforms and in several ways and reads
// them.
func TestBuilt(t *testing.T) {
	root := goroot(t)
	tests := []struct {
		name, platform string
		flags          []string
		slow           bool
	}{
		{"plain", runtime.GOOS + "/" + runtime.GOARCH, nil, false},
		{"stripped", runtime.GOOS + "/" + runtime.GOARCH, []string{"-ldflags=-s -w -X main.version=v1.2.3", "-trimpath"}, false},
		{"without version control", runtime.GOOS + "/" + runtime.GOARCH, []string{"-buildvcs=false"}, false},
		{"position independent", "linux/amd64", []string{"-buildmode=pie"}, true},
		{"windows", "windows/amd64", nil, true},
		{"darwin", "darwin/arm64", nil, true},
		{"32 bits", "linux/386", nil, true},
		{"big end first", "linux/s390x", nil, true},
	}
	dir := t.TempDir()
	write(t, dir, "go.mod", "module example.com/program\n\ngo 1.24\n\nrequire example.com/local v1.5.0\n\nreplace example.com/local => ./local\n")
	write(t, dir, "main.go", "package main\n\nimport \"example.com/local\"\n\nvar version = \"unset\"\n\nfunc main() { println(version, local.Name) }\n")
	write(t, dir, "local/go.mod", "module example.com/local\n\ngo 1.24\n")
	write(t, dir, "local/local.go", "package local\n\nvar Name = \"local\"\n")
	if git, err := exec.LookPath("git"); err == nil {
		run(t, dir, nil, git, "init", "-q")
		run(t, dir, nil, git, "add", ".")
		run(t, dir, nil, git, "-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-q", "-m", "x")
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.slow && testing.Short() {
				t.Skip("compiles the runtime for another platform; left out by -short")
			}
			out := filepath.Join(t.TempDir(), "program")
			system, processor, _ := strings.Cut(tt.platform, "/")
			env := []string{"GOOS=" + system, "GOARCH=" + processor, "CGO_ENABLED=0", "GOFLAGS=", "GOPROXY=off", "GOWORK=off"}
			args := append([]string{"build", "-o", out}, tt.flags...)
			run(t, dir, env, filepath.Join(root, "bin", "go"), append(args, ".")...)
			content, err := os.ReadFile(out)
			if err != nil {
				t.Fatal(err)
			}
			info := compare(t, content)
			if info == nil || info.Main.Path != "example.com/program" || len(info.Deps) != 1 {
				t.Fatalf("read %v, want example.com/program and what it uses", info)
			}
			part, err := readFile("app/program", content)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, p := range part.Files[0].Packages {
				got = append(got, p.Name)
			}
			if diff := cmp.Diff([]string{"stdlib", "example.com/program", "example.com/local"}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestForeignLinker reads programs that a C linker put together, whose segments
// are not laid out as Go's own linker does it.
func TestForeignLinker(t *testing.T) {
	root := goroot(t)
	if _, err := exec.LookPath("gcc"); err != nil || runtime.GOOS != "linux" {
		t.Skip("no C compiler, or not Linux")
	}
	dir := t.TempDir()
	write(t, dir, "go.mod", "module example.com/program\n\ngo 1.24\n")
	write(t, dir, "main.go", "package main\n\n// static int three(void) { return 3; }\nimport \"C\"\n\nfunc main() { println(C.three()) }\n")
	for _, mode := range []string{"exe", "pie", "c-shared"} {
		out := filepath.Join(t.TempDir(), "program")
		env := []string{"CGO_ENABLED=1", "GOFLAGS=", "GOPROXY=off", "GOWORK=off"}
		run(t, dir, env, filepath.Join(root, "bin", "go"), "build", "-buildmode="+mode, "-ldflags=-linkmode=external", "-o", out, ".")
		content, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		if info := compare(t, content); info == nil || info.Main.Path != "example.com/program" {
			t.Errorf("%s: read %v, want example.com/program", mode, info)
		}
	}
}

func goroot(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Skipf("no Go toolchain on the path: %v", err)
	}
	return strings.TrimSpace(string(out))
}

func write(t *testing.T, dir, name, content string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func run(t *testing.T, dir string, env []string, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
}

func TestPackages(t *testing.T) {
	b := blob{version: "go1.22.3 X:loopvar", modules: strings.Join([]string{
		"path\texample.com/a/cmd/a",
		"mod\texample.com/a\t(devel)\t",
		"dep\tgithub.com/CycloneDX/cyclonedx-go\tv0.6.0\th1:x=",
		"dep\texample.com/old\tv1.0.0\n=>\texample.com/fork/v2\tv2.1.0+incompatible\th1:y=",
		"dep\texample.com/local\tv1.0.0\n=>\t./local\t(devel)\t",
		"build\t-ldflags=\"-s -w -X 'example.com/a/internal.Version=1.4.0' -X main.commit=abc\"",
	}, "\n") + "\n"}
	got, err := packages(b)
	if err != nil {
		t.Fatal(err)
	}
	want := []inventory.Package{
		{PURL: "pkg:golang/stdlib@1.22.3", Name: "stdlib", Version: "1.22.3"},
		{PURL: "pkg:golang/example.com/a@v1.4.0", Name: "example.com/a", Version: "v1.4.0"},
		{PURL: "pkg:golang/github.com/CycloneDX/cyclonedx-go@v0.6.0", Name: "github.com/CycloneDX/cyclonedx-go", Version: "v0.6.0"},
		{PURL: "pkg:golang/example.com/fork/v2@v2.1.0%2Bincompatible", Name: "example.com/fork/v2", Version: "v2.1.0+incompatible"},
		{PURL: "pkg:golang/example.com/local", Name: "example.com/local", Version: "(devel)"},
	}
	for i := range want {
		want[i].Ecosystem = "golang"
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestGoCommand holds that the go command stands for the toolchain, which has
// advisories of its own, and that its other programs do not repeat it.
func TestGoCommand(t *testing.T) {
	for path, want := range map[string]int{"cmd/go": 2, "cmd/link": 1} {
		got, err := packages(blob{version: "go1.22.3", modules: "path\t" + path + "\nbuild\t-compiler=gc\n"})
		if err != nil || len(got) != want {
			t.Fatalf("%s: %+v %v", path, got, err)
		}
		if last := got[want-1]; want == 2 && (last.Name != "toolchain" || last.Version != "1.22.3" || last.PURL != "pkg:golang/toolchain@1.22.3") {
			t.Errorf("%+v", last)
		}
	}
}

func TestRelease(t *testing.T) {
	for version, want := range map[string]string{
		"go1.22.3": "1.22.3", "go1.22.3 X:loopvar": "1.22.3", "go1.21rc2": "1.21rc2", "go1.15.5b5": "1.15.5",
		"go1.18beta1": "1.18beta1", "go1.20.1-google": "1.20.1", "go1.22.1 (Red Hat 1.22.1-1.el9)": "1.22.1",
		"devel go1.23-0a1b2c3d Thu Jan 1 2024": "1.23-devel", "devel +0a1b2c Thu": "(devel)", "gopher": "(devel)", "go": "(devel)", "go1.26.1-X:nodwarf5": "1.26.1",
	} {
		if got := release(version); got != want {
			t.Errorf("release(%q) = %q, want %q", version, got, want)
		}
	}
}

func TestFlagVersion(t *testing.T) {
	for flags, want := range map[string]string{
		"-w -X main.version=v1.0.0":                            "v1.0.0",
		"-X=main.Version=1.2":                                  "v1.2",
		"-s -X 'example.com/a/x.version=v1.0.0-rc.1'":          "v1.0.0-rc.1",
		"-X other.org/version.gitVersion=v1.20.0":              "v1.20.0",
		"-X other.org/x.version=v9.0.0":                        "",
		"-X main.version=abcdef":                               "",
		"-X main.commit=v1.0.0 -X":                             "",
		"-X":                                                   "",
		"-X example.com/ab.version=v1.0.0 -X main.Version=2.0": "v2.0",
	} {
		if got := flagVersion(flags, "example.com/a"); got != want {
			t.Errorf("flagVersion(%q) = %q, want %q", flags, got, want)
		}
	}
}

// inline makes a file without a known layout that has build information at the
// given offset.
func inline(offset, size int, version, modules string) []byte {
	b := make([]byte, max(size, offset+headerSize+len(version)+len(modules)+8))
	copy(b, "MZ")
	put(b[offset:], version, modules)
	return b
}

// put writes build information to the beginning of b.
func put(b []byte, version, modules string) {
	copy(b, buildInfoMagic+"\x00\x02")
	appendString(appendString(b[headerSize:headerSize], version), modules)
}

func appendString(b []byte, s string) []byte {
	n := len(s)
	for n >= 0x80 {
		b = append(b, byte(n)|0x80)
		n >>= 7
	}
	return append(append(b, byte(n)), s...)
}

func TestSearch(t *testing.T) {
	list := infoStart + "path\tx\nmod\tx\tv1.0.0\t\n" + strings.Repeat("dep\ty\tv1.0.0\th1:x=\n", 20000) + infoEnd
	two := inline(64, 1<<20, "nonsense", "")
	put(two[windowSize-16:], "go1.20", list)
	tests := []struct {
		name    string
		content []byte
		want    string
	}{
		{"at the beginning", inline(16, 1<<17, "go1.20", list), "go1.20"},
		{"over the edge of a window", inline(windowSize-16, 1<<20, "go1.20", list), "go1.20"},
		{"header ends with the window", inline(windowSize-32, 1<<20, "go1.20", list), "go1.20"},
		{"at the end", inline(1<<20-64, 1<<20, "go1.20", ""), "go1.20"},
		{"behind something like it", two, "go1.20"},
		{"not aligned", inline(windowSize+8, 1<<20, "go1.20", list), ""},
		{"cut", inline(64, 0, "go1.20", list)[:1000], ""},
		{"no version", inline(64, 1<<17, "x", list), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for name, r := range map[string]io.Reader{
				"whole": bytes.NewReader(tt.content), "halves": iotest.HalfReader(bytes.NewReader(tt.content)),
			} {
				got, err := search(r, &layout{}, make([]byte, windowSize))
				if err != nil {
					t.Fatal(err)
				}
				if got.version != tt.want {
					t.Errorf("%s: found %q, want %q", name, got.version, tt.want)
				}
				if tt.want != "" && tt.name != "at the end" && infoStart+got.modules+infoEnd != list {
					t.Errorf("%s: a list of %d bytes, want %d", name, len(got.modules), len(list))
				}
			}
		})
	}
}

func TestReadOther(t *testing.T) {
	for name, content := range map[string][]byte{
		"script": []byte("#!/bin/sh\n" + strings.Repeat("#", minSize)), "empty": nil, "short": []byte("\x7fELF"),
		"header alone": append([]byte("\x7fELF"), make([]byte, minSize)...), "information alone": inline(16, minSize, "go1.20", "")[2:],
	} {
		part, err := readFile("bin/x", content)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if len(part.Files) != 0 {
			t.Errorf("%s: read %v, want nothing", name, part.Files)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(inline(64, 4096, "go1.20", infoStart+"path\tx\nmod\tx\tv1\t\n"+infoEnd))
	elf := make([]byte, 4096)
	copy(elf, "\x7fELF\x02\x01\x01")
	elf[32], elf[54], elf[56] = 64, 56, 2
	f.Add(elf)
	f.Add([]byte("\xcf\xfa\xed\xfe" + strings.Repeat("\x01\x00\x00\x00", 40)))
	f.Add([]byte("MZ" + strings.Repeat("\x40\x00", 40) + "PE\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		b = append(b, make([]byte, minSize)...)
		part, _ := readFile("bin/x", b)
		for _, f := range part.Files {
			if len(f.Packages) == 0 || f.Packages[0].Name != standardLibrary {
				t.Fatalf("packages %v, want the standard library at least", f.Packages)
			}
		}
	})
}

// BenchmarkSearch searches all of a file that has no build information.
func BenchmarkSearch(b *testing.B) {
	const size = 64 << 20
	content := bytes.Repeat([]byte("\xff Go build \x00\x01\x02\x03\x04"), size/16)
	buffer := make([]byte, windowSize)
	b.SetBytes(size)
	for b.Loop() {
		if got, err := search(bytes.NewReader(content), &layout{}, buffer); err != nil || got.version != "" {
			b.Fatal(got, err)
		}
	}
}
