package match

import (
	"slices"
	"strings"

	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/vulndb"
)

// siblings are the endings of packages that AlmaLinux's advisories name where
// they leave out others of the same source. Many of version 8 and of version 10
// list only what is in one of the repositories, as libxml2-devel for libxml2, or
// only what is the same on all architectures, as kernel-doc for the kernel.
var siblings = [...]string{
	"", "-devel", "-libs", "-doc", "-docs", "-common", "-static", "-utils", "-tools", "-build", "-data", "-html", "-manual", "-debug",
	"-askpass", "-filesystem", "-libs-devel", "-tools-libs-devel", "-abi-stablelists", "-abi-whitelists", "-tests", "-src", "-docker",
	"-glib-doc", "-errmsg", "-cxx", "-static-devel", "-javadoc", "-demo-fastdebug",
}

// sourceOf is the source of a package whose siblings speak for it too: they have
// its version, but for an epoch that the name of a source rpm does not tell.
func sourceOf(pkg *inventory.Package) string {
	if withoutEpoch(pkg.SourceVer()) != withoutEpoch(pkg.Version) {
		return ""
	}
	return pkg.SourceName()
}

func withoutEpoch(v string) string {
	if _, bare, ok := strings.Cut(v, ":"); ok {
		return bare
	}
	return v
}

// lookAside judges by the records on other packages of the same source that leave
// out the package itself. What its headers and static libraries are built from is
// sure; of other names a record must say that it is about the source.
func (s *search) lookAside(from Advisories, ecosystem string) error {
	var known []string
	for record, err := range from.Lookup(vulndb.Key{Ecosystem: ecosystem, Name: s.name}) {
		if err != nil {
			return err
		}
		known = append(known, record.ID)
	}
	for _, ending := range siblings {
		key := vulndb.Key{Ecosystem: ecosystem, Name: s.source + ending}
		if key.Name == s.name {
			continue
		}
		for record, err := range from.Lookup(key) {
			if err != nil {
				return err
			}
			about := ending == "-devel" || ending == "-static" || component(record.Summary) == s.source
			if about && record.Withdrawn.IsZero() && !slices.Contains(known, record.ID) {
				known = append(known, record.ID)
				s.judge(record, key, s.version)
			}
		}
	}
	return nil
}

// component is what AlmaLinux's and Red Hat's summaries say is updated: "libxml2"
// of "Moderate: libxml2 security update".
func component(summary string) string {
	if _, rest, ok := strings.Cut(summary, ": "); ok {
		summary = rest
	}
	word, _, _ := strings.Cut(summary, " ")
	return strings.TrimSuffix(word, ",")
}
