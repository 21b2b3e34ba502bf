package rules

import (
	"strings"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func npmTlsOff() rule.Rule {
	return rule.Rule{
		ID:    "npm-tls-off",
		Title: "npm or yarn does not check certificates",
		Why: "Whoever sits between the build and the registry can then hand it other packages, which run their scripts at once. " +
			"Tell npm your own certificate authority with cafile instead.",
		Bad:      "FROM node:22\nRUN npm config set strict-ssl false && npm ci\n",
		Good:     "FROM node:22\nRUN npm config set cafile /etc/ssl/company.pem && npm ci\n",
		Severity: finding.High,
		Aliases:  []string{"CKV2_DOCKER_12", "CKV2_DOCKER_13"},
		Since:    "2026.1",
		History:  true,
		Dockerfile: func(d *rule.Dockerfile) {
			names := []string{"NPM_CONFIG_STRICT_SSL", "npm_config_strict_ssl"}
			assigned(d, names, func(value string, report func(rule.Problem)) {
				if value == "false" {
					report(rule.Problem{Message: "This variable turns the check of certificates off.", Aliases: []string{"CKV2_DOCKER_12"}})
				}
			})
			eachRun(d, func(r *run) {
				for _, c := range r.calls("npm", "yarn", "pnpm") {
					switch {
					case setsStrictSSLOff(c):
						r.report(c.Command, rule.Problem{Message: "strict-ssl=false turns the check of certificates off.", Aliases: []string{"CKV2_DOCKER_13"}})
					case c.Has("--no-strict-ssl", "--strict-ssl=false"):
						r.report(c.Command, rule.Problem{Message: "This flag turns the check of certificates off.", Aliases: []string{}})
					}
				}
			})
		},
	}
}

// setsStrictSSLOff knows "npm config set strict-ssl false" in all its forms.
func setsStrictSSLOff(c call) bool {
	args := c.Args("--location", "--userconfig", "-L")
	if len(args) > 1 && (args[0].Text == "config" || args[0].Text == "c") {
		args = args[1:]
	}
	if len(args) < 2 || args[0].Text != "set" {
		return false
	}
	for k := 1; k < len(args); k++ {
		name, value, ok := strings.Cut(args[k].Text, "=")
		if !ok && k+1 < len(args) {
			value = args[k+1].Text
		}
		if name == "strict-ssl" || name == "enableStrictSsl" {
			return value == "false"
		}
	}
	return false
}
