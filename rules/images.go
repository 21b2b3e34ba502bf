package rules

import (
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/rule"
)

// image is a reference to an image, taken apart. Empty parts are not written.
type image struct {
	registry string // "ghcr.io"; "docker.io" where none is written
	path     string // "library/debian" is "debian"
	tag      string
	digest   string // with its algorithm
}

// parseImage takes a reference apart without judging it.
func parseImage(s string) image {
	var m image
	s, m.digest, _ = strings.Cut(s, "@")
	if colon := strings.LastIndexByte(s, ':'); colon > strings.LastIndexByte(s, '/') {
		s, m.tag = s[:colon], s[colon+1:]
	}
	m.registry, m.path = "docker.io", s
	if host, rest, ok := strings.Cut(s, "/"); ok && isHost(host) {
		m.registry, m.path = host, rest
	}
	if m.registry == "docker.io" || m.registry == "index.docker.io" {
		m.registry = "docker.io"
		m.path = strings.TrimPrefix(m.path, "library/")
	}
	return m
}

// isHost tells whether the first element of a reference names a registry.
func isHost(s string) bool {
	return strings.ContainsAny(s, ".:") || s == "localhost" || strings.ToLower(s) != s
}

// validImage tells whether a reference is well-formed by the grammar of the
// distribution project, after Docker Hub's defaults are filled in.
func validImage(s string) bool {
	if len(s) == 64 && only(s, isHex) {
		return false
	}
	name, digest, hasDigest := strings.Cut(s, "@")
	if hasDigest && !validDigest(digest) {
		return false
	}
	host, rest, ok := strings.Cut(name, "/")
	if !ok || !isHost(host) {
		host, rest = "", name
	}
	path, tag, hasTag := strings.Cut(rest, ":")
	if hasTag && !validTag(tag) || host != "" && !validHost(host) && !validPathPart(host) || len(host)+len(path) > 255 {
		return false
	}
	for part := range strings.SplitSeq(path, "/") {
		if !validPathPart(part) {
			return false
		}
	}
	return true
}

// validPathPart is for alphanumeric runs joined by ".", "_", "__" or dashes.
func validPathPart(s string) bool {
	if s == "" || !isLowerAlnum(s[0]) || !isLowerAlnum(s[len(s)-1]) {
		return false
	}
	for at := 0; at < len(s); {
		start := at
		for at < len(s) && !isLowerAlnum(s[at]) {
			at++
		}
		if sep := s[start:at]; sep != "" && sep != "." && sep != "_" && sep != "__" && strings.Trim(sep, "-") != "" {
			return false
		}
		for at < len(s) && isLowerAlnum(s[at]) {
			at++
		}
	}
	return true
}

func validTag(s string) bool {
	return s != "" && len(s) <= 128 && s[0] != '.' && s[0] != '-' &&
		only(s, func(c byte) bool { return isAlnum(c) || c == '_' || c == '.' || c == '-' })
}

func validHost(s string) bool {
	if strings.HasPrefix(s, "[") {
		end := strings.IndexByte(s, ']')
		return end > 1 && only(s[1:end], func(c byte) bool { return isHex(c) || c == ':' }) && validPort(s[end+1:])
	}
	if colon := strings.IndexByte(s, ':'); colon >= 0 {
		if !validPort(s[colon:]) {
			return false
		}
		s = s[:colon]
	}
	for part := range strings.SplitSeq(s, ".") {
		if part == "" || part[0] == '-' || part[len(part)-1] == '-' || !only(part, func(c byte) bool { return isAlnum(c) || c == '-' }) {
			return false
		}
	}
	return true
}

// validPort is for ":" and a number, or nothing.
func validPort(s string) bool {
	return s == "" || len(s) > 1 && s[0] == ':' && only(s[1:], isDigit)
}

func validDigest(s string) bool {
	algorithm, hex, ok := strings.Cut(s, ":")
	size := map[string]int{"sha256": 64, "sha384": 96, "sha512": 128}[algorithm]
	return ok && size > 0 && len(hex) == size && only(hex, func(c byte) bool { return isDigit(c) || c >= 'a' && c <= 'f' })
}

func only(s string, ok func(byte) bool) bool {
	for i := range len(s) {
		if !ok(s[i]) {
			return false
		}
	}
	return true
}

func isDigit(c byte) bool      { return c >= '0' && c <= '9' }
func isHex(c byte) bool        { return isDigit(c) || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' }
func isLowerAlnum(c byte) bool { return isDigit(c) || c >= 'a' && c <= 'z' }
func isAlnum(c byte) bool      { return isLowerAlnum(c) || c >= 'A' && c <= 'Z' }

// bases calls f for every FROM whose base is an image: no earlier stage, not
// scratch, and not empty once defaults of ARGs stand for variables.
func bases(d *rule.Dockerfile, f func(s *dockerfile.Stage, m image)) {
	for _, s := range d.Stages {
		name := baseName(d, s)
		if name == "" || name == "scratch" || parentStage(d, s) != nil {
			continue
		}
		if m := parseImage(name); m.path != "" {
			f(s, m)
		}
	}
}

// imageSpan is where a FROM names its image.
func imageSpan(s *dockerfile.Stage) dockerfile.Span {
	if len(s.From.Args) > 0 {
		return s.From.Args[0].Span
	}
	return s.From.Span
}

// baseName is the image or stage that a FROM names, with build arguments and
// the defaults of ARGs put in. A variable without a value is empty, as it is for
// BuildKit.
func baseName(d *rule.Dockerfile, s *dockerfile.Stage) string {
	if !strings.Contains(s.Image, "$") {
		return unquote(s.Image)
	}
	scope := d.Scope(s.From)
	name, err := resolve(s.Image, d.Escape, func(name string) (string, bool) {
		if v, ok := d.Settings.BuildArgs[name]; ok {
			return v, true
		}
		b, ok := scope.Lookup(name)
		return b.Value, ok && b.Set
	})
	if err != nil {
		return ""
	}
	return name
}

// resolve expands a word and what it expands to: a Scope keeps variables in a
// value as written where nothing sets them, and for BuildKit they are empty.
func resolve(word string, escape byte, env func(string) (string, bool)) (string, error) {
	for range 4 {
		if !strings.Contains(word, "$") {
			break
		}
		var err error
		if word, _, err = dockerfile.Expand(word, escape, env); err != nil {
			return "", err
		}
	}
	return word, nil
}
