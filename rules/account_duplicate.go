package rules

import (
	"fmt"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func accountDuplicate() rule.Rule {
	return rule.Rule{
		ID:    "account-duplicate",
		Title: "Two users or groups share a number or a name",
		Why: "To the kernel two users with one uid are one user: each may do what the other may, and a second user with uid 0 is root. " +
			"Of two lines with one name only the first counts, so a lock or a password may be set in the wrong one. " +
			"Give every user and group a number and a name of its own.",
		Bad:      "-rw-r--r-- 0 0 64 etc/passwd\n    root:x:0:0:root:/root:/bin/sh\n    toor:x:0:0::/root:/bin/sh\n",
		Good:     "-rw-r--r-- 0 0 64 etc/passwd\n    root:x:0:0:root:/root:/bin/sh\n    app:x:1000:1000::/app:/sbin/nologin\n",
		Severity: finding.Medium,
		Aliases:  []string{"DKL-LI-0002"},
		Since:    "2026.1",
		Want:     wantAccounts(passwdPath, shadowPath, groupPath),
		File:     noteAccounts,
		Image: func(im *rule.Image) {
			a := accountsOf(im)
			sameID(im, a.passwd, "uid")
			sameID(im, a.group, "gid")
			for _, file := range [][]account{a.passwd, a.shadow, a.group} {
				sameName(im, file)
			}
		},
	}
}

// sameID reports accounts with the number of an earlier one.
func sameID(im *rule.Image, all []account, what string) {
	first := map[int]*account{}
	reported := 0
	for i := range all {
		a := &all[i]
		if a.id < 0 {
			continue
		}
		other, ok := first[a.id]
		if !ok {
			first[a.id] = a
			continue
		}
		if reported++; other.name == a.name || reported > maxGroups {
			continue // the name says it, or enough was said
		}
		f := rule.Found{At: a.place(), Message: fmt.Sprintf("%s and %s both have %s %d.", short(other.name), short(a.name), what, a.id)}
		if a.id == 0 && what == "uid" {
			f.Severity, f.Message = finding.High, fmt.Sprintf("%s has uid 0 as %s has: it is root under another name.", short(a.name), short(other.name))
		}
		im.Report(f)
	}
}

// sameName reports accounts with the name of an earlier one in the same file.
func sameName(im *rule.Image, all []account) {
	type line struct {
		name string
		id   int
	}
	first, seen := map[string]*account{}, map[line]bool{}
	reported := 0
	for i := range all {
		a := &all[i]
		other, ok := first[a.name]
		again := a.id >= 0 && seen[line{a.name, a.id}]
		seen[line{a.name, a.id}] = true
		if !ok {
			first[a.name] = a
			continue
		}
		if reported++; reported > maxGroups {
			return
		}
		f := rule.Found{At: a.place(), Aliases: []string{}, Message: fmt.Sprintf("/%s has %s in line %d already.", a.note.Path, short(a.name), other.line)}
		if again {
			f.Aliases = nil // sameID leaves it to the name
		}
		im.Report(f)
	}
}
