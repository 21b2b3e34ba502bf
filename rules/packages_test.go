package rules

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/rule"
)

// ruleNamed is the rule of an id.
func ruleNamed(t *testing.T, id string) rule.Rule {
	t.Helper()
	for _, r := range All() {
		if r.ID == id {
			return r
		}
	}
	t.Fatalf("no rule %s", id)
	return rule.Rule{}
}

// aliasesOf are the ids under which a rule's first problem counts; nil where it
// reports nothing.
func aliasesOf(r rule.Rule, source string) []string {
	found := problems(r, source)
	if len(found) == 0 {
		return nil
	}
	if found[0].Aliases != nil {
		return found[0].Aliases
	}
	return r.Aliases
}

func TestReported(t *testing.T) {
	for _, c := range []struct {
		id, source string
		lines      []int
	}{
		{"apt-pin-version", "FROM a\nRUN apt-get install -y curl=7.* ./local.deb /tmp/b.deb vim/bookworm", nil},
		{"apt-pin-version", "FROM a\nRUN apt-get install -y -t stable-backports curl", []int{2}},
		{"apt-pin-version", "FROM a\nRUN apt-get install -y curl=7 \\\n  git", []int{2}},
		{"apt-pin-version", "FROM a\nENV PKGS=\"curl=7 git=2\"\nRUN apt-get install -y $PKGS", nil},
		{"apt-pin-version", "FROM a\nENV PKGS=\"curl=7 git\"\nRUN apt-get install -y $PKGS", []int{3}},
		{"apt-pin-version", "FROM a\nRUN apt-get install -y curl=$VERSION", nil},
		{"apt-pin-version", "FROM a\nONBUILD RUN apt-get install -y curl", []int{2}},
		{"apt-pin-version", "FROM a\nRUN [\"sudo apt-get\", \"install\", \"curl\"]", []int{2}},
		{"apt-pin-version", "FROM a\nRUN apt-get install -y curl=7 apt-get update", nil},
		{"apt-pin-version", "FROM a\nRUN <<EOF\nset -e\napt-get install -y curl\nEOF", []int{2}},
		{"apk-pin-version", "FROM a\nRUN apk add --virtual .build curl~8 'git>2' x=1 y.apk", nil},
		{"apk-pin-version", "FROM a\nRUN apk --no-cache add -t .build curl", []int{2}},
		{"yum-pin-version", "FROM a\nARG V\nRUN yum install -y foo-$V bar-1:2.3 c.rpm", nil},
		{"yum-pin-version", "FROM a\nRUN yum install -y foo-$V", []int{2}},
		{"dnf-pin-version", "FROM a\nRUN dnf module install -y nodejs:20 && dnf -y group install tools", nil},
		{"dnf-pin-version", "FROM a\nRUN dnf module install -y nodejs", []int{2}},
		{"zypper-pin-version", "FROM a\nRUN zypper -n in 'vim>=9'", nil},
		{"pip-pin-version", "FROM a\nRUN pip3.12 install flask", []int{2}},
		{"pip-pin-version", "FROM a\nRUN python3 -m pip install -c c.txt flask", nil},
		{"pip-pin-version", "FROM a\nRUN pip install . ./x -e . 'a @ https://e.org/a.whl' git+https://e.org/a@v1", nil},
		{"pip-pin-version", "FROM a\nRUN pipx install flask && pipenv install flask", nil},
		{"npm-pin-version", "FROM a\nRUN npm install && npm ci && npm install -g @a/b@1 c@2 ../d e.tgz git+https://e.org/f#v1", nil},
		{"npm-pin-version", "FROM a\nRUN npm install -g @a/b", []int{2}},
		{"gem-pin-version", "FROM a\nRUN gem install a:1 -- --with-b c && gem i d --version 2", nil},
		{"go-pin-version", "FROM a\nRUN go install ./... && go run main.go && go get e.org/a@v1", nil},
		{"go-pin-version", "FROM a\nRUN go run e.org/a@latest x", []int{2}},
		{"apt-lists-left", "FROM a AS b\nRUN apt-get update && apt-get install -y gcc\nFROM c", nil},
		{"apt-lists-left", "FROM a AS b\nRUN apt-get update && apt-get install -y gcc\nFROM b", []int{2}},
		{"apt-lists-left", "FROM a\nRUN apt-get update && rm -rf /var/lib/{apt,cache}/lists", nil},
		{"apt-lists-left", "FROM a\nRUN apt-get update && rm -rf /var/lib/apt/lists/partial", []int{2}},
		{"apt-lists-left", "FROM a\nRUN --mount=type=cache,dst=/var/lib/apt apt-get update", nil},
		{"apt-lists-left", "FROM a\nRUN --mount=type=bind,dst=/var/lib/apt apt-get update", []int{2}},
		{"apk-cache-left", "FROM a\nRUN --mount=type=tmpfs,target=/var/cache apk add x", nil},
		{"yum-cache-left", "FROM a\nRUN yum -y install a && yum clean all && yum -y install b", []int{2}},
		{"dnf-cache-left", "FROM a\nRUN dnf -y install a && rm -rf /var/cache/dnf", nil},
		{"dnf-cache-left", "FROM a\nRUN dnf -y install a && microdnf clean all", []int{2}},
		{"pip-cache-left", "FROM a\nENV PIP_NO_CACHE_DIR=1\nRUN pip install a", nil},
		{"pip-cache-left", "FROM a\nENV PIP_NO_CACHE_DIR=0\nRUN pip install a", []int{3}},
		{"pip-cache-left", "FROM a\nRUN PIP_NO_CACHE_DIR=1 pip install a && pip install b", []int{2}},
		{"update-alone", "FROM a\nRUN apt-get update && apt install -y a && apk update", []int{2}},
		{"wget-and-curl", "FROM a\nRUN wget x\nFROM b\nRUN curl x", nil},
		{"wget-progress", "FROM a\nRUN wget -qO- x && wget -nv x && wget -O y x", []int{2}},
		{"curl-insecure", "FROM a\nRUN curl -sSLk x; curl -okernel x; curl x | grep -- -k", []int{2}},
		{"git-tls-off", "FROM a\nRUN git -c http.sslVerify=false clone x", []int{2}},
		{"rpm-unverified", "FROM a\nRUN dnf -y --setopt=sslverify=false install a-1", []int{2}},
		{"rpm-unverified", "FROM a\nRUN dnf -y --setopt=tsflags=nodocs install a-1", nil},
		{"npm-tls-off", "FROM a\nRUN yarn config set strict-ssl true", nil},
		{"download-piped-to-shell", "FROM a\nRUN curl x | jq . | python3 -c 'import json'", nil},
		{"download-piped-to-shell", "FROM a\nRUN curl x | tee y | sudo bash -s -- --yes", []int{2}},
		{"download-piped-to-shell", "FROM a\nRUN sh -c \"$(curl -fsSL x)\"", []int{2}},
		{"download-piped-to-shell", "FROM a\nRUN bash <(wget -qO- x)", []int{2}},
		{"download-unchecked", "FROM a\nRUN curl -o t https://e.org/t\nRUN echo 1 t | sha256sum -c", nil},
		{"download-unchecked", "FROM a\nRUN curl -f https://e.org/t && wget -qO- https://e.org/t", nil},
		{"download-unchecked", "FROM a\nRUN curl https://e.org/t | tar -xz", []int{2}},
		{"download-unchecked", "FROM a\nADD https://e.org/t /t", []int{2}},
		{"build-tools-left", "FROM a\nRUN apk add --virtual .b gcc && make && apk del .b", nil},
		{"build-tools-left", "FROM a\nRUN apt-get install -y gcc=1\nFROM b", nil},
	} {
		var lines []int
		for _, p := range problems(ruleNamed(t, c.id), c.source+"\n") {
			lines = append(lines, p.Span.Start.Line)
		}
		if diff := cmp.Diff(c.lines, lines); diff != "" {
			t.Errorf("%s on\n%s\n(-want +got)\n%s", c.id, c.source, diff)
		}
	}
}

