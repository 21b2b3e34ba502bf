package rules

import (
	"fmt"
	"math"
	"strconv"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func userUnknown() rule.Rule {
	return rule.Rule{
		ID:    "user-unknown",
		Title: "The image's user is not in its /etc/passwd",
		Why: "A container cannot start as a user by a name that nobody can turn into a uid. " +
			"It shows only when it is run, and where the user was meant as protection the quick remedy is to run as root. " +
			"Create the user in the last stage, or write the uid: USER 10001.",
		Bad:      "USER app\n-rw-r--r-- 0 0 64 etc/passwd\n    root:x:0:0:root:/root:/bin/sh\n",
		Good:     "USER app\n-rw-r--r-- 0 0 64 etc/passwd\n    root:x:0:0:root:/root:/bin/sh\n    app:x:1000:1000::/app:/sbin/nologin\n",
		Severity: finding.Medium,
		Since:    "2026.1",
		Want:     wantAccounts(passwdPath),
		File:     noteAccounts,
		Image: func(im *rule.Image) {
			if onWindows(im) {
				return // its users are in the registry
			}
			user := configuredUser(im)
			if _, err := strconv.ParseUint(user, 10, 31); isNumber(user) && user != "" && err != nil {
				im.Report(rule.Found{At: atImage(), Message: fmt.Sprintf("USER %s: container engines know no uid above %d, so no container of it starts.", short(user), math.MaxInt32)})
			}
			if isNumber(user) || isRoot(user) {
				return
			}
			a := accountsOf(im)
			if !a.hasPasswd && im.Inventory.Disk.Exists(passwdPath) {
				return // it could not be read
			}
			if im.Layers == 0 || a.user(user) != nil {
				return
			}
			im.Report(rule.Found{At: atImage(), Message: fmt.Sprintf("USER %s: there is no such user in the image, so no container of it starts.", short(user))})
		},
	}
}
