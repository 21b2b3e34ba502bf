package match

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/plimsoll/plimsoll/inventory"
)

// naming says by which name and version a distribution's advisories speak of a
// package.
type naming int

const (
	bySource    naming = iota // the source package: Debian, Alpine, Rocky Linux, SUSE
	byBinary                  // the installed package: Amazon Linux, Oracle Linux
	bySourceRPM               // the installed package, or its source as "NAME.src": Red Hat
	bySibling                 // the installed package, or others of its source: AlmaLinux
	byBoth                    // either; one of the two finds nothing: Wolfi, Photon OS
)

// release is where the advisories of one release of a distribution are.
type release struct {
	// required are OSV ecosystems that must all be at hand for the release to
	// count as covered.
	required []string
	// extra are looked in when they are at hand. Where nothing is required, one
	// of them is enough.
	extra []string
	// clearing are of streams that the release may follow. A fix of theirs that is
	// installed clears a vulnerability; beyond that they say nothing of it.
	clearing []string
	// own are streams among extra that the release is known to follow: what they
	// say of a vulnerability in a package overrules what others say.
	own  []string
	note string
}

// family is what is known of one distribution.
type family struct {
	ids    string // os-release IDs, separated by spaces
	format string // purl type of its packages
	names  naming
	// release finds the ecosystems; nil, or an empty answer, where OSV has none.
	release func(inventory.Distro) release
	// reason says why there are none, where that is known.
	reason string
}

// families is the one table from distributions to OSV ecosystems, spelled as
// the OSV schema's list of defined ecosystems and the records themselves spell
// them.
var families = [...]family{
	{ids: "debian", format: "deb", release: debianRelease},
	{ids: "ubuntu", format: "deb", release: ubuntuRelease},
	{ids: "echo", format: "deb", release: always("Echo")},
	{ids: "alpine", format: "apk", release: alpineRelease},
	{ids: "wolfi", format: "apk", names: byBoth, release: always("Wolfi")},
	{ids: "chainguard", format: "apk", names: byBoth, release: always("Chainguard")},
	{ids: "minimos", format: "apk", names: byBoth, release: always("MinimOS")},
	{ids: "cleanstart", format: "apk", names: byBoth, release: always("CleanStart")},
	{ids: "alpaquita", format: "apk", release: numbered("Alpaquita:", major)},
	{ids: "bellsoft-hardened-containers", format: "apk", release: numbered("BellSoft Hardened Containers:", major)},
	{ids: "almalinux", format: "rpm", names: bySibling, release: numbered("AlmaLinux:", major)},
	{ids: "rocky", format: "rpm", release: numbered("Rocky Linux:", major)},
	{ids: "rhel redhat", format: "rpm", names: bySourceRPM, release: redHatRelease},
	{ids: "centos", format: "rpm", names: bySourceRPM, release: centosRelease},
	{ids: "azurelinux mariner", format: "rpm", release: numbered("Azure Linux:", major)},
	{ids: "opensuse-leap opensuse", format: "rpm", release: numbered("openSUSE:Leap ", majorMinor)},
	{ids: "opensuse-leap-micro", format: "rpm", release: numbered("openSUSE:Leap Micro ", majorMinor)},
	{ids: "opensuse-tumbleweed", format: "rpm", release: always("openSUSE:Tumbleweed")},
	{ids: "sles sles_sap sle_hpc sled", format: "rpm", release: suseRelease},
	{ids: "sle-micro suse-microos sl-micro", format: "rpm", release: suseMicroRelease},
	{ids: "mageia", format: "rpm", release: numbered("Mageia:", major)},
	{ids: "openeuler", format: "rpm", release: openEulerRelease},
	{ids: "photon", format: "rpm", names: byBoth, release: photonRelease},
	{ids: "amzn", format: "rpm", names: byBinary, release: numbered("Amazon Linux:", major)},
	{ids: "fedora", format: "rpm", reason: "OSV has no Fedora advisories"},
	{ids: "ol", format: "rpm", names: byBinary, release: numbered("Oracle Linux:", major)},
}

// familyOf finds a distribution in the table by its os-release ID.
func familyOf(id string) (family, bool) {
	id = strings.ToLower(id)
	if id == "" {
		return family{}, false
	}
	for _, f := range families {
		for known := range strings.FieldsSeq(f.ids) {
			if known == id {
				return f, true
			}
		}
	}
	return family{}, false
}

// always is a rolling distribution, which has one ecosystem for all time.
func always(ecosystem string) func(inventory.Distro) release {
	return func(inventory.Distro) release { return release{required: []string{ecosystem}} }
}

