package match

import (
	"cmp"
	"slices"
	"strings"

	gocvss20 "github.com/pandatix/go-cvss/20"
	gocvss30 "github.com/pandatix/go-cvss/30"
	gocvss31 "github.com/pandatix/go-cvss/31"
	gocvss40 "github.com/pandatix/go-cvss/40"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/intel"
	"github.com/plimsoll/plimsoll/vulndb"
)

// databases names who speaks in a record, by the prefix of its id.
var databases = [...]struct{ prefix, name string }{
	{"GHSA-", "GHSA"}, {"PYSEC-", "PYSEC"}, {"GO-", "Go"}, {"RUSTSEC-", "RustSec"}, {"RUBYSEC-", "RubySec"},
	{"GLAD-", "GitLab"}, {"DRUPAL-", "Drupal"}, {"FOP-", "FriendsOfPHP"}, {"NSWG-", "Node.js"}, {"RETIREJS-", "Retire.js"},
	{"HSEC-", "Haskell"}, {"BIT-", "Bitnami"}, {"PSF-", "PSF"}, {"MAL-", "OpenSSF"},
	{"DSA-", "Debian"}, {"DLA-", "Debian"}, {"DTSA-", "Debian"}, {"DEBIAN-", "Debian"}, {"ELA-", "Freexian"},
	{"USN-", "Ubuntu"}, {"LSN-", "Ubuntu"}, {"UBUNTU-", "Ubuntu"}, {"ALPINE-", "Alpine"}, {"CGA-", "Chainguard"},
	{"RHSA-", "Red Hat"}, {"RHBA-", "Red Hat"}, {"RHEA-", "Red Hat"}, {"ALSA-", "AlmaLinux"}, {"ALBA-", "AlmaLinux"}, {"ALEA-", "AlmaLinux"},
	{"RLSA-", "Rocky Linux"}, {"RXSA-", "Rocky Linux"}, {"SUSE-", "SUSE"}, {"OPENSUSE-", "openSUSE"}, {"OESA-", "openEuler"},
	{"MGASA-", "Mageia"}, {"AZL-", "Microsoft"}, {"CBLM1-", "Microsoft"}, {"BELL-", "BellSoft"}, {"ECHO-", "Echo"},
	{"MINI-", "MinimOS"}, {"CLEANSTART-", "CleanStart"}, {"PHSA-", "Photon OS"}, {"CVE-", "NVD"},
	{"REDHAT-", "Red Hat"}, {"ALAS", "Amazon"}, {"ELSA-", "Oracle"}, {"ELBA-", "Oracle"}, {"WOLFI-", "Wolfi"}, {"CHAINGUARD-", "Chainguard"},
}

// database is who speaks in the record of that id.
func database(id string) string {
	upper := strings.ToUpper(id)
	for _, d := range databases {
		if strings.HasPrefix(upper, d.prefix) {
			return d.name
		}
	}
	prefix, _, _ := strings.Cut(id, "-")
	return prefix
}

// The trust in one rating over another, best first, where nobody's own word
// goes before it: newer CVSS versions correct the older ones.
const (
	rankOwnWord = iota // the distribution about its own package
	rankV4
	rankV31
	rankV30
	rankWord
	rankV2
)

// SeveritySource is a kind of source of severities.
type SeveritySource string

// The kinds of sources of severities.
const (
	VendorSeverity SeveritySource = "vendor" // the distribution or the ecosystem's own database
	GHSASeverity   SeveritySource = "ghsa"   // GitHub's reviewed advisories
	NVDSeverity    SeveritySource = "nvd"    // NVD and what it passes on of others
)

// SeveritySources are all kinds, in the order of their trust for distributions.
func SeveritySources() []SeveritySource {
	return []SeveritySource{VendorSeverity, NVDSeverity, GHSASeverity}
}

// Intelligence knows more of a CVE than advisories say; *intel.File does.
type Intelligence interface {
	CVE(id string) (intel.Record, bool)
}

// rater rates the clusters of one group of packages.
type rater struct {
	distro       bool
	order        []SeveritySource
	intelligence Intelligence
}

func (m *Matcher) rater(distro bool) rater {
	order := slices.Clone(m.SeverityOrder)
	rest := SeveritySources()
	if !distro {
		rest = []SeveritySource{GHSASeverity, VendorSeverity, NVDSeverity}
	}
	for _, s := range rest {
		if !slices.Contains(order, s) {
			order = append(order, s)
		}
	}
	return rater{distro, order, m.Intelligence}
}

// known is what is known of the CVEs among some ids.
func (r rater) known(ids []string) []intel.Record {
	if r.intelligence == nil {
		return nil
	}
	var all []intel.Record
	for _, id := range ids {
		if !isCVE(id) {
			continue
		}
		if record, ok := r.intelligence.CVE(id); ok {
			all = append(all, record)
		}
	}
	return all
}

// exploit is the worst that is known of the exploitation of some CVEs.
func exploit(known []intel.Record) finding.Exploit {
	var e finding.Exploit
	for _, k := range known {
		if k.Score.Probability > e.EPSS {
			e.EPSS, e.Percentile = k.Score.Probability, k.Score.Percentile
		}
		if k.Exploited.Known() && (!e.Known() || k.Exploited.Ransomware && !e.KEV.Ransomware) {
			e.KEV = finding.KnownExploited{Added: k.Exploited.Added, Due: k.Exploited.Due, Ransomware: k.Exploited.Ransomware, Action: k.Exploited.Action}
		}
	}
	return e
}

// rated is a rating with what orders it.
type rated struct {
	finding.Rating
	kind SeveritySource
	rank int
}

