package main

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/vulndb"
)

// Why label and matcher disagree where matching follows the advisories.
const (
	fixedBefore reason = "by the advisory the version is not affected, by the label it is"
	fixedLater  reason = "by the advisory the version is affected, by the label it is not"
	joined      reason = "no advisory that names the vulnerability affects the version, but one that is joined with it by further ids does"
	leftOut     reason = "the advisory names only other packages, which its summary does not tie to the source"
	oneBinary   reason = "the label clears one of the packages that are built from an affected source"
)

// Why they cannot be compared.
const (
	otherPackage reason = "by the note of a label the package is not what its name says"
	onlyDenied   reason = "which package it is, only labels that deny the vulnerability tell"
	otherBuild   reason = "AlmaLinux gives the module another build number than RHEL"
)

// misnamed are the words of notes on packages that are something else.
var misnamed = regexp.MustCompile(`(?i)not really|not actually|actually present|not importable|NOT_IMPORTABLE`)

// unplaced are packages of which nothing tells what they are.
const unplaced = "unknown"

// guessed is a package of a label and where its advisories are.
type guessed struct {
	pkg inventory.Package
	key vulndb.Key // zero where no data are at hand
	// group is what the package's figures are counted under.
	group string
	// apart is why its labels cannot be compared, or empty.
	apart reason
}

// judgeLabels builds the package list of each image from its labels and
// matches it.
func (k *known) judgeLabels(ctx context.Context, labels []label) (*set, error) {
	s := newSet("match-labels")
	for i := range labels {
		if l := &labels[i]; misnamed.MatchString(l.Note) {
			k.misnamed[[2]string{l.Pkg, l.Version}] = true
		}
	}
	slices.SortStableFunc(labels, func(a, b label) int { return strings.Compare(a.Image, b.Image) })
	for rest := labels; len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n].Image == rest[0].Image {
			n++
		}
		if err := k.judgeImage(ctx, s, rest[:n]); err != nil {
			return nil, err
		}
		rest = rest[n:]
	}
	s.sort()
	return s, nil
}

func (k *known) judgeImage(ctx context.Context, s *set, labels []label) error {
	distro, format := k.distribution(labels)
	var packages []inventory.Package
	var all []guessed
	number := map[[2]string]int{}
	for i := range labels {
		l := &labels[i]
		id := [2]string{l.Pkg, l.Version}
		if _, known := number[id]; known {
			continue
		}
		g := k.guess(distro, format, l, labels)
		number[id] = len(all)
		all, packages = append(all, g), append(packages, g.pkg)
	}
	found, err := k.find(ctx, distro, packages)
	if err != nil {
		return err
	}
	used := map[string]bool{}
	for i := range labels {
		l := &labels[i]
		n := number[[2]string{l.Pkg, l.Version}]
		if err := k.judgeLabel(s, l, all[n], found[n]); err != nil {
			return err
		}
		for _, id := range l.ids() {
			used[fmt.Sprint(n, id)] = true
		}
	}
	for n, findings := range found {
		for _, f := range findings {
			if !slices.ContainsFunc(append([]string{f.ID}, f.Aliases...), func(id string) bool { return used[fmt.Sprint(n, id)] }) {
				s.count(all[n].group).Unasked++
			}
		}
	}
	return nil
}

// guess makes a package of a label.
func (k *known) guess(distro inventory.Distro, format string, l *label, labels []label) guessed {
	if release := k.release(distro); k.ofDistribution(format, l, release, labels) {
		pkg := inventory.Package{Ecosystem: format, Name: l.Pkg, Version: l.Version}
		g := guessed{pkg: pkg, group: family(distro)}
		if distro.ID == "almalinux" && strings.Contains(l.Version, ".module+el") {
			g.apart = otherBuild
		}
		if release == "" {
			return g
		}
		g.key = vulndb.Key{Ecosystem: release, Name: l.Pkg}
		if format == "rpm" {
			g.pkg.Source = k.rpmSource(l.Pkg, labels)
		} else {
			g.key.Name = k.source(release, l.Pkg, labels)
			g.pkg.Source = g.key.Name
			g.pkg.SourceVersion = k.sourceVersion(g.key, l.Version)
		}
		return g
	}
	key, votes := k.language(l.Pkg, labels)
	if key.Ecosystem == "" {
		return guessed{pkg: inventory.Package{Ecosystem: "unknown", Name: l.Pkg, Version: l.Version}, group: unplaced}
	}
	v := l.Version
	if key.Name == "stdlib" || key.Name == "toolchain" {
		v = strings.TrimPrefix(v, "go")
	}
	g := guessed{pkg: inventory.Package{Ecosystem: k.purlType(key.Ecosystem), Name: key.Name, Version: v}, key: key, group: key.Ecosystem}
	switch {
	case k.misnamed[[2]string{l.Pkg, l.Version}]:
		g.apart = otherPackage
	case votes < affirming:
		g.apart = onlyDenied
	}
	return g
}

// ofDistribution tells whether a label's package is of the distribution: by the
// form of its version and, where that leaves it open, by whose advisories speak
// of it.
func (k *known) ofDistribution(format string, l *label, release string, labels []label) bool {
	_, language := k.language(l.Pkg, labels)
	switch format {
	case "apk":
		return apkMark.MatchString(l.Version)
	case "rpm":
		return rpmMark.MatchString(l.Version) || language == 0 && strings.Contains(l.Version, "-")
	case "deb":
		if debBuild.MatchString(l.Version) {
			return true
		}
		if language == 0 && !debForm.MatchString(l.Version) { // a package that is Debian's own, or none of its
			return k.naming(vulndb.Key{Ecosystem: release, Name: k.source(release, l.Pkg, labels)}, "") > 0
		}
		own := 0
		for i := range labels {
			if labels[i].Pkg == l.Pkg && slices.ContainsFunc(k.mentioned(&labels[i]), func(key vulndb.Key) bool { return key.Ecosystem == release }) {
				own += weight(&labels[i])
			}
		}
		return debForm.MatchString(l.Version) && own >= language
	}
	return false
}

