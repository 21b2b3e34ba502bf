package rules

import (
	"fmt"
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func userRoot() rule.Rule {
	return rule.Rule{
		ID:    "user-root",
		Title: "The image runs as root",
		Why: "A program that runs as root in a container is root for the kernel too, and one hole is enough to leave the container with all rights. " +
			"It can also change every file of the image while it runs. " +
			"Switch back to a user without rights after the steps that need root.",
		Bad:      "FROM debian:12\nUSER root\nRUN apt-get update\n",
		Good:     "FROM debian:12\nUSER root\nRUN apt-get update\nUSER 10001\n",
		Severity: finding.High,
		Aliases:  []string{"DL3002", "DS-0002", "CIS-DI-0001", "CKV_DOCKER_8", "last_user_is_root"},
		Since:    "2026.1",
		Want:     wantAccounts(passwdPath),
		File:     noteAccounts,
		Image: func(im *rule.Image) {
			user := effectiveUser(im)
			name, _, _ := strings.Cut(strings.TrimSpace(user), ":")
			if name == "" {
				return // user-missing
			}
			if !onWindows(im) && !meansRoot(user) {
				rootByAnotherName(im, strings.TrimSpace(name))
				return
			}
			if onWindows(im) && !meansAdministrator(user) {
				return
			}
			ids := []string{"DL3002", "DS-0002"}
			if user == "root" {
				ids = append(ids, "CIS-DI-0001", "CKV_DOCKER_8", "last_user_is_root")
			}
			im.Report(rule.Found{
				At: placeOfLast(im, "USER"), Aliases: ids,
				Message: fmt.Sprintf("The user of the image is %q.%s", user, byBase(im, lastOf(im, "USER"))),
			})
		},
		Dockerfile: func(d *rule.Dockerfile) {
			final := finalStage(d)
			i := lastUser(d, final)
			if i == nil || !isRoot(userName(d, i)) {
				return
			}
			d.Report(rule.Problem{Span: i.Span, Aliases: rootAliases(d, i, users(d.Instructions)), Fix: userFix(d, final)})
		},
	}
}

// rootByAnotherName reports a user to whom the image's passwd gives the uid of
// root, or none at all.
func rootByAnotherName(im *rule.Image, name string) {
	u := accountsOf(im).user(name)
	if u == nil || u.startUID() != 0 {
		return
	}
	how := fmt.Sprintf("/%s gives the user %s uid 0: it is root under another name.", passwdPath, short(name))
	if u.id != 0 {
		how = fmt.Sprintf("Line %d of /%s gives the user %s no uid, and container engines take that for 0, root.", u.line, passwdPath, short(name))
	}
	im.Report(rule.Found{At: u.place(), Aliases: []string{}, Message: how})
}

// rootAliases are the tools that see root in what a USER has written, and that
// look at this one of all USERs.
func rootAliases(d *rule.Dockerfile, i *dockerfile.Instruction, all []*dockerfile.Instruction) []string {
	ids := []string{}
	final := i.Stage != nil && i.Stage == finalStage(d)
	last := all[len(all)-1] == i
	text := writtenUser(i)
	user, _, _ := strings.Cut(text, ":")
	if isRoot(user) && ends(i) {
		ids = append(ids, "DL3002")
	}
	if isRoot(user) && last {
		ids = append(ids, "DS-0002")
	}
	if text == "root" && last {
		ids = append(ids, "CKV_DOCKER_8")
	}
	if text == "root" && final {
		ids = append(ids, "last_user_is_root", "CIS-DI-0001")
	}
	return ids
}

// ends tells whether a USER is the last of its stage.
func ends(i *dockerfile.Instruction) bool {
	if i.Stage == nil {
		return false
	}
	all := users(i.Stage.Instructions)
	return all[len(all)-1] == i
}
