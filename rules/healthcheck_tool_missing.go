package rules

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func healthcheckToolMissing() rule.Rule {
	return rule.Rule{
		ID:    "healthcheck-tool-missing",
		Title: "HEALTHCHECK runs a program that the image does not have",
		Why: "The check fails because its program is not there, so that a service which is well is reported as ill and restarted for ever. " +
			"Slim and distroless images have neither curl nor wget, Alpine has no curl. " +
			"Install the program, or let the service check itself.",
		Bad:      "FROM alpine:3.22\nHEALTHCHECK CMD curl -f http://localhost:8080/\n",
		Good:     "FROM alpine:3.22\nHEALTHCHECK CMD wget -q -O /dev/null http://localhost:8080/\n",
		Severity: finding.Medium,
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			last := map[*dockerfile.Stage]*dockerfile.Instruction{} // only the last one of a stage counts
			each(d, func(i *dockerfile.Instruction) { last[i.Stage] = i }, "HEALTHCHECK")
			each(d, func(i *dockerfile.Instruction) {
				h, ok := i.Healthcheck()
				if !ok || h.None || len(h.Command) == 0 || i.Stage == nil || last[i.Stage] != i {
					return
				}
				lacks := lacking(rootImage(d, i.Stage))
				for _, tool := range checkTools(d, i) {
					if has(lacks, tool) && !mentioned(d, i.Stage, tool) {
						d.Report(rule.Problem{
							Span:    i.Span,
							Message: fmt.Sprintf("%s is not in %s, and nothing here installs it.", tool, rootImage(d, i.Stage)),
						})
						return
					}
				}
			}, "HEALTHCHECK")
		},
	}
}

// checkTools are the programs that a HEALTHCHECK runs, a shell among them where
// it needs one.
func checkTools(d *rule.Dockerfile, i *dockerfile.Instruction) []string {
	h, _ := i.Healthcheck()
	var tools []string
	if i.Form == dockerfile.JSONForm {
		tools = append(tools, lastElement(h.Command[0].Text))
	} else {
		tools = append(tools, "sh")
	}
	for _, s := range d.Scripts(i) {
		for _, c := range s.Commands {
			tools = append(tools, c.Name)
		}
	}
	return tools
}

// rootImage is the image that a stage and those it builds upon start from.
func rootImage(d *rule.Dockerfile, s *dockerfile.Stage) string {
	name := ""
	lineage(d, s, func(s *dockerfile.Stage) bool {
		name = baseName(d, s)
		return true
	})
	return name
}

// lacking are programs of health checks that an image is known to lack.
func lacking(name string) []string {
	m := parseImage(name)
	slim := strings.Contains(m.tag, "slim")
	alpine := strings.Contains(m.tag, "alpine")
	switch {
	case name == "scratch", m.registry == "gcr.io" && strings.HasPrefix(m.path, "distroless/") && !strings.Contains(m.tag, "debug"):
		return []string{"sh", "bash", "curl", "wget", "nc"}
	case m.registry != "docker.io":
		return nil
	case m.path == "alpine", m.path == "busybox":
		return []string{"curl", "bash"}
	case m.path == "debian", m.path == "ubuntu":
		return []string{"curl", "wget", "nc"}
	case has([]string{"node", "python", "ruby"}, m.path) && slim:
		return []string{"curl", "wget", "nc"}
	case has([]string{"node", "python", "ruby"}, m.path) && alpine:
		return []string{"curl"}
	}
	return nil
}

// mentioned tells whether anything that makes the stage names a tool, as what
// installs or copies it would.
func mentioned(d *rule.Dockerfile, s *dockerfile.Stage, tool string) bool {
	found := false
	lineage(d, s, func(s *dockerfile.Stage) bool {
		for _, i := range s.Instructions {
			switch i.Name {
			case "RUN", "COPY", "ADD":
				text := d.Source[i.Span.Start.Offset:i.Span.End.Offset]
				found = found || bytes.Contains(text, []byte(tool)) || tool == "sh" && bytes.Contains(text, []byte("busybox"))
			}
		}
		return !found
	})
	return found
}
