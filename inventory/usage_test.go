package inventory

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// member is one member of a layer, as the tests write it: "dir/", "file 10",
// "link -> target", "hard => target", "-gone" and "dir/*" for an opaque one.
type member string

// partOf is what reading a layer of these members gives.
func partOf(members ...member) Part {
	p := Part{Listing: &Listing{}, Links: map[string]string{}}
	list := NewLister(p.Listing)
	for _, m := range members {
		s := string(m)
		switch {
		case strings.HasPrefix(s, "-"):
			p.Hidden = append(p.Hidden, s[1:])
			continue
		case strings.HasSuffix(s, "/*"):
			p.Opaque = append(p.Opaque, s[:len(s)-2])
			continue
		case strings.HasSuffix(s, "/"):
			p.SeenDirs = append(p.SeenDirs, PathHash(s[:len(s)-1]))
			list.Dir(s[:len(s)-1])
			continue
		}
		name, kind, size, target := s, Regular, int64(0), ""
		if from, to, ok := strings.Cut(s, " -> "); ok {
			name, kind = from, Other
			p.Links[from] = to
		} else if from, to, ok := strings.Cut(s, " => "); ok {
			name, kind, target = from, HardLink, to
		} else {
			fmt.Sscan(s, &name, &size)
		}
		p.Seen = append(p.Seen, PathHash(name))
		if list.File(name, kind, size, target) {
			p.AddLoose(name)
		}
	}
	return finished(p)
}

func usageOf(layers ...[]member) *Usage { return diskOf(layers...).Usage() }

func diskOf(layers ...[]member) *Disk {
	var parts []Part
	for _, l := range layers {
		parts = append(parts, partOf(l...))
	}
	return Merge(parts).Disk
}

