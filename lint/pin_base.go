package lint

import (
	"strings"

	"github.com/plimsoll/plimsoll/inventory"
)

// fit is how well a report suits a stage, by the image that this starts from.
type fit int

const (
	unlikely fit = iota // the image is plainly of another distribution or release
	likely              // its name does not tell
	certain             // it is the same release of the same distribution
)

// fits holds the name of a base image against the distribution of the image that
// was built: packages of another release are in other versions.
func (i *builtImage) fits(base string) fit {
	id, release := distroImage(base)
	if id == "" || i.distro.ID == "" {
		return likely
	}
	if id != i.distro.ID {
		return unlikely
	}
	if release == "" {
		return likely
	}
	if release[0] < '0' || release[0] > '9' {
		switch {
		case i.distro.Codename == "":
			return likely
		case release != strings.ToLower(i.distro.Codename):
			return unlikely
		}
		return certain
	}
	switch {
	case i.distro.Version == "" || len(release) >= len("20240101") && !strings.Contains(release, "."):
		return likely // a day
	case !sameRelease(release, i.distro):
		return unlikely
	}
	return certain
}

// sameRelease compares as far as both go: "12.5" is a "12".
func sameRelease(release string, d inventory.Distro) bool {
	a, b := strings.Split(release, "."), strings.Split(d.Version, ".")
	for n := range min(len(a), len(b)) {
		if a[n] != b[n] {
			return false
		}
	}
	return true
}

// distroImage is the os-release ID of the distribution that an image is named
// for, and its release: a number or a code name, empty where the tag names none.
// Both are empty for other images.
func distroImage(image string) (id, release string) {
	image, _, _ = strings.Cut(strings.ToLower(image), "@")
	name := image[strings.LastIndexByte(image, '/')+1:]
	name, tag, _ := strings.Cut(name, ":")
	release, _, _ = strings.Cut(tag, "-")
	switch name {
	case "debian", "ubuntu", "alpine", "fedora", "centos", "almalinux", "photon":
		id = name
	case "rockylinux":
		id = "rocky"
	case "amazonlinux":
		id = "amzn"
	case "oraclelinux":
		id = "ol"
	case "leap":
		id = "opensuse-leap"
	case "tumbleweed":
		return "opensuse-tumbleweed", ""
	case "ubi8", "ubi9", "ubi10", "ubi8-minimal", "ubi9-minimal", "ubi10-minimal":
		name, _, _ = strings.Cut(name, "-")
		return "rhel", strings.TrimPrefix(name, "ubi")
	default:
		return "", ""
	}
	switch release {
	case "latest", "stable", "oldstable", "testing", "unstable", "sid", "rolling", "devel", "edge", "rawhide", "stream", "base", "minimal":
		release = ""
	}
	if strings.ContainsAny(release, "$") || strings.HasPrefix(release, "stream") {
		release = ""
	}
	return id, release
}
