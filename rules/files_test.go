package rules

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/walk"
)

const (
	rootOnly = "-rw-r--r-- 0 0 1 etc/passwd\n    root:x:0:0:root:/root:/bin/sh\n-rw-r--r-- 0 0 1 etc/group\n    root:x:0:\n"
	pemKey   = "    -----BEGIN RSA PRIVATE KEY-----\n    MIIEowIBAAKCAQEAu1SU1LfVLPHCozMxH2Mo4lgOEePzNm0tRgeLezV6ffAt0gun\n    -----END RSA PRIVATE KEY-----\n"
	// dpkgOwns is a package database by which the package tools has usr/bin/su,
	// usr/bin/own, and a key.
	dpkgOwns = "-rw-r--r-- 0 0 1 var/lib/dpkg/status\n    Package: tools\n    Status: install ok installed\n    Version: 1\n    Architecture: all\n" +
		"-rw-r--r-- 0 0 1 var/lib/dpkg/info/tools.list\n    /usr/bin/su\n    /usr/bin/own\n    /usr/lib/x/key.pem\n    /usr/lib/x/link\n"
)

// TestFileRules holds rules against listings.
func TestFileRules(t *testing.T) {
	tests := []struct {
		name    string
		rule    rule.Rule
		listing string
		want    []string
	}{
		{"the usual is one finding", fileSetuid(), dpkgOwns + "-rwsr-xr-x 0 0 9 usr/bin/su\n", []string{
			"info 1 program of the distribution with setuid or setgid, as is usual: tools: /usr/bin/su."}},
		{"a name is not enough", fileSetuid(), dpkgOwns + "-rwsr-xr-x 0 0 9 usr/sbin/su\n", []string{
			"high 0 usr/sbin/su /usr/sbin/su runs as root whoever starts it (no package brought it)."}},
		{"of a package and not known", fileSetuid(), dpkgOwns + "-rwsr-xr-x 0 0 9 usr/bin/own\n", []string{
			"medium 0 usr/bin/own /usr/bin/own runs as root whoever starts it (of package tools)."}},
		{"no database", fileSetuid(), "-rwsr-xr-x 0 0 9 bin/su\n-rwxr-sr-x 0 42 9 app/x\n", []string{
			"low 0 app/x /app/x runs as group 42 whoever starts it (no package database says whose it is).",
			"info 1 program of the distribution with setuid or setgid, as is usual: /bin/su."}},
		{"a shell", fileSetuid(), "-rwsr-xr-x 0 0 9 tmp/bash\n-rwsr-xr-x 0 0 9 usr/bin/python3.11\n", []string{
			"high 0 tmp/bash /tmp/bash runs as root whoever starts it (no package database says whose it is): with it everybody can do anything as root.",
			"high 0 usr/bin/python3.11 /usr/bin/python3.11 runs as root whoever starts it (no package database says whose it is): with it everybody can do anything as root."}},
		{"open", fileSetuid(), "-rwsrwxr-x 0 0 9 app/x\n", []string{
			"high 0 app/x /app/x runs as root whoever starts it (no package database says whose it is), and others than root may replace what it does."}},
		{"taken away", fileSetuid(), "-rwsr-xr-x 0 0 9 app/x\nlayer\n-rwxr-xr-x 0 0 9 app/x\n", nil},
		{"directories are no programs", fileSetuid(), "drwxrwsr-x 0 8 0 var/mail\n", nil},

		{"by directory", fileWorldWritable(), "-rw-rw-rw- 0 0 1 app/a/b\n-rw-rw-rw- 0 0 1 app/a/c\ndrwxrwxrwx 0 0 0 data\n-rwxrwxrwx 0 0 1 usr/bin/x\nlrwxrwxrwx 0 0 0 l -> m\ncrw-rw-rw- 0 0 0 dev/null\n", []string{
			"high 0 usr/bin/x Everyone may write /usr/bin/x, a program.",
			"medium 0 app/a/b Everyone may write 2 files: /app/a/b, /app/a/c.",
			"low 0 data Everyone may write /data, a directory."}},
		{"sticky", fileWorldWritable(), "drwxrwxrwt 0 0 0 tmp\n", nil},
		{"etc", fileWorldWritable(), "-rw-rw-rw- 0 0 1 etc/passwd\ndrwxrwxrwx 0 0 1 etc\n", []string{
			"high 0 etc Everyone may write /etc, part of the system.", "high 0 etc/passwd Everyone may write /etc/passwd, part of the system."}},

		{"uid and gid", fileNoOwner(), rootOnly + "-rw-r--r-- 7 0 1 a\n-rw-r--r-- 7 8 1 b\n-rw-r--r-- 0 8 1 c\n", []string{
			"low 0 a 1 file of uid 7, which nobody in the image has: /a.",
			"low 0 b 1 file of uid 7 and gid 8, which nobody in the image has: /b.",
			"low 0 c 1 file of gid 8, which nobody in the image has: /c."}},
		{"the image's user", fileNoOwner(), "USER 10001\n" + rootOnly + "-rw-r--r-- 10001 0 1 a\n-rw-r--r-- 10001 10001 1 b\n", nil},
		{"the user comes later", fileNoOwner(), rootOnly + "-rw-r--r-- 7 0 1 a\nlayer\n-rw-r--r-- 0 0 1 etc/passwd\n    root:x:0:0:root:/root:/bin/sh\n    seven:x:7:0:::\n", nil},
		{"from scratch", fileNoOwner(), "-rw-r--r-- 7 0 1 a\n", nil},

		{"devices", fileDevice(), "crw-rw-rw- 0 0 0 dev/null\nbrw-rw---- 0 6 0 dev/sda\nbrw-rw-rw- 0 6 0 x\n", []string{
			"medium 0 x 1 block device: /x, open to every user.", "low 0 dev/sda 1 block device: /dev/sda."}},

		{"keys", filePrivateKey(), "-rw------- 0 0 1 a.pem\n" + pemKey + "-rw------- 0 0 1 b.key\n    -----BEGIN CERTIFICATE-----\n    MIIE\n    -----END CERTIFICATE-----\n" +
			"-rw------- 0 0 1 c.key\n    -----BEGIN ENCRYPTED PRIVATE KEY-----\n    MIIEowIBAAKCAQEAu1SU1LfVLPHCozMxH2Mo4\n    -----END ENCRYPTED PRIVATE KEY-----\n" +
			"-rw------- 0 0 1 d.key\n    -----BEGIN PRIVATE KEY-----\n    MIIEowIB\n", []string{
			"high 0 a.pem:1 /a.pem is a private key (RSA PRIVATE KEY), without a passphrase.",
			"medium 0 c.key:1 /c.key is a private key (ENCRYPTED PRIVATE KEY) with a passphrase.",
			"low 0 d.key:1 /d.key is the beginning of a private key (PRIVATE KEY)."}},
		{"a key for tests", filePrivateKey(), "-rw------- 0 0 1 app/node_modules/x/test/fixtures/a.pem\n" + pemKey, []string{
			"info 0 app/node_modules/x/test/fixtures/a.pem:1 /app/node_modules/x/test/fixtures/a.pem is a private key (RSA PRIVATE KEY), without a passphrase."}},
		{"a key of a package", filePrivateKey(), dpkgOwns + "-rw------- 0 0 1 usr/lib/x/key.pem\n" + pemKey, []string{
			"info 0 usr/lib/x/key.pem:1 /usr/lib/x/key.pem is a private key (RSA PRIVATE KEY), without a passphrase."}},
		{"a deleted key", filePrivateKey(), "-rw------- 0 0 1 a.pem\n" + pemKey + "layer\nremoved a.pem\n", []string{
			"high 0 a.pem:1 /a.pem is a private key (RSA PRIVATE KEY), without a passphrase. Layer 1 takes it away, but it is still in layer 0 for everyone who has the image."}},
		{"a key behind certificates", filePrivateKey(), "-rw------- 0 0 1 a.pem\n" + strings.Repeat("    # certificate\n", 1000) + pemKey, []string{
			"high 0 a.pem:1001 /a.pem is a private key (RSA PRIVATE KEY), without a passphrase."}},
		{"a key that is moved", filePrivateKey(), "-rw------- 0 0 1 a.pem\n" + pemKey + "layer\n-rw-r--r-- 0 0 1 a.pem\n" + pemKey, []string{
			"high 1 a.pem:1 /a.pem is a private key (RSA PRIVATE KEY), without a passphrase."}},

		{"credentials", fileCredentials(), "-rw------- 0 0 1 root/.npmrc\n    //r.example/:_authToken=npm_abcdefgh\n-rw------- 0 0 1 home/a/.npmrc\n    //r.example/:_authToken=${NPM_TOKEN}\n" +
			"-rw------- 0 0 1 root/.docker/config.json\n    {\"auths\": {\"r.example\": {\"auth\": \"dTpw\"}}}\n-rw------- 0 0 1 home/a/.docker/config.json\n    {\"auths\": {\"r.example\": {}}, \"credsStore\": \"x\"}\n", []string{
			"high 0 root/.docker/config.json:1 /root/.docker/config.json holds credentials for registries.",
			"high 0 root/.npmrc:1 /root/.npmrc holds credentials for npm."}},
		{"env", fileCredentials(), "-rw------- 0 0 1 app/.env\n    PORT=80\n    DB_PASSWORD=hunter2\n-rw------- 0 0 1 web/.env\n    PORT=80\n    DB_PASSWORD=\n", []string{
			"high 0 app/.env:2 /app/.env holds settings of an application with a secret among them, DB_PASSWORD.",
			"low 0 web/.env /web/.env holds settings of an application, where secrets are often put."}},
		{"netrc and pip", fileCredentials(), "-rw------- 0 0 1 root/.netrc\n    machine a login b password c\n-rw------- 0 0 1 etc/pip.conf\n    index-url = https://u:p@r.example/simple\n" +
			"-rw------- 0 0 1 root/pip.conf\n    index-url = https://r.example/simple\n", []string{
			"high 0 etc/pip.conf:1 /etc/pip.conf holds credentials for pip.", "high 0 root/.netrc:1 /root/.netrc holds credentials for login of FTP and HTTP clients."}},
		{"not a secret", fileCredentials(), "-rw------- 0 0 1 app/credentials.json\n    {\"type\": \"none\", \"token_uri\": \"https://a.example\"}\n-rw------- 0 0 0 root/.git-credentials\n", nil},

		{"repositories", fileRepository(), "-rw-r--r-- 0 0 9 app/.git/HEAD\n-rw-r--r-- 0 0 991 app/.git/objects/x\n-rw-r--r-- 0 0 9 x/.svn/wc.db\n-rw-r--r-- 0 0 9 y.git/HEAD\nlayer\nremoved app/.git\n", []string{
			"medium 0 app/.git/HEAD /app/.git: 2 files of a repository, 1 kB. Layer 1 takes it away, but it is still in layer 0 for everyone who has the image.",
			"medium 0 x/.svn/wc.db /x/.svn: 1 file of a repository, 9 bytes."}},
		{"dumps with names", fileCoreDump(), "-rw-r--r-- 0 0 9000 a/core.python3.77\n    \x7fELF\x02\x01\x01" + strings.Repeat("\x00", 9) + "\x04\x00\n-rw-r--r-- 0 0 9000 a/core.min.js\n    x\n-rw-r--r-- 0 0 9000 b/core-js\n    y\n-rw-r----- 0 0 9000 var/lib/systemd/coredump/core.x.0.1.zst\n-rw-r----- 0 0 9000 var/crash/_usr_bin_x.0.crash\n", []string{
			"medium 0 a/core.python3.77 1 dump, 9 kB: /a/core.python3.77.",
			"medium 0 var/crash/_usr_bin_x.0.crash 1 dump, 9 kB: /var/crash/_usr_bin_x.0.crash.",
			"medium 0 var/lib/systemd/coredump/core.x.0.1.zst 1 dump, 9 kB: /var/lib/systemd/coredump/core.x.0.1.zst."}},
		{"dumps", fileCoreDump(), "-rw-r--r-- 0 0 9000 app/core.1\n-rw-r--r-- 0 0 9000 app/core\n-rw-r--r-- 0 0 9000 x/heap.hprof\n    JAVA PROFILE 1.0.2\n", []string{
			"medium 0 app/core.1 1 dump, 9 kB: /app/core.1.", "medium 0 x/heap.hprof 1 dump, 9 kB: /x/heap.hprof."}},
		{"cron", fileCronWritable(), "-rwxrwxrwx 0 0 9 etc/cron.daily/a\n-rw-r--r-- 5 0 9 etc/crontab\n-rw-r--r-- 0 0 9 etc/cron.d/b\n-rw------- 5 5 9 var/spool/cron/crontabs/u\n", []string{
			"high 0 etc/cron.daily/a everyone may write /etc/cron.daily/a, which cron runs as root.", "high 0 etc/crontab uid 5 may write /etc/crontab, which cron runs as root."}},

		{"caches", packageCacheLeft(), "-rw-r--r-- 0 0 2000000 var/lib/apt/lists/a\n-rw-r--r-- 0 0 3000000 var/lib/apt/lists/b\n-rw-r----- 0 0 0 var/lib/apt/lists/lock\n-rw-r--r-- 0 0 500 home/a/.npm/_cacache/x/y\nlayer\n-rw-r--r-- 0 0 1000000 go/pkg/mod/cache/x\n", []string{
			"low 0 var/lib/apt/lists 5.0 MB of apt in 2 files. Against it: rm -rf /var/lib/apt/lists/*.",
			"low 1 go/pkg/mod/cache 1.0 MB of Go in 1 file. Against it: go clean -modcache.",
			"info 0 home/a/.npm/_cacache 500 bytes of npm in 1 file. Against it: npm cache clean --force."}},
		{"a cache that was cleaned", packageCacheLeft(), "-rw-r--r-- 0 0 2000000 var/lib/apt/lists/a\nlayer\nremoved var/lib/apt/lists/a\n", nil},

		{"a link too long to keep", fileLinkDangling(), "lrwxrwxrwx 0 0 0 a -> /" + strings.Repeat("x/", 700) + "\nlrwxrwxrwx 0 0 0 b -> /" + strings.Repeat("./", 700) + "b\n", nil},
		{"links", fileLinkDangling(), dpkgOwns + "lrwxrwxrwx 0 0 0 usr/lib/x/link -> /nowhere\nlrwxrwxrwx 0 0 0 a/b -> ../../../../etc/x\nlrwxrwxrwx 0 0 0 c -> /proc/mounts\nlrwxrwxrwx 0 0 0 d -> nothing\nlrwxrwxrwx 0 0 0 e -> /mnt/x\n" +
			"drwxr-xr-x 0 0 0 usr/real\nlrwxrwxrwx 0 0 0 way -> usr/real\n-rw-r--r-- 0 0 1 usr/real/x\nlrwxrwxrwx 0 0 0 f -> /way/x\n", []string{
			"low 0 e /e leads to /mnt/x, which is not in the image.", "info 0 a/b /a/b leads to /etc/x, which is not in the image."}},
		{"the target goes", fileLinkDangling(), "-rw-r--r-- 0 0 1 x\nlrwxrwxrwx 0 0 0 y -> /x\nlayer\nremoved x\n", []string{"info 0 y /y leads to /x, which is not in the image."}},

		{"toolchains", buildToolsLeft(), "-rwxr-xr-x 0 0 9000000 usr/local/go/bin/go\n-rwxr-xr-x 0 0 90 usr/local/rustup/toolchains/x\n", []string{
			"low 0 usr/local/go/bin/go The image has the tools of Go, which only a build needs: 9.0 MB in /usr/local/go."}},
		{"compilers", buildToolsLeft(), "-rw-r--r-- 0 0 1 var/lib/dpkg/status\n" + dpkgPackage("cpp-12", 20_000) + dpkgPackage("gcc-12", 40_000) + dpkgPackage("gcc-12-base", 100), []string{
			"low 0 var/lib/dpkg/status:7 The image has gcc-12, cpp-12, which only a build needs. Without: 61 MB less."}},
		{"managers", packageManagerInstalled(), dpkgOwns + "-rwxr-xr-x 0 0 9 usr/bin/own\n-rwxr-xr-x 0 0 9 usr/bin/apt\n-rwxr-xr-x 0 0 9 usr/local/bin/npm\n", []string{
			"info 0 usr/bin/apt 2 package managers: apt, npm."}},
		{"shells", shellInstalled(), "-rwxr-xr-x 0 0 9 bin/busybox\nlrwxrwxrwx 0 0 9 bin/sh -> busybox\n-rwxr-xr-x 0 0 9 opt/bash\n", []string{"info 0 bin/busybox 2 shells: busybox, sh."}},
		{"sudoers", sudoersNopasswd(), "-r--r----- 0 0 9 etc/sudoers\n    # x NOPASSWD: ALL\n    root ALL=(ALL:ALL) ALL\n-r--r----- 0 0 9 etc/sudoers.d/app\n    app ALL=(ALL) NOPASSWD: ALL\n", []string{
			"medium 0 etc/sudoers.d/app:1 app may use sudo without a password."}},
		{"unneeded", copyUnneededFile(), "-rw-r--r-- 0 0 1 app/Dockerfile\n-rw-r--r-- 0 0 1 app/node_modules/x/Dockerfile\n-rw-r--r-- 0 0 1 app/a/.DS_Store\n-rw-r--r-- 0 0 1 app/.DS_Store\n", []string{
			"info 0 app/.DS_Store 2 times .DS_Store, which has no use in a running container: /app/.DS_Store, /app/a/.DS_Store.",
			"info 0 app/Dockerfile /app/Dockerfile has no use in a running container."}},
	}
	for _, tt := range tests {
		t.Run(tt.rule.ID+"/"+tt.name, func(t *testing.T) {
			if d := cmp.Diff(tt.want, judged(t, tt.listing, tt.rule)); d != "" {
				t.Error(d)
			}
		})
	}
}

