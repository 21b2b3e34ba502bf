package rules

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/rule"
)

// baseOf is the last name of a path as layers have it.
func baseOf(p string) string { return p[strings.LastIndexByte(p, '/')+1:] }

// dirOf is the directory of a path, empty for what is in the root.
func dirOf(p string) string { return p[:max(0, strings.LastIndexByte(p, '/'))] }

// topOf is the first n names of a path, or the path's directory where that is
// shorter: what a message names in place of all that is below.
func topOf(p string, n int) string {
	for i := range len(p) {
		if p[i] != '/' {
			continue
		}
		if n--; n == 0 {
			return p[:i]
		}
	}
	return dirOf(p)
}

// linkTarget is where a link at from leads, from the image's root. What climbs
// out of it stays at the root, as in a container.
func linkTarget(from, target string) string {
	if !strings.HasPrefix(target, "/") {
		target = path.Join("/", dirOf(from), target)
	}
	return path.Clean(target)[1:]
}

// isBelowAny tells whether a path is below one of the directories, which are
// given with a slash at the end.
func isBelowAny(p string, dirs ...string) bool {
	return slices.ContainsFunc(dirs, func(d string) bool { return strings.HasPrefix(p, d) })
}

// isSample tells by its path whether a file is there to show or to test
// something: documentation, test data, examples.
func isSample(p string) bool {
	for name := range strings.SplitSeq(strings.ToLower(dirOf(p)), "/") {
		switch name {
		case "test", "tests", "testing", "testdata", "test-data", "test_data", "__tests__", "spec", "specs", "fixtures", "fixture",
			"example", "examples", "sample", "samples", "demo", "demos", "doc", "docs", "certdata", "test_certs", "mocks":
			return true
		}
	}
	return false
}

// gathering is what notes that have something in common come to.
type gathering struct {
	name  string
	first inventory.Note
	paths []string // those that are known one by one
	files int
	size  int64
}

// gather gathers notes by a key, in the order in which keys come up; notes whose
// key is empty are left out.
func gather(notes []inventory.Note, key func(*inventory.Note) string) []*gathering {
	var all []*gathering
	byKey := map[string]*gathering{}
	for i := range notes {
		n := &notes[i]
		k := key(n)
		if k == "" {
			continue
		}
		g := byKey[k]
		if g == nil {
			g = &gathering{name: k, first: *n}
			byKey[k] = g
			all = append(all, g)
		}
		if n.Count == 0 {
			g.paths = append(g.paths, n.Path)
		}
		g.files += max(n.Count, 1)
		g.size += n.Size
	}
	return all
}

// inLayer puts the layer before a key, so that what one layer brought is one
// finding.
func inLayer(n *inventory.Note, key string) string { return fmt.Sprintf("%d %s", n.Layer, key) }

// maxGroups is how many findings a rule makes of what would be one each; the
// others are counted in one more.
const maxGroups = 20

// reportGroups reports each group, those past maxGroups together.
func reportGroups(im *rule.Image, all []*gathering, found func(*gathering) rule.Found) {
	for i, g := range all {
		if i == maxGroups && len(all) > maxGroups+1 {
			files := 0
			for _, rest := range all[i:] {
				files += rest.files
			}
			im.Report(rule.Found{At: rule.At(g.first), Message: fmt.Sprintf("%s like these in %d more places: %s and others.",
				counted(files, "file"), len(all)-i, shown(g.first.Path)), Severity: found(g).Severity, Aliases: found(g).Aliases, Suppressed: found(g).Suppressed})
			return
		}
		im.Report(found(g))
	}
}

// reportSome reports what was found one by one, and of too much how many more
// there are.
func reportSome(im *rule.Image, found []rule.Found, most int) {
	if len(found) > most+1 {
		rest := found[most]
		rest.Message = fmt.Sprintf("%d more of the kind, such as: %s", len(found)-most, rest.Message)
		found = append(found[:most:most], rest)
	}
	for _, f := range found {
		im.Report(f)
	}
}

