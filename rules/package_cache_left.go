package rules

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/walk"
)

func packageCacheLeft() rule.Rule {
	return rule.Rule{
		ID:    "package-cache-left",
		Title: "The cache of a package manager is in the image",
		Why: "It only holds what was downloaded and is installed by now, so the image is larger for nothing, and slower to push and to start. " +
			"A later layer cannot take it away again. " +
			"Clean up in the same RUN, or keep the cache out of the image with RUN --mount=type=cache.",
		Bad:      "-rw-r--r-- 0 0 17000000 root/.cache/pip/http/a/b/c\n",
		Good:     "drwxr-xr-x 0 0 0 root/.cache\n",
		Severity: finding.Low,
		Since:    "2026.1",
		Entry: func(e *walk.Entry) *inventory.Note {
			if e.Size == 0 || !e.Mode.IsRegular() {
				return nil
			}
			if c := cacheOf(e.Path); c != nil && !isCacheRemainder(e.Path) {
				return &inventory.Note{Same: c.manager, Value: c.remedy, Size: e.Size}
			}
			return nil
		},
		Image: func(im *rule.Image) {
			all := gather(im.Notes(), func(n *inventory.Note) string { return inLayer(n, n.Same) })
			reportGroups(im, all, func(g *gathering) rule.Found {
				n := g.first
				f := rule.Found{At: inventory.Place{Layer: n.Layer, Path: cacheDirectory(n.Path)}, Message: fmt.Sprintf("%s of %s in %s. Against it: %s.",
					bytesOf(g.size), n.Same, counted(g.files, "file"), n.Value)}
				if g.size < 1e6 {
					f.Severity = finding.Info
				}
				return f
			})
		},
	}
}

// packageCache is where a package manager keeps what it has downloaded.
type packageCache struct {
	manager, dir, remedy string
}

//go:embed package_caches.csv
var cacheTable string

// cacheIndex finds caches: those at one place by their directory, those anywhere
// by the last name of theirs.
type cacheIndex struct {
	fixed map[string][]packageCache // by the first name
	loose map[string][]packageCache // by the first name after **/
}

var cacheTables = sync.OnceValue(func() *cacheIndex {
	t := &cacheIndex{map[string][]packageCache{}, map[string][]packageCache{}}
	for line := range strings.Lines(cacheTable) {
		f := strings.SplitN(strings.TrimSpace(line), ",", 3)
		if len(f) != 3 || line[0] == '#' {
			continue
		}
		dir, anywhere := strings.CutPrefix(f[1], "**/")
		first, _, _ := strings.Cut(dir, "/")
		into := t.fixed
		if anywhere {
			into = t.loose
		}
		into[first] = append(into[first], packageCache{f[0], dir, f[2]})
	}
	return t
})

// cacheOf finds the cache that a path is in. It is asked of every file, so what
// nearly all paths lack is looked for first: a hidden directory.
func cacheOf(p string) *packageCache {
	t := cacheTables()
	first, _, _ := strings.Cut(p, "/")
	if first == "var" || first == "etc" || first == "usr" {
		if c := cacheIn(t.fixed[first], p); c != nil {
			return c
		}
	}
	if first != "" && first[0] == '.' || first == "go" {
		if c := cacheIn(t.loose[first], p); c != nil {
			return c
		}
	}
	for at := 0; ; {
		i := strings.Index(p[at:], "/.")
		if i < 0 {
			break
		}
		at += i + 1
		name, _, _ := strings.Cut(p[at:], "/")
		if c := cacheIn(t.loose[name], p[at:]); c != nil {
			return c
		}
	}
	for _, mark := range [...]string{"/pkg/mod/cache/", "/registry/", "/pkgs/"} {
		i := strings.Index(p, mark)
		if i < 0 {
			continue
		}
		i = strings.LastIndexByte(p[:i], '/') + 1
		name, _, _ := strings.Cut(p[i:], "/")
		if c := cacheIn(t.loose[name], p[i:]); c != nil {
			return c
		}
	}
	return nil
}

func cacheIn(all []packageCache, p string) *packageCache {
	for i := range all {
		if strings.HasPrefix(p, all[i].dir) {
			return &all[i]
		}
	}
	return nil
}

// isCacheRemainder knows the files that managers keep in a clean cache: locks,
// marks and sources unpacked to be read.
func isCacheRemainder(p string) bool {
	switch baseOf(p) {
	case "lock", "CACHEDIR.TAG", ".gitignore", ".package-cache", ".cargo-ok", "cache.lock", "expired_solvfile", "tempfiles.json":
		return true
	}
	return false
}

// cacheDirectory is the directory of the cache that a path is in.
func cacheDirectory(p string) string {
	if c := cacheOf(p); c != nil {
		if i := strings.Index(p, c.dir); i >= 0 {
			return p[:i+len(c.dir)-1]
		}
	}
	return p
}
