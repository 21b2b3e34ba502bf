// Package inventory is what an image holds: its packages and its distribution,
// first as one Part for each layer, then merged into what is really installed.
//
// Nothing here knows how a package was found (that is package catalog) or
// whether it is vulnerable (that is package match).
package inventory

import "strings"

// Place is where something is in an image or in a file on its own. Layers are
// counted from 0 at the bottom; Path has no leading slash inside an image.
// Line, Column and EndLine count from 1 and are 0 where they mean nothing.
type Place struct {
	Layer   int    `json:"layer"`
	Path    string `json:"path"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	EndLine int    `json:"endLine,omitempty"`
}

// Ecosystem says how one kind of package is named and compared. A cataloger
// states it once; reports, purls, advisories and comparisons all follow it.
type Ecosystem struct {
	// Type is the purl type, "deb" or "npm"; it names the ecosystem everywhere.
	Type string
	// Advisories is the ecosystem's name in the OSV schema, "npm" or "PyPI".
	// It is empty where the distribution decides ("Debian:12").
	Advisories string
	// Scheme is the version scheme of package version, "deb" or "semver".
	Scheme string
}

// Package is one installed unit of software.
type Package struct {
	PURL      string `json:"purl"`
	Ecosystem string `json:"ecosystem"` // purl type: deb, apk, rpm, npm, pypi, golang, maven
	Name      string `json:"name"`      // as its ecosystem spells it: "@babel/core", "org.slf4j:slf4j-api"
	Version   string `json:"version"`   // with epoch where there is one, as its ecosystem writes it
	Arch      string `json:"arch,omitempty"`
	// Source is the source package that a distribution built this one from
	// (dpkg Source, apk origin, rpm SOURCERPM without version). Advisories of
	// distributions speak of source packages. Empty means the same as Name.
	Source string `json:"source,omitempty"`
	// SourceVersion is the version of Source where it differs from Version.
	SourceVersion string `json:"sourceVersion,omitempty"`
	// Module is the rpm modularity label, "nodejs:18:…", or empty.
	Module   string   `json:"module,omitempty"`
	Licenses []string `json:"licenses"`
	// Size is how many bytes it takes installed, as its package manager says; 0
	// where it does not.
	Size int64 `json:"size,omitempty"`
	// Owner names the distribution's package that installed this one, as
	// Debian's python3-requests owns the Python package requests.
	Owner string `json:"owner,omitempty"`
	At    Place  `json:"at"`
}

// SourceName is Source, or Name where the package was built from its own source.
func (p *Package) SourceName() string {
	if p.Source != "" {
		return p.Source
	}
	return p.Name
}

// SourceVer is SourceVersion, or Version where both are the same.
func (p *Package) SourceVer() string {
	if p.SourceVersion != "" {
		return p.SourceVersion
	}
	return p.Version
}

// Distro is the distribution of an image, from its os-release file.
type Distro struct {
	ID        string   `json:"id"`                  // os-release ID: debian, alpine, rhel
	Version   string   `json:"version"`             // VERSION_ID, or what stands in for it on a rolling release
	IDLike    []string `json:"idLike,omitempty"`    // os-release ID_LIKE
	Name      string   `json:"name,omitempty"`      // PRETTY_NAME
	Codename  string   `json:"codename,omitempty"`  // VERSION_CODENAME
	CPE       string   `json:"cpe,omitempty"`       // CPE_NAME
	Extended  string   `json:"extended,omitempty"`  // extended support in force: "esm", "eus"
	VariantID string   `json:"variantId,omitempty"` // VARIANT_ID
}

// String is the distribution as a person calls it, "debian 12".
func (d Distro) String() string { return strings.TrimSpace(d.ID + " " + d.Version) }

// Warning is something in an image that could not be read, or was read only in
// part. A scan goes on, and its report says so.
type Warning struct {
	At      Place  `json:"at"`
	Message string `json:"message"`
}

// Inventory is all that is installed in an image.
type Inventory struct {
	Distro   Distro    `json:"distro"`
	Packages []Package `json:"packages"` // ordered by ecosystem, name, version, path
	Warnings []Warning `json:"warnings"`
	// Notes are what checks have seen in files, by check, path and layer; also
	// those in files that an upper layer has removed or replaced.
	Notes []Note `json:"-"`
	// Disk is what is known of the image's file system.
	Disk *Disk `json:"-"`
}
