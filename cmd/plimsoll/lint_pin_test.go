package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestLintPinFromScan pins to the report that scan writes of the sample image.
func TestLintPinFromScan(t *testing.T) {
	s := newSession(t)
	s.scan(t, "-o", "json=report.json", filepath.Join(root(t), "examples", "shop.tar"))
	s.write(t, "Dockerfile", "FROM debian:12.1@sha256:"+strings.Repeat("0", 64)+"\nRUN apt-get update && apt-get install -y curl zlib1g:amd64 && pip install flask && cd /app && npm install lodash\n")
	r := s.run(t, "lint", "--offline", "--shellcheck", "off", "--diff", "--pin", "--pin-from", "report.json")
	for _, want := range []string{" curl=7.88.1-10 ", " zlib1g:amd64=1:1.2.13.dfsg-1 ", " flask==2.2.2 ", " lodash@4.17.10"} {
		if !strings.Contains(r.out, want) {
			t.Errorf("no %q in\n%s%s", want, r.out, r.err)
		}
	}
	if strings.Contains(r.err, "not pinned") {
		t.Error(r.err)
	}
	s.write(t, "Dockerfile", "FROM debian:11\nRUN apt-get install curl\n")
	s.run(t, "lint", "--offline", "--shellcheck", "off", "--diff", "--pin", "--pin-from", "report.json").
		want(t, exitStop, "Dockerfile:2: not pinned: apt-get: curl: the report report.json is of debian 12, which this stage does not start from")
}
