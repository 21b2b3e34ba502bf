package image

import (
	"slices"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

func TestInstruction(t *testing.T) {
	for text, want := range map[string]string{
		"/bin/sh -c #(nop) COPY file:4e9af8 in /app ":                             "COPY file:4e9af8 /app",
		"/bin/sh -c #(nop) ADD file:e69d441d729412d24675dcd33e04580885df99 in /":  "ADD file:e69d441d729412d24675dcd33e04580885df99 /",
		"/bin/sh -c #(nop) COPY dir:1 in /a in b":                                 "COPY dir:1 /a in b",
		"/bin/sh -c #(nop)  CMD [\"/bin/sh\"]":                                    `CMD ["/bin/sh"]`,
		"/bin/sh -c #(nop) WORKDIR /app":                                          "WORKDIR /app",
		"/bin/bash -o pipefail -c #(nop) ENV A=b":                                 "ENV A=b",
		"/bin/sh -c apt-get update &&     apt-get install -y curl":                "RUN apt-get update && apt-get install -y curl",
		"RUN /bin/sh -c apk add curl # buildkit":                                  "RUN apk add curl",
		"RUN /bin/bash -eo pipefail -c make # buildkit":                           "RUN make",
		"RUN |2 VERSION=1.2 NAME=a b /bin/sh -c make VERSION=$VERSION # buildkit": "RUN make VERSION=$VERSION",
		"|1 A=b /bin/sh -c make all":                                              "RUN make all",
		"|0 /bin/sh -c make":                                                      "RUN make",
		"COPY --from=build /app /app # buildkit":                                  "COPY --from=build /app /app",
		"COPY /app /app # buildkit":                                               "COPY /app /app",
		"ENTRYPOINT [\"/app\"]":                                                   `ENTRYPOINT ["/app"]`,
		"bazel build ...":                                                         "bazel build ...",
		"RUN [\"/app\",\"init\"] # buildkit":                                      `RUN ["/app","init"]`,
		"RUN /bin/sh -c echo '#(nop) x' # buildkit":                               "RUN echo '#(nop) x'",
		"cmd /S /C dir":                                                           "RUN dir",
		"powershell -Command $x = 1; dir":                                         "RUN $x = 1; dir",
		"":                                                                        "",
	} {
		if got := Instruction(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

func TestCreatedBy(t *testing.T) {
	history := []v1.History{{CreatedBy: "a"}, {CreatedBy: "b", EmptyLayer: true}, {CreatedBy: "c"}}
	if got := createdBy(history, 2); len(got) != 2 || got[0] != "a" || got[1] != "c" {
		t.Error(got)
	}
	whole := []v1.History{
		{CreatedBy: "/bin/sh -c #(nop) ADD file:1 in / ", EmptyLayer: true}, {CreatedBy: "/bin/sh -c #(nop) ENV A=b", EmptyLayer: true},
		{CreatedBy: "|1 A=b /bin/sh -c make", EmptyLayer: true}, {CreatedBy: "/bin/sh -c #(nop) CMD x"},
		{CreatedBy: "RUN none", EmptyLayer: true}, {CreatedBy: "COPY a /"}, {CreatedBy: "WORKDIR /x"},
	}
	if got := createdBy(whole, 3); len(got) != 3 || got[0] != "ADD file:1 /; RUN make" || Instruction(got[0]) != got[0] || got[1] != "COPY a /" || got[2] != "WORKDIR /x" {
		t.Errorf("%q", got)
	}
	if got := createdBy(history, 3); got != nil {
		t.Error(got)
	}
}

func TestBase(t *testing.T) {
	entry := func(text string, empty bool) v1.History { return v1.History{CreatedBy: text, EmptyLayer: empty} }
	debian := []v1.History{entry("/bin/sh -c #(nop) ADD file:1 in / ", false), entry(`/bin/sh -c #(nop)  CMD ["bash"]`, true)}
	from := func(name string) v1.History { return v1.History{CreatedBy: "/bin/sh -c a", Comment: "FROM " + name} }
	by := func(author string) v1.History { return v1.History{CreatedBy: "a tool", Author: author} }
	for _, tt := range []struct {
		name          string
		history       []v1.History
		layers, lines int
	}{
		{"none", nil, 0, 0},
		{"a base itself", debian, 0, 0},
		{"one above", append(slices.Clone(debian), entry("ENV A=b", true), entry("RUN /bin/sh -c b # buildkit", false)), 1, 2},
		{"two above", append(slices.Clone(debian), entry("RUN b", false), entry(`CMD ["b"]`, true), entry("RUN c", false), entry(`CMD ["c"]`, true)), 2, 4},
		{"debuerreotype", []v1.History{{CreatedBy: "# debian.sh --arch 'amd64' out/ 'bookworm'", Comment: "debuerreotype 0.15"}, entry("ENV A=b", true), entry("RUN b", false)}, 1, 1},
		{"jib", append(slices.Clone(debian), entry("ENV A=b", true), by("Jib"), by("Jib")), 1, 3},
		{"ko", []v1.History{{CreatedBy: "apko", Author: "apko"}, by("ko"), by("ko")}, 1, 1},
		{"bazel without a base", []v1.History{by("Bazel"), by("Bazel")}, 0, 0},
		{"buildah", append(slices.Clone(debian), from("debian:12"), from("0123abcd")), 1, 2},
		{"buildah without a command", []v1.History{entry("ADD rootfs", false), from("localhost/base"), from("0123abcd"), entry("x", true)}, 1, 1},
		{"buildah, one layer", append(slices.Clone(debian), entry("/bin/sh -c #(nop) ENV A=b", true), entry("/bin/sh -c make", true), entry(`/bin/sh -c #(nop) CMD ["b"]`, true),
			v1.History{CreatedBy: "/bin/sh -c #(nop) LABEL a=b", Comment: "FROM localhost/base:1"}), 1, 2},
		{"buildah, a stage of its own", []v1.History{entry("/bin/sh -c #(nop) COPY file:1 in /", true), entry(`/bin/sh -c #(nop) CMD ["sh"]`, false), entry("/bin/sh -c make", true),
			{CreatedBy: "/bin/sh -c #(nop) LABEL a=b", Comment: "FROM f1c2fb60724c"}}, 1, 2},
		{"first of all", []v1.History{from("scratch"), from("0123abcd")}, 0, 0},
	} {
		if layers, lines, _ := Base(tt.history); layers != tt.layers || lines != tt.lines {
			t.Errorf("%s: %d layers, %d entries", tt.name, layers, lines)
		}
	}
}

func FuzzInstruction(f *testing.F) {
	f.Add("/bin/sh -c #(nop) COPY file:1 in /")
	f.Add("|2 A=b C=d e /bin/sh -c x")
	f.Fuzz(func(t *testing.T, text string) {
		if got := Instruction(text); len(got) > len(text)+len("RUN ") {
			t.Errorf("%q has grown to %q", text, got)
		}
	})
}