// shown is a path as messages show it: from the root, and not too long.
func shown(p string) string {
	const most = 120
	if len(p) > most {
		p = p[:most/2] + "…" + p[len(p)-most/2:]
	}
	return "/" + strings.ToValidUTF8(p, "\uFFFD")
}

// somePaths names the first paths of total files.
func somePaths(paths []string, total int) string {
	const most = 3
	var named []string
	for i, p := range paths {
		if i == most && total > most+1 || i > most {
			break
		}
		named = append(named, shown(p))
	}
	if more := total - len(named); more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(named, ", "), more)
	}
	return strings.Join(named, ", ")
}

// counted is "1 file" or "3 files".
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if stem, ok := strings.CutSuffix(noun, "y"); ok && !strings.HasSuffix(stem, "e") {
		return fmt.Sprintf("%d %sies", n, stem)
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// bytesOf is a number of bytes as a person reads it.
func bytesOf(n int64) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d bytes", n)
	case n < 1e6:
		return fmt.Sprintf("%.0f kB", float64(n)/1e3)
	case n < 10e6:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	case n < 1e9:
		return fmt.Sprintf("%.0f MB", float64(n)/1e6)
	case n < 10e9:
		return fmt.Sprintf("%.1f GB", float64(n)/1e9)
	}
	return fmt.Sprintf("%.0f GB", float64(n)/1e9)
}

// gone says for a file that an upper layer has removed or replaced where it can
// still be had, to put after a sentence; it is empty for one that shows.
func gone(n inventory.Note) string {
	if n.Gone == 0 {
		return ""
	}
	return fmt.Sprintf(" Layer %d takes it away, but it is still in layer %d for everyone who has the image.", n.Gone, n.Layer)
}

// leaks are the notes on files that show, and on those that do not but that no
// later layer shows again under the same path.
func leaks(im *rule.Image) []inventory.Note {
	all := im.AllNotes()
	live := map[string]bool{}
	for _, n := range all {
		if n.Gone == 0 {
			live[n.Path] = true
		}
	}
	return slices.DeleteFunc(all, func(n inventory.Note) bool { return n.Gone > 0 && live[n.Path] })
}

// secretFinder is by whom the token finder's notes are.
const secretFinder = "secret"

// toldAsSecret is why a finding about a file does not count in which the token
// finder has found something: that says the same with more to it.
const toldAsSecret = "the secret in it is told already"

// reportUntold reports groups of files, those apart in which the token finder
// has found something.
func reportUntold(im *rule.Image, all []*gathering, found func(*gathering) rule.Found) {
	told := toldBySecrets(im)
	var untold, known []*gathering
	for _, g := range all {
		if told(g.first) {
			known = append(known, g)
		} else {
			untold = append(untold, g)
		}
	}
	reportGroups(im, untold, found)
	reportGroups(im, known, func(g *gathering) rule.Found {
		f := found(g)
		f.Suppressed = toldAsSecret
		return f
	})
}

// toldBySecrets tells whether the token finder has found something in the file
// of a note.
func toldBySecrets(im *rule.Image) func(inventory.Note) bool {
	type place struct {
		layer int
		path  string
	}
	told := map[place]bool{}
	for i := range im.Inventory.Notes {
		if n := &im.Inventory.Notes[i]; n.By == secretFinder {
			told[place{n.Layer, n.Path}] = true
		}
	}
	return func(n inventory.Note) bool { return told[place{n.Layer, n.Path}] }
}

// atImage is the place of what is about the image as a whole.
func atImage() inventory.Place { return inventory.Place{Layer: -1} }

// hasOwners tells whether a package database says whose files are. Distroless
// images and those from scratch may have none.
func hasOwners(im *rule.Image) bool {
	for range im.Inventory.Disk.AllInstalled() {
		return true
	}
	return false
}
