package main

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/vulndb"
)

// label says whether a package of an image has a vulnerability.
type label struct {
	Image   string
	Vuln    string // id under which the vulnerability was reported
	CVE     string // its CVE, or the same as Vuln
	Label   string // "TP": it has it; "FP": it has not; "??": nobody knows
	Pkg     string
	Version string
	Note    string
}

// ids are the ids of the vulnerability.
func (l *label) ids() []string {
	if l.CVE == "" || l.CVE == l.Vuln {
		return []string{l.Vuln}
	}
	return []string{l.Vuln, l.CVE}
}

// The marks that distributions leave in versions of their packages.
var (
	apkMark    = regexp.MustCompile(`-r\d+$`)
	rpmMark    = regexp.MustCompile(`[.+](el|amzn|azl|cm|fc)(\d+)`)
	debMark    = regexp.MustCompile(`(?:[+~-]|~bpo\d*\+)deb(\d+)u\d`)
	ubuntuMark = regexp.MustCompile(`ubuntu\d`)
	debForm    = regexp.MustCompile(`^\d+:|-\d[0-9A-Za-z.+~]*$|dfsg|pgdg`)
	debBuild   = regexp.MustCompile(`^\d+:|dfsg|pgdg|\+b\d+$|[+~-]deb\d+u\d|ubuntu\d`)
)

// distribution guesses an image's distribution from the versions of its
// packages, and the format of those.
func (k *known) distribution(labels []label) (inventory.Distro, string) {
	votes := map[[2]string]int{}
	for i := range labels {
		v := labels[i].Version
		switch rpm, deb := rpmMark.FindStringSubmatch(v), debMark.FindStringSubmatch(v); {
		case apkMark.MatchString(v):
			votes[[2]string{"alpine"}]++
		case ubuntuMark.MatchString(v):
			votes[[2]string{"ubuntu"}]++
		case deb != nil:
			votes[[2]string{"debian", deb[1]}]++
		case rpm != nil:
			id := map[string]string{"el": "almalinux", "amzn": "amzn", "azl": "azurelinux", "cm": "azurelinux", "fc": "fedora"}[rpm[1]]
			votes[[2]string{id, rpm[2]}]++
		}
	}
	top := most(votes, func(a, b [2]string) int { return strings.Compare(a[0]+a[1], b[0]+b[1]) })
	distro := inventory.Distro{ID: top[0], Version: top[1]}
	switch distro.ID {
	case "alpine":
		if strings.Contains(labels[0].Image, "chainguard") {
			distro.ID = "wolfi"
		} else {
			distro.Version = k.alpineRelease(labels)
		}
		return distro, "apk"
	case "debian", "ubuntu":
		return distro, "deb"
	case "":
		return distro, ""
	}
	return distro, "rpm"
}

// alpineReleases are the builds of busybox with which releases of Alpine began
// or, where two have one version, which are first of the later.
var alpineReleases = [...]struct {
	busybox  string
	revision int
	release  string
}{
	{"1.28.4", 0, "3.8"}, {"1.29.3", 0, "3.9"}, {"1.30.1", 0, "3.10"}, {"1.31.1", 0, "3.11"}, {"1.31.1", 16, "3.12"}, {"1.32.1", 0, "3.13"},
	{"1.33.1", 0, "3.14"}, {"1.34.1", 0, "3.15"}, {"1.35.0", 0, "3.16"}, {"1.35.0", 29, "3.17"}, {"1.36.1", 0, "3.18"}, {"1.36.1", 15, "3.19"},
	{"1.36.1", 28, "3.20"}, {"1.37.0", 0, "3.21"},
}

// releaseOf is the release of Alpine that has a build of busybox, or empty.
func releaseOf(build string) (release string) {
	v, revision, _ := strings.Cut(build, "-r")
	for _, r := range alpineReleases {
		if n, err := strconv.Atoi(revision); err == nil && v == r.busybox && n >= r.revision {
			release = r.release
		}
	}
	return release
}

