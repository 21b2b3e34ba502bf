package vulndb

import (
	"encoding/binary"
	"slices"
)

// An affected entry begins with a byte of flags for what follows; its upper
// bits count the ranges, manyRanges meaning that a number follows.
const (
	hasVersions = 1 << iota
	hasSeverities
	hasStatus
	hasModule
	hasPlatform
	rangesShift = 5
	manyRanges  = 7
)

// Types of ranges and kinds of events as they are in a segment.
const (
	rangeEcosystem = iota
	rangeSemver
	rangeOther // its name follows

	eventIntroduced = 0
	eventFixed      = 1
	eventLast       = 2
	eventLimit      = 3
)

func rangeType(name string) uint64 {
	switch name {
	case "ECOSYSTEM":
		return rangeEcosystem
	case "SEMVER":
		return rangeSemver
	}
	return rangeOther
}

// turn is the kind and the version of an event.
func (e Event) turn() (kind uint64, version string) {
	switch {
	case e.Introduced != "":
		return eventIntroduced, e.Introduced
	case e.Fixed != "":
		return eventFixed, e.Fixed
	case e.LastAffected != "":
		return eventLast, e.LastAffected
	}
	return eventLimit, e.Limit
}

// complete reports whether an entry's ranges say all: a distribution's version
// order is complete, so a list of versions beside them is left out.
func complete(a *Affected) bool {
	return len(a.Ranges) > 0 && releasedByDistribution(Family(a.Ecosystem))
}

// storedVersions is an entry's list of versions as it is kept: sorted, each once.
func storedVersions(a *Affected) []string {
	if complete(a) {
		return nil
	}
	list := slices.DeleteFunc(slices.Clone(a.Versions), func(v string) bool { return len(v) > maxName })
	if !slices.IsSorted(list) {
		slices.Sort(list)
	}
	return slices.Compact(list)
}

// releasedByDistribution reports whether a family's packages are dpkg, apk or
// rpm packages of a distribution.
func releasedByDistribution(family string) bool {
	switch family {
	case "Debian", "Ubuntu", "Alpine", "Alpaquita", "BellSoft Hardened Containers", "Wolfi", "Chainguard", "MinimOS",
		"AlmaLinux", "Rocky Linux", "Red Hat", "SUSE", "openSUSE", "Azure Linux", "openEuler", "Mageia", "Photon OS":
		return true
	}
	return false
}

// appendMentions writes all that is said about one package: the versions that
// its entries list, once, then each advisory with its entries.
func appendMentions(b []byte, list []mention) []byte {
	var table []string
	var versions [][]string // of each entry in turn
	for _, m := range list {
		for _, a := range m.entries {
			stored := storedVersions(a)
			versions = append(versions, stored)
			table = append(table, stored...)
		}
	}
	if len(versions) > 1 {
		slices.Sort(table)
		table = slices.Compact(table)
	}
	b = binary.AppendUvarint(b, uint64(len(table)))
	previous := ""
	for _, version := range table {
		shared := commonPrefix(previous, version)
		b = appendString(binary.AppendUvarint(b, uint64(shared)), version[shared:])
		previous = version
	}
	b = binary.AppendUvarint(b, uint64(len(list)))
	record := 0
	for _, m := range list {
		step := uint64(m.record-record) << 1
		record = m.record
		if len(m.entries) == 1 {
			b = binary.AppendUvarint(b, step)
		} else {
			b = binary.AppendUvarint(binary.AppendUvarint(b, step|1), uint64(len(m.entries)))
		}
		for _, a := range m.entries {
			b = appendEntry(b, a, versions[0], table)
			versions = versions[1:]
		}
	}
	return b
}

func appendEntry(b []byte, a *Affected, versions, table []string) []byte {
	flags := byte(min(len(a.Ranges), manyRanges)) << rangesShift
	for _, f := range [...]struct {
		is   bool
		flag byte
	}{{len(versions) > 0, hasVersions}, {len(a.Severities) > 0, hasSeverities}, {a.Status != "", hasStatus}, {a.Module != "", hasModule}, {a.Platform != "", hasPlatform}} {
		if f.is {
			flags |= f.flag
		}
	}
	b = append(b, flags)
	if len(a.Ranges) >= manyRanges {
		b = binary.AppendUvarint(b, uint64(len(a.Ranges)))
	}
	for _, r := range a.Ranges {
		kind := rangeType(r.Type)
		b = binary.AppendUvarint(b, uint64(len(r.Events))<<2|kind)
		if kind == rangeOther {
			b = appendString(b, r.Type)
		}
		for _, e := range r.Events {
			kind, version := e.turn()
			b = append(binary.AppendUvarint(b, uint64(len(version))<<2|kind), version...)
		}
	}
	if len(versions) > 0 {
		b = appendRuns(b, versions, table)
	}
	if len(a.Severities) > 0 {
		b = binary.AppendUvarint(b, uint64(len(a.Severities)))
		for _, s := range a.Severities {
			b = appendString(appendString(b, s.Type), s.Score)
		}
	}
	for _, s := range [...]string{a.Status, a.Module, a.Platform} {
		if s != "" {
			b = appendString(b, s)
		}
	}
	return b
}

