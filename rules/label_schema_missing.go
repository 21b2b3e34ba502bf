package rules

import (
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func labelSchemaMissing() rule.Rule {
	return rule.Rule{
		ID:    "label-schema-missing",
		Title: "Labels of label-schema.org are missing",
		Why: "Some older tools still look for the labels of label-schema.org, which came before those of the OCI. " +
			"New images need them only where such a tool is in use, so this rule is off. " +
			"The rule label-oci-missing asks for the labels that replaced them.",
		Bad: "FROM debian:12\nRUN make install\n",
		Good: "FROM debian:12\nLABEL org.label-schema.schema-version=\"1.0\" org.label-schema.name=\"Shop\" \\\n" +
			"      org.label-schema.description=\"Sells things\" org.label-schema.vcs-url=\"https://example.org/shop.git\"\n",
		Severity: finding.Info,
		Off:      true,
		Since:    "2026.1",
		History:  true,
		Dockerfile: func(d *rule.Dockerfile) {
			const space = "org.label-schema."
			reportMissingLabels(d, []string{space + "schema-version", space + "name", space + "description", space + "vcs-url"})
		},
	}
}