// numbered is a distribution whose ecosystems are a prefix and a part of its
// version.
func numbered(prefix string, part func(string) string) func(inventory.Distro) release {
	return func(d inventory.Distro) release {
		v := part(d.Version)
		if v == "" {
			return release{}
		}
		return release{required: []string{prefix + v}}
	}
}

// major is a version up to its first dot.
func major(v string) string {
	v, _, _ = strings.Cut(v, ".")
	return v
}

// majorMinor is a version up to its second dot.
func majorMinor(v string) string {
	parts := strings.SplitN(v, ".", 3)
	return strings.Join(parts[:min(2, len(parts))], ".")
}

// debianSeries are the releases that an image may name by codename only: the
// stable ones of old files, and testing and unstable, which have no number in
// their os-release. Unstable is read as the next release: a fix reaches both
// under one version.
var debianSeries = [...]struct{ codename, number string }{
	{"jessie", "8"}, {"stretch", "9"}, {"buster", "10"}, {"bullseye", "11"},
	{"bookworm", "12"}, {"trixie", "13"}, {"forky", "14"}, {"duke", "15"},
	{"sid", "14"}, {"unstable", "14"}, {"testing", "14"},
}

func debianRelease(d inventory.Distro) release {
	number := major(d.Version)
	if _, err := strconv.Atoi(number); err == nil {
		return release{required: []string{"Debian:" + number}}
	}
	for _, name := range []string{d.Version, d.Codename} {
		name, _, _ = strings.Cut(strings.ToLower(name), "/") // "forky/sid"
		for _, s := range debianSeries {
			if s.codename == name {
				return release{required: []string{"Debian:" + s.number}}
			}
		}
	}
	return release{}
}

// ubuntuRelease spells "Ubuntu:22.04:LTS" and "Ubuntu:23.10". The releases of
// April in even years are those with long-term support. With expanded security
// maintenance the fixes of Ubuntu Pro count too.
func ubuntuRelease(d inventory.Distro) release {
	v := majorMinor(d.Version)
	year, err := strconv.Atoi(major(v))
	if err != nil {
		return release{}
	}
	if year%2 == 0 && strings.HasSuffix(v, ".04") {
		v += ":LTS"
	}
	r := release{required: []string{"Ubuntu:" + v}}
	if d.Extended == "esm" {
		r.extra = []string{ubuntuPro + v}
	}
	return r
}

// ubuntuPro begins the ecosystems of Ubuntu Pro.
const ubuntuPro = "Ubuntu:Pro:"

// fromESM tells whether an Ubuntu image has packages of expanded security
// maintenance: their versions say so, "7.68.0-1ubuntu2.25+esm1". Only an image
// that is attached gets them.
func fromESM(inv *inventory.Inventory) bool {
	return strings.EqualFold(inv.Distro.ID, "ubuntu") && slices.ContainsFunc(inv.Packages, func(p inventory.Package) bool {
		return p.Ecosystem == "deb" && (strings.Contains(p.Version, "+esm") || strings.Contains(p.Version, "~esm"))
	})
}

// alpineRelease knows edge by its version, "3.21.0_alpha20240807".
func alpineRelease(d inventory.Distro) release {
	switch v := majorMinor(d.Version); {
	case v == "":
		return release{}
	case strings.Contains(d.Version, "_alpha") || d.Version == "edge":
		return release{required: []string{"Alpine:edge"}}
	default:
		return release{required: []string{"Alpine:v" + strings.TrimPrefix(v, "v")}}
	}
}

// redHatRelease names Red Hat's product streams. Up to 7 they are editions,
// then repositories; from 10 on every minor release is a stream, and an image
// of an older one lacks what a newer one fixes.
func redHatRelease(d inventory.Distro) release {
	number := major(d.Version)
	n, err := strconv.Atoi(number)
	if err != nil {
		return release{}
	}
	base := "Red Hat:enterprise_linux:" + number
	var r release
	switch {
	case n <= 7:
		r.required = []string{base + "::server"}
		r.extra = []string{base, base + "::client", base + "::computenode", base + "::workstation"}
	case n < 10:
		// What is not fixed is filed under the release itself.
		r.required, r.extra = []string{base + "::baseos", base + "::appstream"}, []string{base}
		for _, repository := range []string{"crb", "highavailability", "nfv", "realtime", "resilientstorage"} {
			r.extra = append(r.extra, base+"::"+repository)
		}
	default:
		r.extra = []string{base}
		for minor := range 11 {
			r.extra = append(r.extra, fmt.Sprintf("%s.%d", base, minor))
		}
	}
	for _, stream := range [...]string{"eus", "e4s", "tus", "aus", "els"} {
		names := redHatStream(stream, d, n)
		named := strings.Contains(d.CPE, ":rhel_"+stream+":") || strings.Contains(d.CPE, ":enterprise_linux_"+stream+":")
		if d.Extended == stream || d.Extended == "" && named {
			r.own = names
			r.extra = append(r.extra, names...)
		} else {
			r.clearing = append(r.clearing, names...)
		}
	}
	return r
}

