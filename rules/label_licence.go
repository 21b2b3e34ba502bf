package rules

import (
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func labelLicence() rule.Rule {
	return rule.Rule{
		ID:       "label-licence",
		Title:    "A label that is to be a licence is none",
		Why:      "The label schema says that this label holds an SPDX licence expression. Tools that gather licences match these identifiers letter by letter and miss everything else. Take them from the SPDX licence list, such as Apache-2.0 or MIT.",
		Bad:      "FROM debian:12\nLABEL licence=\"Apache 2\"\n",
		Good:     "FROM debian:12\nLABEL licence=\"Apache-2.0\"\n",
		Severity: finding.Low,
		Aliases:  []string{"DL3054"},
		Since:    "2026.1",
		History:  true,
		Dockerfile: func(d *rule.Dockerfile) {
			badLabels(d, "spdx", validLicence, "an SPDX licence expression")
		},
	}
}