// appendRuns writes sorted versions as runs of the sorted table: how many are
// left out before the run, how long it is.
func appendRuns(b []byte, versions, table []string) []byte {
	var runs []uint64
	next := 0
	for _, v := range versions {
		at, _ := slices.BinarySearch(table, v)
		if at == next && len(runs) > 0 {
			runs[len(runs)-1]++
		} else {
			runs = append(runs, uint64(at-next), 1)
		}
		next = at + 1
	}
	b = binary.AppendUvarint(b, uint64(len(runs)/2))
	for _, n := range runs {
		b = binary.AppendUvarint(b, n)
	}
	return b
}

// entryReader reads what is said about one package.
type entryReader struct {
	reader
	versions []string
	advisory int // ordinal of the last one read
	left     int // advisories still to come
}

// maxTable bounds the bytes of the versions that one package's entries name.
const maxTable = 64 << 20

// open reads the table of versions and how many advisories follow.
func (r *entryReader) open() {
	n := r.items()
	r.versions = make([]string, n)
	var version []byte
	size := 0
	for i := range r.versions {
		shared := r.count()
		rest := r.raw()
		size += shared + len(rest)
		if shared > len(version) || shared+len(rest) > maxName || size > maxTable {
			r.fail()
			return
		}
		version = append(version[:shared], rest...)
		r.versions[i] = string(version)
	}
	r.left = r.items()
}

// next reads one advisory's ordinal and entries.
func (r *entryReader) next() (record int, entries []Affected) {
	r.left--
	step := r.count()
	r.advisory += step >> 1
	n := 1
	if step&1 == 1 {
		n = r.few()
	}
	entries = make([]Affected, n)
	for i := range entries {
		r.entry(&entries[i])
	}
	return r.advisory, entries
}

func (r *entryReader) entry(a *Affected) {
	flags := r.byte()
	n := int(flags >> rangesShift)
	if n == manyRanges {
		n = r.few()
	}
	if n > 0 {
		a.Ranges = make([]Range, n)
	}
	for i := range a.Ranges {
		r.readRange(&a.Ranges[i])
	}
	if flags&hasVersions != 0 {
		a.Versions = r.runs()
	}
	if flags&hasSeverities != 0 {
		a.Severities = make([]Severity, r.few())
		for i := range a.Severities {
			a.Severities[i] = Severity{r.str(), r.str()}
		}
	}
	if flags&hasStatus != 0 {
		a.Status = r.str()
	}
	if flags&hasModule != 0 {
		a.Module = r.str()
	}
	if flags&hasPlatform != 0 {
		a.Platform = r.str()
	}
}

func (r *entryReader) readRange(rg *Range) {
	v := r.count()
	if v>>2 > min(len(r.data)-r.pos, maxItems) {
		r.fail()
		return
	}
	switch v & 3 {
	case rangeEcosystem:
		rg.Type = "ECOSYSTEM"
	case rangeSemver:
		rg.Type = "SEMVER"
	default:
		rg.Type = r.str()
	}
	rg.Events = make([]Event, v>>2)
	for i := range rg.Events {
		e := &rg.Events[i]
		switch kind, version := r.turn(); kind {
		case eventIntroduced:
			e.Introduced = version
		case eventFixed:
			e.Fixed = version
		case eventLast:
			e.LastAffected = version
		case eventLimit:
			e.Limit = version
		}
	}
}

// turn reads the kind and the version of an event.
func (r *entryReader) turn() (kind int, version string) {
	v := r.count()
	if v>>2 > len(r.data)-r.pos {
		r.fail()
		return 0, ""
	}
	return v & 3, string(r.take(v >> 2))
}

// runs reads a list of versions.
func (r *entryReader) runs() []string {
	var list []string
	at := 0
	for range r.items() {
		at += r.count()
		n := r.count()
		if r.bad || n > len(r.versions)-at {
			r.fail()
			return nil
		}
		list = append(list, r.versions[at:at+n]...)
		at += n
	}
	return list
}
