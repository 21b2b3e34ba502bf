package rules

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/rule"
)

// pinAll writes one version behind all packages that a rule says are unpinned,
// and gives the words that none can be written behind.
func pinAll(r rule.Rule, source, version string) (text string, left []string) {
	var edits []rule.Edit
	for _, p := range problems(r, source) {
		for _, u := range p.Unpinned {
			if u.Pin == nil {
				left = append(left, u.Word)
			} else if e := u.Pin(version); e != nil {
				edits = append(edits, *e)
			}
		}
	}
	slices.SortFunc(edits, func(a, b rule.Edit) int { return b.Start - a.Start })
	text = string(dockerfile.Parse([]byte(source)).Source)
	for _, e := range edits {
		text = text[:e.Start] + e.New + text[e.End:]
	}
	return text, left
}

func TestPinning(t *testing.T) {
	for _, c := range []struct {
		id, version, before, after string
		left                       []string
	}{
		{"apt-pin-version", "1:2.3~rc1-1+b1", "apt-get install -y a b=1 c:arm64 -t x \\\n  # why\n  'd' \\\n  \"e\"",
			"apt-get install -y a=1:2.3~rc1-1+b1 b=1 c:arm64=1:2.3~rc1-1+b1 -t x \\\n  # why\n  'd=1:2.3~rc1-1+b1' \\\n  \"e=1:2.3~rc1-1+b1\"", nil},
		{"apt-pin-version", "1", "apt-get install a$V $P \"b $P\" d e\"f\" g\\h", "apt-get install a$V $P \"b $P\" d=1 e\"f\" g\\h",
			[]string{"a$V", "$P", "b $P", "ef", "gh"}},
		{"apt-pin-version", "1", "sh -c 'apt-get install a'", "sh -c 'apt-get install a=1'", nil},
		{"apt-pin-version", "1", "[\"apt-get\", \"install\", \"a\", \"b c\"]", "[\"apt-get\", \"install\", \"a=1\", \"b c\"]", []string{"b", "c"}},
		{"apt-pin-version", "1", "[\"sh\", \"-c\", \"apt-get install a\"]", "[\"sh\", \"-c\", \"apt-get install a=1\"]", nil},
		{"apt-pin-version", "1", "<<E\napt-get install a\nE", "<<E\napt-get install a=1\nE", nil},
		{"apt-pin-version", "1;reboot", "apt-get install a", "apt-get install a", nil},
		{"apt-pin-version", "$(x)", "apt-get install a", "apt-get install a", nil},
		{"apt-pin-version", "", "apt-get install a", "apt-get install a", nil},
		{"apk-pin-version", "1.2-r3", "apk add a b@edge 'c>1'", "apk add a=1.2-r3 b@edge=1.2-r3 'c>1'", nil},
		{"dnf-pin-version", "1:2.3-4.el9", "dnf install a b.i686 c.d @tools java-11", "dnf install a-2.3-4.el9 b-2.3-4.el9.i686 c.d-2.3-4.el9 @tools java-11", []string{"@tools"}},
		{"dnf-pin-version", "2-1", "dnf module install -y nodejs && microdnf install a", "dnf module install -y nodejs && microdnf install a-2-1", []string{"nodejs"}},
		{"yum-pin-version", "2-1", "yum -y install a", "yum -y install a-2-1", nil},
		{"zypper-pin-version", "1:2-1", "zypper in -y a b.i686", "zypper in -y a=1:2-1 b.i686=1:2-1", nil},
		{"zypper-pin-version", "2-1", "zypper in -t pattern a", "zypper in -t pattern a", []string{"a"}},
		{"pip-pin-version", "3.0.1", "pip install Flask uvicorn[standard] 'x[y]' . git+https://e.org/a",
			"pip install Flask==3.0.1 uvicorn[standard]==3.0.1 'x[y]==3.0.1' . git+https://e.org/a", []string{"git+https://e.org/a"}},
		{"pip-pin-version", "3.0.1", "python3 -m pip install \"Flask\"", "python3 -m pip install \"Flask==3.0.1\"", nil},
		{"npm-pin-version", "5.5.4", "npm i -g a @b/c d@ git+https://e.org/a user/repo", "npm i -g a@5.5.4 @b/c@5.5.4 d@5.5.4 git+https://e.org/a user/repo",
			[]string{"git+https://e.org/a", "user/repo"}},
		{"yarn-pin-version", "1.0.0", "yarn global add a @b/c && pnpm add -g d && yarn add e@2 && pnpm i", "yarn global add a@1.0.0 @b/c@1.0.0 && pnpm add -g d@1.0.0 && yarn add e@2 && pnpm i", nil},
		{"gem-pin-version", "2.5", "gem install a -N b:1 -- --with c", "gem install a:2.5 -N b:1 -- --with c", nil},
		{"go-pin-version", "v1.2.3", "go install e.org/a/b@latest && go install -v e.org/c/... && go get e.org/a@v1", "go install e.org/a/b@v1.2.3 && go install -v e.org/c/...@v1.2.3 && go get e.org/a@v1", nil},
	} {
		r := ruleNamed(t, c.id)
		got, left := pinAll(r, "FROM a\nRUN "+c.before+"\n", c.version)
		if diff := cmp.Diff("FROM a\nRUN "+c.after+"\n", got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", c.id, diff)
		}
		if diff := cmp.Diff(c.left, left); diff != "" {
			t.Errorf("%s: left of %s (-want +got)\n%s", c.id, c.before, diff)
		}
		if again, _ := pinAll(r, got, c.version); again != got {
			t.Errorf("%s: pinned twice: %s", c.id, again)
		}
	}
}

// FuzzPinning writes any version behind the packages of any RUN: the file stays
// as well understood, and no second round changes it.
func FuzzPinning(f *testing.F) {
	f.Add("apt-get install -y a 'b' \\\n \"c\" d", "1:2.3~rc1-1")
	f.Add("[\"npm\", \"i\", \"a\"]", "1.0.0")
	f.Add("sh -c \"pip install 'a[b]'\" && gem i x && go get e.org/a", "v1.0.0+x")
	f.Add("<<E\ndnf install x\nE", "0:1-1.el9")
	f.Fuzz(func(t *testing.T, run, version string) {
		if len(run) > 4096 {
			return
		}
		source := "FROM a\nRUN " + run + "\n"
		before := dockerfile.Parse([]byte(source))
		for _, r := range All() {
			if !strings.HasSuffix(r.ID, "-pin-version") {
				continue
			}
			got, _ := pinAll(r, string(before.Source), version)
			after := dockerfile.Parse([]byte(got))
			if len(after.Problems) > len(before.Problems) || len(after.Instructions) != len(before.Instructions) {
				t.Errorf("%s: %q\n%q: %v", r.ID, source, got, after.Problems)
			}
			if again, _ := pinAll(r, got, version); again != got {
				t.Errorf("%s: pinned twice: %q\n%q", r.ID, got, again)
			}
		}
	})
}
