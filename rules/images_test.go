package rules

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/intel"
	"github.com/plimsoll/plimsoll/rule"
)

func TestParseImage(t *testing.T) {
	for in, want := range map[string]image{
		"debian":                             {"docker.io", "debian", "", ""},
		"library/debian:12":                  {"docker.io", "debian", "12", ""},
		"docker.io/library/debian":           {"docker.io", "debian", "", ""},
		"someone/app:1":                      {"docker.io", "someone/app", "1", ""},
		"localhost/app":                      {"localhost", "app", "", ""},
		"host:5000/app":                      {"host:5000", "app", "", ""},
		"ghcr.io/a/b:1@sha256:00":            {"ghcr.io", "a/b", "1", "sha256:00"},
		"gcr.io/distroless/static@sha256:00": {"gcr.io", "distroless/static", "", "sha256:00"},
	} {
		if d := cmp.Diff(want, parseImage(in), cmp.AllowUnexported(image{})); d != "" {
			t.Errorf("%s: %s", in, d)
		}
	}
}

func TestValidImage(t *testing.T) {
	hex := strings.Repeat("0a", 32)
	for _, s := range []string{
		"debian", "debian:12", "a/b/c:x", "localhost/a", "HOST/a", "host:5000/a", "[::1]:5000/a", "a--b", "a__b", "a.b_c-d/e",
		"debian@sha256:" + hex, "debian:12@sha256:" + hex, "x.y/a:T_.-", hex + "0",
	} {
		if !validImage(s) {
			t.Errorf("%q is refused", s)
		}
	}
	for _, s := range []string{
		"", "Debian", "a/B", "debian:", ":12", "php:-alpine", "a..b", "a___b", "-a", "a-", "a/", "/a", "a//b", "a b", hex,
		"debian@sha256:0a", "debian@md5:" + hex, "debian@", "debian:" + strings.Repeat("x", 129), "host:x/a", "-.y/a", "a:b:c", strings.Repeat("a", 256),
	} {
		if validImage(s) {
			t.Errorf("%q is taken", s)
		}
	}
}

func TestReleases(t *testing.T) {
	for name, want := range map[string]string{
		"debian:12":                                 "debian 12",
		"debian:bullseye-slim":                      "debian 11",
		"debian:buster-20210511":                    "debian 10",
		"ubuntu:20.04":                              "ubuntu 20.04",
		"centos:centos7.9.2009":                     "centos 7",
		"python:3.9.18-alpine3.16":                  "python 3.9, alpine 3.16",
		"node:14-buster-slim":                       "node 14, debian 10",
		"arm64v8/alpine:3.12":                       "alpine 3.12",
		"public.ecr.aws/docker/library/golang:1.18": "golang 1.18",
		"python:3":                                  "",
		"python":                                    "",
		"example.com/debian:9":                      "",
		"someone/app:12":                            "",
		"postgres:9.6":                              "postgres 9.6",
	} {
		var got []string
		for _, r := range newLifetimes(&rule.Settings{}).releases(parseImage(name)) {
			got = append(got, r.Product+" "+r.Version)
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if n := builtIn().Len(); n < 300 {
		t.Errorf("only %d releases are known", n)
	}
}

// TestEndOfLifeDay judges at the day that the settings name.
func TestEndOfLifeDay(t *testing.T) {
	source := "FROM debian:12\n"
	for year, want := range map[int]int{2026: 0, 2030: 1} {
		found := 0
		settings := &rule.Settings{Now: time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)}
		view := rule.NewDockerfile(dockerfile.Parse([]byte(source)), "Dockerfile", settings, func(rule.Problem) { found++ })
		fromEndOfLife().Dockerfile(view)
		if found != want {
			t.Errorf("%d: %d problems, want %d", year, found, want)
		}
	}
}

// TestEndOfLifeFetched holds that what was fetched goes before the table in the
// program, product by product, and that the message names the one that was used.
func TestEndOfLifeFetched(t *testing.T) {
	day := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	fetched := intel.NewLifetimes("endoflife.date", day, []intel.Release{{Product: "debian", Version: "12", Name: "bookworm", Ends: "2026-11-01"}, {Product: "debian", Version: "9", Ends: "2030-01-01"}})
	for source, want := range map[string]string{
		"FROM debian:12.4\n":          "debian 12 gets no fixes since 2026-11-01 (endoflife.date of 2026-11-20).",
		"FROM python:3.14-bookworm\n": "debian 12 gets no fixes since 2026-11-01 (endoflife.date of 2026-11-20).",
		"FROM debian:9\n":             "",
		"FROM debian:8\n":             "",
		"FROM node:14\n":              "node 14 gets no fixes since 2023-04-30 (the table in Plimsoll of 2026-08-22).",
	} {
		got := ""
		settings := &rule.Settings{Now: day, Lifetimes: func() *intel.Lifetimes { return fetched }}
		view := rule.NewDockerfile(dockerfile.Parse([]byte(source)), "Dockerfile", settings, func(p rule.Problem) { got += p.Message })
		fromEndOfLife().Dockerfile(view)
		if got != want {
			t.Errorf("%q: %q, want %q", source, got, want)
		}
	}
}

func TestMeant(t *testing.T) {
	if got := meant("BULIDPLATFORM", []string{"BUILDPLATFORM", "TARGETPLATFORM"}); got != "; did you mean BUILDPLATFORM?" {
		t.Errorf("got %q", got)
	}
}
