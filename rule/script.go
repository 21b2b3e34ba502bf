package rule

import (
	"mvdan.cc/sh/v3/syntax"

	"github.com/plimsoll/plimsoll/dockerfile"
)

// Scripts are the shell scripts that an instruction runs, parsed once under the
// shell in force there: the text of a RUN, CMD, ENTRYPOINT or HEALTHCHECK CMD in
// shell form, what a JSON form gives to sh -c, and the here-documents of a RUN
// that are scripts. There are none where no shell runs that is understood
// (PowerShell, cmd). An ONBUILD has those of the instruction in it.
func (d *Dockerfile) Scripts(i *dockerfile.Instruction) []*Script { return d.scripts[i] }

// Span is the place in the Dockerfile of a node of the script.
func (s *Script) Span(n syntax.Node) dockerfile.Span {
	return dockerfile.Span{Start: s.start(int(n.Pos().Offset())), End: s.start(int(n.End().Offset()))}
}
