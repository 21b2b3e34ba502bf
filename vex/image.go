package vex

import (
	"slices"
	"strings"
)

// Image says how the image is known that is judged.
type Image struct {
	// Digests of its manifest, its index and its configuration, as far as known:
	// "sha256:…".
	Digests []string
	// Names are the references that it goes by: "ghcr.io/shop/web:1.4".
	Names []string
	// Platform is os/arch[/variant].
	Platform string
	// CPE is the CPE_NAME of its distribution.
	CPE string
}

// is tells whether an identifier means the image.
func (id *Identifier) is(img *Image) bool {
	for _, d := range id.Digests {
		if slices.Contains(img.Digests, d) {
			return true
		}
	}
	if slices.ContainsFunc(id.PURLs, img.has) {
		return true
	}
	return id.Name != "" && img.named(id.Name)
}

// has tells whether a purl of type oci or docker means the image. A digest is
// enough: it is the content. Without one the name must be right, and all of
// repository, tag and architecture that the purl has.
func (img *Image) has(p PURL) bool {
	if !p.isImage() {
		return false
	}
	version := p.Version
	if strings.Contains(version, ":") {
		return slices.Contains(img.Digests, version)
	}
	if !slices.ContainsFunc(img.Names, func(name string) bool { return p.names(name, version) }) {
		return false
	}
	parts := strings.Split(img.Platform+"//", "/")
	for name, want := range p.qualifiers {
		switch name {
		case "repository_url", "tag":
		case "os":
			if want != parts[0] {
				return false
			}
		case "arch":
			if want != parts[1] {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// names tells whether an image purl without a digest fits a reference.
func (p *PURL) names(reference, version string) bool {
	repository, tag, _ := splitReference(reference)
	path := p.Name
	if p.Namespace != "" {
		path = strings.ToLower(p.Namespace) + "/" + path
	}
	if repository != path && !strings.HasSuffix(repository, "/"+path) {
		return false
	}
	if version != "" && version != tag || p.qualifiers["tag"] != "" && p.qualifiers["tag"] != tag {
		return false
	}
	host := p.qualifiers["repository_url"]
	if host == "" {
		return true
	}
	// The purl specification wants the whole repository here; some leave the
	// name out.
	host, _, _ = splitReference(host)
	return repository == host || repository == host+"/"+path
}

// named tells whether a plain name means the image: a digest, or a reference
// whose tag and digest, if it has them, are the image's.
func (img *Image) named(name string) bool {
	if slices.Contains(img.Digests, strings.ToLower(name)) {
		return true
	}
	repository, tag, digest := splitReference(name)
	if repository == "" || digest != "" && !slices.Contains(img.Digests, digest) {
		return false
	}
	return slices.ContainsFunc(img.Names, func(have string) bool {
		r, t, _ := splitReference(have)
		return r == repository && (tag == "" && (digest != "" || !strings.Contains(name, "://")) || t == tag)
	})
}

// splitReference takes a reference of an image apart, with the names of Docker's
// own registry made one.
func splitReference(ref string) (repository, tag, digest string) {
	for _, scheme := range [...]string{"docker://", "oci://", "https://", "http://", "registry:", "docker:", "podman:", "containerd:"} {
		ref = strings.TrimPrefix(ref, scheme)
	}
	ref, digest, _ = strings.Cut(ref, "@")
	if colon := strings.LastIndexByte(ref, ':'); colon > strings.LastIndexByte(ref, '/') {
		ref, tag = ref[:colon], ref[colon+1:]
	}
	ref = strings.ToLower(strings.Trim(ref, "/"))
	host, path, deep := strings.Cut(ref, "/")
	switch {
	case host == "index.docker.io" || host == "registry-1.docker.io":
		host = "docker.io"
	case ref != "" && (!deep || !strings.ContainsAny(host, ".:") && host != "localhost"):
		host, path, deep = "docker.io", ref, true
	}
	if host == "docker.io" && deep && !strings.Contains(path, "/") && path != "library" {
		path = "library/" + path
	}
	if deep {
		ref = host + "/" + path
	} else {
		ref = host
	}
	return ref, tag, strings.ToLower(digest)
}

// runs tells whether an identifier is the operating system of the image, by its
// CPE: vendor and product are equal, and the image's version is the one named or
// a minor release of it.
func (id *Identifier) runs(img *Image) bool {
	have, ok := splitCPE(img.CPE)
	return ok && slices.ContainsFunc(id.CPEs, func(cpe string) bool {
		want, ok := splitCPE(cpe)
		return ok && want[0] == have[0] && want[1] == have[1] &&
			(want[2] == "" || want[2] == have[2] || strings.HasPrefix(have[2], want[2]+"."))
	})
}

// splitCPE gives vendor, product and version of a CPE of either notation.
func splitCPE(cpe string) (parts [3]string, ok bool) {
	cpe = strings.ToLower(cpe)
	rest, is23 := strings.CutPrefix(cpe, "cpe:2.3:")
	if !is23 {
		if rest, ok = strings.CutPrefix(cpe, "cpe:/"); !ok {
			return parts, false
		}
	}
	fields := strings.Split(rest, ":")
	if len(fields) < 3 {
		return parts, false
	}
	copy(parts[:], fields[1:])
	for i, p := range parts {
		if p == "*" || p == "-" {
			parts[i] = ""
		}
	}
	return parts, parts[0] != "" && parts[1] != ""
}
