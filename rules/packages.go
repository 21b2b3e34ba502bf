package rules

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/shell"
)

// manager is how a package manager is called.
type manager struct {
	programs []string
	install  []string // what installs packages, "module install" as two words
	valued   []string // flags that take the next word
}

// The package managers that the rules know.
var aptManager = sync.OnceValue(func() manager {
	return manager{
		programs: []string{"apt-get", "apt"},
		install:  []string{"install"},
		valued: []string{
			"-t", "--target-release", "--default-release", "-o", "--option", "-c", "--config-file",
			"-a", "--host-architecture"},
	}
})

var apkManager = sync.OnceValue(func() manager {
	return manager{
		programs: []string{"apk"},
		install:  []string{"add"},
		valued: []string{
			"-t", "--virtual", "-X", "--repository", "-p", "--root", "--keys-dir", "--repositories-file",
			"--cache-dir", "--cache-max-age", "--wait", "--arch", "--progress-fd"},
	}
})

var yumManager = sync.OnceValue(func() manager {
	m := dnfManager()
	m.programs = []string{"yum"}
	return m
})

var dnfManager = sync.OnceValue(func() manager {
	return manager{
		programs: []string{"dnf", "microdnf", "dnf5", "tdnf"},
		install: []string{
			"install", "in", "reinstall", "rei", "install-n", "install-na", "install-nevra", "localinstall",
			"groupinstall", "module install", "group install"},
		valued: []string{
			"-c", "--config", "-d", "--debuglevel", "-e", "--errorlevel", "-x", "--exclude", "--installroot",
			"--releasever", "--enablerepo", "--disablerepo", "--repo", "--repoid", "--setopt", "--comment"},
	}
})

var zypperManager = sync.OnceValue(func() manager {
	return manager{
		programs: []string{"zypper"},
		install:  []string{"install", "in"},
		valued: []string{
			"-r", "--repo", "--from", "-t", "--type", "-c", "--config", "-R", "--root", "--installroot",
			"-D", "--reposd-dir", "-C", "--cache-dir", "-p", "--plus-repo", "--releasever"},
	}
})

var pipManager = sync.OnceValue(func() manager {
	return manager{
		programs: []string{"pip", "pip2", "pip3"},
		install:  []string{"install"},
		valued: []string{
			"-r", "--requirement", "-c", "--constraint", "-e", "--editable", "-t", "--target", "--platform",
			"--python-version", "--implementation", "--abi", "--root", "--prefix", "-b", "--build", "--src",
			"--upgrade-strategy", "--install-option", "--global-option", "-C", "--config-settings",
			"--no-binary", "--only-binary", "--progress-bar", "--root-user-action", "--report", "--group",
			"-i", "--index-url", "--pypi-url", "--extra-index-url", "-f", "--find-links", "--python",
			"--log", "--keyring-provider", "--proxy", "--retries", "--timeout", "--exists-action",
			"--trusted-host", "--cert", "--client-cert", "--cache-dir", "--use-feature", "--use-deprecated"},
	}
})

var npmManager = sync.OnceValue(func() manager {
	return manager{
		programs: []string{"npm"},
		install:  []string{"install", "i", "add"},
		valued: []string{
			"--registry", "--loglevel", "--prefix", "-C", "--cache", "--tag", "-w", "--workspace", "--userconfig",
			"--globalconfig", "--omit", "--include", "--install-strategy", "--save-prefix", "--script-shell",
			"--fetch-retries", "--fetch-timeout", "--proxy", "--https-proxy", "--otp", "--before"},
	}
})

var gemManager = sync.OnceValue(func() manager {
	return manager{
		programs: []string{"gem"},
		install:  []string{"install", "i"},
		valued: []string{
			"-v", "--version", "-i", "--install-dir", "-n", "--bindir", "-s", "--source", "-P", "--trust-policy",
			"-p", "--http-proxy", "-g", "--file", "--build-root", "--platform", "-B", "--bulk-threshold"},
	}
})

// managerVerbs are words that follow the name of a package manager.
var managerVerbs = sync.OnceValue(func() []string {
	return []string{
		"install", "update", "upgrade", "clean", "add", "del", "remove", "autoremove", "purge", "in", "cc",
		"dist-upgrade", "reinstall", "groupinstall", "localinstall", "makecache", "refresh"}
})

// install is a call that installs packages.
type install struct {
	call
	verb     shell.Word   // "install"
	packages []shell.Word // the words after it that are no flags
}

// installs are the calls of a package manager that install packages.
func (r *run) installs(m manager) []install {
	var out []install
	for _, c := range r.calls(m.programs...) {
		if in, ok := c.install(m); ok {
			out = append(out, in)
		}
	}
	return out
}

func (c call) install(m manager) (install, bool) {
	args := c.Args(m.valued...)
	if len(args) == 0 {
		return install{}, false
	}
	if has(m.install, args[0].Text) {
		return install{c, args[0], args[1:]}, true
	}
	if len(args) > 1 && has(m.install, args[0].Text+" "+args[1].Text) {
		return install{c, args[1], args[2:]}, true
	}
	return install{}, false
}

// unpinned are the packages of an install whose version is left open; named
// tells whether one of them is more than a variable.
func (r *run) unpinned(in install, pinned func(string) bool) (words []string, named bool) {
	for _, w := range in.packages {
		if r.isOpen(w, pinned) {
			words = append(words, w.Text)
			named = named || !strings.HasPrefix(w.Text, "$")
		}
	}
	return words, named
}

