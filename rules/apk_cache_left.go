package rules

import (
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func apkCacheLeft() rule.Rule {
	r := rule.Rule{
		ID:    "apk-cache-left",
		Title: "apk add leaves its index in the image",
		Why: "apk keeps the index that it fetched in /var/cache/apk, which is of no use at run time. " +
			"With --no-cache it fetches the index anew and keeps nothing.",
		Bad:      "FROM alpine:3.20\nRUN apk add curl\n",
		Good:     "FROM alpine:3.20\nRUN apk add --no-cache curl\n",
		Severity: finding.Low,
		Aliases:  []string{"DL3019", "DS-0025", "DKL-DI-0004", "apk_add_using_local_cache_path"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			eachRun(d, func(r *run) {
				for _, in := range r.installs(apkManager()) {
					if in.Has("--no-cache", "--no-network") || mounted(r.inner, "/var/cache/apk") {
						continue
					}
					r.report(in.Command, rule.Problem{
						Message: "apk add keeps its index in the image: add --no-cache.",
						Fix:     fixed("add --no-cache", r.addAfter(in.verb, "--no-cache")),
					})
				}
			})
		},
	}
	r.Image = leftInLayers(r.Dockerfile, "apk")
	return r
}