func TestUsage(t *testing.T) {
	base := []member{"usr/", "usr/bin/", "usr/bin/a 10", "usr/bin/b 20", "usr/lib/", "usr/lib/c 400", "bin -> usr/bin", "opt/", "opt/x/", "opt/x/y/", "opt/x/y/z 1000", "srv 5"}
	for name, tt := range map[string]struct {
		upper  [][]member
		hidden []int64
		wasted int64
		least  int64 // of 1435 in the base and what comes above
		worst  string
	}{
		"nothing":                           {nil, []int64{0}, 0, 1435, ""},
		"a file replaced":                   {[][]member{{"usr/", "usr/bin/", "usr/bin/a 30"}}, []int64{10, 0}, 40, 1435, "usr/bin by 1, 1 files, 10 bytes"},
		"only its owner changed":            {[][]member{{"usr/", "usr/lib/", "usr/lib/c 400"}}, []int64{400, 0}, 800, 1435, "usr/lib by 1, 1 files, 400 bytes, same 400"},
		"a file removed":                    {[][]member{{"-usr/bin/b"}}, []int64{20, 0}, 20, 1415, "usr/bin by 1 removed, 1 files, 20 bytes"},
		"removed, then there again":         {[][]member{{"-usr/bin/b"}, {"usr/bin/b 20"}}, []int64{20, 0, 0}, 40, 1415, "usr/bin by 1 removed, 1 files, 20 bytes"},
		"replaced, then removed":            {[][]member{{"usr/bin/b 7"}, {"-usr/bin/b"}}, []int64{20, 7, 0}, 27, 1415, "usr/bin by 1, 1 files, 20 bytes"},
		"a directory removed":               {[][]member{{"-opt/x"}}, []int64{1000, 0}, 1000, 435, "opt/x by 1 removed, 1 files, 1000 bytes"},
		"a directory above removed":         {[][]member{{"opt/x/new 3"}, {"-opt"}}, []int64{1000, 3, 0}, 1003, 435, "opt by 2 removed, 1 files, 1000 bytes"},
		"opaque":                            {[][]member{{"opt/", "opt/*", "opt/x/", "opt/x/n 8"}}, []int64{1000, 0}, 1000, 443, "opt by 1 removed, 1 files, 1000 bytes"},
		"opaque, then the file again":       {[][]member{{"opt/", "opt/*", "opt/x/", "opt/x/y/", "opt/x/y/z 8"}}, []int64{1000, 0}, 1008, 443, "opt/x/y by 1, 1 files, 1000 bytes"},
		"a file in a directory's place":     {[][]member{{"opt/x 3"}}, []int64{1000, 0}, 1000, 438, "opt/x by 1 removed, 1 files, 1000 bytes"},
		"a link in a directory's place":     {[][]member{{"opt -> usr"}}, []int64{1000, 0}, 1000, 435, "opt by 1 removed, 1 files, 1000 bytes"},
		"a directory in a file's place":     {[][]member{{"srv/", "srv/d 9"}}, []int64{5, 0}, 5, 1439, " by 1, 1 files, 5 bytes"},
		"a link in a file's place":          {[][]member{{"srv -> opt"}}, []int64{5, 0}, 5, 1430, " by 1, 1 files, 5 bytes"},
		"through a link":                    {[][]member{{"bin/a 30"}}, []int64{10, 0}, 40, 1435, "usr/bin by 1, 1 files, 10 bytes"},
		"removed through a link":            {[][]member{{"-bin/b"}}, []int64{20, 0}, 20, 1415, "usr/bin by 1 removed, 1 files, 20 bytes"},
		"the link itself removed":           {[][]member{{"-bin"}}, []int64{0, 0}, 0, 1435, ""},
		"a directory in the link's place":   {[][]member{{"bin/", "bin/a 30"}}, []int64{0, 0}, 0, 1465, ""},
		"twice in one layer":                {[][]member{{"usr/bin/a 30", "usr/bin/a 31"}}, []int64{10, 0}, 41, 1435, "usr/bin by 1, 1 files, 10 bytes"},
		"whiteout of what nobody has":       {[][]member{{"-usr/none", "-none/none"}}, []int64{0, 0}, 0, 1435, ""},
		"replaced in two layers":            {[][]member{{"srv 50"}, {"srv 1"}}, []int64{5, 50, 0}, 56, 1431, " by 2, 1 files, 50 bytes"},
		"a hard link that stays":            {[][]member{{"new/", "new/h 60", "new/i => new/h"}, {"-new/h"}}, []int64{0, 0, 0}, 60, 1435, ""},
		"a hard link that goes, too":        {[][]member{{"new/", "new/h 60", "new/i => new/h"}, {"-new/h"}, {"-new/i"}}, []int64{0, 60, 0, 0}, 60, 1435, "new by 2 removed, 1 files, 60 bytes"},
		"a large file that has a name kept": {[][]member{{"m/", "m/model.bin 300000"}, {"-m"}}, []int64{0, 300000, 0}, 300000, 1435, "m/model.bin by 2 removed, 1 files, 300000 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			u := usageOf(append([][]member{base}, tt.upper...)...)
			var hidden []int64
			total := int64(0)
			for _, l := range u.Layers {
				hidden, total = append(hidden, l.Hidden), total+l.Hidden
			}
			worst := ""
			if len(u.Worst) > 0 {
				w := u.Worst[0]
				worst = fmt.Sprintf("%s by %d%s, %d files, %d bytes", w.Path, w.By, map[bool]string{true: " removed"}[w.Removed], w.Files, w.Bytes)
				if w.Same > 0 {
					worst += fmt.Sprintf(", same %d", w.Same)
				}
			}
			if d := cmp.Diff(tt.hidden, hidden); d != "" || u.Hidden != total || u.Wasted != tt.wasted || worst != tt.worst {
				t.Errorf("hidden %v of %d, wasted %d, worst %q, want %v, %d and %q", hidden, u.Hidden, u.Wasted, worst, tt.hidden, tt.wasted, tt.worst)
			}
			if want := float64(tt.least) / float64(u.Bytes); u.Efficiency != want {
				t.Errorf("efficiency %f of %d bytes, want %f", u.Efficiency, u.Bytes, want)
			}
		})
	}
	var none *Disk
	if none.Usage() != nil || Merge([]Part{{}}).Disk.Usage() != nil {
		t.Error("usage without a listing")
	}
}

// copyOf is a copy of a file in a layer.
type copyOf struct {
	layer int
	size  int64
}

// unpacked counts what a Usage counts by laying the layers over each other in
// maps, as a runtime unpacks them into one directory. Paths lead through no
// links.
type unpacked struct {
	live   map[string]copyOf // files that show
	dirs   map[string]bool
	hidden []int64
	copies map[string][]copyOf
	gone   map[string]bool // removed by a whiteout of its own, or by a directory
}

// drop hides what is at a path, and below.
func (u *unpacked) drop(p string, self bool) {
	for _, f := range slices.Collect(maps.Keys(u.live)) {
		if self && f == p || strings.HasPrefix(f, p+"/") || p == "" {
			u.hidden[u.live[f].layer] += u.live[f].size
			delete(u.live, f)
		}
	}
	for d := range u.dirs {
		if self && d == p || strings.HasPrefix(d, p+"/") {
			delete(u.dirs, d)
		}
	}
}

// mkdir makes a directory and those above it; files on the way give place.
func (u *unpacked) mkdir(p string) {
	for ; p != "." && p != ""; p = path.Dir(p) {
		if f, ok := u.live[p]; ok {
			u.hidden[f.layer] += f.size
			delete(u.live, p)
		}
		u.dirs[p] = true
		u.gone[p] = u.gone[p] || len(u.copies[p]) > 0
	}
}