// redHatStream are the ecosystems of the support that outlives a minor release
// (eus, e4s, tus, aus), or the release (els). Those of the first need to know
// which minor release it is.
func redHatStream(stream string, d inventory.Distro, n int) []string {
	minor := majorMinor(d.Version)
	switch {
	case stream == "els" && n > 7:
		return nil
	case stream == "els":
		product := "Red Hat:rhel_els:" + major(d.Version)
		return []string{product, product + "::server"}
	case !strings.Contains(minor, "."):
		return nil
	case n <= 7:
		return []string{"Red Hat:rhel_" + stream + ":" + minor + "::server"}
	case n < 10:
		product := "Red Hat:rhel_" + stream + ":" + minor
		return []string{product + "::baseos", product + "::appstream", product} // the last in the VEX files of 2026
	}
	return []string{"Red Hat:enterprise_linux_" + stream + ":" + minor}
}

// centosRelease reads CentOS as the Red Hat release of the same number: CentOS
// Linux was built from it, CentOS Stream is a little ahead of it.
func centosRelease(d inventory.Distro) release {
	r := redHatRelease(d)
	r.note = "CentOS " + major(d.Version) + " has no advisories of its own: those of Red Hat Enterprise Linux " + major(d.Version) + " are used"
	return r
}

// suseRelease names the products that SUSE's records speak of: packages of
// SLES 15 are filed under the module that ships them and, once general support
// has ended, under the LTSS product.
func suseRelease(d inventory.Distro) release {
	number, pack, _ := strings.Cut(majorMinor(d.Version), ".")
	switch {
	case number == "":
		return release{}
	case number == "11" || number == "12" || number == "15":
		if pack != "" && pack != "0" {
			number += " SP" + pack
		}
	case pack != "":
		number += "." + pack
	}
	var r release
	for _, product := range append(suseEditions(d.ID), "Module for Basesystem %s", "Module for Server Applications %s",
		"Module for Development Tools %s", "Module for Python 3 %s", "Module for Web and Scripting %s",
		"Module for Containers %s", "Module for Public Cloud %s", "Module for Legacy %s", "Module for Desktop Applications %s",
	) {
		r.extra = append(r.extra, "SUSE:Linux Enterprise "+fmt.Sprintf(product, number))
	}
	return r
}

// suseEditions are the products that an edition of SUSE Linux Enterprise is, with
// the service that follows general support.
func suseEditions(id string) []string {
	switch strings.ToLower(id) {
	case "sles_sap":
		return []string{"Server for SAP Applications %s", "Server %s"}
	case "sle_hpc":
		return []string{"High Performance Computing %s", "High Performance Computing %s-ESPOS", "High Performance Computing %s-LTSS"}
	case "sled":
		return []string{"Desktop %s", "Server %s"}
	}
	return []string{"Server %s", "Server %s-LTSS"}
}

func suseMicroRelease(d inventory.Distro) release {
	v := majorMinor(d.Version)
	if v == "" {
		return release{}
	}
	return release{extra: []string{"SUSE:Linux Enterprise Micro " + v, "SUSE:Linux Micro " + v}}
}

// openEulerRelease spells "openEuler:22.03-LTS-SP3" from PRETTY_NAME, "openEuler
// 22.03 (LTS-SP3)": VERSION_ID lacks the service pack.
func openEulerRelease(d inventory.Distro) release {
	v := majorMinor(d.Version)
	if v == "" {
		return release{}
	}
	if _, rest, ok := strings.Cut(d.Name, "("); ok {
		if pack, _, ok := strings.Cut(rest, ")"); ok && strings.HasPrefix(pack, "LTS") {
			v += "-" + strings.ReplaceAll(pack, " ", "-")
		}
	}
	return release{required: []string{"openEuler:" + v}}
}

func photonRelease(d inventory.Distro) release {
	v := majorMinor(d.Version)
	if v == "" {
		return release{}
	}
	if !strings.Contains(v, ".") {
		v += ".0"
	}
	return release{required: []string{"Photon OS:" + v}}
}
