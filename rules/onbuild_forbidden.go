package rules

import (
	"fmt"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func onbuildForbidden() rule.Rule {
	return rule.Rule{
		ID:    "onbuild-forbidden",
		Title: "ONBUILD has an instruction in it that it cannot have",
		Why: "ONBUILD, FROM and MAINTAINER cannot be triggered by a build upon this image. " +
			"Docker refuses the file. Take the instruction out of the ONBUILD.",
		Bad:      "FROM debian:12\nONBUILD FROM debian:13\n",
		Good:     "FROM debian:12\nONBUILD RUN make\n",
		Severity: finding.High,
		Aliases:  []string{"DL3043"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			each(d, func(i *dockerfile.Instruction) {
				if i.OnBuild == nil {
					return
				}
				switch name := i.OnBuild.Name; name {
				case "ONBUILD", "FROM", "MAINTAINER":
					d.Report(rule.Problem{Span: i.Span, Message: fmt.Sprintf("%s cannot be triggered by ONBUILD.", name)})
				}
			}, "ONBUILD")
		},
	}
}