// rate collects all that is said of the severity of a cluster, by its records
// and by NVD, and the severity in force.
//
// The order of sources decides first. Within one kind of source goes, for a
// distribution's package, the distribution's own word first, because it knows
// how the package was built; then CVSS 4.0 before 3.1 before 3.0, then a word
// before CVSS 2.0. Of equals the worst counts.
func (r rater) rate(hits []*hit, known []intel.Record) (finding.Severity, []finding.Rating) {
	var all []rated
	add := func(one rated, ok bool) {
		if ok && !slices.Contains(all, one) {
			all = append(all, one)
		}
	}
	for _, h := range hits {
		for _, s := range severities(h) {
			add(rateOne(s, database(h.record.ID), r.distro))
		}
	}
	for _, k := range known {
		for _, v := range k.Ratings {
			one, ok := rateOne(vulndb.Severity{Type: "CVSS", Score: v.Vector}, v.Source, false)
			one.kind = NVDSeverity
			add(one, ok)
		}
	}
	if len(all) == 0 {
		return finding.Unknown, nil
	}
	other := func(x rated) int { // what NVD passes on comes after its own
		if x.kind == NVDSeverity && x.Source != "NVD" {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(all, func(a, b rated) int {
		return cmp.Or(
			cmp.Compare(slices.Index(r.order, a.kind), slices.Index(r.order, b.kind)), cmp.Compare(other(a), other(b)),
			cmp.Compare(a.rank, b.rank), cmp.Compare(b.Severity, a.Severity), cmp.Compare(b.Score, a.Score),
			strings.Compare(a.Source, b.Source), strings.Compare(a.Vector, b.Vector))
	})
	ratings := make([]finding.Rating, len(all))
	for i, one := range all {
		ratings[i] = one.Rating
	}
	return ratings[0].Severity, ratings
}

// kindOf is the kind of a source of advisories.
func kindOf(database string) SeveritySource {
	switch database {
	case "GHSA":
		return GHSASeverity
	case "NVD":
		return NVDSeverity
	}
	return VendorSeverity
}

// severities is what a record says of the severity, for the package and in
// general, else the word that opens the summary of AlmaLinux's and Red Hat's
// announcements ("Important: kernel update").
func severities(h *hit) []vulndb.Severity {
	if all := slices.Concat(h.entry.Severities, h.record.Severities); len(all) > 0 {
		return all
	}
	if word, _, ok := strings.Cut(h.record.Summary, ":"); ok && severityOf(word) != finding.Unknown {
		return []vulndb.Severity{{Type: "word", Score: word}}
	}
	return nil
}

// rateOne reads one severity; it reports false where that says nothing, as
// "not yet assigned" does, and where a vector is broken.
func rateOne(s vulndb.Severity, source string, distro bool) (rated, bool) {
	out := rated{Rating: finding.Rating{Source: source}, kind: kindOf(source)}
	if !strings.HasPrefix(s.Type, "CVSS") {
		out.Severity = severityOf(s.Score)
		out.rank = rankWord
		if distro && source != "GHSA" && source != "NVD" {
			out.rank = rankOwnWord
		}
		return out, out.Severity != finding.Unknown
	}
	out.Vector = s.Score
	switch {
	case strings.HasPrefix(s.Score, "CVSS:4.0/"):
		v, err := gocvss40.ParseVector(s.Score)
		if err != nil {
			return out, false
		}
		out.Score, out.rank = v.Score(), rankV4
	case strings.HasPrefix(s.Score, "CVSS:3.1/"):
		v, err := gocvss31.ParseVector(s.Score)
		if err != nil {
			return out, false
		}
		out.Score, out.rank = v.BaseScore(), rankV31
	case strings.HasPrefix(s.Score, "CVSS:3.0/"):
		v, err := gocvss30.ParseVector(s.Score)
		if err != nil {
			return out, false
		}
		out.Score, out.rank = v.BaseScore(), rankV30
	default:
		v, err := gocvss20.ParseVector(strings.TrimPrefix(strings.Trim(s.Score, "()"), "CVSS:2.0/"))
		if err != nil {
			return out, false
		}
		out.Score, out.rank = v.BaseScore(), rankV2
	}
	out.Severity = band(out.Score, out.rank == rankV2)
	return out, true
}

// band is the severity of a CVSS score: the qualitative scale of CVSS 3 and 4,
// or NVD's for version 2, which knows no critical.
func band(score float64, v2 bool) finding.Severity {
	switch {
	case score <= 0:
		return finding.Info
	case score < 4:
		return finding.Low
	case score < 7:
		return finding.Medium
	case score < 9 || v2:
		return finding.High
	}
	return finding.Critical
}

// severityOf reads a vendor's word, Unknown where it says nothing.
func severityOf(word string) finding.Severity {
	switch strings.ToLower(strings.Trim(word, " *")) {
	case "negligible", "unimportant", "none", "info", "informational":
		return finding.Info
	case "low", "minor":
		return finding.Low
	case "medium", "moderate":
		return finding.Medium
	case "high", "important", "major":
		return finding.High
	case "critical", "urgent":
		return finding.Critical
	}
	return finding.Unknown
}

// Rate says how bad records about one vulnerability say it is, with what else is
// known of the CVEs among its ids: as Match would for a package of theirs.
func (m *Matcher) Rate(records []vulndb.Advisory, ids []string, distro bool) (finding.Severity, []finding.Rating, finding.Exploit) {
	hits := make([]*hit, len(records))
	for i := range records {
		hits[i] = &hit{record: records[i], entry: &vulndb.Affected{}}
		for _, e := range records[i].Affected {
			if len(e.Severities) > 0 {
				hits[i].entry = &vulndb.Affected{Severities: e.Severities}
				break
			}
		}
	}
	rater := m.rater(distro)
	known := rater.known(ids)
	severity, ratings := rater.rate(hits, known)
	return severity, ratings, exploit(known)
}
