package image

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/plimsoll/plimsoll/dockerfile"
)

// TestDockerfileEntries rebuilds one entry each, as the builders write them.
func TestDockerfileEntries(t *testing.T) {
	for _, tt := range []struct{ name, entry, want string }{
		{"classic run", "/bin/sh -c apt-get update &&     apt-get install -y curl", "RUN apt-get update &&     apt-get install -y curl"},
		{"classic arguments", "|2 A=b NAME=c d /bin/sh -c make $A", "RUN make $A"},
		{"classic copy", "/bin/sh -c #(nop) COPY file:4e9af8 in /app ", "COPY file:4e9af8 /app"},
		{"classic copy with owner", "/bin/sh -c #(nop) COPY --chown=1:1 multi:4e9af8 in /app in b", "COPY --chown=1:1 multi:4e9af8 /app in b"},
		{"classic add of an address", "/bin/sh -c #(nop) ADD " + strings.Repeat("0a", 32) + " in /x", "ADD " + strings.Repeat("0a", 32) + " /x"},
		{"classic list", `/bin/sh -c #(nop)  CMD ["nginx" "-g" "daemon off;"]`, `CMD ["nginx", "-g", "daemon off;"]`},
		{"classic env", "/bin/sh -c #(nop)  ENV A=b C=d e", `ENV A=b C="d e"`},
		{"classic env, empty", "/bin/sh -c #(nop)  ENV A=b C=", `ENV A=b C=`},
		{"classic under another shell", "/bin/bash -o pipefail -c #(nop) ENV A=b", "ENV A=b"},
		{"classic health", `/bin/sh -c #(nop)  HEALTHCHECK &{["CMD" "/check"] "30s" "0s" "0s" '\x00'}`, "HEALTHCHECK --interval=30s CMD /check"},
		{"run", "RUN /bin/sh -c apk add curl # buildkit", "RUN apk add curl"},
		{"run with arguments", "RUN |2 VERSION=1.2 NAME=a b /bin/sh -c make # buildkit", "RUN make"},
		{"run of words", "RUN /app init # buildkit", "RUN /app init"},
		{"run under another shell", "RUN /bin/bash -eo pipefail -c a | b \"c\" # buildkit", `RUN ["/bin/bash", "-eo", "pipefail", "-c", "a | b \"c\""]`},
		{"run of a here-document", "RUN /bin/sh -c set -e\necho a\n # buildkit", "RUN <<EOF\nset -e\necho a\nEOF"},
		{"run with its own", "RUN /bin/sh -c cat <<EOF > /x\na\nEOF # buildkit", "RUN <<EOF_\ncat <<EOF > /x\na\nEOF\nEOF_"},
		{"run with a here-string", "RUN /bin/sh -c cat <<< a # buildkit", "RUN <<EOF\ncat <<< a\nEOF"},
		{"run of a test", "RUN /bin/sh -c [ -f /x ] && y # buildkit", "RUN [ -f /x ] && y"},
		{"copy", "COPY --from=build /app /app # buildkit", "COPY --from=build /app /app"},
		{"copy of a here-document", "COPY <<EOF /etc/x # buildkit", "COPY <<EOF /etc/x\nEOF"},
		{"env", "ENV A=b \"c\" $d", `ENV A="b \"c\" \$d"`},
		{"env of two", "ENV A=b C=d", `ENV A="b" C="d"`},
		{"label", "LABEL org.opencontainers.image.title=A b maintainer=me", `LABEL org.opencontainers.image.title="A b" maintainer=me`},
		{"arg", "ARG A", "ARG A"},
		{"args", "ARG A B=c d E=f", `ARG A B="c d" E=f`},
		{"expose", "EXPOSE map[443/tcp:{} 80/tcp:{}]", "EXPOSE 443/tcp 80/tcp"},
		{"expose list", "EXPOSE [443/tcp 80/tcp]", "EXPOSE 443/tcp 80/tcp"},
		{"volume", "VOLUME [/a /b]", `VOLUME ["/a", "/b"]`},
		{"entrypoint", `ENTRYPOINT ["/bin/sh" "-c" "echo \"a\""]`, `ENTRYPOINT ["/bin/sh", "-c", "echo \"a\""]`},
		{"no entrypoint", `ENTRYPOINT []`, `ENTRYPOINT []`},
		{"health", `HEALTHCHECK &{["CMD-SHELL" "a || exit 1"] "5m0s" "3s" "1s" "5s" '\x03'}`, "HEALTHCHECK --interval=5m0s --timeout=3s CMD a || exit 1"},
		{"no health", `HEALTHCHECK &{["NONE"] "0s" "0s" "0s" "0s" '\x00'}`, "HEALTHCHECK NONE"},
		{"health as a struct", `HEALTHCHECK {Test:[CMD-SHELL curl [::1] || exit 1] Interval:30s Timeout:3s StartPeriod:0s StartInterval:0s Retries:3}`, "HEALTHCHECK --interval=30s --timeout=3s CMD curl [::1] || exit 1"},
		{"no health as a struct", `HEALTHCHECK {Test:[NONE] Interval:0s Timeout:0s StartPeriod:0s StartInterval:0s Retries:0}`, "HEALTHCHECK NONE"},
		{"onbuild", "ONBUILD RUN make", "ONBUILD RUN make"},
		{"stop signal", "STOPSIGNAL SIGQUIT", "STOPSIGNAL SIGQUIT"},
		{"buildah", "/bin/sh -c #(nop) COPY dir:3a02 in . |inheritLabels=false|force-mtime=10", "COPY dir:3a02 ."},
		{"buildah run", "/bin/sh -c make|unsetLabel=true", "RUN make"},
		{"a pipe is none of it", "/bin/sh -c a | b --c=d", "RUN a | b --c=d"},
		{"debian", "# debian.sh --arch 'amd64' out/ 'bookworm' '@1732492800'", ""},
		{"ko", "ko build ko://example.com/cmd", ""},
		{"bazel", "bazel build ...", ""},
		{"jib", "jib-maven-plugin:3.4.0", ""},
		{"buildpacks", "Buildpacks Launcher Config", ""},
		{"podman commit", "/bin/sh", ""},
		{"nothing", "", ""},
		{"a directive", "# escape=`", ""},
		{"bare", "RUN", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text, entries := Dockerfile(&v1.ConfigFile{History: []v1.History{{CreatedBy: tt.entry}}})
			if got := strings.TrimSuffix(strings.TrimPrefix(string(text), "FROM scratch\n"), "\n"); got != tt.want {
				t.Errorf("%q is %q, want %q", tt.entry, got, tt.want)
			}
			if want := 1 + min(1, len(tt.want)); len(entries) != want {
				t.Errorf("entries %v", entries)
			}
			if p := dockerfile.Parse(text).Problems; len(p) > 0 {
				t.Errorf("%q is not understood: %v", text, p)
			}
		})
	}
}

