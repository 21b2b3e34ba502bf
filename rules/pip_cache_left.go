package rules

import (
	"strings"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func pipCacheLeft() rule.Rule {
	r := rule.Rule{
		ID:    "pip-cache-left",
		Title: "pip leaves its cache in the image",
		Why: "pip keeps what it downloaded and built in ~/.cache/pip, which nothing in the image reads again. " +
			"Give it --no-cache-dir, set PIP_NO_CACHE_DIR, or mount a cache over the directory.",
		Bad:      "FROM python:3.12\nRUN pip install flask==3.0.3\n",
		Good:     "FROM python:3.12\nRUN pip install --no-cache-dir flask==3.0.3\n",
		Severity: finding.Low,
		Aliases:  []string{"DL3042", "pip_install_keeping_cached_packages"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			eachRun(d, func(r *run) {
				for _, in := range pipInstalls(r) {
					if in.Has("--no-cache-dir") || pipCacheElsewhere(r, in.call) {
						continue
					}
					r.report(in.Command, rule.Problem{
						Message: "pip keeps its downloads in the image: add --no-cache-dir.",
						Fix:     fixed("add --no-cache-dir", r.addAfter(in.verb, "--no-cache-dir")),
					})
				}
			})
		},
	}
	r.Image = leftInLayers(r.Dockerfile, "pip")
	return r
}

// pipCacheElsewhere tells whether pip keeps no cache, or none in the image.
func pipCacheElsewhere(r *run, c call) bool {
	if v, ok := r.environment(c, "PIP_NO_CACHE_DIR"); ok && has([]string{"1", "yes", "true", "on", "y", "t"}, strings.ToLower(v)) {
		return true
	}
	cache := "/root/.cache/pip"
	if v, ok := r.environment(c, "PIP_CACHE_DIR"); ok && strings.HasPrefix(v, "/") {
		cache = strings.TrimRight(v, "/")
	}
	if mounted(r.inner, cache) || r.removesAfter(c, cache) {
		return true
	}
	for _, f := range r.inner.Flags {
		if f.Name == "mount" && strings.Contains(f.Value, "type=cache") && strings.Contains(f.Value, "/.cache/pip") {
			return true
		}
	}
	return false
}