func dpkgPackage(name string, size int) string {
	return fmt.Sprintf("    Package: %s\n    Status: install ok installed\n    Version: 1\n    Architecture: all\n    Installed-Size: %d\n    \n", name, size)
}

// TestHostileFiles holds all rules about files against what nobody means well
// with: what they say stays bounded, and none fails.
func TestHostileFiles(t *testing.T) {
	var many strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&many, "-rwsrwxrwx %d %d 9 d%d/.git/core.%d\n", i+1, i+1, i, i)
		fmt.Fprintf(&many, "lrwxrwxrwx 0 0 0 l%d/\xff\x1b[31m -> /../%s/\x00%d\n", i, strings.Repeat("x/", 100), i)
		fmt.Fprintf(&many, "brw-rw-rw- 0 0 0 b%d/x\n-rw-rw-rw- 7 7 9 e%d/.env\n    TOKEN=%d\n", i, i, i)
		fmt.Fprintf(&many, "-rw------- 0 0 1 k%d/id_rsa\n%s", i, pemKey)
	}
	lines := strings.Repeat("    \xff\xfe:::\n    a:x:0:0\n    +\n    :\n    b::99999999999999999999:x:::/bin/sh:::::\n    root::0:0::/:/bin/sh\n", 3000)
	for _, p := range []string{passwdPath, shadowPath, groupPath} {
		fmt.Fprintf(&many, "-rw-r--r-- 0 0 1 %s\n%s", p, lines)
	}
	all := onImageFiles()
	count := map[string]int{}
	for _, f := range findings(t, listed(t, strings.ReplaceAll(many.String(), "\x00", "")), all...) {
		count[f.ID]++
		if len(f.Message) > 520 || strings.Contains(f.Message, "\x1b") || !utf8.ValidString(f.Message) {
			t.Errorf("%s: %q", f.ID, f.Message)
		}
	}
	for id, n := range count {
		if n > 15*maxGroups {
			t.Errorf("%s reports %d times", id, n)
		}
	}
	if count["file-setuid"] == 0 || count["account-duplicate"] == 0 {
		t.Errorf("little was reported: %v", count)
	}
}

