package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	images "github.com/plimsoll/plimsoll/image"
	"github.com/plimsoll/plimsoll/rule"
)

func fromRegistryUntrusted() rule.Rule {
	return rule.Rule{
		ID:    "from-registry-untrusted",
		Title: "An image comes from a registry that is not trusted",
		Why: "The registries that images may come from are configured, and this one is not among them. " +
			"What it serves is outside of your control and becomes part of your image. " +
			"Take the image from a trusted registry, or copy it there after a review. " +
			"Without configuration only a registry on the builder's own machine is reported, which others cannot reach.",
		Bad:      "FROM localhost:5000/team/base:1\nRUN echo hello\n",
		Good:     "FROM debian:12\nRUN echo hello\n",
		Severity: finding.High,
		Aliases:  []string{"DL3026"},
		Since:    "2026.1",
		Image: func(im *rule.Image) {
			name := images.BaseName(im.Config)
			if registry := parseImage(name).registry; name != "" && len(im.Settings.TrustedRegistries) > 0 && !trusted(im.Settings, registry) {
				im.Report(rule.Found{At: wholeImage(), Message: fmt.Sprintf("The registry %s of the base image is not among the trusted ones.", registry)})
			}
		},
		Dockerfile: func(d *rule.Dockerfile) {
			for _, i := range d.Instructions {
				if i.Name == "FROM" {
					if s := i.Stage; s != nil && parentStage(d, s) == nil {
						checkRegistry(d, baseName(d, s), imageSpan(s))
					}
					continue
				}
				for _, from := range sources(i) {
					if stageReferred(d, i.Stage, from) == nil && !only(from, isDigit) {
						checkRegistry(d, from, i.Flags[0].Span)
					}
				}
			}
		},
	}
}

func checkRegistry(d *rule.Dockerfile, name string, at dockerfile.Span) {
	if name == "" || name == "scratch" || strings.HasPrefix(name, "$") {
		return
	}
	m := parseImage(name)
	p := rule.Problem{Span: at, Message: fmt.Sprintf("The registry %s is not among the trusted ones.", m.registry)}
	if len(d.Settings.TrustedRegistries) == 0 {
		host, _, _ := strings.Cut(m.registry, ":")
		if host != "localhost" && host != "127.0.0.1" {
			return
		}
		p.Message = fmt.Sprintf("The registry %s is on the machine of whoever builds.", m.registry)
		p.Aliases = []string{}
	}
	if !trusted(d.Settings, m.registry) {
		d.Report(p)
	}
}

// trusted tells whether one of the configured patterns is for a registry.
func trusted(s *rule.Settings, registry string) bool {
	return slices.ContainsFunc(s.TrustedRegistries, func(pattern string) bool { return trusts(pattern, registry) })
}

// trusts tells whether a configured pattern is for a registry: a star stands for
// anything at its beginning or end, and Docker Hub has several names.
func trusts(pattern, registry string) bool {
	switch pattern {
	case "hub.docker.com", "index.docker.io", "registry-1.docker.io":
		pattern = "docker.io"
	}
	switch {
	case pattern == "*":
		return true
	case strings.HasPrefix(pattern, "*"):
		return strings.HasSuffix(registry, pattern[1:])
	case strings.HasSuffix(pattern, "*"):
		return strings.HasPrefix(registry, pattern[:len(pattern)-1])
	}
	return pattern == registry
}
