package rules

import (
	"fmt"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func accountLoginShell() rule.Rule {
	return rule.Rule{
		ID:    "account-login-shell",
		Title: "A service's user has a login shell",
		Why: "The users of services only own files and processes; nobody logs in as one of them. " +
			"A shell lets whoever gets hold of the account, by a password or a key, work with it. " +
			"Give them /sbin/nologin or /bin/false: usermod --shell /sbin/nologin NAME.",
		Bad:      "-rw-r--r-- 0 0 64 etc/passwd\n    root:x:0:0:root:/root:/bin/sh\n    www-data:x:33:33::/var/www:/bin/bash\n",
		Good:     "-rw-r--r-- 0 0 64 etc/passwd\n    root:x:0:0:root:/root:/bin/sh\n    www-data:x:33:33::/var/www:/usr/sbin/nologin\n",
		Severity: finding.Low,
		Since:    "2026.1",
		Want:     wantAccounts(passwdPath, shadowPath),
		File:     noteAccounts,
		Image: func(im *rule.Image) {
			a := accountsOf(im)
			own := configuredUser(im)
			var names []string
			var first *account
			for i := range a.passwd {
				u := &a.passwd[i]
				if !isService(u.id) || u.name == own || u.name == "" || len(u.fields) < 7 || u.shell() != "" && !loginShell(u.shell()) {
					continue
				}
				if a.hasPassword(u) {
					im.Report(rule.Found{At: u.place(), About: u.name, Severity: finding.Medium, Message: fmt.Sprintf("%s is the user of a service and has a shell and a password.", u.called())})
					continue
				}
				if first == nil {
					first = u
				}
				names = append(names, u.called())
			}
			if first != nil {
				im.Report(rule.Found{At: first.place(), Message: fmt.Sprintf("%s: no login is meant, but there is a shell for it.", list(names))})
			}
		},
	}
}

// isService tells by its number whether a user is a service's: distributions
// give people uids from 1000 on, and 65534 is nobody.
func isService(uid int) bool { return uid > 0 && uid < 1000 || uid == 65534 }

// hasPassword tells whether a user can log in with a password.
func (a *accounts) hasPassword(u *account) bool {
	if u.password != stateShadow {
		return u.password == stateSet
	}
	for i := range a.shadow {
		if a.shadow[i].name == u.name {
			return a.shadow[i].password == stateSet
		}
	}
	return false
}