// alpineRelease guesses a release of Alpine by busybox, else as the one whose
// advisories name the most of the packages' upstream versions.
func (k *known) alpineRelease(labels []label) string {
	votes := map[string]int{}
	for i := range labels {
		l := &labels[i]
		if l.Pkg == "busybox" || l.Pkg == "ssl_client" {
			if release := releaseOf(l.Version); release != "" {
				return release
			}
		}
		if !apkMark.MatchString(l.Version) {
			continue
		}
		upstream := apkMark.ReplaceAllString(l.Version, "-r")
		for _, segment := range k.db.Segments() {
			if release, ok := strings.CutPrefix(segment.Ecosystem, "Alpine:v"); ok {
				source := k.source(segment.Ecosystem, l.Pkg, labels)
				votes[release] += k.naming(vulndb.Key{Ecosystem: segment.Ecosystem, Name: source}, upstream)
			}
		}
	}
	return most(votes, strings.Compare)
}

// naming counts the advisories on a package that name a version that begins so.
func (k *known) naming(key vulndb.Key, begin string) (n int) {
	for a, err := range k.db.Lookup(key) {
		if err == nil && slices.ContainsFunc(a.Affected, func(e vulndb.Affected) bool {
			return slices.ContainsFunc(e.Ranges, func(r vulndb.Range) bool {
				return slices.ContainsFunc(r.Events, func(e vulndb.Event) bool { return strings.HasPrefix(e.Fixed, begin) })
			})
		}) {
			n++
		}
	}
	return n
}

// source guesses which source a package of a distribution was built from: the
// one in whose advisories the most of the package's vulnerabilities are. It is
// told of versions only to decide between several.
func (k *known) source(ecosystem, name string, labels []label) string {
	votes := map[string]int{}
	for i := range labels {
		if l := &labels[i]; l.Pkg == name {
			for _, key := range k.mentioned(l) {
				if key.Ecosystem == ecosystem && related(name, key.Name) {
					votes[key.Name] += weight(l)
				}
			}
		}
	}
	if votes[name] > 0 || len(votes) == 0 {
		return name
	}
	upstream := map[string]int{}
	for source := range votes {
		for i := range labels {
			if labels[i].Pkg == name {
				upstream[source] = k.naming(vulndb.Key{Ecosystem: ecosystem, Name: source}, upstreamVersion(labels[i].Version))
			}
		}
	}
	return most(votes, func(a, b string) int {
		return cmp.Or(cmp.Compare(upstream[b], upstream[a]), cmp.Compare(common(b, name), common(a, name)), strings.Compare(a, b))
	})
}

// upstreamVersion is a version of a distribution without its last part, the
// distribution's own.
func upstreamVersion(v string) string {
	if i := strings.LastIndexByte(v, '-'); i > 0 {
		return v[:i]
	}
	return v
}

// rpmSource guesses which source an rpm was built from: one that an advisory about
// one of its vulnerabilities says is updated, the longest that its name begins with
// (of modules of Python, python3-X where the source is python-X) or else the
// shortest of related name; else its own name.
func (k *known) rpmSource(name string, labels []label) string {
	begins, kin := "", ""
	for i := range labels {
		if labels[i].Pkg != name {
			continue
		}
		for _, id := range labels[i].ids() {
			for _, c := range k.components[id] {
				named := c
				if module, ok := strings.CutPrefix(c, "python-"); ok && !strings.HasPrefix(name, c) {
					named = "python3-" + module
				}
				switch {
				case strings.HasPrefix(name+"-", named+"-"):
					if len(c) > len(begins) {
						begins = c
					}
				case related(name, c) && !strings.Contains(c, "-toolset-") && (kin == "" || len(c) < len(kin)):
					kin = c
				}
			}
		}
	}
	return cmp.Or(begins, kin, name)
}