// TestWhoReports checks problems that not every tool would report.
func TestWhoReports(t *testing.T) {
	for _, c := range []struct {
		id, source string
		want       []string
	}{
		{"apt-pin-version", "FROM a\nRUN apt-get install $A", []string{"DL3008"}},
		{"apt-pin-version", "FROM a\nRUN apt install a", []string{}},
		{"npm-pin-version", "FROM a\nRUN npm add a", []string{"npm_install_without_pinned_version"}},
		{"yum-cache-left", "FROM a AS b\nRUN yum -y install a\nFROM b", []string{"DL3032", "DS-0015"}},
		{"yum-cache-left", "FROM a\nRUN yum -y install a && yum clean all && yum -y install b", []string{"DL3032", "DS-0015"}},
		{"dnf-cache-left", "FROM a\nRUN dnf -y upgrade", []string{"DL3040"}},
		{"dnf-cache-left", "FROM a\nRUN dnf install -y b\nRUN dnf clean all", []string{"DL3040", "DS-0019"}},
		{"zypper-cache-left", "FROM a\nRUN zypper rm -y b\nRUN zypper cc", []string{"DS-0020", "DL3036"}},
		{"apt-instead-of-apt-get", "FROM a\nRUN apt install -y b; rm -rf /x", []string{"DL3027", "run_using_apt"}},
		{"update-alone", "FROM a\nRUN apt-get update\nRUN apt-get install -y b", []string{"CIS-DI-0007", "DS-0017"}},
		{"update-alone", "FROM a\nRUN zypper refresh", []string{"CIS-DI-0007"}},
	} {
		if diff := cmp.Diff(c.want, aliasesOf(ruleNamed(t, c.id), c.source+"\n")); diff != "" {
			t.Errorf("%s on\n%s\n(-want +got)\n%s", c.id, c.source, diff)
		}
	}
}

