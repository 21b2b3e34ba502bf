package rules

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plimsoll/plimsoll/rule"
)

// TestAccountRules holds rules against lists of users and groups.
func TestAccountRules(t *testing.T) {
	passwd := func(lines string) string { return "-rw-r--r-- 0 0 1 etc/passwd\n" + lines }
	shadow := func(lines string) string { return "-rw-r----- 0 42 1 etc/shadow\n" + lines }
	installed := func(names ...string) (status string) {
		for _, name := range names {
			status += "    Package: " + name + "\n    Status: install ok installed\n    Version: 1\n    Architecture: amd64\n    \n"
		}
		return status
	}
	root := "    root:x:0:0:root:/root:/bin/sh\n"
	tests := []struct {
		name    string
		rule    rule.Rule
		listing string
		want    []string
	}{
		{"shadow", passwordEmpty(), passwd(root) + shadow("    root::19000::::::\n    b:*:1::::::\n    c:$6$abcdefgh:1::::::\n"), []string{
			"high 0 etc/shadow:1 root has an empty password in /etc/shadow."}},
		{"passwd", passwordEmpty(), passwd("    # note\n    root::0:0:::\n"), []string{"high 0 etc/passwd:2 root has an empty password in /etc/passwd."}},
		{"no login", passwordEmpty(), passwd(root+"    a:x:5:5::/:/sbin/nologin\n") + shadow("    a::1::::::\n"), []string{"medium 0 etc/shadow:1 a has an empty password in /etc/shadow."}},
		{"accounts of the network", passwordEmpty(), passwd(root+"    +::::::\n    -joe::::::\n") + shadow("    +::::::::\n"), nil},
		{"mended later", passwordEmpty(), shadow("    root::19000::::::\n") + "layer\n" + shadow("    root:!:19000::::::\n"), nil},

		{"root twice", accountDuplicate(), passwd(root + "    toor:x:0:0::/:/bin/sh\n"), []string{"high 0 etc/passwd:2 toor has uid 0 as root has: it is root under another name."}},
		{"uid twice", accountDuplicate(), passwd(root + "    a:x:5:5:::\n    b:x:5:6:::\n"), []string{"medium 0 etc/passwd:3 a and b both have uid 5."}},
		{"name twice", accountDuplicate(), passwd(root + "    a:x:5:5:::\n    a:x:6:6:::\n"), []string{"medium 0 etc/passwd:3 /etc/passwd has a in line 2 already."}},
		{"gid twice", accountDuplicate(), "-rw-r--r-- 0 0 1 etc/group\n    a:x:5:\n    b:x:5:\n", []string{"medium 0 etc/group:2 a and b both have gid 5."}},
		{"shadow twice", accountDuplicate(), shadow("    a:!:1::::::\n    a::1::::::\n"), []string{"medium 0 etc/shadow:2 /etc/shadow has a in line 1 already."}},

		{"shells", accountLoginShell(), passwd(root + "    a:x:5:5::/:/bin/bash\n    sync:x:4:65534:sync:/bin:/bin/sync\n    b:x:1000:1000::/:/bin/sh\n    c:x:6:6::/:\n"), []string{
			"low 0 etc/passwd:2 a (5), c (6): no login is meant, but there is a shell for it."}},
		{"the image's user", accountLoginShell(), "USER a:b\n" + passwd(root+"    a:x:5:5::/:/bin/bash\n"), nil},
		{"without a name", accountLoginShell(), passwd(root + "    :x:5:5::/:/bin/bash\n"), nil},
		{"with a password", accountLoginShell(), passwd(root+"    a:x:5:5::/:/bin/bash\n") + shadow("    a:$y$j9T$abcdefg:1::::::\n"), []string{
			"medium 0 etc/passwd:2 a (5) is the user of a service and has a shell and a password."}},

		{"unneeded", accountUnneeded(), passwd(root+"    games:x:5:60::/usr/games:/usr/sbin/nologin\n    a:x:1000:1000::/:/bin/sh\n    b:x:1001:1001::/:/bin/sh\n") + "-rw-r--r-- 1001 1001 1 home/b/x\n", []string{
			"low 0 etc/passwd:3 a (1000): the image does not run as this user, and no file belongs to it.",
			"info 0 etc/passwd:2 1 account of the distribution or of packages, without any file here: games."}},
		{"of installed packages", accountUnneeded(), passwd(root+"    sshd:x:100:65534::/run/sshd:/usr/sbin/nologin\n    systemd-network:x:998:998::/:/bin/false\n    _chrony:x:101:101::/:/bin/false\n    redis:x:102:102::/:/bin/false\n    lp:x:7:7::/:/bin/false\n") +
			"-rw-r--r-- 0 0 1 etc/os-release\n    ID=debian\n    VERSION_ID=12\n-rw-r--r-- 0 0 1 var/lib/dpkg/status\n" + installed("openssh-server", "systemd", "chrony", "redis-server"),
			[]string{"info 0 etc/passwd:6 1 account of the distribution or of packages, without any file here: lp."}},
		{"by uid", accountUnneeded(), "USER 1000:1000\n" + passwd(root+"    a:x:1000:1000::/:/bin/sh\n"), nil},

		{"fields", accountFileBroken(), passwd(root+"    a:x\n    b:x:no:1:::\n    c d:x:1:1:::\n    \xff:x:1:1:::\n    \n    +::::::\n") + shadow("    a:!:1\n"), []string{
			"medium 0 etc/passwd:7 Line 7 of /etc/passwd asks a name service of the network for accounts.",
			"low 0 etc/passwd:2 Line 2 of /etc/passwd has 2 fields in place of 7: a.",
			"low 0 etc/passwd:3 Line 3 of /etc/passwd has no uid that is a number: b.",
			"low 0 etc/passwd:4 Line 4 of /etc/passwd has a name that programs stumble over: \"c d\".",
			"low 0 etc/passwd:5 Line 5 of /etc/passwd has a name that programs stumble over: \"\\xff\".",
			"low 0 etc/shadow:1 Line 1 of /etc/shadow has 3 fields in place of 9: a."}},
		{"no root", accountFileBroken(), passwd("    a:x:1:1:::\n"), []string{"low 0 etc/passwd:1 /etc/passwd has no user with uid 0, which root's programs look for."}},
		{"a link out of the image", accountFileBroken(), "lrwxrwxrwx 0 0 0 etc/shadow -> ../../../host/etc/shadow\n", []string{
			"medium 0 etc/shadow /etc/shadow is a link to ../../../host/etc/shadow, which is not in the image."}},
		{"a link within", accountFileBroken(), "-rw-r--r-- 0 0 1 nix/passwd\nlrwxrwxrwx 0 0 0 etc/passwd -> /nix/passwd\n", []string{
			"info 0 etc/passwd /etc/passwd is a link to /nix/passwd: what it says was not looked into."}},
		{"too large", accountFileBroken(), "-rw-r--r-- 0 0 2000000 etc/passwd\n", []string{"low 0 etc/passwd /etc/passwd has 2.0 MB: it was not looked into."}},
		{"a directory", accountFileBroken(), "drwxr-xr-x 0 0 0 etc/passwd\n", []string{"low 0 etc/passwd /etc/passwd is no regular file."}},
		{"empty", accountFileBroken(), "-rw-r--r-- 0 0 0 etc/passwd\n", []string{"low 0 etc/passwd /etc/passwd is empty."}},

		{"root by name", userRoot(), "USER root:app\n" + passwd(root), []string{"high :2 The user of the image is \"root:app\"."}},
		{"root by another name", userRoot(), "USER toor\n" + passwd(root+"    toor:x:0:0::/:/bin/sh\n"), []string{
			"high 0 etc/passwd:2 /etc/passwd gives the user toor uid 0: it is root under another name."}},
		{"root because a line is broken", userRoot(), "USER a:b\n" + passwd(root+"    a:x\n"), []string{
			"high 0 etc/passwd:2 Line 2 of /etc/passwd gives the user a no uid, and container engines take that for 0, root."}},
		{"root because a uid is none", userRoot(), "USER a\n" + passwd(root+"    a:x:none:1:::\n"), []string{
			"high 0 etc/passwd:2 Line 2 of /etc/passwd gives the user a no uid, and container engines take that for 0, root."}},
		{"not root", userRoot(), "USER a\n" + passwd(root+"    a:x:5:0:::\n    a:x:0:0:::\n"), nil},
		{"no such user", userRoot(), "USER a\n" + passwd(root), nil},

		{"a uid that is none", userUnknown(), "USER 4294967296:0\n" + passwd(root), []string{
			"medium USER 4294967296: container engines know no uid above 2147483647, so no container of it starts."}},
		{"known by uid", userUnknown(), "USER 4711\n" + passwd(root), nil},
		{"no passwd", userUnknown(), "USER app\n-rwxr-xr-x 0 0 1 app\n", []string{"medium USER app: there is no such user in the image, so no container of it starts."}},
		{"passwd not looked into", userUnknown(), "USER app\n-rw-r--r-- 0 0 2000000 etc/passwd\n", nil},
	}
	for _, tt := range tests {
		t.Run(tt.rule.ID+"/"+tt.name, func(t *testing.T) {
			if d := cmp.Diff(tt.want, judged(t, tt.listing, tt.rule)); d != "" {
				t.Error(d)
			}
		})
	}
}
