package rules_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/image"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/rules"
)

// now is when the tests judge images.
func now() time.Time { return time.Date(2026, time.March, 1, 0, 0, 0, 0, time.UTC) }

// viewed is a configuration as rules see it, with nothing installed.
func viewed(c *v1.ConfigFile, ref string) *rule.Image {
	settings := &rule.Settings{Now: now()}
	text, entries := image.Dockerfile(c)
	_, base, made := image.Base(c.History)
	return &rule.Image{
		Ref: ref, Config: c, History: rule.NewDockerfile(dockerfile.Parse(text), "", settings, nil), Entries: entries,
		Inventory: &inventory.Inventory{}, Layers: made, Base: base, Settings: settings,
	}
}

// held is what a rule has found, with the aliases that hold.
type held struct {
	rule *rule.Rule
	rule.Found
}

func (h held) String() string {
	return fmt.Sprintf("%s %d:%d %s", h.rule.ID, h.At.Layer, h.At.Line, h.Message)
}

// hold holds an image against rules, as a scan does.
func hold(im *rule.Image, list []rule.Rule) []held {
	var found []held
	for n := range list {
		r := &list[n]
		view := im.For(r, func(f rule.Found) {
			if f.Aliases == nil {
				f.Aliases = r.Aliases
			}
			found = append(found, held{r, f})
		})
		if r.History && r.Dockerfile != nil {
			r.Dockerfile(im.History.WithReport(view.ReportProblem))
		}
		if r.Image != nil {
			r.Image(view)
		}
	}
	return found
}

// onConfiguration are the rules that look at configuration and history; a rule
// about files finds nothing here.
func onConfiguration() []rule.Rule {
	return slices.DeleteFunc(rules.All(), func(r rule.Rule) bool { return r.Image == nil && !r.History })
}

// byID is the rule of an id.
func byID(t *testing.T, id string) []rule.Rule {
	t.Helper()
	all := rules.All()
	n := slices.IndexFunc(all, func(r rule.Rule) bool { return r.ID == id })
	if n < 0 {
		t.Fatalf("no rule %s", id)
	}
	return all[n : n+1]
}

// built is the image of a Dockerfile of one stage, with the history that BuildKit
// writes, upon a Debian.
func built(text string) *v1.ConfigFile {
	c := &v1.ConfigFile{History: debian()}
	for _, i := range dockerfile.Parse([]byte(text)).Instructions {
		switch i.Name {
		case "FROM":
		case "RUN":
			c.History = append(c.History, v1.History{CreatedBy: "RUN /bin/sh -c " + i.Text + " # buildkit"})
		case "COPY", "ADD":
			c.History = append(c.History, v1.History{CreatedBy: i.Name + " " + i.Text + " # buildkit"})
		default:
			c.History = append(c.History, v1.History{CreatedBy: i.Name + " " + i.Text, EmptyLayer: true})
		}
		if user, _, ok := i.User(); ok {
			c.Config.User = user
		}
		if _, ok := i.Healthcheck(); ok {
			c.Config.Healthcheck = &v1.HealthConfig{Test: []string{"NONE"}}
		}
	}
	return c
}

// debian is a base image's history.
func debian() []v1.History {
	return []v1.History{
		{CreatedBy: "/bin/sh -c #(nop) ADD file:1f1a in / "},
		{CreatedBy: `/bin/sh -c #(nop)  CMD ["bash"]`, EmptyLayer: true},
	}
}

// TestHistoryExamples holds every rule that also looks at histories against its
// own examples, as images that were built from them.
func TestHistoryExamples(t *testing.T) {
	for _, r := range rules.All() {
		left := strings.HasSuffix(r.ID, "-cache-left") && r.Dockerfile != nil || r.ID == "apt-lists-left"
		if !r.History && !left || strings.HasPrefix(r.ID, "label-") { // labels want settings
			continue
		}
		if found := hold(viewed(built(r.Bad), ""), []rule.Rule{r}); len(found) == 0 {
			t.Errorf("%s: nothing reported on the image of the bad example:\n%s", r.ID, r.Bad)
		}
		if found := hold(viewed(built(r.Good), ""), []rule.Rule{r}); len(found) > 0 {
			t.Errorf("%s: reported on the image of the good example: %v\n%s", r.ID, found, r.Good)
		}
	}
}

