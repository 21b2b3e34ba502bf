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
	"-glib-doc", "-errmsg", "-cxx", "-static-devel", "-javadoc", "-demo-fastdebug", "-idle", "-test", "-tkinter",
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
// out the package itself.
func (s *search) lookAside(from Advisories, ecosystem string) error {
	var known []string
	for record, err := range from.Lookup(vulndb.Key{Ecosystem: ecosystem, Name: s.name}) {
		if err != nil {
			return err
		}
		known = append(known, record.ID)
	}
	for _, name := range s.others() {
		key := vulndb.Key{Ecosystem: ecosystem, Name: name}
		for record, err := range from.Lookup(key) {
			if err != nil {
				return err
			}
			if s.about(component(record.Summary), name) && record.Withdrawn.IsZero() && !slices.Contains(known, record.ID) {
				known = append(known, record.ID)
				s.judge(record, key, s.version)
			}
		}
	}
	return nil
}

// others are names that other packages of the source may have.
func (s *search) others() []string {
	names := make([]string, 0, len(siblings)+1)
	for _, ending := range siblings {
		if name := s.source + ending; name != s.name {
			names = append(names, name)
		}
	}
	if module, ok := strings.CutPrefix(s.source, "python-"); ok && s.name != "python3-"+module {
		names = append(names, "python3-"+module)
	}
	return names
}

// about tells whether a record that names a sibling is about the source: its
// summary says so or, of headers and static libraries, which are sure to be of the
// source, names it in part ("dnf" for libdnf). One for many sources ("GNOME") lists
// the vulnerabilities of all under each.
func (s *search) about(component, sibling string) bool {
	sure := sibling == s.source+"-devel" || sibling == s.source+"-static"
	return component == s.source || sure && len(component) > 2 && strings.Contains(s.source, component)
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
