package lint

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/report"
	"github.com/plimsoll/plimsoll/rules"
)

// pinReport writes a report with packages of the form "ecosystem name version
// path" into a directory.
func pinReport(t *testing.T, dir, name string, distro inventory.Distro, packages ...string) string {
	t.Helper()
	doc := report.Report{Schema: report.SchemaVersion}
	doc.Target.Distro = distro
	for _, p := range packages {
		f := append(strings.Fields(p), "")
		doc.Packages = append(doc.Packages, inventory.Package{Ecosystem: f[0], Name: f[1], Version: f[2], At: inventory.Place{Path: f[3]}})
	}
	data, err := json.Marshal(&doc)
	if err != nil {
		t.Fatal(err)
	}
	return pinFile(t, dir, name, string(data))
}

func pinFile(t testing.TB, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// pinned mends a file with nothing but versions, and gives what was left.
func pinned(t *testing.T, v *Versions, dir, text string) (after, left string) {
	t.Helper()
	l := &Linter{}
	for _, r := range rules.All() {
		if strings.HasSuffix(r.ID, "-pin-version") {
			l.Rules = append(l.Rules, r)
		}
	}
	of := v.For(dir, dir)
	fixed := l.Fix(t.Context(), Source{Path: "Dockerfile", Text: []byte(text)}, FixOptions{Version: of.Version})
	var b strings.Builder
	for _, x := range of.Left() {
		fmt.Fprintf(&b, "%d %v\n", x.Line, x)
	}
	again := l.Fix(t.Context(), Source{Path: "Dockerfile", Text: fixed.Text}, FixOptions{Version: v.For(dir).Version})
	if again.Changed() {
		t.Errorf("pinned twice:\n%s", again.After)
	}
	return string(fixed.After), strings.ReplaceAll(b.String(), dir+string(filepath.Separator), "")
}

func TestPinToReports(t *testing.T) {
	bookworm := inventory.Distro{ID: "debian", Version: "12", Codename: "bookworm"}
	curl := []string{"deb curl 7.88-1", "deb git 1:2.39"}
	other := "apt-get: curl: the report final.json is of another stage: scan this one too (docker build --target) and give its report with --pin-from STAGE=FILE\n"
	unlike := "apt-get: curl: the report final.json is of debian 12, which this stage does not start from\n"
	for _, c := range []struct {
		name           string
		before, after  string
		left           string
		packages       []string
		stage, further string // of a second report with curl 9
	}{
		{"last stage", "FROM x\nRUN apt-get install -y curl git nothing\n", "FROM x\nRUN apt-get install -y curl=7.88-1 git=1:2.39 nothing\n",
			"2 apt-get: nothing: neither the report nor a lock file has it: it may be installed under another name\n", curl, "", ""},
		{"what it builds on", "FROM debian:12 AS a\nRUN apt-get install -y curl\nFROM a\n", "FROM debian:12 AS a\nRUN apt-get install -y curl=7.88-1\nFROM a\n", "", curl, "", ""},
		{"another stage", "FROM x AS a\nRUN apt-get install -y curl\nFROM y\n", "FROM x AS a\nRUN apt-get install -y curl\nFROM y\n", "2 " + other, curl, "", ""},
		{"another stage of the same image", "FROM x AS a\nRUN apt-get install -y curl\nFROM x\n", "FROM x AS a\nRUN apt-get install -y curl=7.88-1\nFROM x\n", "", curl, "", ""},
		{"another stage of the same release", "FROM debian:bookworm-slim AS a\nRUN apt-get install -y curl\nFROM y\n", "FROM debian:bookworm-slim AS a\nRUN apt-get install -y curl=7.88-1\nFROM y\n", "", curl, "", ""},
		{"another release", "FROM docker.io/library/debian:11-slim\nRUN apt-get install -y curl\n", "FROM docker.io/library/debian:11-slim\nRUN apt-get install -y curl\n", "2 " + unlike, curl, "", ""},
		{"another distribution", "FROM ubuntu\nRUN apt-get install -y curl\n", "FROM ubuntu\nRUN apt-get install -y curl\n", "2 " + unlike, curl, "", ""},
		{"a report of its own", "FROM x AS a\nRUN apt-get install -y curl\nFROM y\nRUN apt-get install -y curl\n", "FROM x AS a\nRUN apt-get install -y curl=9\nFROM y\nRUN apt-get install -y curl=7.88-1\n", "", curl, "A", "9"},
		{"by number", "FROM x\nRUN apt-get install -y curl\nFROM y\n", "FROM x\nRUN apt-get install -y curl=9\nFROM y\n", "", curl, "0", "9"},
		{"two of one stage", "FROM x\nRUN apt-get install -y curl\n", "FROM x\nRUN apt-get install -y curl\n",
			"2 apt-get: curl: several versions are there, \"7.88-1\" () and \"9\" (): write the one that is meant\n", curl, "0", "9"},
		{"languages in any stage", "FROM x AS a\nRUN npm i -g a && pip install My.Name\nFROM debian:11\n", "FROM x AS a\nRUN npm i -g a@1.0.0 && pip install My.Name==2.0\nFROM debian:11\n", "",
			[]string{"npm a 1.0.0 usr/lib/node_modules/a/package.json", "pypi my_name 2.0"}, "", ""},
		{"installed at the top", "FROM x\nRUN npm i -g a && npm i b c\n", "FROM x\nRUN npm i -g a@1.0.0 && npm i b@2.0.0 c\n",
			"2 npm: c: several versions are there, \"1.0.0\" (x/node_modules/c/package.json) and \"2.0.0\" (y/node_modules/c/package.json): write the one that is meant\n",
			[]string{
				"npm a 1.0.0 usr/local/lib/node_modules/a/package.json", "npm a 3.0.0 app/node_modules/a/package.json",
				"npm b 1.0.0 app/node_modules/a/node_modules/b/package.json", "npm b 2.0.0 app/node_modules/b/package.json",
				"npm c 1.0.0 x/node_modules/c/package.json", "npm c 2.0.0 y/node_modules/c/package.json"}, "", ""},
		{"Go programs", "FROM x\nRUN go install a.example/m/cmd/tool@latest && go install a.example/m/v2@latest && go install a.example/dev@latest\n",
			"FROM x\nRUN go install a.example/m/cmd/tool@v1.2.0 && go install a.example/m/v2@v2.0.0 && go install a.example/dev@latest\n",
			"2 go: a.example/dev@latest: neither the report nor a lock file has it: it may be installed under another name\n",
			[]string{"golang a.example/m v1.1.0 go/bin/other", "golang a.example/m v1.2.0 go/bin/tool", "golang a.example/m/v2 v2.0.0 go/bin/m", "golang a.example/dev (devel) go/bin/dev"}, "", ""},
		{"hostile", "FROM x\nRUN apt-get install -y curl\n", "FROM x\nRUN apt-get install -y curl\n", "2 apt-get: curl: version \"1;reboot\" cannot be written behind it\n", []string{"deb curl 1;reboot"}, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			v := &Versions{}
			if err := v.AddReport(pinReport(t, dir, "final.json", bookworm, c.packages...), ""); err != nil {
				t.Fatal(err)
			}
			if c.further != "" {
				if err := v.AddReport(pinReport(t, dir, "stage.json", inventory.Distro{}, "deb curl "+c.further), c.stage); err != nil {
					t.Fatal(err)
				}
			}
			after, left := pinned(t, v, dir, c.before)
			if diff := cmp.Diff(c.after, after); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(c.left, left); diff != "" {
				t.Errorf("left (-want +got)\n%s", diff)
			}
		})
	}
}

