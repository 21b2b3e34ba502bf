package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// listed is how many packages the document shows of one reason in one ecosystem.
const listed = 5

// introduction begins the document.
const introduction = `# Accuracy

Written by ` + "`go run ./bench/accuracy -write`" + `; a test fails, where the data are at hand, when a figure drops below
[bench/accuracy/baseline.json](../bench/accuracy/baseline.json). Real advisories are compiled, the matcher is asked about packages
of which others have said what vulnerabilities they have, and each answer is held against what they said.

| column | meaning |
|---|---|
| right | found, and labelled so |
| wrong | found, though the label says that the package does not have it |
| missed | not found, though the label and an advisory in the data speak of it |
| spared | an advisory in the data speaks of it, the label denies it, and it was not found |
| mistakes | of the wrong and the missed, those where matching did not follow the advisory. What follows the advisory is decided by a second implementation of the OSV schema's evaluation, written apart from the matcher; both share the comparison of versions, which is tested by itself |
| no data | labelled, but no advisory at hand speaks of it: not matching's doing, and in none of the shares |
| apart | could not be compared, for a reason listed below |
| unlabelled | found, and no label says anything of it: most are newer than the labels |
| precision | right / (right + wrong) |
| recall | right / (right + missed) |
| F1 | the harmonic mean of both |

A share without anything to divide by is left empty.
`

// What the sets are, and how they are judged.
const (
	aboutAnswers = `The OSV API was asked which records affect a package at a version, one at a time, and its answers were kept. Of an answer those
ids count that the data hold for the same ecosystem. What only the data hold is apart: they are newer than some answers, and have
records of databases that OSV does not have. Such a record is a mistake only if its own ranges do not hold the version.
`
	aboutLabels = `People have looked at what scanners report of some images, and labelled each pair of package and vulnerability as true or false.
The images are not here, so an inventory is made of the labels of each. The distribution follows from the versions of its packages
(` + "`+deb10u1`, `.el8`, `-r3`" + `), the release of Alpine from its busybox; packages of RHEL are matched as AlmaLinux's of the same number, which
gives the same fixes. The source of a package and the ecosystem of one that is no distribution's are those of related name in
whose advisories most of its vulnerabilities are, and of several the one with its upstream version. So these figures measure how versions,
ranges, aliases, announcements and module streams are read, and only in part how packages are told apart.
`
)

// document writes docs/accuracy.md.
func (m *measurement) document(w io.Writer) {
	fmt.Fprint(w, introduction)
	fmt.Fprint(w, "\n## Recorded answers of the OSV API\n\n", aboutAnswers)
	m.answers.write(w)
	fmt.Fprint(w, "\n## Labelled matches of images\n\n", aboutLabels)
	m.labels.write(w)
}

func (s *set) write(w io.Writer) {
	if s.questions == 0 {
		fmt.Fprint(w, "\nThere are no such data.\n")
		return
	}
	fmt.Fprintf(w, "\n%d cases.\n\n", s.questions)
	fmt.Fprintln(w, "| ecosystem | right | wrong | missed | spared | mistakes | no data | apart | unlabelled | precision | recall | F1 |")
	fmt.Fprintln(w, "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
	for _, ecosystem := range slices.Sorted(maps.Keys(s.by)) {
		s.by[ecosystem].row(w, ecosystem)
	}
	total := s.total()
	total.row(w, "**all**")
	if len(s.absent) > 0 {
		fmt.Fprint(w, "\nNot in the shares:\n\n| vulnerabilities | why |\n|--:|---|\n")
		for _, why := range slices.Sorted(maps.Keys(s.absent)) {
			fmt.Fprintf(w, "| %d | %s |\n", s.absent[why], why)
		}
	}
	s.writeReasons(w)
}

// row writes one line of the table.
func (c *count) row(w io.Writer, name string) {
	fmt.Fprintf(w, "| %s | %d | %d | %d | %d | %d | %d | %d | %d | %s | %s | %s |\n", name, c.Right, c.Wrong, c.Missed, c.Spared, c.Faults, c.NoData, c.Apart, c.Unasked,
		percent(c.Right, c.Right+c.Wrong), percent(c.Right, c.Right+c.Missed), percent(2*c.Right, 2*c.Right+c.Wrong+c.Missed))
}

// percent writes a share, rounded down, so that only all is 100.
func percent(part, whole int) string {
	if whole == 0 {
		return ""
	}
	return fmt.Sprintf("%.1f %%", float64(part*1000/whole)/10)
}

// writeReasons lists the disagreements.
func (s *set) writeReasons(w io.Writer) {
	if len(s.disagreements) == 0 {
		fmt.Fprint(w, "\nThere are no disagreements.\n")
		return
	}
	counts := map[reason]int{}
	for _, d := range s.disagreements {
		counts[d.reason]++
	}
	fmt.Fprint(w, "\n### Disagreements\n\n| how many | reason |\n|--:|---|\n")
	for _, r := range slices.SortedFunc(maps.Keys(counts), func(a, b reason) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b)) }) {
		fmt.Fprintf(w, "| %d | %s |\n", counts[r], r)
	}
	fmt.Fprintf(w, "\nOf each ecosystem and reason the first %d packages:\n\n", listed)
	fmt.Fprintln(w, "| ecosystem | package | | vulnerabilities | an advisory | reason |\n|---|---|---|---|---|---|")
	for rest := s.disagreements; len(rest) > 0; {
		n := alike(rest, func(d disagreement) string { return d.ecosystem + string(d.reason) })
		writeGroup(w, rest[:n])
		rest = rest[n:]
	}
}

// writeGroup writes the disagreements of one ecosystem and reason, one package a line.
func writeGroup(w io.Writer, group []disagreement) {
	for written := 0; len(group) > 0; written++ {
		n := alike(group, func(d disagreement) string { return d.name + " " + d.version })
		if written == listed {
			fmt.Fprintf(w, "| %s | … | | %d more | | %s |\n", group[0].ecosystem, len(group), group[0].reason)
			return
		}
		d, ids := group[0], []string{}
		for _, other := range group[:n] {
			ids = append(ids, other.id)
		}
		const most = 3
		if len(ids) > most {
			ids = append(ids[:most:most], fmt.Sprintf("and %d more", len(ids)-most))
		}
		found := "not found"
		if d.found {
			found = "found"
		}
		fmt.Fprintf(w, "| %s | %s %s | %s | %s | %s | %s |\n", d.ecosystem, d.name, d.version, found, strings.Join(ids, ", "), d.detail, d.reason)
		group = group[n:]
	}
}

// alike is how many of the first have the same key.
func alike(list []disagreement, key func(disagreement) string) int {
	n := 1
	for n < len(list) && key(list[n]) == key(list[0]) {
		n++
	}
	return n
}
