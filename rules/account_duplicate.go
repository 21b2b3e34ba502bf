package rules

import (
	"fmt"
	"slices"

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
			reportSome(im, sameID(a.passwd, "uid"), maxGroups)
			reportSome(im, sameID(a.group, "gid"), maxGroups)
			for _, file := range [][]account{a.passwd, a.shadow, a.group} {
				reportSome(im, sameName(file), maxGroups)
			}
		},
	}
}

// sameID finds accounts with the number of an earlier one.
func sameID(all []account, what string) (found []rule.Found) {
	first := map[int]*account{}
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
		if other.name == a.name {
			continue // the name says it
		}
		f := rule.Found{At: a.place(), About: a.name, Message: fmt.Sprintf("%s and %s both have %s %d.", short(other.name), short(a.name), what, a.id)}
		if a.id == 0 && what == "uid" {
			f.Severity, f.Message = finding.High, fmt.Sprintf("%s has uid 0 as %s has: it is root under another name.", short(a.name), short(other.name))
		}
		found = append(found, f)
	}
	slices.SortStableFunc(found, func(a, b rule.Found) int { return int(b.Severity) - int(a.Severity) }) // root first
	return found
}

// sameName finds accounts with the name of an earlier one in the same file.
func sameName(all []account) (found []rule.Found) {
	type line struct {
		name string
		id   int
	}
	first, seen := map[string]*account{}, map[line]bool{}
	for i := range all {
		a := &all[i]
		other, ok := first[a.name]
		again := a.id >= 0 && seen[line{a.name, a.id}]
		seen[line{a.name, a.id}] = true
		if !ok {
			first[a.name] = a
			continue
		}
		f := rule.Found{At: a.place(), About: a.name, Aliases: []string{}, Message: fmt.Sprintf("/%s has %s in line %d already.", a.note.Path, short(a.name), other.line)}
		if again {
			f.Aliases = nil // sameID leaves it to the name
		}
		found = append(found, f)
	}
	return found
}
