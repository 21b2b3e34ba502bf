package report

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/inventory"
)

// sarifWriter writes SARIF 2.1.0 so that GitHub's code scanning shows it: each
// result has a physical location, and rules have their scores.
var sarifWriter = Writer{
	Name:  "sarif",
	Doc:   "SARIF 2.1.0 for code scanning and editors",
	Write: writeSARIF,
}

// The names that stand for roots of paths.
const (
	imageRoot  = "IMAGEROOT" // of the image's file system
	sourceRoot = "%SRCROOT%" // of the working copy, as code scanning calls it
)

func writeSARIF(w io.Writer, r *Report, o Options) error {
	r = r.Canonical()
	rules, index := sarifRules(r.Findings)
	run := sarifRun{
		Tool: sarifTool{sarifDriver{
			Name:           "plimsoll",
			Version:        o.Version,
			InformationURI: "https://github.com/plimsoll/plimsoll",
			Rules:          rules,
			Notifications: []sarifDescriptor{
				{"missing-data", sarifText{Text: "There was no advisory data for some packages."}},
				{"starter-data", sarifText{Text: "Only the advisories that come with the program were used."}},
				{"old-data", sarifText{Text: "Advisories that were used are old, or could not be brought up to date."}},
				{"data-note", sarifText{Text: "Something to know of the advisories that were used."}},
				{"not-read", sarifText{Text: "Something in the image could not be read, or only in part."}},
			},
		}},
		Invocations: []sarifInvocation{r.sarifInvocation(o.Now)},
		ColumnKind:  "unicodeCodePoints",
		Results:     []sarifResult{},
		Properties: sarifTarget{
			Image: r.Target.Ref, Digest: r.Target.Digest, ID: r.Target.ID, Platform: r.Target.Platform,
			Distro: r.Target.Distro.String(), Verdict: string(r.Verdict.Result), Packages: len(r.Packages), DataAsOf: r.Database.AsOf,
		},
	}
	if r.image() {
		run.BaseIDs = map[string]sarifArtifactLocation{
			imageRoot: {URI: "file:///", Description: sarifText{Text: "The root of the image's file system."}},
		}
	}
	for _, f := range r.Findings {
		run.Results = append(run.Results, r.sarifResult(f, index[ruleID(f)]))
	}
	return encode(w, sarifLog{
		Schema:  "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
		Version: "2.1.0",
		Runs:    []sarifRun{run},
	})
}

// image tells an image from the files that lint looks at, which have no layers.
func (r *Report) image() bool { return len(r.Target.Layers) > 0 || len(r.Packages) > 0 }

// sarifInvocation is not successful where packages could not be judged: nobody
// may take the absence of results for a good sign then.
func (r *Report) sarifInvocation(now time.Time) sarifInvocation {
	v := sarifInvocation{Successful: len(r.Database.Missing) == 0, Notifications: []sarifNotification{}}
	for _, m := range r.Database.Missing {
		text := fmt.Sprintf("no advisory data for %s (%s)", m.Ecosystem, cmp.Or(m.Reason, "no reason given"))
		if m.Packages > 0 {
			text = count(m.Packages, "package") + " not checked: " + text
		}
		v.Notifications = append(v.Notifications, sarifNotification{
			Level: "error", Descriptor: sarifDescriptor{ID: "missing-data"}, Message: sarifText{Text: literal(text)},
		})
	}
	if r.Database.Starter {
		v.Notifications = append(v.Notifications, sarifNotification{
			Level: "warning", Descriptor: sarifDescriptor{ID: "starter-data"},
			Message: sarifText{Text: "Only the starter advisories that come with plimsoll were used; most vulnerabilities are not among them."},
		})
	}
	for _, o := range r.Database.outdated(now) {
		v.Notifications = append(v.Notifications, sarifNotification{
			Level: "warning", Descriptor: sarifDescriptor{ID: "old-data"}, Message: sarifText{Text: literal(o.title() + ": " + o.text())},
		})
	}
	for _, note := range r.Database.Notes {
		v.Notifications = append(v.Notifications, sarifNotification{
			Level: "note", Descriptor: sarifDescriptor{ID: "data-note"}, Message: sarifText{Text: literal(note)},
		})
	}
	for _, w := range r.Warnings {
		v.Notifications = append(v.Notifications, sarifNotification{
			Level: "warning", Descriptor: sarifDescriptor{ID: "not-read"}, Message: sarifText{Text: literal(w.Message)},
			Locations: []sarifLocation{{Physical: r.sarifPhysical(w.At)}},
		})
	}
	return v
}