func TestPinToLockFiles(t *testing.T) {
	const npm = "FROM x\nRUN npm i -g a b\n"
	for _, c := range []struct {
		name          string
		files         map[string]string
		before, after string
		left, failed  string
	}{
		{"none", nil, npm, npm, "2 npm: a: " + unknownVersion + "\n2 npm: b: " + unknownVersion + "\n", ""},
		{"npm", map[string]string{"package-lock.json": `{"lockfileVersion":3,"packages":{"node_modules/a":{"version":"1.0.0"},"node_modules/b":{"version":"2.0.0"}}}`},
			npm, "FROM x\nRUN npm i -g a@1.0.0 b@2.0.0\n", "", ""},
		{"a broken one beside", map[string]string{"package-lock.json": "{\n\n]", "yarn.lock": "a@^1:\n  version \"1.0.0\"\n"},
			npm, "FROM x\nRUN npm i -g a@1.0.0 b\n", "2 npm: b: " + unknownVersion + "\n", "package-lock.json:3: not JSON: invalid character ']' looking for beginning of object key string\n"},
		{"yarn in two versions", map[string]string{"package.json": `{"dependencies":{"a":"^2"}}`, "yarn.lock": "a@^1:\n  version \"1.0.0\"\na@^2:\n  version \"2.0.0\"\nb@^1:\n  version \"1.0.0\"\nb@^2:\n  version \"2.0.0\"\n"},
			npm, "FROM x\nRUN npm i -g a@2.0.0 b\n", "2 npm: b: several versions are there, \"1.0.0\" (yarn.lock) and \"2.0.0\" (yarn.lock): write the one that is meant\n", ""},
		{"two that differ", map[string]string{"requirements.txt": "a==1\n", "requirements-dev.txt": "a==2\nb==3\n"},
			"FROM x\nRUN pip install a b\n", "FROM x\nRUN pip install a b==3\n", "2 pip: a: several versions are there, \"2\" (requirements-dev.txt) and \"1\" (requirements.txt): write the one that is meant\n", ""},
		{"Ruby and Go", map[string]string{"Gemfile.lock": "GEM\n  specs:\n    a (1.0)\n", "go.mod": "require a.example/m v1.0.0\n"},
			"FROM x\nRUN gem i a && go install a.example/m/cmd/x@latest\n", "FROM x\nRUN gem i a:1.0 && go install a.example/m/cmd/x@v1.0.0\n", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, text := range c.files {
				pinFile(t, dir, name, text)
			}
			failed := ""
			v := &Versions{Failed: func(err error) { failed += err.Error() + "\n" }}
			after, left := pinned(t, v, dir, c.before)
			failed = strings.ReplaceAll(failed, dir+string(filepath.Separator), "")
			if diff := cmp.Diff([]string{c.after, c.failed}, []string{after, failed}); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(c.left, left); diff != "" {
				t.Errorf("left (-want +got)\n%s", diff)
			}
		})
	}
}