// isOpen tells whether a word, or one that its variables stand for, is a package
// without a version.
func (r *run) isOpen(w shell.Word, pinned func(string) bool) bool {
	text, known := r.value(w)
	parts := []string{text}
	if !w.Literal && !w.Quoted && known {
		parts = strings.Fields(text)
	}
	if !known && text == "" {
		parts = []string{w.Text}
	}
	return slices.ContainsFunc(parts, func(p string) bool { return p != "" && !pinned(p) })
}

// reportUnpinned reports the installs of a package manager that leave versions
// open, under hadolint's id and KICS's query. KICS passes over what is a variable.
func reportUnpinned(d *rule.Dockerfile, m manager, how pinning, ids [2]string) {
	eachRun(d, func(r *run) {
		for _, in := range r.installs(m) {
			words, named := r.unpinned(in, how.pinned)
			if len(words) == 0 {
				continue
			}
			p := rule.Problem{
				Message:  fmt.Sprintf("%s %s leaves open which version it installs of %s.", in.Name, in.verb.Text, list(words)),
				Unpinned: r.open(in, how),
			}
			if !named {
				p.Aliases = ids[:1]
			}
			if in.Name == "apt" {
				p.Aliases = []string{}
			}
			r.report(in.Command, p)
		}
	})
}

// isPip is the index of the first argument of pip, also of pip3.12 and of python
// -m pip; 0 for another command.
func isPip(c *shell.Command) int {
	if version, ok := strings.CutPrefix(c.Name, "pip"); ok && strings.Trim(version, "0123456789.") == "" {
		return 1
	}
	if strings.HasPrefix(c.Name, "python") {
		for k := 1; k+1 < len(c.Words); k++ {
			if c.Words[k].Text == "-m" && c.Words[k+1].Text == "pip" {
				return k + 2
			}
		}
	}
	return 0
}

// isFile tells whether a word names a file or an address and not a package.
func isFile(word string, suffixes ...string) bool {
	if strings.HasPrefix(word, "/") || strings.HasPrefix(word, ".") || strings.HasPrefix(word, "~/") || strings.Contains(word, "://") {
		return true
	}
	for _, s := range suffixes {
		if strings.HasSuffix(word, s) {
			return true
		}
	}
	return false
}

// dashVersion tells whether a package is named with its version as rpm does,
// "name-1.2", also with an epoch; "module:stream" counts too.
func dashVersion(word string) bool {
	if isFile(word, ".rpm") || strings.ContainsAny(word, "=<>") {
		return true
	}
	for rest := word; ; {
		_, after, ok := strings.Cut(rest, "-")
		if !ok {
			break
		}
		if after != "" && after[0] >= '0' && after[0] <= '9' {
			return true
		}
		rest = after
	}
	_, stream, ok := strings.Cut(word, ":")
	return ok && stream != ""
}

// mounted tells whether a RUN mounts a cache or memory over a directory.
func mounted(i *dockerfile.Instruction, dir string) bool {
	for _, f := range i.Flags {
		if f.Name != "mount" {
			continue
		}
		kind, target := "bind", ""
		for part := range strings.SplitSeq(f.Value, ",") {
			key, value, _ := strings.Cut(part, "=")
			switch strings.ToLower(key) {
			case "type":
				kind = strings.ToLower(value)
			case "target", "dst", "destination":
				target = strings.TrimRight(value, "/")
			}
		}
		if (kind == "cache" || kind == "tmpfs") && target != "" && (dir == target || strings.HasPrefix(dir, target+"/")) {
			return true
		}
	}
	return false
}

// removes tells whether a command deletes all that is in a directory.
func removes(c *shell.Command, dir string) bool {
	switch c.Name {
	case "rm":
		if !c.Has("-r", "-R", "--recursive") {
			return false
		}
	case "find":
		if !c.Has("-delete") && !strings.Contains(c.Words[len(c.Words)-1].Text, ";") {
			return false
		}
	default:
		return false
	}
	for _, w := range c.Args() {
		for _, path := range alternatives(w.Text) {
			path = strings.TrimRight(strings.TrimRight(path, "*"), "/")
			if path != "" && (path == dir || strings.HasPrefix(dir, path+"/")) {
				return true
			}
		}
	}
	return false
}

// alternatives resolves the first {a,b} of a word.
func alternatives(word string) []string {
	head, rest, ok := strings.Cut(word, "{")
	inside, tail, closed := strings.Cut(rest, "}")
	if !ok || !closed || strings.HasSuffix(head, "$") {
		return []string{word}
	}
	parts := strings.Split(inside, ",")
	for i := range parts {
		parts[i] = head + parts[i] + tail
	}
	return parts
}

// removesAfter tells whether a later command of the RUN deletes what is in one
// of the directories.
func (r *run) removesAfter(c call, dirs ...string) bool {
	for _, later := range r.commands[min(c.n+1, len(r.commands)):] {
		for _, dir := range dirs {
			if removes(later, dir) {
				return true
			}
		}
	}
	return false
}

// keptStages are the stages that end up in an image: the last, and those that
// another builds on. A fragment without FROM, whose stage is nil, counts too.
func keptStages(d *rule.Dockerfile) map[*dockerfile.Stage]bool {
	kept := map[*dockerfile.Stage]bool{nil: true, finalStage(d): true}
	for _, s := range d.Stages {
		_, parent := d.Base(s)
		kept[parent] = true
	}
	return kept
}

// withoutGroups is a package manager without its commands for groups of
// packages, which have no version.
func withoutGroups(m manager) manager {
	var kept []string
	for _, verb := range m.install {
		if verb != "groupinstall" && verb != "group install" {
			kept = append(kept, verb)
		}
	}
	m.install = kept
	return m
}
