package redhat

import (
	"net/url"
	"strings"
)

// component is a package as a product id and its purl name it.
type component struct {
	name, version string // version is "epoch:version-release", without an epoch of 0; empty where nothing is fixed
	module        string // "nodejs:18"
	source        bool   // the source package
}

// componentOf reads the package of a product: an rpm, or a module, which only
// lends its stream to the packages in it. Others have no name.
func componentOf(id, purl string) component {
	if purl == "" {
		// Packages without a fix had none before 2024: "kernel", "nodejs:18/nodejs".
		// They are sources.
		module, name, modular := strings.Cut(id, "/")
		switch {
		case !strings.ContainsAny(id, "/:"):
			return component{name: strings.TrimSuffix(id, sourceSuffix), source: true}
		case modular && strings.Count(module, ":") == 1 && !strings.ContainsAny(name, "/:"):
			return component{name: name, module: module, source: true}
		}
		return component{}
	}
	kind, name, version, qualifiers, ok := splitPURL(purl)
	if !ok {
		return component{}
	}
	values, err := url.ParseQuery(qualifiers)
	if err != nil {
		return component{}
	}
	switch kind {
	case "rpmmod":
		stream, _, _ := strings.Cut(version, ":")
		if module, of, ok := strings.Cut(name, ":"); ok {
			name, stream = module, of
		}
		if stream == "" {
			return component{}
		}
		return component{name: name, module: name + ":" + stream, source: true}
	case "rpm":
		c := component{name: name, version: version, source: values.Get("arch") == "src"}
		if epoch := epochOf(id, name, values.Get("epoch")); epoch != "" && version != "" {
			c.version = epoch + ":" + version
		}
		if parts := strings.SplitN(values.Get("rpmmod"), ":", 3); len(parts) >= 2 {
			c.module = parts[0] + ":" + parts[1]
		}
		return c
	}
	return component{}
}

// epochOf is the epoch of a package: its purl's, else that in the product id,
// "openssl-1:1.1.1k-12.el8_9.x86_64". It is empty for 0.
func epochOf(id, name, stated string) string {
	if stated == "" {
		rest, ok := strings.CutPrefix(id, name+"-")
		if !ok {
			return ""
		}
		stated, _, ok = strings.Cut(rest, ":")
		if !ok {
			return ""
		}
	}
	if strings.Trim(stated, "0123456789") != "" || strings.Trim(stated, "0") == "" {
		return ""
	}
	return stated
}

// splitPURL takes a purl of Red Hat apart: pkg:rpm/redhat/openssl@1.1.1k?arch=src.
func splitPURL(purl string) (kind, name, version, qualifiers string, ok bool) {
	rest, ok := strings.CutPrefix(purl, "pkg:")
	if !ok || len(purl) > 2000 {
		return "", "", "", "", false
	}
	rest, _, _ = strings.Cut(rest, "#")
	rest, qualifiers, _ = strings.Cut(rest, "?")
	kind, rest, ok = strings.Cut(rest, "/")
	rest, inside := strings.CutPrefix(rest, "redhat/")
	if !ok || !inside {
		return "", "", "", "", false
	}
	rest, version, _ = strings.Cut(rest, "@")
	name, err := url.PathUnescape(rest)
	if err != nil || name == "" || strings.Contains(name, "/") {
		return "", "", "", "", false
	}
	if version, err = url.PathUnescape(version); err != nil {
		return "", "", "", "", false
	}
	return kind, name, version, qualifiers, true
}