func TestDockerfile(t *testing.T) {
	for _, tt := range []struct {
		name    string
		config  v1.ConfigFile
		want    string
		entries []int
	}{
		{"shell in force", v1.ConfigFile{History: []v1.History{
			{CreatedBy: "SHELL [/bin/bash -o pipefail -c]"}, {CreatedBy: "RUN /bin/bash -o pipefail -c a | b # buildkit"},
			{CreatedBy: "RUN /bin/sh -c c # buildkit"},
		}}, "FROM scratch\nSHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]\nRUN a | b\nRUN c\n", []int{-1, 0, 1, 2}},
		{"buildah", v1.ConfigFile{
			Config: v1.Config{User: "10", Env: []string{"PATH=/bin", "A=b c", "C=d"}, Labels: map[string]string{"io.buildah.version": "1.28.2", "title": "My App", "x": "y"}},
			History: []v1.History{
				{CreatedBy: "/bin/sh -c #(nop) COPY file:09bc in /bin/sh ", EmptyLayer: true}, {CreatedBy: `/bin/sh -c #(nop) ENV PATH=/bin A="b c" C=d`, EmptyLayer: true},
				{CreatedBy: `/bin/sh -c #(nop) CMD ["sh"]`}, {CreatedBy: "/bin/sh -c #(nop) ARG TOKEN VER", EmptyLayer: true},
				{CreatedBy: `/bin/sh -c #(nop) LABEL title="My App" x=y`, EmptyLayer: true}, {CreatedBy: `|2 TOKEN=abc VER=1.2 /bin/sh -c echo "hello" &&     echo there`, EmptyLayer: true},
				{CreatedBy: `|2 TOKEN=abc VER=1.2 /bin/sh -c ["/bin/sh", "-c", "echo json"]`, EmptyLayer: true}, {CreatedBy: "/bin/sh -c #(nop) EXPOSE 80 443/tcp", EmptyLayer: true},
				{CreatedBy: "/bin/sh -c #(nop) VOLUME /data /logs", EmptyLayer: true}, {CreatedBy: `/bin/sh -c #(nop) SHELL ["/bin/sh", "-e", "-c"]`, EmptyLayer: true},
				{CreatedBy: "|2 TOKEN=abc VER=1.2 /bin/sh -c echo shell | cat", EmptyLayer: true}, {CreatedBy: "/bin/sh -c #(nop) USER 10", EmptyLayer: true},
				{CreatedBy: "/bin/sh -c #(nop) HEALTHCHECK --interval=5s CMD echo ok || exit 1", EmptyLayer: true}, {CreatedBy: "/bin/sh -c #(nop) ENTRYPOINT echo shellform", EmptyLayer: true},
				{CreatedBy: `/bin/sh -c #(nop) CMD ["a", "b c"]`, EmptyLayer: true}, {CreatedBy: "/bin/sh -c #(nop) MAINTAINER me", Comment: "FROM f1c2fb60724c"},
			},
		}, "FROM scratch\nCOPY file:09bc /bin/sh\nENV PATH=/bin A=\"b c\" C=d\nCMD [\"sh\"]\nARG TOKEN VER\nLABEL title=\"My App\" x=y\nRUN echo \"hello\" &&     echo there\n" +
			"RUN [\"/bin/sh\", \"-c\", \"echo json\"]\nEXPOSE 80 443/tcp\nVOLUME /data /logs\nSHELL [\"/bin/sh\", \"-e\", \"-c\"]\nRUN echo shell | cat\nUSER 10\n" +
			"HEALTHCHECK --interval=5s CMD echo ok || exit 1\nENTRYPOINT echo shellform\nCMD [\"a\", \"b c\"]\nMAINTAINER me\nLABEL io.buildah.version=1.28.2\n",
			[]int{-1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, -1}},
		{"kaniko", v1.ConfigFile{History: []v1.History{
			{Author: "kaniko", CreatedBy: `ENV A="b c" D=e`}, {Author: "kaniko", CreatedBy: "RUN --mount=type=cache,target=/x make"}, {Author: "kaniko", CreatedBy: "COPY a b"},
		}}, "FROM scratch\nENV A=\"b c\" D=e\nRUN --mount=type=cache,target=/x make\nCOPY a b\n", []int{-1, 0, 1, 2}},
		{"windows", v1.ConfigFile{OS: "windows", History: []v1.History{
			{CreatedBy: `cmd /S /C #(nop) WORKDIR C:\`}, {CreatedBy: `cmd /S /C dir C:\`}, {CreatedBy: `powershell -Command Get-Item C:\x`},
		}}, "# escape=`\nFROM scratch\nSHELL [\"cmd\", \"/S\", \"/C\"]\nWORKDIR C:\\\nRUN dir C:\\\nRUN [\"powershell\", \"-Command\", \"Get-Item C:\\\\x\"]\n", []int{-1, -1, 0, 1, 2}},
		{"the configuration tells pairs apart", v1.ConfigFile{
			Config:  v1.Config{Env: []string{"OPTS=a B=c", "D=e"}, Labels: map[string]string{"a": "b c=d"}},
			History: []v1.History{{CreatedBy: "ENV OPTS=a B=c"}, {CreatedBy: "ENV OPTS=a B=c D=e"}, {CreatedBy: "LABEL a=b c=d"}},
		}, "FROM scratch\nENV OPTS=\"a B=c\"\nENV OPTS=\"a B=c\" D=\"e\"\nLABEL a=\"b c=d\"\n", []int{-1, 0, 1, 2}},
		{"configuration alone", v1.ConfigFile{
			Config: v1.Config{
				Env: []string{"PATH=/bin", "A=b c"}, Labels: map[string]string{"x": "y"}, User: "10", WorkingDir: "/w", Cmd: []string{"a", "b"},
				Entrypoint: []string{"/app"}, ExposedPorts: map[string]struct{}{"80/tcp": {}}, Volumes: map[string]struct{}{"/v": {}},
				Healthcheck: &v1.HealthConfig{Test: []string{"CMD-SHELL", "a"}, StartPeriod: time.Second, Retries: 2},
			},
			History: []v1.History{{Comment: "store paths: ['/nix/store/a']"}},
		}, "FROM scratch\n\nENV A=\"b c\"\nLABEL x=y\nEXPOSE 80/tcp\nVOLUME [\"/v\"]\nWORKDIR /w\nHEALTHCHECK --start-period=1s --retries=2 CMD a\n" +
			"ENTRYPOINT [\"/app\"]\nCMD [\"a\", \"b\"]\nUSER 10\n", slices.Repeat([]int{-1}, 10)},
		{"another user", v1.ConfigFile{Config: v1.Config{User: "10"}, History: []v1.History{{CreatedBy: "USER a"}, {CreatedBy: "USER root"}}}, "FROM scratch\nUSER a\nUSER root\nUSER 10\n", []int{-1, 0, 1, -1}},
		{"same user", v1.ConfigFile{Config: v1.Config{User: "a"}, History: []v1.History{{CreatedBy: "USER a"}}}, "FROM scratch\nUSER a\n", []int{-1, 0}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text, entries := Dockerfile(&tt.config)
			if d := cmp.Diff(tt.want, string(text)); d != "" {
				t.Error(d)
			}
			if d := cmp.Diff(tt.entries, entries); d != "" {
				t.Error(d)
			}
			file := dockerfile.Parse(text)
			if len(file.Instructions) != len(entries) || len(file.Problems) > 0 {
				t.Errorf("%d instructions, %v", len(file.Instructions), file.Problems)
			}
		})
	}
	if text, entries := Dockerfile(nil); text != nil || entries != nil {
		t.Errorf("of nothing: %q", text)
	}
}

func TestDockerfileBounds(t *testing.T) {
	long := v1.ConfigFile{History: []v1.History{{CreatedBy: "RUN /bin/sh -c " + strings.Repeat("a", maxEntry)}, {CreatedBy: "USER a"}}}
	if text, _ := Dockerfile(&long); string(text) != "FROM scratch\n\nUSER a\n" {
		t.Errorf("a long entry: %d bytes", len(text))
	}
	wide := v1.ConfigFile{History: []v1.History{{CreatedBy: "RUN /bin/sh -c echo" + strings.Repeat(" # a", maxLine/2) + strings.Repeat(" ab", maxLine/2) + " # buildkit"}}}
	text, entries := Dockerfile(&wide)
	file := dockerfile.Parse(text)
	if len(file.Problems) > 0 || len(entries) != 2 || len(file.Instructions) != 2 || "RUN /bin/sh -c "+file.Instructions[1].Text+" # buildkit" != wide.History[0].CreatedBy {
		t.Errorf("a long line: %v, %d instructions", file.Problems, len(file.Instructions))
	}
	many := v1.ConfigFile{History: slices.Repeat([]v1.History{{CreatedBy: "USER a"}}, maxRebuilt+10)}
	if _, entries := Dockerfile(&many); len(entries) != maxRebuilt+1 {
		t.Errorf("%d entries", len(entries))
	}
	full := v1.ConfigFile{History: slices.Repeat([]v1.History{{CreatedBy: "RUN /bin/sh -c " + strings.Repeat("a", maxEntry-100)}}, 100)}
	if text, _ := Dockerfile(&full); len(text) > maxText+maxEntry {
		t.Errorf("%d bytes", len(text))
	}
}

func TestBuildArguments(t *testing.T) {
	for text, want := range map[string][]string{
		"RUN |2 TOKEN=abc NAME=a b /bin/sh -c make # buildkit": {"TOKEN=abc", "NAME=a b"},
		"|1 A=b /bin/sh -c make":                               {"A=b"},
		"|0 /bin/sh -c make":                                   nil,
		"RUN /bin/sh -c make # buildkit":                       nil,
		"|3 a":                                                 nil,
	} {
		if d := cmp.Diff(want, BuildArguments(text)); d != "" {
			t.Errorf("%s: %s", text, d)
		}
	}
}

// FuzzDockerfile checks that each entry is one instruction or none, whatever
// stands in it.
func FuzzDockerfile(f *testing.F) {
	f.Add("RUN /bin/sh -c cat <<EOF\na\nEOF # buildkit", "COPY <<A <<B /x # buildkit", "linux", "")
	f.Add("ENV A=b \\", "# escape=`", "windows", "kaniko")
	f.Add("ONBUILD COPY <<E /x", "SHELL [a -c]", "", "kaniko")
	f.Add("/bin/sh -c #(nop) HEALTHCHECK &{[\"CMD\" \"a\\n\"] \"1s\" \"2s\"}", "VOLUME [\"\\\\\"]", "linux", "")
	f.Add("LABEL a=b <<c", "USER <<x\\\\", "linux", "")
	f.Fuzz(func(t *testing.T, a, b, os, author string) {
		c := v1.ConfigFile{OS: os, Config: v1.Config{User: b, Env: []string{a, b}, Labels: map[string]string{b: a, "x": b}, Cmd: []string{a}, WorkingDir: b}}
		c.History = []v1.History{{CreatedBy: a, Author: author}, {CreatedBy: b}, {CreatedBy: "USER last"}}
		text, entries := Dockerfile(&c)
		file := dockerfile.Parse(text)
		if len(file.Instructions) != len(entries) {
			t.Fatalf("%d entries, %d instructions in %q", len(entries), len(file.Instructions), text)
		}
		if !slices.IsSorted(entries[:max(slices.Index(entries, 2), 0)]) || !slices.Contains(entries, 2) {
			t.Fatalf("entries %v of %q", entries, text)
		}
		if i := file.Instructions[slices.Index(entries, 2)]; i.Name != "USER" || i.Text != "last" {
			t.Fatalf("%s %s in the place of USER last in %q", i.Name, i.Text, text)
		}
		if bytes.ContainsRune(text, '\r') {
			t.Fatalf("%q", text)
		}
	})
}
