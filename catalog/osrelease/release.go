package osrelease

import (
	"strings"

	"github.com/plimsoll/plimsoll/inventory"
)

// names are how release files begin, and the os-release ID of who writes so.
// A longer name stands before a shorter one that it begins with.
func names() []struct{ prefix, id string } {
	return []struct{ prefix, id string }{
		{"red hat enterprise linux", "rhel"},
		{"red hat linux", "redhat"},
		{"centos", "centos"},
		{"rocky linux", "rocky"},
		{"almalinux", "almalinux"},
		{"alma linux", "almalinux"},
		{"scientific linux", "scientific"},
		{"oracle linux", "ol"},
		{"enterprise linux", "ol"}, // Oracle's first name for it
		{"amazon linux", "amzn"},
		{"fedora", "fedora"},
		{"vmware photon", "photon"},
		{"photon", "photon"},
		{"cbl-mariner", "mariner"},
		{"azure linux", "azurelinux"},
		{"microsoft azure linux", "azurelinux"},
		{"suse linux enterprise desktop", "sled"},
		{"suse linux enterprise", "sles"},
		{"opensuse leap", "opensuse-leap"},
		{"opensuse tumbleweed", "opensuse-tumbleweed"},
		{"opensuse", "opensuse"},
		{"gentoo", "gentoo"},
		{"openeuler", "openeuler"},
		{"euleros", "euleros"},
		{"alibaba cloud linux", "alinux"},
		{"anolis os", "anolis"},
		{"cloudlinux", "cloudlinux"},
		{"virtuozzo", "virtuozzo"},
		{"mandriva", "mandriva"},
		{"mageia", "mageia"},
	}
}

// identify gives the os-release ID of a distribution's full name, and what
// follows the name.
func identify(name string) (id, rest string) {
	lower := strings.ToLower(name)
	for _, n := range names() {
		if strings.HasPrefix(lower, n.prefix) && len(lower) == len(name) {
			return n.id, name[len(n.prefix):]
		}
	}
	return "", name
}

// family is what a distribution's own os-release gives for ID_LIKE, for those
// whose older releases had no os-release.
func family(id string) []string {
	switch id {
	case "centos", "rocky", "almalinux", "scientific", "cloudlinux", "virtuozzo":
		return []string{"rhel", "fedora"}
	case "rhel", "ol":
		return []string{"fedora"}
	case "amzn":
		return []string{"rhel", "fedora"}
	case "ubuntu":
		return []string{"debian"}
	case "sles", "sled", "opensuse", "opensuse-leap", "opensuse-tumbleweed":
		return []string{"suse"}
	}
	return nil
}

// fromRelease reads the line of redhat-release and its like:
// "CentOS release 5.7 (Final)", "VMware Photon OS 3.0", "CBL-Mariner 2.0.20220527".
func fromRelease(line string) inventory.Distro {
	id, rest := identify(line)
	if id == "" {
		return inventory.Distro{}
	}
	d := inventory.Distro{ID: id, IDLike: family(id), Name: line}
	for word := range strings.FieldsSeq(rest) {
		if word[0] >= '0' && word[0] <= '9' {
			d.Version, _, _ = strings.Cut(word, "/") // "1.0/Revision 62"
			break
		}
	}
	if id == "mariner" || id == "azurelinux" {
		d.Version = fields(d.Version, ".", 2) // the third is the date of the build
	}
	if _, name, ok := strings.Cut(line, "("); ok {
		d.Codename, _, _ = strings.Cut(name, ")")
	}
	if d.Version == "" {
		d.Version = d.Codename // "Fedora release (Rawhide)"
	}
	return d
}

// fields keeps the first n fields of s.
func fields(s, separator string, n int) string {
	parts := strings.Split(s, separator)
	return strings.Join(parts[:min(n, len(parts))], separator)
}

// fromSuSE reads SuSE-release: a name, then VERSION, PATCHLEVEL and CODENAME.
// SUSE writes service pack 4 of 11 as "11.4" in later os-release files.
func fromSuSE(line string, v map[string]string) inventory.Distro {
	id, _ := identify(line)
	if id == "" {
		return inventory.Distro{}
	}
	d := inventory.Distro{ID: id, IDLike: family(id), Name: line, Version: v["VERSION"], Codename: v["CODENAME"]}
	if level := v["PATCHLEVEL"]; level != "" && level != "0" && d.Version != "" {
		d.Version += "." + level
	}
	return d
}

// fromCPE reads system-release-cpe, "cpe:/o:centos:linux:6:GA" or the newer
// "cpe:2.3:o:amazon:amazon_linux:2".
func fromCPE(line string) inventory.Distro {
	rest, ok := strings.CutPrefix(line, "cpe:2.3:o:")
	if !ok {
		rest, ok = strings.CutPrefix(line, "cpe:/o:")
	}
	parts := strings.Split(rest, ":")
	if !ok || len(parts) < 3 {
		return inventory.Distro{}
	}
	id := parts[0]
	switch id {
	case "redhat":
		id = "rhel"
	case "fedoraproject":
		id = "fedora"
	case "oracle":
		id = "ol"
	case "amazon":
		id = "amzn"
	case "scientificlinux":
		id = "scientific"
	}
	return inventory.Distro{ID: id, IDLike: family(id), Name: id, Version: parts[2], CPE: line}
}
