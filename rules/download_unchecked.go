package rules

import (
	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func downloadUnchecked() rule.Rule {
	return rule.Rule{
		ID:    "download-unchecked",
		Title: "A download is not checked against a checksum or signature",
		Why: "Whoever takes over the server, or the account of the one who publishes there, chooses what your image holds, and the same build gives something else tomorrow. " +
			"Compare the file with a checksum that stands in the Dockerfile, or check its signature; ADD has --checksum.",
		Bad:      "FROM debian:12\nRUN curl -fsSLO https://example.com/tool.tar.gz && tar -xzf tool.tar.gz\n",
		Good:     "FROM debian:12\nADD --checksum=sha256:24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d https://example.com/tool.tar.gz /tmp/\n",
		Severity: finding.Low,
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			checked := checkedStages(d)
			eachRun(d, func(r *run) {
				if checked[r.outer] {
					return
				}
				if c, address := savedDownload(r); c != nil {
					r.report(c, rule.Problem{Message: "Nothing checks that " + short(address) + " is what was meant."})
				}
			})
			each(d, func(i *dockerfile.Instruction) {
				if _, ok := i.Flag("checksum"); ok || len(i.Args) < 2 {
					return
				}
				for _, w := range i.Args[:len(i.Args)-1] {
					if isDownload(w.Text) && !checked[i] {
						d.Report(rule.Problem{Span: w.Span, Message: "Nothing checks that " + short(w.Text) + " is what was meant: add --checksum."})
					}
				}
			}, "ADD")
		},
	}
}
