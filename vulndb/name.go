package vulndb

import "strings"

// NormalName is a package name as it is stored and looked up: two spellings
// have the same one where their registry takes them for the same package, and
// no two packages of a registry share one. docs/matching.md lists by whose word.
func NormalName(ecosystem, name string) string {
	switch Family(ecosystem) {
	case "PyPI":
		return pep503(name)
	case "crates.io":
		return strings.ReplaceAll(strings.ToLower(name), "_", "-")
	case "NuGet", "Packagist", "Hex", "Pub", "GitHub Actions", "VSCode":
		return strings.ToLower(name)
	case "SwiftURL":
		return repository(name)
	}
	return name
}

// pep503 lowers a Python package name and folds each run of "-", "_" and "."
// to one "-".
func pep503(name string) string {
	var b strings.Builder
	dash := false
	for _, c := range []byte(strings.ToLower(name)) {
		if c == '-' || c == '_' || c == '.' {
			dash = true
			continue
		}
		if dash {
			b.WriteByte('-')
			dash = false
		}
		b.WriteByte(c)
	}
	if dash {
		b.WriteByte('-')
	}
	return b.String()
}

// repository is the place of a Swift package as its package manager compares
// it: in lower case, without scheme, user and ".git".
func repository(url string) string {
	url = strings.ToLower(url)
	if _, rest, ok := strings.Cut(url, "://"); ok {
		url = rest
	} else if host, path, ok := strings.Cut(url, ":"); ok && strings.Contains(host, "@") {
		url = host + "/" + path // as ssh writes it: git@github.com:apple/swift-nio.git
	}
	host, path, _ := strings.Cut(url, "/")
	if _, bare, ok := strings.Cut(host, "@"); ok {
		host = bare
	}
	path = strings.TrimSuffix(strings.TrimRight(path, "/"), ".git")
	return strings.TrimSuffix(host+"/"+path, "/")
}
