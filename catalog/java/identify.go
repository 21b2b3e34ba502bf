package java

import (
	"cmp"
	"path"
	"strings"

	"github.com/package-url/packageurl-go"

	"github.com/plimsoll/plimsoll/inventory"
)

// identify lists the libraries that an archive is made of, without those in the
// archives inside. Maven's properties are believed; without any that fit the
// archive itself, its name and manifest are.
func (s *search) identify(a *archive, c *contents, where string) []inventory.Package {
	stated := s.stated(a, c, where)
	var m manifest
	if c.manifest != nil {
		m = parseManifest(s.bytes(a, c.manifest, where))
	}
	name := splitName(path.Base(where))
	self := -1
	for i := range stated {
		if name.fits(stated[i]) {
			self = i
			break
		}
	}
	if self < 0 && len(stated) == 1 && name.version == "" {
		self = 0 // a copy under another name, "app.jar"
	}
	if self < 0 && (len(stated) == 0 || name.version != "") {
		if guess := s.guess(name, m); guess.artifact != "" && guess.version != "" {
			stated = append(stated, guess)
			self = len(stated) - 1
		}
	}
	if self >= 0 && len(stated[self].licenses) == 0 {
		stated[self].licenses = m.licenses()
	}
	var all []inventory.Package
	seen := map[string]bool{}
	for _, x := range stated {
		p := x.library(where)
		if !seen[p.PURL] {
			seen[p.PURL] = true
			all = append(all, p)
		}
	}
	return all
}

// stated reads what Maven wrote into the archive: pom.properties, with the
// licences of the pom.xml beside it, and pom.xml where it stands alone.
func (s *search) stated(a *archive, c *contents, where string) []coordinates {
	poms := map[string]coordinates{}
	for i := range c.poms {
		pom := parsePOM(s.bytes(a, &c.poms[i], where))
		// The folders name it, and cannot be wrong in an archive of Maven's.
		folders := strings.Split(c.poms[i].name, "/")
		pom.group, pom.artifact = clean(folders[2]), clean(folders[3])
		poms[path.Dir(c.poms[i].name)] = pom
	}
	var all []coordinates
	for i := range c.properties {
		x := parseProperties(s.bytes(a, &c.properties[i], where))
		folder := path.Dir(c.properties[i].name)
		if pom, ok := poms[folder]; ok {
			x.licenses = pom.licenses
			delete(poms, folder)
		}
		all = append(all, x)
	}
	for i := range c.poms {
		if pom, ok := poms[path.Dir(c.poms[i].name)]; ok {
			all = append(all, pom)
		}
	}
	n := 0
	for _, x := range all {
		if x.group == "" {
			x.group = s.groups.known(x.artifact, x.version)
		}
		if x.group == "" || x.artifact == "" || x.version == "" {
			continue // not Maven's
		}
		all[n] = x
		n++
	}
	return all[:n]
}

// guess puts together what the archive's name and manifest say.
func (s *search) guess(name fileName, m manifest) coordinates {
	x := coordinates{artifact: name.artifact, version: name.version}
	if plugin := m.id(shortName); plugin != "" && m.id(pluginVersion) != "" {
		return coordinates{group: cmp.Or(m.id(groupID), "org.jenkins-ci.plugins"), artifact: plugin, version: m.id(pluginVersion)}
	}
	if known := s.groups.bundle(m.id(symbolicName), m[implementationTitle], name.artifact); known != "" &&
		(name.version == "" || s.groups.known(name.artifact, name.version) == "") {
		x.artifact = known // the file goes by another name
	}
	if x.version == "" {
		x.version = m.id(implementationVersion, bundleVersion, specificationVersion)
	}
	x.artifact = clean(x.artifact)
	x.group = cmp.Or(m.id(groupID), s.groups.known(x.artifact, x.version), prefix(m.id(symbolicName), x.artifact),
		dotted(m.id(implementationVendor)), prefix(m.id(moduleName), x.artifact), x.artifact)
	return x
}

// prefix is what stands before the artifact in a name such as
// "com.fasterxml.jackson.core.jackson-core".
func prefix(name, artifact string) string {
	group, ok := strings.CutSuffix(name, "."+artifact)
	if !ok {
		return ""
	}
	return dotted(group)
}

// dotted is s where it has the form of a group, "org.apache".
func dotted(s string) string {
	if !strings.Contains(s, ".") || strings.ContainsAny(s, "/:@") {
		return ""
	}
	return s
}

// library makes a package of coordinates.
func (x coordinates) library(where string) inventory.Package {
	name := x.artifact
	if x.group != "" {
		name = x.group + ":" + x.artifact
	}
	return inventory.Package{
		PURL:      packageurl.NewPackageURL(packageurl.TypeMaven, x.group, x.artifact, x.version, nil, "").ToString(),
		Ecosystem: packageurl.TypeMaven,
		Name:      name,
		Version:   x.version,
		Licenses:  x.licenses,
		At:        inventory.Place{Path: where},
	}
}
