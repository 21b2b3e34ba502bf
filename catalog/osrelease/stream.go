package osrelease

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"regexp"
	"strings"

	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/walk"
)

// Where an image of Red Hat Enterprise Linux says which repositories its
// packages are from: the configuration of dnf and yum, and what Red Hat's build
// systems leave (https://github.com/containerbuildsystem/atomic-reactor,
// schemas/content_manifest.json).
const (
	repoFiles    = "etc/yum.repos.d/*.repo"
	manifests    = "root/buildinfo/content_manifests/*.json"
	contentSets  = "usr/share/buildinfo/content-sets.json"
	maxRepoBytes = 4 << 20
)

// isStreamFile tells the files that readStream reads.
func isStreamFile(p string) bool {
	return path.Ext(p) == ".repo" || strings.Contains(p, "buildinfo/")
}

// readStream notes that an image gets its packages from repositories of extended
// support. Like Ubuntu Pro's status, that names no distribution.
func readStream(_ context.Context, f *walk.File, part *inventory.Part) error {
	rec := part.File(f.Path)
	b, err := f.Bytes(maxRepoBytes)
	if err != nil {
		return fmt.Errorf("read a list of repositories: %w", err)
	}
	var ids []string
	if path.Ext(f.Path) == ".repo" {
		ids = enabled(string(b))
	} else {
		var manifest struct {
			Sets []string `json:"content_sets"`
		}
		if err := json.Unmarshal(b, &manifest); err != nil {
			return fmt.Errorf("read a list of repositories: %w", err)
		}
		ids = manifest.Sets
	}
	if s := streamOf(ids); s != "" {
		rec.Distro = &inventory.Distro{Extended: s}
	}
	return nil
}

// enabled are the repositories of a .repo file that are not switched off.
func enabled(text string) []string {
	var ids []string
	id, on := "", true
	end := func() {
		if id != "" && on {
			ids = append(ids, id)
		}
	}
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimSpace(line)
		if name, ok := strings.CutPrefix(line, "["); ok {
			end()
			id, _, _ = strings.Cut(name, "]")
			on = true
			continue
		}
		if key, value, ok := strings.Cut(line, "="); ok && strings.TrimSpace(key) == "enabled" {
			switch strings.ToLower(strings.TrimSpace(value)) {
			case "0", "no", "false", "off":
				on = false
			}
		}
	}
	end()
	return ids
}

// repository finds the repositories of the release itself, and the kind of
// support that outlives a minor release, where they are of one.
var repository = regexp.MustCompile(`(?i)\brhel-.*-(?:baseos|appstream|server)-(?:(eus|e4s|tus|aus|els)-)?(?:rhui-)?rpms`)

// streamOf is the extended support that some repositories are of, "eus" of
// "rhel-8-for-x86_64-baseos-eus-rpms__8_DOT_6". Where the plain repositories of
// the release are among them, whatever is newest there is installed: then none.
func streamOf(repositories []string) string {
	found := ""
	for _, id := range repositories {
		m := repository.FindStringSubmatch(id)
		switch {
		case m == nil: // of something that is installed on top
		case m[1] == "":
			return ""
		case found == "":
			found = strings.ToLower(m[1])
		}
	}
	return found
}
