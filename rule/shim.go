package rule

import "github.com/plimsoll/plimsoll/dockerfile"

// ShellAt is the SHELL in force at an instruction of its stage.
func (d *Dockerfile) ShellAt(i *dockerfile.Instruction) []string {
	argv := []string{"/bin/sh", "-c"}
	list := d.Instructions
	if i.Stage != nil {
		list = i.Stage.Instructions
	}
	for _, k := range list {
		if k.Name == "SHELL" && k.Form == dockerfile.JSONForm && k.Span.Start.Offset < i.Span.Start.Offset {
			argv = nil
			for _, w := range k.Args {
				argv = append(argv, w.Text)
			}
		}
	}
	return argv
}
