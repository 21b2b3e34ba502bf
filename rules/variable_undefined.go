package rules

import (
	"fmt"
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

// BuildKit knows what the base image sets, having pulled it. Here that is known
// of a few images; upon others only what looks like a typing error is reported.
func variableUndefined() rule.Rule {
	return rule.Rule{
		ID:    "variable-undefined",
		Title: "A variable is used that nothing sets",
		Why: "A variable that neither ARG nor ENV of this stage sets is empty, and a path with it in the middle means something else. " +
			"An ARG before the first FROM must be declared again within the stage. " +
			"Declare the variable, or mend its name.",
		Bad:      "FROM debian:12\nARG SOURCE=src\nCOPY $SOURSE /app/\n",
		Good:     "FROM debian:12\nARG SOURCE=src\nCOPY $SOURCE /app/\n",
		Severity: finding.Medium,
		Aliases:  []string{"UndefinedVar"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			needed := dispatched(d)
			checked := 0
			for _, i := range d.Instructions {
				if i.Name == "FROM" || i.Stage == nil {
					continue
				}
				if checked += reportUndefined(d, i, ifBuilt(needed, i, "UndefinedVar")); checked > maxUndefined {
					return
				}
			}
		},
	}
}

// maxUndefined bounds how many variables of a file are compared with all that
// are set.
const maxUndefined = 1000

// reportUndefined gives the number of variables that nothing sets.
func reportUndefined(d *rule.Dockerfile, i *dockerfile.Instruction, aliases []string) int {
	n := 0
	var scope *dockerfile.Scope
	seen := map[string]bool{}
	for _, v := range i.Variables() {
		if seen[v.Name] || v.HasDefault() || !plainModifier(v.Modifier) || strings.HasPrefix(v.Name, "BUILDKIT_SBOM_SCAN_") || dockerfile.ProxyArg(v.Name) {
			continue
		}
		seen[v.Name] = true
		if scope == nil {
			scope = d.Scope(i)
		}
		if _, ok := scope.Lookup(v.Name); ok || declaredWith(i, v.Name) {
			continue
		}
		sets, known := setByImage(rootImage(d, i.Stage), v.Name)
		if sets {
			continue
		}
		if n++; n > maxUndefined {
			break
		}
		hint := meant(v.Name, append(scope.Names(), "PATH"))
		if !known && hint == "." {
			continue
		}
		d.Report(rule.Problem{Span: v.Span, Message: fmt.Sprintf("Nothing sets %s%s", v.Name, hint), Aliases: aliases})
	}
	return n
}

// plainModifier tells whether BuildKit knows what stands behind the name of a
// variable in braces; templates of other programs look alike.
func plainModifier(m string) bool {
	switch m {
	case "", ":?", "?", "#", "##", "%", "%%", "/", "//":
		return true
	}
	return false
}

// declaredWith tells whether an ARG declares a variable itself, before it is
// used in a later word.
func declaredWith(i *dockerfile.Instruction, name string) bool {
	if i.Name != "ARG" {
		return false
	}
	for _, p := range i.Pairs() {
		if p.Key == name {
			return true
		}
	}
	return false
}

// setByImage tells whether an image sets a variable, and whether all that it
// sets is known.
func setByImage(name, variable string) (sets, known bool) {
	if name == "scratch" {
		return variable == "PATH", true
	}
	m := parseImage(name)
	if variable == "PATH" || m.registry != "docker.io" {
		return variable == "PATH", false
	}
	more := map[string][]string{
		"alpine": nil, "debian": nil, "ubuntu": nil, "busybox": nil, "centos": nil, "rockylinux": {"LANG", "container"}, "almalinux": {"LANG", "container"},
		"fedora": {"LANG", "container", "DISTTAG", "FGC", "FBR"}, "amazonlinux": {"LANG"}, "oraclelinux": {"LANG", "container"},
		"golang": {"GOLANG_VERSION", "GOTOOLCHAIN", "GOPATH", "GOFLAGS"}, "node": {"NODE_VERSION", "YARN_VERSION"},
		"python": {"LANG", "GPG_KEY", "PYTHON_VERSION", "PYTHON_SHA256", "PYTHON_PIP_VERSION", "PYTHON_SETUPTOOLS_VERSION", "PYTHON_GET_PIP_URL", "PYTHON_GET_PIP_SHA256"},
	}
	names, known := more[m.path]
	return has(names, variable), known
}
