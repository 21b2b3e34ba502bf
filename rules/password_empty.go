package rules

import (
	"fmt"
	"strings"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/shell"
)

func passwordEmpty() rule.Rule {
	return rule.Rule{
		ID:    "password-empty",
		Title: "A user has an empty password",
		Why: "Everyone may become a user whose password is empty, with su or by logging in. " +
			"For root that undoes every USER. " +
			"Lock the password instead: passwd --lock, or useradd without a password.",
		Bad:      "FROM debian:12\nRUN passwd -d root\n",
		Good:     "FROM debian:12\nRUN passwd --lock root\n",
		Severity: finding.High,
		Aliases:  []string{"DKL-LI-0001"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			firstCommand(d, emptiesPassword, rule.Problem{})
		},
		Want:  wantAccounts(passwdPath, shadowPath, "etc/master.passwd"),
		File:  noteAccounts,
		Image: emptyPasswords,
	}
}

// emptyPasswords reports who becomes a user without being asked for a password.
func emptyPasswords(im *rule.Image) {
	a := accountsOf(im)
	inShadow := map[string]*account{}
	var empty []rule.Found
	users := map[string]*account{}
	for i := range a.passwd {
		if u := &a.passwd[i]; users[u.name] == nil {
			users[u.name] = u
		}
	}
	for i := range a.shadow {
		s := &a.shadow[i]
		if _, ok := inShadow[s.name]; !ok {
			inShadow[s.name] = s
		}
		if s.password == stateNone && !s.isCompat() {
			empty = append(empty, emptyPassword(s, users[s.name]))
		}
	}
	for i := range a.passwd {
		u := &a.passwd[i]
		if u.password == stateNone && !u.isCompat() && (inShadow[u.name] == nil || inShadow[u.name].password != stateNone) {
			empty = append(empty, emptyPassword(u, u))
		}
	}
	reportSome(im, empty, maxGroups)
}

// emptyPassword is what there is to say of a line without a password; user is
// whose it is, if there is one.
func emptyPassword(line, user *account) rule.Found {
	f := rule.Found{At: line.place(), About: line.name, Message: fmt.Sprintf("%s has an empty password in /%s.", short(line.name), line.note.Path)}
	if line.note.Path == passwdPath {
		f.Aliases = []string{} // Dockle looks into shadow alone
	}
	if user == nil || user.id != 0 && user.shell() != "" && !loginShell(user.shell()) {
		f.Severity = finding.Medium
	}
	return f
}

func emptiesPassword(c *shell.Command) bool {
	switch c.Name {
	case "passwd":
		return c.Has("-d", "--delete")
	case "useradd", "usermod":
		value, ok := c.Value("-p", "--password")
		return ok && value == "" && len(c.Words) > 2
	case "sed", "perl":
		for _, w := range c.Words[1:] {
			// s/root:x:/root::/ and s/^root:[^:]*:/root::/ on /etc/passwd or /etc/shadow
			if strings.Contains(w.Text, "root::") && c.Words[len(c.Words)-1].Text != w.Text {
				return true
			}
		}
	}
	return false
}