func TestAddReportBad(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct{ text, want string }{
		{"{\n\"schema\": 1,\n]", "3: not a JSON report of plimsoll scan"},
		{"{\"schema\": 1,\n\"packages\": 5}", "2: not a JSON report of plimsoll scan"},
		{"{\"bomFormat\":\"CycloneDX\"}", "1: not a report of plimsoll scan -o json: it has no schema"},
		{"{\"schema\": 99}", "1: the report has schema 99"},
		{"{\"schema\": 1, \"packages\": []}", "1: the report has no packages"},
		{"", "not a JSON report"},
	} {
		err := (&Versions{}).AddReport(pinFile(t, dir, "r.json", c.text), "")
		if place := (*FileError)(nil); !errors.As(err, &place) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want %q", c.text, err, c.want)
		}
	}
	for _, path := range []string{dir, filepath.Join(dir, "none.json")} {
		if err := (&Versions{}).AddReport(path, ""); err == nil {
			t.Errorf("%s is read", path)
		}
	}
}

func TestFits(t *testing.T) {
	for _, c := range []struct {
		image  string
		distro inventory.Distro
		want   fit
	}{
		{"alpine:3.20", inventory.Distro{ID: "alpine", Version: "3.20.3"}, certain},
		{"alpine:3", inventory.Distro{ID: "alpine", Version: "3.20.3"}, certain},
		{"alpine:3.19", inventory.Distro{ID: "alpine", Version: "3.20.3"}, unlikely},
		{"alpine:20240606", inventory.Distro{ID: "alpine", Version: "3.21_alpha"}, likely},
		{"alpine", inventory.Distro{ID: "alpine", Version: "3.20.3"}, likely},
		{"registry.example.com:5000/mirror/debian:12.5-slim@sha256:0", inventory.Distro{ID: "debian", Version: "12"}, certain},
		{"debian:trixie", inventory.Distro{ID: "debian", Version: "12", Codename: "bookworm"}, unlikely},
		{"debian:trixie", inventory.Distro{ID: "debian"}, likely},
		{"ubuntu:$TAG", inventory.Distro{ID: "ubuntu", Version: "24.04"}, likely},
		{"registry.access.redhat.com/ubi9/ubi", inventory.Distro{ID: "rhel", Version: "9.4"}, likely},
		{"ubi9-minimal:9.4", inventory.Distro{ID: "rhel", Version: "9.4"}, certain},
		{"rockylinux:9", inventory.Distro{ID: "almalinux", Version: "9.4"}, unlikely},
		{"node:22-alpine", inventory.Distro{ID: "debian", Version: "12"}, likely},
		{"debian:12", inventory.Distro{}, likely},
	} {
		if got := (&builtImage{distro: c.distro}).fits(c.image); got != c.want {
			t.Errorf("%s on %v: %d, want %d", c.image, c.distro, got, c.want)
		}
	}
}

// FuzzAddReport reads any report and pins to it.
func FuzzAddReport(f *testing.F) {
	f.Add([]byte(`{"schema":1,"target":{"distro":{"id":"debian"}},"packages":[{"ecosystem":"deb","name":"curl","version":"1"}]}`), "")
	f.Add([]byte(`{"schema":1,"packages":[{"ecosystem":"npm","name":"curl","version":"1 && x","at":{"path":"a"}}]}`), "0")
	f.Fuzz(func(t *testing.T, data []byte, stage string) {
		v := &Versions{}
		if err := v.AddReport(pinFile(t, t.TempDir(), "r.json", string(data)), stage); err != nil {
			return
		}
		pinned(t, v, t.TempDir(), "FROM debian:12 AS a\nRUN apt-get install curl\nFROM a\nRUN npm i curl && pip install curl && go install curl.se/x@latest\n")
	})
}
