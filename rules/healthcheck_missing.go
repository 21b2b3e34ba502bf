package rules

import (
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

// The other tools take a HEALTHCHECK of any stage; hadolint wants it in the
// stage or in those it builds upon.
func healthcheckMissing() rule.Rule {
	return rule.Rule{
		ID:    "healthcheck-missing",
		Title: "The image has no HEALTHCHECK",
		Why: "Without a health check Docker takes a process that hangs for one that works, and neither restarts it nor routes around it. " +
			"Say how to ask the service whether it is well, or HEALTHCHECK NONE where an orchestrator asks in its own way.",
		Bad:      "FROM debian:12\nCMD [\"serve\"]\n",
		Good:     "FROM debian:12\nHEALTHCHECK CMD [\"serve\", \"--probe\"]\nCMD [\"serve\"]\n",
		Severity: finding.Low,
		Aliases:  []string{"DL3057", "DS-0026", "CIS-DI-0006", "CKV_DOCKER_2", "healthcheck_instruction_missing"},
		Off:      true,
		Since:    "2026.1",
		OnImages: true,
		Image: func(im *rule.Image) {
			if im.Bare {
				return
			}
			if h := im.Config.Config.Healthcheck; (h == nil || len(h.Test) == 0) && lastOf(im, "HEALTHCHECK") == nil {
				im.Report(rule.Found{At: wholeImage(), Message: "The configuration has no health check."})
			}
		},
		Dockerfile: func(d *rule.Dockerfile) {
			final := finalStage(d)
			if final == nil {
				return
			}
			checked, anywhere := false, false
			lineage(d, final, func(s *dockerfile.Stage) bool {
				checked = checked || hasInstruction(s, "HEALTHCHECK")
				return !checked
			})
			if checked {
				return
			}
			for _, s := range d.Stages {
				anywhere = anywhere || hasInstruction(s, "HEALTHCHECK")
			}
			p := rule.Problem{Span: final.From.Span, Fix: healthcheckStub(d, final)}
			if anywhere {
				p.Aliases = []string{"DL3057", "CIS-DI-0006", "healthcheck_instruction_missing"}
			}
			d.Report(p)
		},
	}
}

func hasInstruction(s *dockerfile.Stage, name string) bool {
	for _, i := range s.Instructions {
		if i.Name == name {
			return true
		}
	}
	return false
}

// healthcheckStub says that there is no check, before the CMD or ENTRYPOINT of a
// stage or else at its end: only its author knows how to ask the service.
func healthcheckStub(d *rule.Dockerfile, s *dockerfile.Stage) *rule.Fix {
	fix := &rule.Fix{Title: "say that there is no health check", Unsafe: true}
	for _, i := range s.Instructions {
		if i.Name == "CMD" || i.Name == "ENTRYPOINT" {
			fix.Edits = []rule.Edit{insert(i.Span.Start, "HEALTHCHECK NONE"+lineEnd(d))}
			return fix
		}
	}
	last := s.Instructions[len(s.Instructions)-1]
	if strings.HasSuffix(strings.TrimRight(written(d, last.Span), " \t\r\n"), string(d.Escape)) {
		return nil // the next line would belong to it
	}
	fix.Edits = []rule.Edit{insert(last.Span.End, lineEnd(d)+"HEALTHCHECK NONE")}
	return fix
}

// lineEnd is how the lines of the file end.
func lineEnd(d *rule.Dockerfile) string {
	for n, c := range d.Source {
		if c == '\n' {
			if n > 0 && d.Source[n-1] == '\r' {
				return "\r\n"
			}
			break
		}
	}
	return "\n"
}
