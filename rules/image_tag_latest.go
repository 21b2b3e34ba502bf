package rules

import (
	"fmt"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func imageTagLatest() rule.Rule {
	return rule.Rule{
		ID:    "image-tag-latest",
		Title: "The image is named by the tag latest",
		Why: "What is scanned today under the tag latest is not what is deployed under it tomorrow. " +
			"Nobody can say afterwards which image ran, nor go back to the one before. " +
			"Give every build a tag of its own, or name the digest.",
		Bad:      "plimsoll scan registry:shop:latest\n",
		Good:     "plimsoll scan registry:shop:1.4\n",
		Severity: finding.Info,
		Aliases:  []string{"DKL-DI-0006"},
		Since:    "2026.1",
		Image: func(im *rule.Image) {
			m := parseImage(im.Ref)
			if m.path != "" && m.digest == "" && (m.tag == "latest" || m.tag == "") {
				im.Report(rule.Found{At: wholeImage(), Message: fmt.Sprintf("%s is whatever has the tag latest today.", m.path)})
			}
		},
	}
}