// TestConfigurationExamples holds the rules that look at nothing but the
// configuration against their examples: a configuration, or a command line.
func TestConfigurationExamples(t *testing.T) {
	for _, r := range rules.All() {
		if r.Dockerfile != nil || r.Image == nil || r.Entry != nil || r.File != nil || strings.HasPrefix(r.Bad, "-") {
			continue
		}
		view := func(text string) *rule.Image {
			ref, isRef := strings.CutPrefix(strings.TrimSpace(text), "plimsoll scan registry:")
			if isRef {
				return viewed(&v1.ConfigFile{}, ref)
			}
			c, err := v1.ParseConfigFile(strings.NewReader(text))
			if err != nil {
				t.Fatalf("%s: %v\n%s", r.ID, err, text)
			}
			return viewed(c, "")
		}
		if !strings.HasPrefix(r.Bad, "{") && !strings.HasPrefix(r.Bad, "plimsoll ") {
			continue
		}
		if found := hold(view(r.Bad), []rule.Rule{r}); len(found) == 0 {
			t.Errorf("%s: nothing reported on the bad example:\n%s", r.ID, r.Bad)
		}
		if found := hold(view(r.Good), []rule.Rule{r}); len(found) > 0 {
			t.Errorf("%s: reported on the good example: %v\n%s", r.ID, found, r.Good)
		}
	}
}

