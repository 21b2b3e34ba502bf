package image

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// The sources that a reference may begin with.
const (
	sourceDocker        = "docker"
	sourcePodman        = "podman"
	sourceContainerd    = "containerd"
	sourceRegistry      = "registry"
	sourceDockerArchive = "docker-archive"
	sourceOCI           = "oci"
	sourceOCIArchive    = "oci-archive"
	sourceDir           = "dir"
	sourceSBOM          = "sbom" // read by package sbom, known here for its error
)

// Sources lists the kinds of places that images are opened from, each of which
// may stand before a reference with a colon, as in "docker-archive:shop.tar".
func Sources() []string {
	return []string{
		sourceDocker, sourcePodman, sourceContainerd, sourceRegistry,
		sourceDockerArchive, sourceOCI, sourceOCIArchive, sourceDir,
	}
}

// parseReference splits what the user wrote into the source, empty where none
// is named, and the name there.
func parseReference(ref string) (source, name string, err error) {
	if strings.TrimSpace(ref) == "" {
		return "", "", fmt.Errorf("no image is named")
	}
	if strings.ContainsRune(ref, 0) {
		return "", "", fmt.Errorf("%q is not a reference", ref)
	}
	source, name, ok := strings.Cut(ref, ":")
	switch {
	case ok && source == sourceSBOM:
		return "", "", fmt.Errorf("%s is a list of packages and no image; images are opened from %s", ref, strings.Join(Sources(), ":, ")+":")
	case !ok || !slices.Contains(Sources(), source):
		return "", ref, nil
	case name == "":
		return "", "", fmt.Errorf("%q names nothing behind the colon", ref)
	}
	return source, name, nil
}

// splitPath separates a path from the image's name in it: PATH, PATH:TAG or
// PATH@sha256:…, of which the latter two are tried only where the whole is no
// path. The "@" stays with the digest.
func splitPath(s string) (path, name string) {
	if exists(s) {
		return s, ""
	}
	for n, c := range s {
		if n == 0 || c != ':' && c != '@' || !exists(s[:n]) {
			continue
		}
		if c == '@' {
			return s[:n], s[n:]
		}
		return s[:n], s[n+1:]
	}
	return s, ""
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// looksLikePath tells that a reference without a prefix cannot be the name of
// an image elsewhere, or most likely is not.
func looksLikePath(ref string) bool {
	for _, end := range []string{".tar", ".tar.gz", ".tgz", ".tar.zst", ".json"} {
		if strings.HasSuffix(ref, end) {
			return true
		}
	}
	return ref == "." || ref == ".." || filepath.IsAbs(ref) ||
		strings.HasPrefix(ref, "./") || strings.HasPrefix(ref, "../") || strings.HasPrefix(ref, "~") || strings.Contains(ref, `\`)
}
