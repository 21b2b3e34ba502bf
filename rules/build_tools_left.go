package rules

import (
	"strings"
	"sync"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func buildToolsLeft() rule.Rule {
	return rule.Rule{
		ID:    "build-tools-left",
		Title: "Compilers and their tools stay in the final image",
		Why: "They take hundreds of megabytes, bring vulnerabilities to follow, and help whoever gets into the container. " +
			"Build in a stage of its own and copy the result, or remove the tools in the RUN that installs them.",
		Bad:      "FROM debian:12\nRUN apt-get update && apt-get install -y gcc make && make\n",
		Good:     "FROM debian:12 AS build\nRUN apt-get update && apt-get install -y gcc make && make\nFROM debian:12\nCOPY --from=build /app /app\n",
		Severity: finding.Low,
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			managers := []manager{aptManager(), apkManager(), yumManager(), dnfManager(), zypperManager()}
			eachRun(d, func(r *run) {
				if r.outer.Stage == nil || r.outer.Stage != finalStage(d) {
					return
				}
				for _, m := range managers {
					for _, in := range r.installs(m) {
						if tools := toolsLeft(r, in, m); len(tools) > 0 {
							r.report(in.Command, rule.Problem{Message: "The last stage keeps " + list(tools) + ", which only a build needs."})
						}
					}
				}
			})
		},
		Entry: noteToolchain,
		Image: toolsInImage,
	}
}

// toolsLeft are the build tools of an install that the RUN does not remove again.
func toolsLeft(r *run, in install, m manager) []string {
	var tools []string
	for _, w := range in.packages {
		name, _, _ := strings.Cut(w.Text, "=")
		if has(buildTools(), name) {
			tools = append(tools, name)
		}
	}
	if len(tools) == 0 {
		return nil
	}
	virtual, _ := in.Value("-t", "--virtual")
	for _, c := range r.commands[in.n:] {
		if c.Name == "apt-mark" { // with it apt-get autoremove knows what to take away
			return nil
		}
	}
	for _, c := range r.calls(m.programs...) {
		args := c.Args(m.valued...)
		if c.n <= in.n || len(args) == 0 || !has([]string{"remove", "purge", "autoremove", "del", "erase", "rm"}, args[0].Text) {
			continue
		}
		for _, w := range args[1:] {
			if w.Text == virtual || !w.Literal || has(tools, w.Text) {
				return nil
			}
		}
	}
	return tools
}

// buildTools are packages that compile, in the names of all distributions.
var buildTools = sync.OnceValue(func() []string {
	return []string{
		"build-essential", "gcc", "g++", "gcc-c++", "cpp", "make", "cmake", "build-base", "alpine-sdk", "clang", "llvm",
		"autoconf", "automake", "libtool", "ninja-build", "ninja", "meson", "bison", "flex", "nasm", "yasm", "rustc",
		"cargo", "golang", "go", "default-jdk", "maven", "gradle", "base-devel", "patterns-devel-base-devel_basis",
		"dpkg-dev", "rpm-build", "musl-dev", "libc6-dev", "libc-dev", "linux-headers", "kernel-devel", "kernel-headers"}
})