// onImageFiles are all rules with a side that looks at files.
func onImageFiles() []rule.Rule {
	return slices.DeleteFunc(All(), func(r rule.Rule) bool { return r.Entry == nil && r.File == nil })
}

// TestUsualEntry wants the rules to pass over the files that there are most of
// without taking memory: there may be millions.
func TestUsualEntry(t *testing.T) {
	all := onImageFiles()
	for _, e := range []walk.Entry{
		{Path: "usr/lib/x86_64-linux-gnu/libfoo.so.1.2.3", Mode: 0o644, Size: 40000},
		{Path: "app/node_modules/@scope/package/dist/index.js", Mode: 0o644, Size: 4000},
		{Path: "usr/lib/x86_64-linux-gnu/libfoo.so", Link: "libfoo.so.1.2.3", Mode: fs.ModeSymlink | 0o777},
		{Path: "usr/share/doc/package", Mode: fs.ModeDir | 0o755},
	} {
		for _, r := range all {
			if r.Entry == nil {
				continue
			}
			if n := testing.AllocsPerRun(10, func() {
				if r.Entry(&e) != nil {
					t.Errorf("%s notes %s", r.ID, e.Path)
				}
			}); n > 0 {
				t.Errorf("%s takes memory %v times for %s", r.ID, n, e.Path)
			}
		}
	}
}

