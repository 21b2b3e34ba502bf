package rules

import (
	"bytes"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func setuidKept() rule.Rule {
	return rule.Rule{
		ID:    "setuid-kept",
		Title: "Nothing takes the setuid bits of the base image away",
		Why: "Base images come with programs like su and passwd that run as root whoever starts them. " +
			"A hole in one of them makes root of a service that runs as an ordinary user. " +
			"Take the bits away with find / -xdev -perm /6000 -type f -exec chmod a-s {} +, or start containers with no-new-privileges.",
		Bad:      "FROM debian:12\nUSER 1000\nCMD [\"serve\"]\n",
		Good:     "FROM debian:12\nRUN find / -xdev -perm /6000 -type f -exec chmod a-s {} +\nUSER 1000\nCMD [\"serve\"]\n",
		Severity: finding.Info,
		Aliases:  []string{"CIS-DI-0008"},
		Off:      true,
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			final := finalStage(d)
			if final == nil || rootImage(d, final) == "scratch" {
				return
			}
			stripped := false
			lineage(d, final, func(s *dockerfile.Stage) bool {
				for _, i := range s.Instructions {
					stripped = stripped || i.Name == "RUN" && stripsSetuid(d.Source[i.Span.Start.Offset:i.Span.End.Offset])
				}
				return !stripped
			})
			if !stripped {
				d.Report(rule.Problem{Span: final.From.Span})
			}
		},
	}
}

// stripsSetuid tells whether a script finds files by their mode and changes it.
func stripsSetuid(script []byte) bool {
	if !bytes.Contains(script, []byte("chmod")) || !bytes.Contains(script, []byte("-perm")) {
		return false
	}
	for _, mode := range []string{"6000", "4000", "2000", "u+s", "u=s", "a+s"} {
		if bytes.Contains(script, []byte(mode)) {
			return true
		}
	}
	return false
}
