package main

import "path"

// outputs are all files that are made, in an order in which each needs only
// those before it.
func outputs(root string) ([]output, error) {
	var outs []output
	for _, l := range lists {
		outs = append(outs, output{path.Join(l.folder, "all", l.file), l.bytes})
	}
	outs = append(outs, output{starterFolder + "/segments.zip", starterSegments})
	outs = append(outs,
		output{"docs/report.schema.json", reportSchema},
		output{"examples/shop.tar", sampleImage},
		output{"rules/all.go", ruleList},
		output{"docs/rules.md", ruleDoc},
	)
	return outs, nil
}