// BenchmarkEntry is what a member of a layer costs in all rules together.
func BenchmarkEntry(b *testing.B) {
	all := onImageFiles()
	e := walk.Entry{Path: "app/node_modules/@scope/package/dist/esm/index.js", Mode: 0o644, Size: 4000}
	for b.Loop() {
		for i := range all {
			if all[i].Entry != nil && all[i].Entry(&e) != nil {
				b.Fatal("noted")
			}
		}
	}
}

// FuzzEntry holds the rules against any member.
func FuzzEntry(f *testing.F) {
	f.Add("root/.npm/_cacache/a", "", uint32(0o644))
	f.Add("a/.git/config", "", uint32(0o4755))
	f.Add("a", "../../b", uint32(fs.ModeSymlink|0o777))
	f.Add("etc/shadow", "/proc/1/root", uint32(fs.ModeSymlink|0o777))
	f.Add("dev//x", "", uint32(fs.ModeDevice|0o666))
	all := onImageFiles()
	f.Fuzz(func(t *testing.T, path, link string, mode uint32) {
		e := walk.Entry{Path: path, Link: link, Mode: fs.FileMode(mode), Size: 1 << 20, UID: 1, GID: 1}
		for i := range all {
			if all[i].Entry == nil {
				continue
			}
			if n := all[i].Entry(&e); n != nil && len(n.Value)+len(n.Same) > len(path)+2048 {
				t.Errorf("%s: a note of %d bytes on a path of %d", all[i].ID, len(n.Value)+len(n.Same), len(path))
			}
		}
		cacheDirectory(path)
		topOf(path, 2)
		shown(path)
		isSample(path)
	})
}