// TestLayout checks that what a fix adds looks as what stands around it.
func TestLayout(t *testing.T) {
	for _, c := range []struct{ id, before, after string }{
		{"apt-lists-left", "FROM a\nRUN apt-get update && apt-get install -y b # c\n",
			"FROM a\nRUN apt-get update && apt-get install -y b && rm -rf /var/lib/apt/lists/* # c\n"},
		{"apt-lists-left", "FROM a\nRUN apt-get update \\\n    && apt-get install -y \\\n    b \\\n    # why\n    c\nUSER d\n",
			"FROM a\nRUN apt-get update \\\n    && apt-get install -y \\\n    b \\\n    # why\n    c \\\n    && rm -rf /var/lib/apt/lists/*\nUSER d\n"},
		{"apt-lists-left", "FROM a\r\nRUN apt-get update && \\\r\n  apt-get install -y b && \\\r\n  make\r\n",
			"FROM a\r\nRUN apt-get update && \\\r\n  apt-get install -y b && \\\r\n  rm -rf /var/lib/apt/lists/* && \\\r\n  make\r\n"},
		{"apt-lists-left", "# escape=`\nFROM a\nSHELL [\"/bin/sh\", \"-c\"]\nRUN apt-get update `\n && apt-get install -y b\n",
			"# escape=`\nFROM a\nSHELL [\"/bin/sh\", \"-c\"]\nRUN apt-get update `\n && apt-get install -y b `\n && rm -rf /var/lib/apt/lists/*\n"},
		{"apt-lists-left", "FROM a\nRUN <<EOF\napt-get update\napt-get install -y b\nmake\nEOF\n",
			"FROM a\nRUN <<EOF\napt-get update\napt-get install -y b && rm -rf /var/lib/apt/lists/*\nmake\nEOF\n"},
		{"apt-lists-left", "FROM a\nRUN sudo apt-get update && yes | sudo apt-get install b > log\n",
			"FROM a\nRUN sudo apt-get update && yes | sudo apt-get install b > log && sudo rm -rf /var/lib/apt/lists/*\n"},
		{"apt-lists-left", "FROM a\nRUN (apt-get update | tee log); make\n",
			"FROM a\nRUN (apt-get update | tee log && rm -rf /var/lib/apt/lists/*); make\n"},
		{"update-alone", "FROM a\nRUN apt-get update\n# what we need\nRUN apt-get install -y b\n",
			"FROM a\n# what we need\nRUN apt-get update && apt-get install -y b\n"},
		{"update-alone", "FROM a\nRUN apt-get -q update\n\nRUN apt-get install -y b\n",
			"FROM a\nRUN apt-get -q update && apt-get install -y b\n"},
		{"update-alone", "FROM a\nRUN apt-get update\nCOPY x /\nRUN apt-get install -y b\n", ""},
		{"apt-instead-of-apt-get", "FROM a\nRUN sudo apt  update && apt search b\n", "FROM a\nRUN sudo apt-get  update && apt-cache search b\n"},
		{"apt-recommends", "FROM a\nRUN [\"apt-get\", \"install\", \"b\"]\n", "FROM a\nRUN [\"apt-get\", \"install\", \"--no-install-recommends\", \"b\"]\n"},
		{"apt-recommends", "FROM a\nRUN [\"apt-get install\", \"b\"]\n", ""},
		{"wget-progress", "FROM a\nRUN /usr/bin/wget x\n", "FROM a\nRUN /usr/bin/wget --progress=dot:giga x\n"},
		{"apk-cache-left", "FROM a\nRUN sh -c 'apk add b'\n", "FROM a\nRUN sh -c 'apk add --no-cache b'\n"},
	} {
		r := ruleNamed(t, c.id)
		got := c.before
		for range 3 {
			next := mend(t, got, problems(r, got))
			if next == got {
				break
			}
			got = next
		}
		want := c.after
		if want == "" {
			want = c.before
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", c.id, diff)
		}
	}
}

// FuzzPackages holds the rules that read commands against any text: none of them
// panics or points out of the file, and no fix adds a problem for the parser.
func FuzzPackages(f *testing.F) {
	for _, r := range All() {
		f.Add(r.Bad)
	}
	f.Add("FROM a\nRUN apt-get install apt-get install 'a\nRUN [\"apt-get\", \"update\"\n")
	f.Add("RUN <<E apt-get update\nE\nRUN curl $( | bash")
	rules := slices.DeleteFunc(All(), func(r rule.Rule) bool { return !strings.ContainsAny(r.ID, "-") || strings.HasPrefix(r.ID, "shell-") })
	f.Fuzz(func(t *testing.T, source string) {
		if len(source) > 4096 {
			return
		}
		file := dockerfile.Parse([]byte(source))
		before := len(file.Problems)
		text := string(file.Source)
		for _, r := range rules {
			for _, p := range problems(r, text) {
				if p.Span.Start.Offset < 0 || p.Span.End.Offset > len(text) || p.Span.Start.Offset > p.Span.End.Offset {
					t.Fatalf("%s points to %+v in %d bytes", r.ID, p.Span, len(text))
				}
				if p.Fix == nil || p.Fix.Unsafe {
					continue
				}
				fixed := mend(t, text, []rule.Problem{p})
				if after := len(dockerfile.Parse([]byte(fixed)).Problems); after > before {
					t.Fatalf("%s: %d problems become %d in\n%s", r.ID, before, after, fixed)
				}
			}
		}
	})
}