// origins are sources whose packages have other names, by what those begin with.
var origins = [...]struct{ source, binaries string }{
	{"audit", "libaudit"}, {"bzip2", "libbz2"}, {"busybox", "ssl_client"}, {"cyrus-sasl", "libsasl"}, {"db", "libdb"}, {"e2fsprogs", "libcom libext2fs libss2 e2fslibs logsave"},
	{"elfutils", "libelf libdw"}, {"gcc", "libgcc libstdc libgomp libgfortran cpp"}, {"glib2.0", "libglib"},
	{"glibc", "libc6 libc- libc-bin libc-l10n locales multiarch-support nscd"}, {"gnupg", "gpg gpgv dirmngr gnupg"}, {"iptables", "libxtables libip"},
	{"krb5", "libk5crypto libkdb5 libgssapi libgssrpc"}, {"lvm2", "dmsetup libdevmapper"}, {"ncurses", "libtinfo"}, {"nettle", "libhogweed"},
	{"openldap", "libldap"}, {"openssl", "libssl libcrypto"}, {"perl", "libperl"}, {"postgresql", "libpq"}, {"rtmpdump", "librtmp"}, {"shadow", "login passwd uidmap"},
	{"subversion", "libsvn"}, {"systemd", "udev libudev libnss-resolve libpam-systemd"}, {"util-linux", "bsdutils mount libblkid libuuid libmount libsmartcols libfdisk fdisk uuid"},
	{"xz", "liblzma"},
}

// related tells whether a package may be built from a source: one that it is
// named for, or one of those that name their packages otherwise. That two sources
// have one vulnerability does not make them one: copies of code travel.
func related(binary, source string) bool {
	if name := strings.TrimPrefix(source, "lib"); strings.Contains(binary, name) || len(name) > 4 && strings.Contains(binary, strings.TrimRight(name, "0123456789.-")) {
		return true
	}
	for _, o := range origins {
		if strings.HasPrefix(source, o.source) && slices.ContainsFunc(strings.Fields(o.binaries), func(b string) bool { return strings.HasPrefix(binary, b) }) {
			return true
		}
	}
	return false
}

// mentioned are the packages that records on a label's vulnerability speak of.
func (k *known) mentioned(l *label) []vulndb.Key {
	var keys []vulndb.Key
	for _, id := range l.ids() {
		for _, key := range k.mentions[id] {
			if !slices.Contains(keys, key) {
				keys = append(keys, key)
			}
		}
	}
	return keys
}

// weight of a label as a witness of what its package is: one that says that
// the package is affected tells much, one that denies it little.
func weight(l *label) int {
	if l.Label == "FP" {
		return 1
	}
	return affirming
}

// affirming is the weight of a label that says that the package is affected.
const affirming = 100

// language guesses the ecosystem of a package that no distribution made, and its
// full name there: of the ecosystems with an advisory on a package of that name
// about one of its vulnerabilities, the one with the most of them.
func (k *known) language(name string, labels []label) (key vulndb.Key, votes int) {
	all := map[vulndb.Key]int{}
	for i := range labels {
		if l := &labels[i]; l.Pkg == name {
			for _, key := range k.mentioned(l) {
				if k.purlType(key.Ecosystem) != "" && named(key, name) {
					all[key] += weight(l)
				}
			}
		}
	}
	key = most(all, func(a, b vulndb.Key) int { return strings.Compare(a.Ecosystem+a.Name, b.Ecosystem+b.Name) })
	return key, all[key]
}

// named tells whether a package of an ecosystem may be called name: of Maven's
// labels have only the artifact, or both parts with a dot.
func named(key vulndb.Key, name string) bool {
	if key.Ecosystem == "Maven" {
		group, artifact, _ := strings.Cut(key.Name, ":")
		return artifact == name || group+"."+artifact == name || key.Name == name
	}
	return vulndb.NormalName(key.Ecosystem, key.Name) == vulndb.NormalName(key.Ecosystem, name)
}

// common is how many letters two words begin alike with.
func common(a, b string) (n int) {
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}

// most is the key with the highest count, of equals the first; zero if there is none.
func most[K comparable](votes map[K]int, order func(a, b K) int) (top K) {
	keys := slices.SortedFunc(maps.Keys(votes), order)
	best := 0
	for _, key := range keys {
		if votes[key] > best {
			top, best = key, votes[key]
		}
	}
	return top
}
