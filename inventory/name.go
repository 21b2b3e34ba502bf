package inventory

import (
	"strings"

	"github.com/package-url/packageurl-go"
)

// name gives a package of a distribution its purl, which only now can be
// written: its namespace is the distribution. The purl types are those of the
// package-url specification.
func (p *Package) name(d Distro) {
	if p.PURL != "" {
		return
	}
	version, qualifiers := p.Version, map[string]string{}
	if p.Ecosystem == "rpm" {
		if epoch, rest, ok := strings.Cut(version, ":"); ok {
			version, qualifiers["epoch"] = rest, epoch
		}
	}
	if p.Arch != "" {
		qualifiers["arch"] = p.Arch
	}
	if d.ID != "" {
		qualifiers["distro"] = strings.TrimSuffix(d.ID+"-"+d.Version, "-")
	}
	p.PURL = packageurl.NewPackageURL(p.Ecosystem, vendor(d.ID), p.Name, version, packageurl.QualifiersFromMap(qualifiers), "").ToString()
}

// vendor is the purl namespace of a distribution, its os-release ID except
// where purls have always said something else.
func vendor(id string) string {
	switch {
	case id == "rhel":
		return "redhat"
	case strings.HasPrefix(id, "opensuse"):
		return "opensuse"
	case id == "sles" || id == "sled":
		return "suse"
	}
	return id
}
