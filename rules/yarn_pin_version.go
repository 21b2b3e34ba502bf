package rules

import (
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func yarnPinVersion() rule.Rule {
	return rule.Rule{
		ID:    "yarn-pin-version",
		Title: "yarn or pnpm adds packages without a version",
		Why: "The same Dockerfile installs other versions tomorrow than today, and a taken-over release reaches you on the day it appears. " +
			"Name the version behind an @, or install what a lock file says with yarn install --immutable or pnpm install --frozen-lockfile.",
		Bad:      "FROM node:22\nRUN yarn global add serve\n",
		Good:     "FROM node:22\nRUN yarn global add serve@14.2.3\n",
		Severity: finding.Low,
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			eachRun(d, func(r *run) {
				for _, c := range r.calls("yarn", "pnpm") {
					in, ok := yarnInstall(c)
					if !ok {
						continue
					}
					words, _ := r.unpinned(in, npmPinned)
					if len(words) > 0 {
						r.report(c.Command, rule.Problem{
							Message:  c.Name + " " + in.verb.Text + " leaves open which version it installs of " + list(words) + ".",
							Unpinned: r.open(in, npmPinning()),
						})
					}
				}
			})
		},
	}
}

// yarnInstall is a call of yarn add, yarn global add, pnpm add or pnpm install
// with the packages that it names.
func yarnInstall(c call) (install, bool) {
	args := c.Args("--cwd", "--cache-folder", "--registry", "--network-timeout", "--mutex", "--prefix", "--global-folder",
		"-C", "--dir", "--filter", "-F", "--store-dir", "--virtual-store-dir", "--global-dir", "--global-bin-dir", "--loglevel", "--reporter", "--modules-folder")
	if c.Name == "yarn" && len(args) > 1 && args[0].Text == "global" {
		args = args[1:]
	}
	if len(args) < 2 || !has(yarnVerbs(c.Name), args[0].Text) {
		return install{}, false
	}
	return install{c, args[0], args[1:]}, true
}

func yarnVerbs(program string) []string {
	if program == "yarn" {
		return []string{"add"}
	}
	return []string{"add", "install", "i"}
}
