package rules

import (
	"fmt"
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

// Of the other tools hadolint lets $BUILDPLATFORM and $TARGETPLATFORM pass,
// BuildKit any variable and a stage that is named for its platform.
func fromPlatformConstant() rule.Rule {
	return rule.Rule{
		ID:    "from-platform-constant",
		Title: "The platform of the base image is fixed",
		Why: "A fixed --platform ties the image to one kind of processor, so a build for another one silently gives the wrong binaries or needs an emulator. " +
			"Leave the flag out, and choose the platform when you build. " +
			"A stage that only compiles may use $BUILDPLATFORM.",
		Bad:      "FROM --platform=linux/amd64 debian:12\nRUN echo hello\n",
		Good:     "FROM --platform=$BUILDPLATFORM debian:12\nRUN echo hello\n",
		Severity: finding.Low,
		Aliases:  []string{"DL3029", "FromPlatformFlagConstDisallowed", "using_platform_with_from"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			for _, s := range d.Stages {
				f, ok := flagOf(s.From, "platform")
				if !ok || strings.Contains(f.Value, "BUILDPLATFORM") || strings.Contains(f.Value, "TARGETPLATFORM") {
					continue
				}
				p := rule.Problem{
					Span:    f.Span,
					Message: fmt.Sprintf("The platform %s is fixed, whatever the image is built for.", f.Value),
				}
				if !constantPlatform(f.Value, s.Name) {
					p.Aliases = []string{"DL3029", "using_platform_with_from"}
				}
				d.Report(p)
			}
		},
	}
}

// flagOf is the last flag of a name.
func flagOf(i *dockerfile.Instruction, name string) (dockerfile.Flag, bool) {
	for n := len(i.Flags) - 1; n >= 0; n-- {
		if i.Flags[n].Name == name {
			return i.Flags[n], true
		}
	}
	return dockerfile.Flag{}, false
}

// constantPlatform tells whether a platform has no variable in it and the stage
// is not named for its system or processor.
func constantPlatform(platform, stage string) bool {
	if platform == "" || strings.Contains(platform, "$") {
		return false
	}
	stage = strings.ToLower(stage)
	system, processor := splitPlatform(platform)
	return (system == "" || !strings.Contains(stage, system)) && (processor == "" || !strings.Contains(stage, processor))
}

// splitPlatform gives the system and the processor of a platform, by the names
// that Go has for them.
func splitPlatform(s string) (system, processor string) {
	system, rest, ok := strings.Cut(strings.ToLower(s), "/")
	system, _, _ = strings.Cut(system, "(")
	if !ok {
		switch system {
		case "linux", "windows", "darwin", "freebsd":
			return system, "amd64"
		}
		system, rest = "linux", system
	}
	processor, _, _ = strings.Cut(rest, "/")
	switch processor {
	case "x86_64", "x86-64":
		processor = "amd64"
	case "aarch64":
		processor = "arm64"
	case "i386":
		processor = "386"
	case "armhf", "armel", "armv7", "armv7l", "armv6":
		processor = "arm"
	}
	return system, processor
}