func (u *unpacked) layer(n int, members []member) {
	own := func(p string) bool { c, ok := u.live[p]; return ok && c.layer == n }
	for _, m := range members { // removals speak of what is below
		s := string(m)
		if p, ok := strings.CutPrefix(s, "-"); ok {
			if _, was := u.live[p]; was || len(u.copies[p]) > 0 {
				u.gone[p] = true
			}
			u.drop(p, true)
		} else if p, ok := strings.CutSuffix(s, "/*"); ok {
			u.drop(p, false)
		}
	}
	for _, m := range members {
		s := string(m)
		switch {
		case strings.HasPrefix(s, "-"), strings.HasSuffix(s, "/*"):
		case strings.HasSuffix(s, "/"):
			u.mkdir(strings.TrimSuffix(s, "/"))
		default:
			var name string
			var size int64
			fmt.Sscan(s, &name, &size)
			u.mkdir(path.Dir(name))
			if own(name) { // twice in one layer: only the last counts
				u.copies[name] = u.copies[name][:len(u.copies[name])-1]
				delete(u.live, name)
			}
			u.drop(name, true)
			u.live[name] = copyOf{n, size}
			u.copies[name] = append(u.copies[name], copyOf{n, size})
		}
	}
}

// bruteForce gives what is hidden of each layer, what dive calls wasted and the
// smallest copies.
func bruteForce(layers [][]member) (hidden []int64, wasted, least int64) {
	u := &unpacked{live: map[string]copyOf{}, dirs: map[string]bool{}, hidden: make([]int64, len(layers)), copies: map[string][]copyOf{}, gone: map[string]bool{}}
	for n, l := range layers {
		u.layer(n, l)
	}
	for p, copies := range u.copies {
		if len(copies) == 0 {
			continue
		}
		sum, small := int64(0), copies[0].size
		for _, c := range copies {
			sum, small = sum+c.size, min(small, c.size)
		}
		if _, shows := u.live[p]; !shows || u.gone[p] {
			wasted += sum
			continue
		}
		if len(copies) > 1 {
			wasted += sum
		}
		least += small
	}
	return u.hidden, wasted, least
}

// layersOf draws random layers. In one layer no path is both a file and a
// directory, and directories come before what is in them, or not at all.
func layersOf(t *rapid.T) [][]member {
	paths := []string{"a", "b", "a/a", "a/b", "a/c", "b/a", "b/b", "a/a/a", "a/a/b", "a/b/a", "c/d/e", "c/d/f", "c/d", "c"}
	var layers [][]member
	for range rapid.IntRange(1, 6).Draw(t, "layers") {
		files, dirs := map[string]bool{}, map[string]bool{}
		var l []member
		for range rapid.IntRange(0, 8).Draw(t, "members") {
			p := rapid.SampledFrom(paths).Draw(t, "path")
			above := func(p string) (bad bool) {
				for d := path.Dir(p); d != "."; d = path.Dir(d) {
					bad = bad || files[d]
				}
				return bad
			}
			switch rapid.IntRange(0, 9).Draw(t, "kind") {
			case 0:
				l = append(l, member("-"+p))
			case 1:
				if !files[p] && !above(p) {
					l = append(l, member(p+"/*"))
					dirs[p] = true
				}
			case 2:
				if !files[p] && !above(p) {
					l = append(l, member(p+"/"))
					for d := p; d != "."; d = path.Dir(d) {
						dirs[d] = true
					}
				}
			default:
				if dirs[p] || above(p) {
					continue
				}
				files[p] = true
				for d := path.Dir(p); d != "."; d = path.Dir(d) {
					dirs[d] = true
				}
				l = append(l, member(fmt.Sprintf("%s %d", p, rapid.IntRange(0, 1000).Draw(t, "size"))))
			}
		}
		layers = append(layers, l)
	}
	return layers
}

// TestUsageRandom compares with brute force.
func TestUsageRandom(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		layers := layersOf(t)
		hidden, wasted, least := bruteForce(layers)
		u := usageOf(layers...)
		var got []int64
		for _, l := range u.Layers {
			got = append(got, l.Hidden)
		}
		if !slices.Equal(got, hidden) || u.Wasted != wasted {
			t.Fatalf("hidden %v, wasted %d; unpacked %v, %d", got, u.Wasted, hidden, wasted)
		}
		if d := cmp.Diff(u, diskOf(layers...).usage(3)); d != "" {
			t.Fatalf("in several passes (-one +several)%s", d)
		}
		if u.Bytes > 0 && u.Efficiency != float64(least)/float64(u.Bytes) {
			t.Fatalf("efficiency %f of %d, unpacked %d", u.Efficiency, u.Bytes, least)
		}
	})
}
