// Package rules holds the rules, one file each. A rule is an unexported function
// that gives a rule.Rule; go generate lists them all in All.
//
// A rule that looks at files alone gives its examples as listings, which its
// tests make layers of: a line for each file as ls -n prints it (mode, uid, gid,
// size, path, target of a link), the lines of its content indented below it,
// "layer" where the next layer begins, "removed PATH" for a whiteout, and "USER
// NAME" for the configuration.
package rules