func TestEffectiveUser(t *testing.T) {
	for user, want := range map[string]string{
		"": "user-missing", ":": "user-missing", ":0": "user-missing",
		"root": "user-root", "0": "user-root", "0:0": "user-root", "root:root": "user-root", "00": "user-root", "+0": "user-root",
		"-0": "user-root", "0:0 ": "user-root", " root": "user-root", "0:1000": "user-root",
		"app": "", "1000": "", "65532:0": "", "rooted": "", "010": "", "0x0": "",
	} {
		c := &v1.ConfigFile{Config: v1.Config{User: user}}
		var got []string
		for _, r := range []string{"user-root", "user-missing"} {
			for _, h := range hold(viewed(c, ""), byID(t, r)) {
				got = append(got, h.rule.ID)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("user %q: %v, want %q", user, got, want)
		}
	}
	for user, want := range map[string]int{"": 0, "ContainerUser": 0, "ContainerAdministrator": 1, `User Manager\ContainerAdministrator`: 1} {
		c := &v1.ConfigFile{OS: "windows", Config: v1.Config{User: user}}
		if found := hold(viewed(c, ""), slices.Concat(byID(t, "user-root"), byID(t, "user-missing"))); len(found) != want {
			t.Errorf("windows user %q: %v", user, found)
		}
	}
}

// TestImageRules holds configurations against rules: what is said, and where.
func TestImageRules(t *testing.T) {
	ports := func(p ...string) map[string]struct{} {
		all := map[string]struct{}{}
		for _, p := range p {
			all[p] = struct{}{}
		}
		return all
	}
	for _, tt := range []struct {
		name, rule string
		config     v1.ConfigFile
		want       []string
	}{
		{"own user", "user-root", v1.ConfigFile{Config: v1.Config{User: "root"}, History: append(debian(), v1.History{CreatedBy: "USER root", EmptyLayer: true}, v1.History{CreatedBy: "COPY a b # buildkit"})},
			[]string{`user-root -1:4 The user of the image is "root".`}},
		{"the base's user", "user-root", v1.ConfigFile{Config: v1.Config{User: "root"}, History: []v1.History{{CreatedBy: "ADD a /"}, {CreatedBy: "USER root", EmptyLayer: true}, {CreatedBy: `CMD ["a"]`, EmptyLayer: true}, {CreatedBy: "COPY a b # buildkit"}}},
			[]string{`user-root -1:3 The user of the image is "root". The base image sets it.`}},
		{"ports", "expose-admin", v1.ConfigFile{Config: v1.Config{ExposedPorts: ports("2375/tcp", "80/tcp", "23/udp")}}, []string{"expose-admin -1:2 Port 2375 is that of the Docker daemon without TLS."}},
		{"ports of the base", "expose-ssh", v1.ConfigFile{Config: v1.Config{ExposedPorts: ports("22/tcp")}, History: []v1.History{{CreatedBy: "ADD a /"}, {CreatedBy: "EXPOSE map[22/tcp:{}]", EmptyLayer: true}, {CreatedBy: `CMD ["a"]`, EmptyLayer: true}, {CreatedBy: "COPY a b # buildkit"}}},
			[]string{"expose-ssh -1:3 Port 22 is that of SSH. The base image exposes it."}},
		{"volumes", "volume-system", v1.ConfigFile{Config: v1.Config{Volumes: ports("/proc", "/data", "/etc/")}}, []string{"volume-system -1:2 The volume /etc/ belongs to the system.", "volume-system -1:2 The volume /proc belongs to the system."}},
		{"no health check", "healthcheck-missing", v1.ConfigFile{}, []string{"healthcheck-missing -1:0 The configuration has no health check."}},
		{"a user of Windows", "user-unknown", v1.ConfigFile{OS: "windows", Config: v1.Config{User: "ContainerUser"}, History: []v1.History{{CreatedBy: "Apply image 10.0"}}}, nil},
		{"a user that is nowhere", "user-unknown", v1.ConfigFile{OS: "linux", Config: v1.Config{User: "app"}, History: []v1.History{{CreatedBy: "ADD a /"}}}, []string{"user-unknown -1:0 USER app: there is no such user in the image, so no container of it starts."}},
		{"an empty health check", "healthcheck-missing", v1.ConfigFile{Config: v1.Config{Healthcheck: &v1.HealthConfig{}}}, []string{"healthcheck-missing -1:0 The configuration has no health check."}},
		{"none wanted", "healthcheck-missing", v1.ConfigFile{History: []v1.History{{CreatedBy: "HEALTHCHECK NONE", EmptyLayer: true}}}, nil},
		{"shell form", "cmd-shell-form", v1.ConfigFile{Config: v1.Config{Entrypoint: []string{"/bin/sh", "-c", "serve"}}}, []string{"cmd-shell-form -1:2 The command of ENTRYPOINT runs in a shell, which does not pass on signals; write a JSON array, or begin the command with exec."}},
		{"shell form with exec", "cmd-shell-form", v1.ConfigFile{Config: v1.Config{Entrypoint: []string{"/bin/sh", "-c", "exec serve"}}}, nil},
		{"arguments of an entrypoint", "cmd-shell-form", v1.ConfigFile{Config: v1.Config{Entrypoint: []string{"/tini"}, Cmd: []string{"/bin/sh", "-c", "serve"}}}, nil},
		{"base by its label", "from-tag-latest", v1.ConfigFile{Config: v1.Config{Labels: map[string]string{"org.opencontainers.image.base.name": "docker.io/library/node:latest"}}}, []string{"from-tag-latest -1:0 It is built on the tag latest of node, which moves with every release; name a version."}},
		{"base as Buildah tells", "from-tag-latest", v1.ConfigFile{History: append(debian(), v1.History{CreatedBy: "/bin/sh -c make", Comment: "FROM docker.io/library/debian:latest"})}, []string{"from-tag-latest -1:0 It is built on the tag latest of debian, which moves with every release; name a version."}},
		{"base out of support", "from-end-of-life", v1.ConfigFile{Config: v1.Config{Labels: map[string]string{"org.opencontainers.image.base.name": "node:14-bookworm-slim"}}}, []string{"from-end-of-life -1:0 It is built on node 14, which gets no fixes since 2023-04-30 (the table in Plimsoll of 2026-08-22)."}},
		{"base without a tag", "from-tag-missing", v1.ConfigFile{Config: v1.Config{Labels: map[string]string{"org.opencontainers.image.base.name": "debian"}}}, []string{"from-tag-missing -1:0 It is built on debian without a tag, whatever was the latest on that day."}},
		{"old", "image-old", v1.ConfigFile{Created: v1.Time{Time: now().AddDate(0, 0, -181)}}, []string{"image-old -1:0 It was built on 2025-09-01; more than 180 days are too many."}},
		{"young", "image-old", v1.ConfigFile{Created: v1.Time{Time: now().AddDate(0, 0, -179)}}, nil},
		{"a reproducible date", "image-old", v1.ConfigFile{Created: v1.Time{Time: time.Unix(1, 0)}}, nil},
		{"no date", "image-created-absurd", v1.ConfigFile{}, nil},
		{"buildpacks' date", "image-created-absurd", v1.ConfigFile{Created: v1.Time{Time: time.Date(1980, 1, 1, 0, 0, 1, 0, time.UTC)}}, nil},
		{"too early", "image-created-absurd", v1.ConfigFile{Created: v1.Time{Time: time.Date(2001, 1, 1, 0, 0, 1, 0, time.UTC)}}, []string{"image-created-absurd -1:0 It says that it was built on 2001-01-01, before there were such images."}},
		{"secret of the base", "secret-in-env", v1.ConfigFile{Config: v1.Config{Env: []string{"DB_PASSWORD=hunter22"}}, History: []v1.History{{CreatedBy: "ADD a /"}, {CreatedBy: "ENV DB_PASSWORD=hunter22", EmptyLayer: true}, {CreatedBy: `CMD ["a"]`, EmptyLayer: true}, {CreatedBy: "COPY a b # buildkit"}}},
			[]string{"secret-in-env -1:3 ENV DB_PASSWORD: whoever can pull the image can read what it holds. The base image sets it."}},
		{"secret of the configuration alone", "secret-in-env", v1.ConfigFile{Config: v1.Config{Env: []string{"PATH=/bin", "API_TOKEN=hunter22"}}}, []string{"secret-in-env -1:2 ENV API_TOKEN: whoever can pull the image can read what it holds."}},
		{"an argument that shows nothing", "secret-in-env", v1.ConfigFile{History: []v1.History{{CreatedBy: "ARG API_TOKEN", EmptyLayer: true}}}, nil},
		{"a build argument", "secret-in-build-argument", v1.ConfigFile{History: []v1.History{{CreatedBy: "ARG API_TOKEN", EmptyLayer: true}, {CreatedBy: "RUN |2 A=b API_TOKEN=hunter 22 /bin/sh -c make # buildkit"}, {CreatedBy: "RUN |2 A=b API_TOKEN=hunter 22 /bin/sh -c make more # buildkit"}}},
			[]string{"secret-in-build-argument 0:3 The value of the build argument API_TOKEN stands beside the command of a RUN."}},
		{"the base's ADD", "add-instead-of-copy", v1.ConfigFile{History: append(debian(), v1.History{CreatedBy: "RUN a"})}, nil},
		{"own ADD", "add-instead-of-copy", v1.ConfigFile{History: append(debian(), v1.History{CreatedBy: "/bin/sh -c #(nop) ADD dir:12 in /app "})}, []string{"add-instead-of-copy 1:4 ADD makes /app, where COPY does the same and never unpacks or fetches anything."}},
		{"ADD of an archive", "add-instead-of-copy", v1.ConfigFile{History: append(debian(), v1.History{CreatedBy: "ADD app.tar.gz /app # buildkit"})}, nil},
		{"ADD of an address", "add-url", v1.ConfigFile{History: append(debian(), v1.History{CreatedBy: "ADD https://example.org/a /b # buildkit"})}, []string{"add-url 1:4 /b comes from https://example.org/a; the history does not show whether it was checked."}},
		{"the base's RUN", "update-alone", v1.ConfigFile{History: []v1.History{{CreatedBy: "/bin/sh -c apt-get update"}, {CreatedBy: `CMD ["a"]`, EmptyLayer: true}, {CreatedBy: "COPY a b # buildkit"}}}, nil},
		{"own RUN", "update-alone", v1.ConfigFile{History: append(debian(), v1.History{CreatedBy: "RUN /bin/sh -c apt-get   update # buildkit"})}, []string{"update-alone 1:4 apt-get fetches its lists, but nothing in this RUN installs with them."}},
		{"without a layer", "maintainer-deprecated", v1.ConfigFile{History: append(debian(), v1.History{CreatedBy: "MAINTAINER me", EmptyLayer: true})}, []string{"maintainer-deprecated -1:4 MAINTAINER is used. In the history: MAINTAINER me"}},
		{"a password is not quoted", "password-set", v1.ConfigFile{History: append(debian(), v1.History{CreatedBy: "RUN /bin/sh -c echo a:hunter22 | chpasswd # buildkit"})}, []string{"password-set 1:4 "}},
		{"sudo", "sudo-installed", v1.ConfigFile{History: append(debian(), v1.History{CreatedBy: "RUN /bin/sh -c apk add sudo # buildkit"})}, []string{"sudo-installed 1:4 A RUN installs sudo."}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, h := range hold(viewed(&tt.config, ""), byID(t, tt.rule)) {
				got = append(got, h.String())
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

// TestCacheInLayers says nothing of a cache that the layers do not have.
func TestCacheInLayers(t *testing.T) {
	c := &v1.ConfigFile{History: append(debian(), v1.History{CreatedBy: "RUN /bin/sh -c apt-get update && apt-get install -y a # buildkit"})}
	for _, tt := range []struct {
		looked bool
		notes  []inventory.Note
		want   int
	}{
		{false, nil, 1},
		{true, nil, 0},
		{true, []inventory.Note{{By: "package-cache-left", Same: "apt", Layer: 0}, {By: "package-cache-left", Same: "pip", Layer: 1}}, 0},
		{true, []inventory.Note{{By: "package-cache-left", Same: "apt", Layer: 1}}, 1},
	} {
		im := viewed(c, "")
		im.Looked, im.Inventory.Notes = map[string]bool{"package-cache-left": tt.looked}, tt.notes
		if found := hold(im, byID(t, "apt-lists-left")); len(found) != tt.want {
			t.Errorf("%+v: %v", tt, found)
		}
	}
}

// TestBuilders holds images as builders without a Dockerfile make them against
// all rules that are on.
func TestBuilders(t *testing.T) {
	epoch := v1.Time{Time: time.Unix(0, 0)}
	recent := v1.Time{Time: now().AddDate(0, 0, -3)}
	for _, tt := range []struct {
		name   string
		config v1.ConfigFile
		want   string
	}{
		{"ko", v1.ConfigFile{
			Author: "github.com/ko-build/ko", Created: epoch,
			Config:  v1.Config{Entrypoint: []string{"/ko-app/shop"}, Env: []string{"PATH=/usr/bin:/ko-app", "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt", "KO_DATA_PATH=/var/run/ko"}, User: "65532", WorkingDir: "/home/nonroot"},
			History: []v1.History{{CreatedBy: "bazel build ..."}, {CreatedBy: "bazel build ..."}, {CreatedBy: "ko build ko://example.org/shop", Comment: "kodata contents, at $KO_DATA_PATH"}, {CreatedBy: "ko build ko://example.org/shop", Comment: "go build output, at /ko-app/shop"}},
		}, "healthcheck-missing"},
		{"Jib", v1.ConfigFile{
			Created: epoch, Config: v1.Config{Entrypoint: []string{"java", "-cp", "@/app/jib-classpath-file", "com.example.Shop"}, Env: []string{"JAVA_HOME=/opt/java"}, ExposedPorts: map[string]struct{}{"8080/tcp": {}}},
			History: append(debian(), v1.History{CreatedBy: "jib-maven-plugin:3.4.0", Author: "Jib", Comment: "dependencies"}, v1.History{CreatedBy: "jib-maven-plugin:3.4.0", Author: "Jib", Comment: "classes"}),
		}, "healthcheck-missing user-missing"},
		{"Nix", v1.ConfigFile{
			Created: v1.Time{Time: time.Unix(1, 0)}, Config: v1.Config{Cmd: []string{"/nix/store/a-shop/bin/shop"}, User: "0", Env: []string{"DB_PASSWORD=hunter22"}},
			History: []v1.History{{Comment: "store paths: ['/nix/store/a-glibc']"}, {Comment: "store paths: ['/nix/store/a-shop']"}},
		}, "healthcheck-missing secret-in-env user-root"},
		{"buildpacks", v1.ConfigFile{
			Created: v1.Time{Time: time.Date(1980, 1, 1, 0, 0, 1, 0, time.UTC)},
			Config:  v1.Config{Entrypoint: []string{"/cnb/process/web"}, User: "1000:1000", Env: []string{"CNB_LAYERS_DIR=/layers", "CNB_APP_DIR=/workspace"}, Labels: map[string]string{"io.buildpacks.lifecycle.metadata": "{\"app\": [\"x\"],\n \"y\": 1}"}},
			History: append(debian(), v1.History{CreatedBy: "Buildpacks Launcher Config"}, v1.History{CreatedBy: "Layer: 'node', Created by buildpack: heroku/nodejs@1"}),
		}, "healthcheck-missing"},
		{"Bazel", v1.ConfigFile{Created: epoch, Author: "Bazel", Config: v1.Config{Entrypoint: []string{"/app"}, User: "65534"}, History: []v1.History{{Author: "Bazel", CreatedBy: "bazel build ..."}}}, "healthcheck-missing"},
		{"Kaniko", v1.ConfigFile{
			Created: recent, Config: v1.Config{User: "1000", Env: []string{"NOTE=a b"}},
			History: append(debian(), v1.History{Author: "kaniko", CreatedBy: "RUN apt-get update &&     apt-get upgrade -y"}, v1.History{Author: "kaniko", CreatedBy: "COPY --from=build /app /app"}, v1.History{Author: "kaniko", CreatedBy: `ENV NOTE="a b"`, EmptyLayer: true}),
		}, "apt-lists-left healthcheck-missing"},
		{"nothing known", v1.ConfigFile{}, "healthcheck-missing user-missing"},
	} {
		var got []string
		for _, h := range hold(viewed(&tt.config, ""), onConfiguration()) {
			if !h.rule.Off || h.rule.OnImages {
				got = append(got, h.rule.ID)
			}
		}
		slices.Sort(got)
		if s := strings.Join(got, " "); s != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, s, tt.want)
		}
	}
}

func TestImageOfInventory(t *testing.T) {
	im := viewed(&v1.ConfigFile{}, "")
	im.Inventory.Distro = inventory.Distro{ID: "debian", Version: "9"}
	im.Inventory.Packages = []inventory.Package{{Ecosystem: "deb", Name: "sudo", Version: "1.9", PURL: "pkg:deb/debian/sudo@1.9", At: inventory.Place{Path: "var/lib/dpkg/status"}}}
	var got []string
	for _, h := range hold(im, slices.Concat(byID(t, "from-end-of-life"), byID(t, "sudo-installed"))) {
		got = append(got, h.String())
	}
	im.Config.Config.Labels = map[string]string{"org.opencontainers.image.base.name": "docker.io/library/debian:9"}
	im.Settings.TrustedRegistries = []string{"*.example.org"}
	for _, h := range hold(im, byID(t, "from-registry-untrusted")) {
		got = append(got, h.String())
	}
	want := []string{"from-end-of-life -1:0 debian 9 gets no fixes since 2022-07-01 (the table in Plimsoll of 2026-08-22).", "sudo-installed 0:0 The package sudo is installed.",
		"from-registry-untrusted -1:0 The registry docker.io of the base image is not among the trusted ones."}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// FuzzHistory holds all rules against any history: none may panic, and each
// place is one of the image.
func FuzzHistory(f *testing.F) {
	for _, r := range rules.All() {
		if r.History {
			for _, h := range built(r.Bad).History[2:] {
				f.Add(h.CreatedBy, "linux")
			}
		}
	}
	f.Add("|1 A_TOKEN=x /bin/sh -c apt-get install sudo", "windows")
	list := onConfiguration()
	f.Fuzz(func(t *testing.T, entry, os string) {
		c := &v1.ConfigFile{OS: os, History: append(debian(), v1.History{CreatedBy: entry}), Config: v1.Config{
			User: entry, Env: []string{entry}, Labels: map[string]string{"a": entry}, ExposedPorts: map[string]struct{}{entry: {}},
			Volumes: map[string]struct{}{entry: {}}, Entrypoint: []string{entry, "-c", entry}, WorkingDir: entry,
		}}
		im := viewed(c, entry)
		lines := 1 + bytes.Count(im.History.Source, []byte("\n"))
		for _, h := range hold(im, list) {
			if h.At.Layer < -1 || h.At.Layer > len(c.History) || h.At.Line < 0 || h.At.Line > lines || h.Message == "" && h.rule.Title == "" {
				t.Fatalf("%s at %+v of %q", h, h.At, im.History.Source)
			}
			if strings.ContainsAny(h.Message, "\n\x1b") {
				t.Fatalf("message %q", h.Message)
			}
		}
	})
}
