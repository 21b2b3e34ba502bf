package rules

import (
	"fmt"
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

// BuildKit compares with what it has pulled; here only what the names say is
// compared.
func fromPlatformMismatch() rule.Rule {
	return rule.Rule{
		ID:    "from-platform-mismatch",
		Title: "The base image is for another platform than asked for",
		Why: "The name of the image says which processor it is for, and --platform asks for another one. " +
			"The result cannot run without an emulator, or the build fails late. " +
			"Take the image of the same name without the processor, which exists for all of them.",
		Bad:      "FROM --platform=linux/amd64 arm64v8/debian:12\nRUN echo hello\n",
		Good:     "FROM --platform=linux/arm64 arm64v8/debian:12\nRUN echo hello\n",
		Severity: finding.Medium,
		Aliases:  []string{"InvalidBaseImagePlatform"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			bases(d, func(s *dockerfile.Stage, m image) {
				user, _, _ := strings.Cut(m.path, "/")
				made := imageProcessor(architectureUser(user))
				if m.registry != "docker.io" || made == "" || s.Platform == "" || strings.Contains(s.Platform, "$") {
					return
				}
				if _, wanted := splitPlatform(s.Platform); wanted != made {
					d.Report(rule.Problem{
						Span:    imageSpan(s),
						Message: fmt.Sprintf("%s is for %s, and --platform asks for %s.", m.path, made, wanted),
					})
				}
			})
		},
	}
}

// imageProcessor is Go's name for the processor of a user of Docker Hub that
// keeps the official images for it.
func imageProcessor(user string) string {
	switch {
	case user == "arm64v8":
		return "arm64"
	case strings.HasPrefix(user, "arm32"):
		return "arm"
	case user == "i386":
		return "386"
	}
	return user
}
