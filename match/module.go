package match

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/plimsoll/plimsoll/vulndb"
)

// Modular rpms (Red Hat 8 and 9, AlmaLinux, Rocky Linux) come in streams, as
// nodejs:18 and nodejs:20, that are mended one by one. Their releases carry
// ".module" and the build of the module: "1.el8.module_el8.4.0+2496+12421f43".
const moduleMark = ".module"

// concerned are the entries of a record that are about the installed build.
// The slice is good until the next call.
func (s *search) concerned(record *vulndb.Advisory) []*vulndb.Affected {
	all := s.entries[:0]
	rpm := s.group.distro && strings.HasPrefix(s.group.scheme, "rpm")
	for i := range record.Affected {
		a := &record.Affected[i]
		if !rpm || s.sameStream(record, a) && !s.sameBuild(a, all) {
			all = append(all, a)
		}
	}
	s.entries = all
	return all
}

// sameBuild tells whether an entry is of a build that is among known already,
// and sees to it that the one with the lowest version stays: AlmaLinux lists
// the builds of one release of a module for several minor releases of the
// distribution, and each of them is mended.
func (s *search) sameBuild(a *vulndb.Affected, known []*vulndb.Affected) bool {
	fixed := soleFix(a)
	build, _, modular := strings.Cut(fixed, moduleMark)
	if !modular {
		return false
	}
	for i, k := range known {
		other := soleFix(k)
		if b, _, ok := strings.Cut(other, moduleMark); ok && b == build {
			if c, err := s.order.own(fixed, other); err == nil && c < 0 {
				known[i] = a
			}
			return true
		}
	}
	return false
}

// soleFix is the fixed version of an entry, as announcements of updates write
// them: one range with one fix.
func soleFix(a *vulndb.Affected) string {
	for i := range a.Ranges {
		for _, e := range a.Ranges[i].Events {
			if e.Fixed != "" && e.Fixed != "0" {
				return e.Fixed
			}
		}
	}
	return ""
}

// sameStream tells whether an entry speaks of the installed module stream, or
// of no stream and the installed package is of none.
func (s *search) sameStream(record *vulndb.Advisory, a *vulndb.Affected) bool {
	fixed := soleFix(a)
	modular := strings.Contains(fixed, moduleMark)
	installed := s.module != "" || strings.Contains(s.version, moduleMark)
	stream := a.Module
	if stream == "" {
		if fixed != "" && modular != installed {
			return false
		}
		if modular {
			stream = summaryStream(record.Summary)
		}
	}
	if stream == "" || s.module == "" {
		return stream == "" || installed
	}
	return streamOf(s.module) == streamOf(stream)
}

// streamOf is the "nodejs:18" of a module's label, "nodejs:18:9020020230301:rhel9".
func streamOf(label string) string {
	parts := strings.SplitN(label, ":", 3)
	return strings.Join(parts[:min(2, len(parts))], ":")
}

// summaryStream is the stream in AlmaLinux's and Red Hat's summaries,
// "Important: nodejs:18 security update"; empty if there is none.
func summaryStream(summary string) string {
	if _, rest, ok := strings.Cut(summary, ": "); ok {
		summary = rest
	}
	word, _, _ := strings.Cut(summary, " ")
	if name, stream, ok := strings.Cut(word, ":"); ok && name != "" && stream != "" {
		return word
	}
	return ""
}

// minorRelease finds the minor release of Red Hat Enterprise Linux in a version:
// "el8_6" of "4.18.0-372.26.1.el8_6".
var minorRelease = regexp.MustCompile(`\.(el[0-9]+_[0-9]+)(?:\.|$)`)

// mendedInStream tells whether the installed build is of a minor release for
// which an entry has a fix, and has that fix. Extended support mends a minor
// release under lower versions than the newest release has; those of the others do
// not count then.
func (s *search) mendedInStream(entries []*vulndb.Affected, v string) bool {
	installed := minorOf(v)
	return installed != "" && slices.ContainsFunc(entries, func(a *vulndb.Affected) bool {
		if minorOf(soleFix(a)) != installed || stateOf(a.Status) == stateAbsent {
			return false
		}
		d := s.order.judge(v, a)
		return !d.affected && d.broken == 0
	})
}

// sameMinor tells whether a hit is by a fix for the minor release of the build.
func sameMinor(h *hit) bool { return minorOf(soleFix(h.entry)) == minorOf(h.version) }

// minorOf is the minor release in a version, or empty.
func minorOf(v string) string {
	if m := minorRelease.FindStringSubmatch(v); m != nil {
		return m[1]
	}
	return ""
}

// laterMinor tells whether a build is of a later minor release than a stream:
// one of "el8_8" than "Red Hat:rhel_eus:8.6::baseos".
func laterMinor(v, ecosystem string) bool {
	_, build, ok := strings.Cut(minorOf(v), "_")
	if !ok {
		return false
	}
	parts := strings.SplitN(ecosystem, ":", 4)
	if len(parts) < 3 {
		return false
	}
	_, stream, ok := strings.Cut(parts[2], ".")
	b, err := strconv.Atoi(build)
	s, err2 := strconv.Atoi(stream)
	return ok && err == nil && err2 == nil && b > s
}