// FuzzFile holds the rules that read files against any content: none fails, and
// no note quotes the content but for account files.
func FuzzFile(f *testing.F) {
	names := []string{"etc/passwd", "etc/shadow", "root/.ssh/id_rsa", "a.p12", "a.ppk", ".env", "root/.npmrc", "root/.docker/config.json", "root/.netrc", "etc/pip.conf", "core", "root/.ssh/authorized_keys", ".bash_history"}
	for i := range names {
		f.Add(uint8(i), []byte("root:$6$abc:0:0\n-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----\n"))
		f.Add(uint8(i), []byte("PuTTY-User-Key-File-2: ssh-rsa\nEncryption: none\n\x30\x82"))
		f.Add(uint8(i), []byte("A_TOKEN=x\nmachine a password b\n_auth=c\nurl=https://u:p@h\n{\"auth\": \"x\"}"))
	}
	all := onImageFiles()
	f.Fuzz(func(t *testing.T, which uint8, content []byte) {
		name := names[int(which)%len(names)]
		for _, r := range all {
			if r.File == nil || !strings.HasPrefix(r.ID, "file-") && !strings.HasPrefix(r.ID, "account-") && r.ID != "password-empty" && r.ID != "user-unknown" {
				continue
			}
			file := walk.NewFile(name, 0o644, int64(len(content)), bytes.NewReader(content))
			notes := 0
			err := r.File(context.Background(), file, func(n inventory.Note) {
				if notes++; len(n.Text) > 200 {
					t.Errorf("%s: a text of %d bytes", r.ID, len(n.Text))
				}
				for _, a := range accountLines(n, 2) {
					if strings.HasPrefix(a.password, "$6") {
						t.Errorf("%s keeps a password: %q", r.ID, a.text)
					}
				}
			})
			if err != nil || notes > 2 {
				t.Errorf("%s: %d notes, %v", r.ID, notes, err)
			}
		}
	})
}

