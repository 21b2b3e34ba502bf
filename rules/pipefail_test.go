package rules

import "testing"

// TestPipefail checks where a pipe is reported, and how it is mended.
func TestPipefail(t *testing.T) {
	for _, c := range []struct{ source, fixed string }{
		{"FROM alpine:3\nRUN a | b\n", "FROM alpine:3\nRUN set -o pipefail && a | b\n"},
		{"FROM alpine:3\nRUN <<EOF\na | b\nEOF\n", "FROM alpine:3\nRUN <<EOF\nset -o pipefail\na | b\nEOF\n"},
		{"FROM debian:12\nRUN a \\\n  | b # c\n", "FROM debian:12\nSHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]\nRUN a \\\n  | b # c\n"},
		{"FROM debian:12\nSHELL [\"/bin/bash\", \"-c\"]\nRUN a | b\n", "FROM debian:12\nSHELL [\"/bin/bash\", \"-c\"]\nRUN set -o pipefail && a | b\n"},
		{"FROM alpine:3\nRUN set -eux; a | b\n", "FROM alpine:3\nRUN set -euxo pipefail; a | b\n"},
		{"FROM debian:12\nRUN a || b\n", ""},
		{"FROM debian:12\nRUN set -eo pipefail; a | b\n", ""},
		{"FROM debian:12\nSHELL [\"/bin/bash\", \"-eo\", \"pipefail\", \"-c\"]\nRUN a | b\n", ""},
		{"FROM debian:12\nSHELL [\"pwsh\", \"-c\"]\nRUN a | b\n", ""},
		{"FROM debian:12\nRUN [\"bash\", \"-o\", \"pipefail\", \"-c\", \"a | b\"]\n", ""},
		{"FROM debian:12\nRUN [\"bash\", \"-c\", \"a | b\"]\n", "FROM debian:12\nRUN [\"bash\", \"-c\", \"a | b\"]\n"},
		{"FROM debian:12\nONBUILD RUN a | b\n", ""},
		{"FROM debian:12\nRUN [\"a\", \"|\", \"b\"]\n", "FROM debian:12\nRUN [\"a\", \"|\", \"b\"]\n"},
	} {
		r := pipefailMissing()
		found := problems(r, c.source)
		if (c.fixed == "") != (len(found) == 0) {
			t.Errorf("%q: got %+v", c.source, found)
			continue
		}
		if c.fixed == "" {
			continue
		}
		if got := mend(t, c.source, found); got != c.fixed {
			t.Errorf("%q: mended to %q, want %q", c.source, got, c.fixed)
		} else if got != c.source && len(problems(r, got)) > 0 {
			t.Errorf("%q: still reported", got)
		}
	}
}
