package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func accountUnneeded() rule.Rule {
	return rule.Rule{
		ID:    "account-unneeded",
		Title: "A user is there that nothing in the image needs",
		Why: "The image does not run as this user and no file belongs to it. " +
			"An account that nobody looks after is one that nobody misses when somebody else uses it. " +
			"Remove it with userdel, or run as it: USER.",
		Bad:      "-rw-r--r-- 0 0 64 etc/passwd\n    root:x:0:0:root:/root:/bin/sh\n    deploy:x:1000:1000::/home/deploy:/bin/sh\n",
		Good:     "USER deploy\n-rw-r--r-- 0 0 64 etc/passwd\n    root:x:0:0:root:/root:/bin/sh\n    deploy:x:1000:1000::/home/deploy:/bin/sh\n",
		Severity: finding.Low,
		Since:    "2026.1",
		Want:     wantAccounts(passwdPath),
		File:     noteAccounts,
		Entry:    noteOwner,
		Image: func(im *rule.Image) {
			a := accountsOf(im)
			owners := map[int]bool{}
			for _, n := range im.Notes() {
				if uid, _ := ownersOf(&n); n.ID == "owner" {
					owners[uid] = true
				}
			}
			own := a.user(configuredUser(im))
			programs := usersOfPackages(im)
			var services []string
			var first *account
			var unneeded []rule.Found
			for i := range a.passwd {
				u := &a.passwd[i]
				if u.name == "nobody" || u.name == "nfsnobody" {
					continue // stands for whom the kernel has no number
				}
				if u.id <= 0 || owners[u.id] || own != nil && u.id == own.id || u.name == "" {
					continue
				}
				if isService(u.id) && programs(u.name) {
					continue
				}
				if isService(u.id) || u.name == "nonroot" {
					services = append(services, u.name)
					if first == nil {
						first = u
					}
					continue
				}
				unneeded = append(unneeded, rule.Found{At: u.place(), About: u.name, Message: fmt.Sprintf("%s: the image does not run as this user, and no file belongs to it.", u.called())})
			}
			reportSome(im, unneeded, maxGroups)
			if first != nil {
				im.Report(rule.Found{At: first.place(), Severity: finding.Info, Message: fmt.Sprintf(
					"%s of the distribution or of packages, without any file here: %s.", counted(len(services), "account"), listAll(services))})
			}
		},
	}
}

// usersOfPackages tells whether a user is that of an installed package, which
// starts as root and goes on as this user, so that no file has to be its own.
// Most users are called as their package is.
func usersOfPackages(im *rule.Image) func(user string) bool {
	installed := map[string]bool{}
	for i := range im.Inventory.Packages {
		p := &im.Inventory.Packages[i]
		if !isSystemPackage(p) {
			continue // a module of a language called "mail" has no user
		}
		name := p.Name
		installed[name] = true
		first, _, _ := strings.Cut(name, "-")
		installed[first+"-*"] = true
	}
	others := map[string][]string{
		"sshd": {"openssh-server", "openssh"}, "messagebus": {"dbus"}, "www-data": {"nginx", "nginx-common", "apache2", "php-fpm", "lighttpd"},
		"apache": {"httpd", "apache2"}, "Debian-exim": {"exim4-base"}, "named": {"bind"}, "mysql": {"mariadb-server", "mariadb"}, "postfix": {"postfix"},
	}
	return func(user string) bool {
		user = strings.TrimPrefix(user, "_")
		family, _, _ := strings.Cut(user, "-") // systemd-network
		return installed[user] || installed[family] || installed[user+"-*"] ||
			slices.ContainsFunc(others[user], func(p string) bool { return installed[p] })
	}
}

// listAll names as many as a message has room for.
func listAll(names []string) string {
	const room = 350 // bytes
	length := 0
	for i, n := range names {
		if length += len(n) + 2; length > room {
			return fmt.Sprintf("%s and %d more", strings.Join(names[:i], ", "), len(names)-i)
		}
	}
	return strings.Join(names, ", ")
}
