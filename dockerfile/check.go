package dockerfile

import (
	"strconv"
	"strings"
	"time"
)

// check reports what BuildKit would refuse in an instruction that it can parse.
// Flags are not judged: new ones come with new versions.
func (p *parser) check(i *Instruction) {
	if !known(i.Name) {
		p.problem(i.NameSpan, "%s is no instruction", i.Name)
		return
	}
	if len(i.Args) == 0 && i.needsArguments() {
		p.problem(i.NameSpan, "%s has no arguments", i.Name)
		return
	}
	switch i.Name {
	case "ADD", "COPY":
		p.checkCopy(i)
	case "ENV", "LABEL", "ARG":
		p.checkNames(i)
	case "FROM":
		p.checkFrom(i)
	case "HEALTHCHECK":
		p.checkHealth(i)
	case "ONBUILD":
		p.checkTrigger(i)
	case "SHELL":
		if i.Form != JSONForm {
			p.problem(i.SpanOf(0, len(i.Text)), `SHELL wants a JSON array: ["program", "argument"]`)
		}
	case "VOLUME":
		for _, w := range i.Args {
			if strings.TrimSpace(w.Text) == "" {
				p.problem(w.Span, "the path of a VOLUME is empty")
			}
		}
	}
}

// needsArguments tells whether an instruction means nothing without arguments.
// CMD and ENTRYPOINT then clear what was set before; a RUN of [] is no problem
// of BuildKit's either, but one without any text is a slip.
func (i *Instruction) needsArguments() bool {
	switch i.Name {
	case "CMD", "ENTRYPOINT":
		return false
	case "RUN":
		return i.Text == ""
	}
	return true
}

func (p *parser) checkCopy(i *Instruction) {
	last := i.Args[len(i.Args)-1]
	if len(i.Args) == 1 {
		p.problem(last.Span, "%s needs a source and a destination", i.Name)
	} else if _, is, _ := heredocWord(last.Text); is {
		p.problem(last.Span, "a here-document cannot be the destination of %s", i.Name)
	}
}

func (p *parser) checkNames(i *Instruction) {
	if i.Name != "ARG" && !strings.Contains(i.Args[0].Text, "=") {
		return
	}
	for _, w := range i.Args {
		if strings.HasPrefix(w.Text, "=") {
			p.problem(w.Span, "a name is missing before the \"=\"")
		}
	}
}

func (p *parser) checkFrom(i *Instruction) {
	switch {
	case len(i.Args) == 3 && strings.EqualFold(i.Args[1].Text, "as"):
		if !stageName(i.Args[2].Text) {
			p.problem(i.Args[2].Span, "%s cannot be the name of a stage", i.Args[2].Text)
		}
	case len(i.Args) > 1:
		p.problem(i.Args[1].Span, "FROM takes an image, or an image, AS and a name")
	}
}

func (p *parser) checkHealth(i *Instruction) {
	kind := i.Args[0]
	switch strings.ToUpper(kind.Text) {
	case "NONE":
		if len(i.Args) > 1 {
			p.problem(i.Args[1].Span, "HEALTHCHECK NONE takes no arguments")
		}
		return
	case "CMD":
		if len(i.Args) == 1 {
			p.problem(kind.Span, "HEALTHCHECK CMD has no command")
		}
	default:
		p.problem(kind.Span, "HEALTHCHECK takes CMD or NONE, not %s", kind.Text)
	}
	for _, f := range i.Flags {
		switch f.Name {
		case "interval", "timeout", "start-period", "start-interval":
			d, err := time.ParseDuration(f.Value)
			if f.Value != "" && (err != nil || d < time.Millisecond && d != 0) {
				p.problem(f.ValueSpan, "%s is no length of time, as 30s, of a millisecond or more", f.Value)
			}
		case "retries":
			n, err := strconv.ParseInt(f.Value, 10, 32)
			if f.Value != "" && (err != nil || n < 0) {
				p.problem(f.ValueSpan, "%s is no number of retries", f.Value)
			}
		}
	}
}

func (p *parser) checkTrigger(i *Instruction) {
	if i.OnBuild == nil {
		return
	}
	switch i.OnBuild.Name {
	case "ONBUILD", "FROM", "MAINTAINER":
		p.problem(i.OnBuild.NameSpan, "%s may not stand in an ONBUILD", i.OnBuild.Name)
	}
}
