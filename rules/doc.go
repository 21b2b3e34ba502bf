// Package rules holds the rules, one file each. A rule is an unexported function
// that gives a rule.Rule; go generate lists them all in All.
package rules
