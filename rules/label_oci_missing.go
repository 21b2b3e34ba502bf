package rules

import (
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func labelOCIMissing() rule.Rule {
	return rule.Rule{
		ID:    "label-oci-missing",
		Title: "Labels of the OCI are missing",
		Why: "Registries and scanners show where an image comes from and under which licence it stands, if it has the labels that the OCI image specification names. " +
			"With source and revision everyone finds the code of exactly this image. " +
			"Set what does not change in the Dockerfile, and the rest with --label when building.",
		Bad: "FROM debian:12\nRUN make install\n",
		Good: "FROM debian:12\nLABEL org.opencontainers.image.title=\"Shop\" org.opencontainers.image.description=\"Sells things\" \\\n" +
			"      org.opencontainers.image.source=\"https://example.org/shop.git\" org.opencontainers.image.licenses=\"MIT\"\n",
		Severity: finding.Info,
		Off:      true,
		Since:    "2026.1",
		History:  true,
		Dockerfile: func(d *rule.Dockerfile) {
			const space = "org.opencontainers.image."
			reportMissingLabels(d, []string{space + "title", space + "description", space + "source", space + "licenses"})
		},
	}
}
