package main

import (
	"os"

	"github.com/plimsoll/plimsoll/report"
)

// reportSchema is the schema of the JSON report, made from its Go types and
// their comments.
func reportSchema(root string) ([]byte, error) { return report.JSONSchema(os.DirFS(root)) }