// release is the OSV ecosystem of a distribution's release, if it is at hand.
func (k *known) release(d inventory.Distro) string {
	prefix := map[string]string{
		"alpine": "Alpine:v", "debian": "Debian:", "ubuntu": "Ubuntu:", "almalinux": "AlmaLinux:", "azurelinux": "Azure Linux:",
	}[d.ID]
	if name := prefix + d.Version; prefix != "" && k.db.Has(name) {
		return name
	}
	return ""
}

// family is what figures of a distribution are counted under.
func family(d inventory.Distro) string {
	return cmp.Or(map[string]string{
		"alpine": "Alpine", "debian": "Debian", "ubuntu": "Ubuntu", "almalinux": "AlmaLinux, for RHEL", "azurelinux": "Azure Linux",
		"amzn": "Amazon Linux", "wolfi": "Wolfi",
	}[d.ID], d.ID)
}

// sourceVersion takes the epoch off that a package has and its source has not:
// Debian's bsdutils is 1:2.33.1-0.1, of util-linux 2.33.1-0.1.
func (k *known) sourceVersion(key vulndb.Key, v string) string {
	_, bare, epoch := strings.Cut(v, ":")
	if !epoch {
		return ""
	}
	for a, err := range k.db.Lookup(key) {
		if err != nil || strings.Contains(saying(&a), ":") && strings.Count(saying(&a), ":") > 1 {
			return ""
		}
	}
	return bare
}

// judgeLabel holds what was found of a package against one label.
func (k *known) judgeLabel(s *set, l *label, g guessed, found []finding.Finding) error {
	if l.Label != "TP" && l.Label != "FP" {
		s.absent["the label leaves it open"]++
		return nil
	}
	s.questions++
	c := s.count(g.group)
	got := slices.ContainsFunc(found, func(f finding.Finding) bool {
		return slices.ContainsFunc(l.ids(), func(id string) bool { return f.ID == id || slices.Contains(f.Aliases, id) })
	})
	data, err := k.held(l, g)
	if err != nil {
		return err
	}
	d := disagreement{ecosystem: g.group, name: l.Pkg, version: l.Version, id: l.Vuln, found: got, detail: data.record}
	affecting := l.Label == "TP"
	switch {
	case data.record == "" && !got:
		k.unknown(s, l, g)
		return nil
	case g.apart != "":
		if got != affecting {
			d.reason = g.apart
			s.disagree(d, true)
		} else {
			c.Apart++
		}
		return nil
	case got && affecting:
		c.Right++
		return nil
	case !got && !affecting:
		c.Spared++
		return nil
	case data.affected && data.aside && !got:
		d.reason = leftOut
	case data.affected && !got:
		d.reason = mistake
	case got && !data.affected:
		d.reason = joined
	case got && g.key.Name != l.Pkg && g.pkg.Source != "":
		d.reason = oneBinary
	case got:
		d.reason = fixedLater
	default:
		d.reason = fixedBefore
	}
	s.disagree(d, false)
	return nil
}

// unknown counts a vulnerability that no advisory on the package speaks of.
func (k *known) unknown(s *set, l *label, g guessed) {
	if l.Label != "TP" {
		s.absent["rightly not found, and no advisory on the package speaks of it"]++
		return
	}
	s.count(g.group).NoData++
	same := func(key vulndb.Key) bool { return key.Ecosystem == g.key.Ecosystem }
	switch {
	case g.group == unplaced:
		s.absent["no data, and nothing tells the ecosystem"]++
	case g.key.Ecosystem == "":
		s.absent["no data on the distribution or its release"]++
	case slices.ContainsFunc(k.mentioned(l), same):
		s.absent["no data on this package, but on another of the ecosystem"]++
	default:
		s.absent["no data on the vulnerability in the ecosystem"]++
	}
}

// said is what the data say of a label's vulnerability in its package.
type said struct {
	record   string // in short; empty if nothing
	affected bool   // by the letter of any record
	aside    bool   // the records leave the package out, but name others of its source
}

// held finds what the data say. Of rpms those records that leave the package out
// speak by others of its source, as AlmaLinux's do.
func (k *known) held(l *label, g guessed) (said, error) {
	if g.key.Ecosystem == "" {
		return said{}, nil
	}
	own, err := k.heldBy(l, g, g.key)
	if own.record != "" || g.pkg.Ecosystem != "rpm" || err != nil {
		return own, err
	}
	for _, key := range k.mentioned(l) {
		if key.Ecosystem == g.key.Ecosystem && strings.HasPrefix(key.Name+"-", g.pkg.Source+"-") {
			if other, err := k.heldBy(l, g, key); other.record != "" || err != nil {
				other.aside = true
				return other, err
			}
		}
	}
	return said{}, nil
}

func (k *known) heldBy(l *label, g guessed, key vulndb.Key) (said, error) {
	v := cmp.Or(g.pkg.SourceVersion, g.pkg.Version)
	var s said
	for a, err := range k.db.Lookup(key) {
		if err != nil {
			return said{}, fmt.Errorf("look up %s %s: %w", key.Ecosystem, key.Name, err)
		}
		if !slices.ContainsFunc(recordIDs(&a), func(id string) bool { return slices.Contains(l.ids(), id) }) || !a.Withdrawn.IsZero() {
			continue
		}
		now := holds(&a, key, v)
		if s.record == "" || now && !s.affected {
			s.record = saying(&a)
		}
		s.affected = s.affected || now
	}
	return s, nil
}
