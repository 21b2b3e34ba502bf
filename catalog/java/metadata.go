package java

import (
	"bufio"
	"bytes"
	"encoding/xml"
	"io"
	"strings"

	"github.com/plimsoll/plimsoll/catalog"
)

// maxValue is the length in bytes of the longest value that is taken from a
// manifest, a properties file or a pom.xml.
const maxValue = 256

// coordinates name a library as Maven does.
type coordinates struct {
	group, artifact, version string
	licenses                 []string
}

// parseProperties reads a pom.properties: lines of "key=value" or "key: value",
// with comments after "#" and "!" (java.util.Properties, without escapes beyond
// those that the three keys may need).
func parseProperties(b []byte) coordinates {
	var c coordinates
	in := bufio.NewScanner(bytes.NewReader(b))
	in.Buffer(nil, maxSmall+1)
	for in.Scan() {
		line := strings.TrimSpace(in.Text())
		if line == "" || line[0] == '#' || line[0] == '!' {
			continue
		}
		at := strings.IndexAny(line, "=:")
		if at < 0 {
			continue
		}
		value := strings.ReplaceAll(strings.TrimSpace(line[at+1:]), `\`, "")
		c.set(strings.TrimSpace(line[:at]), value)
	}
	return c
}

// set takes a value under its name in pom.properties and pom.xml, and passes
// over other names.
func (x *coordinates) set(key, value string) {
	switch key {
	case "groupId":
		x.group = clean(value)
	case "artifactId":
		x.artifact = clean(value)
	case "version":
		x.version = clean(value)
	}
}

// clean empties a value that was never filled in ("${project.version}") or that
// cannot be a name or a version.
func clean(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > maxValue || strings.ContainsAny(s, "${}%") || !catalog.IsWord(s) {
		return ""
	}
	return s
}

// manifest is the main section of a META-INF/MANIFEST.MF: the values of
// attributes by their names as below.
type manifest map[string]string

// The attributes that are read. Those of Jenkins plug-ins come last.
const (
	implementationTitle   = "Implementation-Title"
	implementationVersion = "Implementation-Version"
	implementationVendor  = "Implementation-Vendor-Id"
	specificationVersion  = "Specification-Version"
	symbolicName          = "Bundle-SymbolicName"
	bundleVersion         = "Bundle-Version"
	bundleLicense         = "Bundle-License"
	moduleName            = "Automatic-Module-Name"
	shortName             = "Short-Name"
	groupID               = "Group-Id"
	pluginVersion         = "Plugin-Version"
)

var attributes = []string{
	implementationTitle, implementationVersion, implementationVendor, specificationVersion,
	symbolicName, bundleVersion, bundleLicense, moduleName, shortName, groupID, pluginVersion,
}

// maxAttribute is the length in bytes up to which an attribute is continued.
const maxAttribute = 8 << 10

// parseManifest reads the main section of a manifest: "Name: value" with lines
// of 72 bytes continued by a leading blank (JAR File Specification). Names of
// attributes match in any case. Sections on single files are passed over.
func parseManifest(b []byte) manifest {
	m := manifest{}
	b = bytes.TrimLeft(bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")), "\r\n")
	key := ""
	for len(b) > 0 {
		var line []byte
		line, b, _ = bytes.Cut(b, []byte("\n"))
		line = bytes.TrimSuffix(line, []byte("\r"))
		if len(line) == 0 {
			break
		}
		if line[0] == ' ' {
			if value := m[key]; value != "" && len(value) < maxAttribute {
				m[key] = value + string(line[1:])
			}
			continue
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		key = ""
		for _, a := range attributes {
			if strings.EqualFold(a, string(bytes.TrimSpace(name))) {
				key = a
				m[key] = string(bytes.TrimSpace(value))
			}
		}
	}
	return m
}

// id is the first of the named attributes that can be a name or a version.
func (m manifest) id(names ...string) string {
	for _, name := range names {
		// Directives may follow: "org.slf4j.api;singleton:=true".
		value, _, _ := strings.Cut(m[name], ";")
		if value = clean(value); value != "" {
			return value
		}
	}
	return ""
}

// licenses are those of the attribute Bundle-License: names or addresses, each
// with attributes of its own after a semicolon (OSGi Core, 3.2.1.10).
func (m manifest) licenses() []string {
	var all []string
	quoted := false
	for _, one := range strings.FieldsFunc(m[bundleLicense], func(r rune) bool {
		quoted = quoted != (r == '"')
		return r == ',' && !quoted
	}) {
		name, _, _ := strings.Cut(one, ";")
		if name = license(strings.Trim(strings.TrimSpace(name), `"`)); name != "" && name != "<<EXTERNAL>>" {
			all = append(all, name)
		}
	}
	return all
}

// license gives the SPDX identifier behind the addresses that manifests state
// most often, else the text itself.
func license(s string) string {
	address := strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(strings.ToLower(s), "http://"), "https://"), "www.")
	switch strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(address, "/"), ".txt"), ".html") {
	case "apache.org/licenses/license-2.0", "opensource.org/licenses/apache-2.0", "opensource.org/licenses/apache2.0.php":
		return "Apache-2.0"
	case "opensource.org/licenses/mit", "opensource.org/licenses/mit-license.php":
		return "MIT"
	case "eclipse.org/legal/epl-v10", "eclipse.org/org/documents/epl-v10.php", "opensource.org/licenses/eclipse-1.0.php":
		return "EPL-1.0"
	case "eclipse.org/legal/epl-2.0", "eclipse.org/legal/epl-v20":
		return "EPL-2.0"
	case "opensource.org/licenses/bsd-3-clause":
		return "BSD-3-Clause"
	}
	if len(s) > maxValue {
		return ""
	}
	return s
}

// parsePOM reads the coordinates and the licences of a pom.xml. Group and
// version are those of the parent where the project states none of its own.
func parsePOM(b []byte) coordinates {
	const maxElements, maxLicenses = 64, 16
	var own, parent coordinates
	d := xml.NewDecoder(bytes.NewReader(b))
	d.Strict = false
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	var names []string
	for {
		token, err := d.Token()
		if err != nil {
			break // the rest is broken; what was found is true all the same
		}
		switch token := token.(type) {
		case xml.StartElement:
			if names = append(names, token.Name.Local); len(names) > maxElements {
				return own
			}
		case xml.EndElement:
			if len(names) > 0 {
				names = names[:len(names)-1]
			}
		case xml.CharData:
			if len(names) < 2 || len(names) > 4 {
				continue
			}
			text := string(bytes.TrimSpace(token))
			element := strings.Join(names[1:], "/")
			if element == "licenses/license/name" && text != "" && len(own.licenses) < maxLicenses {
				own.licenses = append(own.licenses, license(text))
			}
			if key, ok := strings.CutPrefix(element, "parent/"); ok {
				parent.set(key, text)
			} else {
				own.set(element, text)
			}
		}
	}
	if own.group == "" {
		own.group = parent.group
	}
	if own.version == "" {
		own.version = parent.version
	}
	return own
}
