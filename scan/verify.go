package scan

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/plimsoll/plimsoll/image"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/walk"
)

// sumsVersion counts up when other files or algorithms are summed.
const sumsVersion = 2

// wantsSums tells whether a rule compares files with their packages.
func (s *Scanner) wantsSums() bool {
	return slices.ContainsFunc(s.Rules, func(r rule.Rule) bool { return r.Sums })
}

// summer sums the files of a layer that packages may own, for the rule that
// compares them with the package databases. Which algorithm these use shows
// while the layer is read, and often in the image's history before that. Until
// it is known, a few files are summed with all algorithms, and no more: should
// others be needed, the layer is read again.
type summer struct {
	beside *aside
	wanted wantedSums
	known  bool  // which algorithms are wanted
	spare  int64 // bytes that may be summed while it is not
}

// wantedSums tells which algorithms are wanted.
type wantedSums [inventory.SHA256 + 1]bool

// guessed is how many bytes of a layer, headers counted, are summed with all
// algorithms.
const (
	guessed   = 8 << 20
	tarHeader = 512
)

// newSummer sums with the algorithms that are known to be wanted; with none,
// until it knows more. A sumWorker beside the walk does the work.
func newSummer(sums *inventory.Sums, wanted []inventory.Algorithm, beside *aside) *summer {
	s := &summer{beside: beside, spare: guessed, known: len(wanted) > 0}
	for a := inventory.MD5; a <= inventory.SHA256; a++ {
		s.wanted[a] = !s.known || slices.Contains(wanted, a)
		sums.Partial[a] = !s.wanted[a]
	}
	return s
}

// managers are the beginnings of paths that tell a package manager, and the
// algorithm that it uses.
var managers = [...]struct {
	prefix string
	uses   inventory.Algorithm
}{
	{"etc/dpkg/", inventory.MD5}, {"etc/apt/", inventory.MD5}, {"var/lib/dpkg/", inventory.MD5}, {"etc/debian_version", inventory.MD5},
	{"etc/apk/", inventory.SHA1}, {"lib/apk/", inventory.SHA1}, {"usr/lib/apk/", inventory.SHA1}, {"etc/alpine-release", inventory.SHA1},
	{"etc/rpm/", inventory.SHA256}, {"usr/lib/rpm/", inventory.SHA256}, {"var/lib/rpm/", inventory.SHA256},
	{"usr/lib/sysimage/rpm/", inventory.SHA256}, {"etc/dnf/", inventory.SHA256}, {"etc/yum", inventory.SHA256}, {"etc/redhat-release", inventory.SHA256},
}

// entry looks out for package managers, and takes in what has no bytes of its
// own: empty files and hard links.
func (s *summer) entry(e *walk.Entry) bool {
	if !e.Mode.IsRegular() {
		return false
	}
	switch e.Path[0] {
	case 'e', 'v', 'l', 'u':
		for _, m := range managers {
			if strings.HasPrefix(e.Path, m.prefix) {
				s.tell(m.uses)
				break
			}
		}
	}
	if e.Size > 0 && !e.HardLink || !inventory.SumsCover(e.Path) {
		return false
	}
	if e.HardLink {
		s.beside.do(op{kind: opLink, hash: e.Hash, target: inventory.PathHash(strings.TrimPrefix(path.Clean("/"+e.Link), "/"))})
	} else if wanted := s.wants(e); wanted != (wantedSums{}) {
		s.beside.do(op{hash: e.Hash, sums: wanted, begins: true, ends: true})
	}
	return false
}

// tell adds an algorithm that is wanted. What has gone by without it is missed.
func (s *summer) tell(a inventory.Algorithm) {
	if s.known && s.wanted[a] {
		return
	}
	first := !s.known
	if first {
		s.known, s.wanted = true, wantedSums{}
	}
	s.wanted[a] = true
	s.beside.do(op{kind: opTell, tell: told{a, first}})
}

// wants tells with which algorithms a file is summed. Its sums are not taken back
// when the same path comes again in the layer: the later ones count.
func (s *summer) wants(e *walk.Entry) wantedSums {
	if !inventory.SumsCover(e.Path) {
		return wantedSums{}
	}
	if !s.known {
		if s.spare -= e.Size + tarHeader; s.spare < 0 {
			s.beside.do(op{kind: opMissed})
			return wantedSums{}
		}
	}
	return s.wanted
}

// likelyAlgorithms are those of the package managers that an image's history
// speaks of. It may be wrong: then layers are read twice.
func likelyAlgorithms(c *v1.ConfigFile) []inventory.Algorithm {
	words := map[string]inventory.Algorithm{
		"apt-get": inventory.MD5, "apt": inventory.MD5, "dpkg": inventory.MD5, "debian.sh": inventory.MD5, "debuerreotype": inventory.MD5,
		"apk": inventory.SHA1, "apko": inventory.SHA1,
		"dnf": inventory.SHA256, "microdnf": inventory.SHA256, "yum": inventory.SHA256, "rpm": inventory.SHA256, "zypper": inventory.SHA256, "tdnf": inventory.SHA256,
	}
	found := map[inventory.Algorithm]bool{}
	for _, h := range c.History {
		for _, text := range [...]string{h.CreatedBy, h.Comment} {
			for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune(" \t\n;&|()'\"/", r) }) {
				if a, ok := words[word]; ok {
					found[a] = true
				}
			}
			if strings.Contains(text, "alpine-minirootfs") {
				found[inventory.SHA1] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// completeSums reads the layers again that were not read with the algorithms
// that the packages of the image turned out to need.
func (s *Scanner) completeSums(ctx context.Context, img *image.Image, read *layersRead, disk *inventory.Disk) error {
	if !s.wantsSums() {
		return nil
	}
	unread := disk.Unread()
	for _, n := range slices.Sorted(maps.Keys(unread)) {
		var sums inventory.Sums
		again := onlySums(&sums, unread[n])
		_, err := walk.Layer(ctx, n, img.Layers[n], []walk.Visitor{again.visitor()}, nil, nil)
		again.finish()
		if err != nil {
			return fmt.Errorf("sum the files of packages: %w", err)
		}
		sums.Sort()
		for _, a := range unread[n] {
			disk.SetSums(n, a, &sums)
		}
		s.save(read.keys[n], &read.parts[n])
	}
	return nil
}
