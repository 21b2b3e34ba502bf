package rules

import (
	"fmt"
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/shell"
)

func copyArchive() rule.Rule {
	return rule.Rule{
		ID:    "copy-archive",
		Title: "An archive is copied and then unpacked",
		Why: "The archive stays in the layer of the COPY, even if the RUN that unpacks it deletes it. " +
			"ADD unpacks a tar archive of the build context right into the image. " +
			"Use ADD for it, or unpack it from a --mount=type=bind.",
		Bad:      "FROM debian:12\nCOPY app.tar.gz /tmp/\nRUN tar -xzf /tmp/app.tar.gz -C /opt\n",
		Good:     "FROM debian:12\nADD app.tar.gz /opt/\n",
		Severity: finding.Info,
		Aliases:  []string{"DL3010"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			for _, group := range groups(d) {
				archives := map[string]*dockerfile.Instruction{}
				said := map[*dockerfile.Instruction]bool{}
				for _, i := range group {
					switch i.Name {
					case "COPY":
						rememberArchives(i, archives)
					case "RUN":
						if len(archives) > 0 {
							reportUnpacked(d, i, archives, said)
						}
					}
				}
			}
		},
	}
}

// rememberArchives notes the archives that a COPY brings from the build context,
// under the names they then have.
func rememberArchives(i *dockerfile.Instruction, archives map[string]*dockerfile.Instruction) {
	from, to, ok := copied(i)
	if _, other := flagOf(i, "from"); !ok || other {
		return
	}
	for _, s := range from {
		if !isArchive(s) {
			continue
		}
		archives[lastElement(s)] = i
		if isArchive(to) {
			archives[lastElement(to)] = i
		}
	}
}

// reportUnpacked reports each COPY once whose archive a RUN unpacks.
func reportUnpacked(d *rule.Dockerfile, run *dockerfile.Instruction, archives map[string]*dockerfile.Instruction, said map[*dockerfile.Instruction]bool) {
	for _, s := range d.Scripts(run) {
		for _, c := range s.Commands {
			if !unpacks(c) {
				continue
			}
			for _, w := range c.Words[1:] {
				name := lastElement(w.Text)
				if i := archives[name]; i != nil && !said[i] {
					said[i] = true
					d.Report(rule.Problem{
						Span:    i.Span,
						Message: fmt.Sprintf("%s is unpacked in line %d; ADD does that without leaving the archive in a layer.", name, run.Span.Start.Line),
					})
				}
			}
		}
	}
}

// unpacks tells whether a command takes an archive apart.
func unpacks(c *shell.Command) bool {
	switch c.Name {
	case "tar", "bsdtar":
		if len(c.Words) > 1 && !strings.HasPrefix(c.Words[1].Text, "-") && strings.Contains(c.Words[1].Text, "x") {
			return true
		}
		return c.Has("-x", "--extract", "--get")
	case "gunzip", "bunzip2", "unlzma", "unxz", "uncompress", "unzip", "zcat", "gzcat", "zgz":
		return true
	}
	return false
}
