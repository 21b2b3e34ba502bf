package lint_test

import (
	"testing"

	"github.com/plimsoll/plimsoll/lint"
	"github.com/plimsoll/plimsoll/rules"
)

// BenchmarkReal lints all real Dockerfiles of the cases in one go.
func BenchmarkReal(b *testing.B) {
	var sources []lint.Source
	for _, c := range readCases(b, "real-dockerfiles") {
		sources = append(sources, lint.Source{Path: "Dockerfile", Text: []byte(c.Dockerfile)})
	}
	l := &lint.Linter{Rules: rules.All()}
	for b.Loop() {
		l.LintAll(b.Context(), sources)
	}
}