func (r *Report) sarifResult(f finding.Finding, rule int) sarifResult {
	result := sarifResult{
		RuleID: ruleID(f), RuleIndex: rule, Level: sarifLevel(f.Severity), Rank: f.Risk,
		Message:      sarifText{Text: sarifMessage(f)},
		Suppressions: []sarifSuppression{},
		Properties: sarifResultFacts{
			Kind: string(f.Kind), Severity: f.Severity.String(), PURL: f.Package.PURL,
			Installed: f.Package.Version, Fixed: f.Fixed, Status: string(f.Status), Exploit: f.Exploit,
		},
	}
	if f.Fingerprint != "" {
		result.PartialFingerprints = map[string]string{
			"plimsoll/v1": f.Fingerprint,
			// The one name that GitHub compares; without it every rebuild that
			// moves a line would close and open alerts.
			"primaryLocationLineHash": f.Fingerprint + ":1",
		}
	}
	if f.Suppressed != "" {
		result.Suppressions = append(result.Suppressions, sarifSuppression{"external", "accepted", f.Suppressed})
	}
	location := sarifLocation{Physical: r.sarifPhysical(f.At)}
	if n := f.At.Layer; n >= 0 && n < len(r.Target.Layers) {
		layer := r.Target.Layers[n]
		name := strings.TrimSuffix(fmt.Sprintf("layer %d: %s", n, flat(layer.CreatedBy)), ": ")
		location.Logical = append(location.Logical, sarifLogicalLocation{name, cmp.Or(layer.DiffID, layer.Digest), "layer"})
	}
	if f.Package.Name != "" {
		location.Logical = append(location.Logical, sarifLogicalLocation{f.Package.Name, f.Package.PURL, "package"})
	}
	result.Locations = []sarifLocation{location}
	return result
}

// sarifPhysical is a place as code scanning wants it, with a line even where
// lines mean nothing. What has no path is in the image as such.
func (r *Report) sarifPhysical(at inventory.Place) sarifPhysicalLocation {
	p := sarifPhysicalLocation{Region: sarifRegion{StartLine: max(at.Line, 1), StartColumn: max(at.Column, 0)}}
	if at.EndLine > at.Line && at.Line > 0 {
		p.Region.EndLine = at.EndLine
	}
	switch {
	case at.Path == "":
		p.Artifact.URI = relative(cmp.Or(r.Target.Ref, "image"))
	case r.image():
		p.Artifact.URI, p.Artifact.BaseID = relative(at.Path), imageRoot
	case strings.HasPrefix(at.Path, "/"):
		p.Artifact.URI = (&url.URL{Scheme: "file", Path: at.Path}).String()
	default:
		p.Artifact.URI, p.Artifact.BaseID = relative(at.Path), sourceRoot
	}
	return p
}

// relative writes a path as a relative URI reference.
func relative(path string) string {
	path = strings.TrimLeft(path, "/")
	if path == "" {
		path = "."
	}
	return (&url.URL{Path: path}).String()
}

// sarifMessage says in a sentence or two what is wrong and what helps.
func sarifMessage(f finding.Finding) string {
	if f.Kind != finding.Vulnerability {
		title, message := flat(f.Title), flat(f.Message)
		if title == "" || message == "" || title == message {
			return literal(cmp.Or(title, message, f.ID))
		}
		return literal(title + ": " + message)
	}
	text := strings.TrimSpace(f.Package.Name+" "+f.Package.Version) + " has " + f.ID
	if title := flat(f.Title); title != "" {
		text += ": " + strings.TrimSuffix(title, ".")
	}
	if f.Fixed != "" {
		return literal(text + ". Upgrade to " + f.Fixed + ".")
	}
	return literal(text + ". " + noFix(f) + ".")
}

func noFix(f finding.Finding) string {
	if word := statusWord(f.Status); word != "" {
		return "There is no fix: " + word
	}
	return "No fixed version is known"
}

// literal keeps foreign text from being read as an embedded link (section
// 3.11.6 of the specification).
func literal(text string) string {
	return strings.NewReplacer(`\`, `\\`, "[", `\[`, "]", `\]`).Replace(text)
}

func sarifLevel(s finding.Severity) string {
	switch s {
	case finding.Critical, finding.High:
		return "error"
	case finding.Medium:
		return "warning"
	}
	return "note"
}

// score is the number that code scanning sorts by: the highest CVSS score of a
// source that agrees with the severity in force, else the middle of the band
// that GitHub shows under the severity's word.
func score(f finding.Finding) string {
	best := 0.0
	for _, r := range f.Ratings {
		if r.Severity == f.Severity && r.Score > best && r.Score <= 10 {
			best = r.Score
		}
	}
	if best == 0 {
		best = map[finding.Severity]float64{finding.Critical: 9.5, finding.High: 8, finding.Medium: 5.5, finding.Low: 2}[f.Severity]
	}
	if best = math.Round(best*10) / 10; best == 0 {
		return ""
	}
	return strconv.FormatFloat(best, 'f', 1, 64)
}
