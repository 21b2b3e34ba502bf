package rules

import (
	"fmt"
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func fromUnofficial() rule.Rule {
	return rule.Rule{
		ID:    "from-unofficial",
		Title: "The base image is a user's image of Docker Hub",
		Why: "Anybody can publish under a name of their own on Docker Hub, and nobody reviews what such an image holds or whether it is kept up to date. " +
			"Docker's official images, which have no user in their name, are reviewed and rebuilt. " +
			"Build upon one of those, or upon an image of your own registry.",
		Bad:      "FROM someone/node:24\nRUN node --version\n",
		Good:     "FROM node:24\nRUN node --version\n",
		Severity: finding.Low,
		Off:      true,
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			bases(d, func(s *dockerfile.Stage, m image) {
				user, _, ok := strings.Cut(m.path, "/")
				if m.registry != "docker.io" || !ok || architectureUser(user) != "" {
					return
				}
				d.Report(rule.Problem{
					Span:    imageSpan(s),
					Message: fmt.Sprintf("%s is published by the user %s of Docker Hub and is no official image.", m.path, user),
				})
			})
		},
	}
}

// architectureUser is the architecture of the official images that Docker Hub
// keeps under a name for each; empty for any other user.
func architectureUser(user string) string {
	switch user {
	case "amd64", "arm64v8", "arm32v5", "arm32v6", "arm32v7", "i386", "mips64le", "ppc64le", "riscv64", "s390x":
		return user
	}
	return ""
}
