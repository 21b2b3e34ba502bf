package scan

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"hash"
	"slices"
	"strings"

	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/walk"
)

// sumsVersion counts up when other files or algorithms are summed.
const sumsVersion = 1

// wantsSums tells whether a rule compares files with their packages.
func (s *Scanner) wantsSums() bool {
	return slices.ContainsFunc(s.Rules, func(r rule.Rule) bool { return r.Sums })
}

// summer sums the files of a layer that packages may own, for the rule that
// compares them with the package databases. Which algorithm these use shows
// while the layer is read: until something of a package manager has been seen,
// all three are computed.
type summer struct {
	part   *inventory.Part
	all    [3]running
	wanted [3]bool // by number of all
	told   bool    // a package manager has been seen
	sink   sumSink
}

// running is an algorithm at work.
type running struct {
	algorithm inventory.Algorithm
	hash.Hash
}

func newSummer(part *inventory.Part) *summer {
	s := &summer{part: part, wanted: [3]bool{true, true, true}}
	s.all = [3]running{{inventory.MD5, md5.New()}, {inventory.SHA1, sha1.New()}, {inventory.SHA256, sha256.New()}}
	s.sink.summer = s
	return s
}

func (s *summer) visitor() walk.Visitor {
	return walk.Visitor{Name: "sums", Entry: s.entry, Stream: s.stream}
}

// managers are the beginnings of paths that tell a package manager, and the
// number of the algorithm that it uses.
var managers = [...]struct {
	prefix string
	number int
}{
	{"etc/dpkg/", 0}, {"etc/apt/", 0}, {"var/lib/dpkg/", 0}, {"etc/debian_version", 0},
	{"etc/apk/", 1}, {"lib/apk/", 1}, {"usr/lib/apk/", 1}, {"etc/alpine-release", 1},
	{"etc/rpm/", 2}, {"usr/lib/rpm/", 2}, {"var/lib/rpm/", 2}, {"usr/lib/sysimage/rpm/", 2}, {"etc/dnf/", 2}, {"etc/yum", 2}, {"etc/redhat-release", 2},
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
				s.tell(m.number)
				break
			}
		}
	}
	if e.Size > 0 && !e.HardLink || !inventory.SumsCover(e.Path) {
		return false
	}
	if e.HardLink {
		s.part.Sums.Link(e.Path, strings.TrimPrefix(strings.TrimPrefix(e.Link, "."), "/"))
		return false
	}
	s.stream(e)
	s.sink.Close()
	return false
}

// tell narrows the algorithms to those of the package managers seen so far.
func (s *summer) tell(number int) {
	if !s.told {
		s.wanted, s.told = [3]bool{}, true
	}
	s.wanted[number] = true
}

func (s *summer) stream(e *walk.Entry) walk.Sink {
	if !inventory.SumsCover(e.Path) {
		return nil
	}
	s.sink.path = e.Path
	s.sink.active = s.sink.active[:0]
	for i := range s.all {
		if s.wanted[i] {
			s.all[i].Reset()
			s.sink.active = append(s.sink.active, s.all[i])
		}
	}
	return &s.sink
}

// sumSink sums one file: they come one after the other.
type sumSink struct {
	summer *summer
	path   string
	active []running
	sum    [sha256.Size]byte
}

func (s *sumSink) Write(p []byte) (int, error) {
	for _, r := range s.active {
		r.Write(p)
	}
	return len(p), nil
}

// Close keeps the sums. They are not taken back when the same path comes again
// in the layer: the later ones count.
func (s *sumSink) Close() (bool, error) {
	for _, r := range s.active {
		s.summer.part.Sums.Add(s.path, inventory.SumOf(r.algorithm, r.Sum(s.sum[:0])))
	}
	return false, nil
}
