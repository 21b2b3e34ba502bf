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

// rated is a rating with its rank.
type rated struct {
	finding.Rating
	rank int
}

// rate collects all that the records of a cluster say of its severity, and
// the severity in force.
//
// For a distribution's package that is the distribution's own word, because it
// knows how the package was built; for the rest GitHub's reviewed rating goes
// before that of others, then CVSS 4.0 before 3.1 before 3.0, then a word
// before CVSS 2.0. Of equals the worst counts.
func rate(hits []*hit, distro bool) (finding.Severity, []finding.Rating) {
	var all []rated
	for _, h := range hits {
		for _, s := range severities(h) {
			r, ok := rateOne(s, database(h.record.ID), distro)
			if ok && !slices.Contains(all, r) {
				all = append(all, r)
			}
		}
	}
	if len(all) == 0 {
		return finding.Unknown, nil
	}
	slices.SortStableFunc(all, func(a, b rated) int {
		if !distro && (a.Source == "GHSA") != (b.Source == "GHSA") {
			if a.Source == "GHSA" {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(b.Severity, a.Severity), cmp.Compare(b.Score, a.Score),
			strings.Compare(a.Source, b.Source), strings.Compare(a.Vector, b.Vector))
	})
	ratings := make([]finding.Rating, len(all))
	for i, r := range all {
		ratings[i] = r.Rating
	}
	return ratings[0].Severity, ratings
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
	out := rated{Rating: finding.Rating{Source: source}}
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