// TestCacheOf finds caches wherever they are.
func TestCacheOf(t *testing.T) {
	for path, want := range map[string]string{
		"var/lib/apt/lists/x": "apt", "usr/local/bundle/cache/x.gem": "RubyGems", "root/.cache/pip/x": "pip", ".cache/pip/x": "pip", "root/.npm/_cacache/a/b": "npm",
		"go/pkg/mod/cache/x": "Go", "home/a/go/pkg/mod/cache/download/x": "Go", "usr/local/cargo/registry/x": "Cargo", "root/.cargo/registry/x": "Cargo",
		"opt/conda/pkgs/x": "conda", "root/.m2/repository/x": "Maven", "a/.x/.cache/yarn/b": "yarn",
		"var/lib/apt/x": "", "root/.cache/other/x": "", "app/pkgs/x": "", "var/lib/docker/registry/x": "", "x": "", "": "",
	} {
		got := ""
		if c := cacheOf(path); c != nil {
			got = c.manager
		}
		if got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}

// TestToldBySecrets wants one cause to count once: where the token finder has
// found the key itself, its file is suppressed.
func TestToldBySecrets(t *testing.T) {
	for _, r := range []rule.Rule{filePrivateKey(), fileCredentials()} {
		note := func(by, path string, layer int) inventory.Note {
			id := "plain"
			if r.ID == "file-credentials" {
				id = "secret"
			}
			return inventory.Note{By: by, ID: id, Path: path, Layer: layer}
		}
		notes := []inventory.Note{note(r.ID, "a", 0), note(r.ID, "b", 0), note(r.ID, "b", 1), note("secret", "b", 1)}
		got := map[string]string{}
		im := &rule.Image{Inventory: &inventory.Inventory{Notes: notes}}
		r.Image(im.For(&r, func(f rule.Found) { got[fmt.Sprint(f.At.Path, f.At.Layer)] = f.Suppressed }))
		want := map[string]string{"a0": "", "b0": "", "b1": toldAsSecret}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(r.ID, d)
		}
	}
}

func TestBytesOf(t *testing.T) {
	for n, want := range map[int64]string{0: "0 bytes", 1500: "2 kB", 9_900_000: "9.9 MB", 458_900_000: "459 MB", 6_442_450_944: "6.4 GB", 64_000_000_000: "64 GB"} {
		if got := bytesOf(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}
