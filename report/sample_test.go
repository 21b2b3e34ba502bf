package report

import (
	"fmt"
	"time"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/policy"
)

// now is the moment at which all samples are read.
var now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// samples are hand-made reports, each for one thing that a reader may meet.
func samples() map[string]*Report {
	return map[string]*Report{
		"stop":     stopSample(),
		"go":       goSample(),
		"missing":  missingSample(),
		"starter":  starterSample(),
		"huge":     hugeSample(),
		"hostile":  hostileSample(),
		"unfixed":  unfixedSample(),
		"lint":     lintSample(),
		"nothing":  nothingSample(),
		"zero":     {},
		"one":      oneSample(),
		"leftover": leftoverSample(),
		"exploit":  exploitSample(),
		"old":      oldSample(),
	}
}

// builder makes findings that fit the packages of a report.
type builder struct{ Report }

func newBuilder(ref string) *builder {
	b := &builder{}
	b.Schema = SchemaVersion
	b.Target = Target{
		Ref: ref, Source: "registry", Platform: "linux/amd64",
		Digest:  "sha256:9b2a5d6f0c1e4b7a8d3f2e1c0b9a8d7e6f5c4b3a2d1e0f9c8b7a6d5e4f3c2b1a",
		ID:      "sha256:1b2a5d6f0c1e4b7a8d3f2e1c0b9a8d7e6f5c4b3a2d1e0f9c8b7a6d5e4f3c2b1a",
		Created: "2026-10-01T08:00:00Z",
		Distro:  inventory.Distro{ID: "debian", Version: "12.1"},
		Base:    "debian:12.1",
		Layers: []Layer{
			{Digest: "sha256:a0", DiffID: "sha256:d0", CreatedBy: "ADD file:4f in /", Size: 49_600_000, Base: true},
			{Digest: "sha256:a1", DiffID: "sha256:d1", CreatedBy: "RUN apt-get update && apt-get install -y --no-install-recommends nodejs openssl ca-certificates && rm -rf /var/lib/apt/lists/*", Size: 88_000_000},
			{Digest: "sha256:a2", DiffID: "sha256:d2", CreatedBy: "WORKDIR /app", Size: 93},
			{Digest: "sha256:a3", DiffID: "sha256:d3", CreatedBy: "COPY app /app", Size: 3_400_000},
		},
	}
	b.Verdict = policy.Verdict{Result: policy.Go}
	b.Database = Database{
		AsOf: "2026-11-20T10:00:00Z",
		Segments: []Segment{
			{Name: "debian-12", Ecosystem: "Debian:12", Source: "https://advisories.example/debian-12", AsOf: "2026-11-20T09:00:00Z", Fetched: "2026-11-20T10:00:00Z", Digest: "sha256:5e", Advisories: 31_204},
			{Name: "npm", Ecosystem: "npm", Source: "https://advisories.example/npm", AsOf: "2026-11-20T09:30:00Z", Fetched: "2026-11-20T10:00:00Z", Digest: "sha256:5f", Advisories: 18_377},
		},
	}
	return b
}

// deb adds a Debian package of a source package; npm one at a path.
func (b *builder) deb(layer int, name, source, version string) inventory.Package {
	return b.add(inventory.Package{
		PURL: "pkg:deb/debian/" + name + "@" + version + "?arch=amd64&distro=debian-12", Ecosystem: "deb",
		Name: name, Version: version, Source: source, Arch: "amd64",
		At: inventory.Place{Layer: layer, Path: "var/lib/dpkg/status"},
	})
}

func (b *builder) npm(layer int, name, version, path string) inventory.Package {
	return b.add(inventory.Package{
		PURL: "pkg:npm/" + name + "@" + version, Ecosystem: "npm", Name: name, Version: version,
		Licenses: []string{"MIT"}, At: inventory.Place{Layer: layer, Path: path},
	})
}

func (b *builder) add(p inventory.Package) inventory.Package {
	b.Packages = append(b.Packages, p)
	return p
}

// vulnerable adds a vulnerability of p.
func (b *builder) vulnerable(p inventory.Package, id string, s finding.Severity, fixed string) *finding.Finding {
	f := finding.Finding{
		Kind: finding.Vulnerability, ID: id, Severity: s, Fixed: fixed, Status: finding.Fixed,
		Title:   "Something in " + p.Name + " can be misused",
		Message: p.Name + " " + p.Version + " has " + id,
		Package: finding.Package{PURL: p.PURL, Ecosystem: p.Ecosystem, Name: p.Name, Version: p.Version},
		At:      p.At,
		URL:     "https://osv.dev/vulnerability/" + id,
		Because: "a range of " + id + " holds " + p.Version,
	}
	if fixed == "" {
		f.Status = finding.Affected
	}
	return b.found(f)
}

func (b *builder) found(f finding.Finding) *finding.Finding {
	f.Fingerprint = finding.Fingerprint(f)
	b.Findings = append(b.Findings, f)
	return &b.Findings[len(b.Findings)-1]
}

// judged lets the gate of --fail-on decide.
func (b *builder) judged(gates ...policy.Gate) *Report {
	if gates == nil {
		gates = []policy.Gate{policy.FailOn{Severity: finding.High}}
	}
	b.Verdict = (&policy.Policy{Gates: gates}).Judge(b.Findings, policy.Facts{}, now)
	return &b.Report
}

func stopSample() *Report {
	b := newBuilder("shop:1.4")
	for _, path := range []string{"app/node_modules/lodash", "app/node_modules/async/node_modules/lodash", "app/node_modules/gulp/node_modules/lodash"} {
		p := b.npm(3, "lodash", "4.17.10", path)
		b.vulnerable(p, "CVE-2019-10744", finding.Critical, "4.17.12").Ratings = []finding.Rating{{Source: "NVD", Severity: finding.Critical, Score: 9.1, Vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:H"}}
		b.vulnerable(p, "CVE-2021-23337", finding.High, "4.17.21")
		b.vulnerable(p, "CVE-2020-8203", finding.High, "4.17.20")
		b.vulnerable(p, "CVE-2020-28500", finding.Medium, "4.17.21")
		b.vulnerable(p, "CVE-2018-16487", finding.Medium, "4.17.11")
	}
	for _, name := range []string{"libssl3", "openssl"} {
		p := b.deb(1, name, "openssl", "3.0.9-1")
		b.vulnerable(p, "CVE-2023-5363", finding.High, "3.0.11-1~deb12u2")
		b.vulnerable(p, "CVE-2023-3446", finding.Medium, "3.0.10-1~deb12u1")
		b.vulnerable(p, "CVE-2099-0001", finding.Low, "")
	}
	for _, name := range []string{"libc6", "libc-bin", "locales", "libc-l10n"} {
		p := b.deb(0, name, "glibc", "2.36-9+deb12u1")
		b.vulnerable(p, "CVE-2023-4911", finding.High, "2.36-9+deb12u3")
	}
	b.vulnerable(b.npm(3, "minimist", "0.0.8", "app/node_modules/minimist"), "CVE-2021-44906", finding.Critical, "1.2.6")
	b.vulnerable(b.deb(0, "perl-base", "perl", "5.36.0-7"), "CVE-2023-31484", finding.High, "").Status = finding.WontFix
	b.vulnerable(b.deb(0, "tar", "", "1.34+dfsg-1.2"), "CVE-2005-2541", finding.Info, "")
	b.vulnerable(b.deb(0, "zlib1g", "zlib", "1:1.2.13.dfsg-1"), "CVE-2023-45853", finding.Critical, "").Suppressed = "minizip is not built into this package (security team, until 2027-01-31)"
	b.found(finding.Finding{
		Kind: finding.Secret, ID: "aws-access-key", Severity: finding.Critical, Title: "AWS access key",
		Message: "an AWS access key id with its secret", At: inventory.Place{Layer: 3, Path: "app/.env", Line: 3, Column: 9},
	})
	b.found(finding.Finding{
		Kind: finding.Rule, ID: "user-root", Aliases: []string{"DL3002", "CIS-DI-0001"}, Severity: finding.Medium,
		Title: "The image runs as root", Message: "no USER was set", At: inventory.Place{Layer: 3},
	})
	b.Warnings = []inventory.Warning{{At: inventory.Place{Layer: 3, Path: "app/lib/broken.jar"}, Message: "read jar: zip: not a valid zip file"}}
	return b.judged()
}

func goSample() *Report {
	b := newBuilder("alpine:3.20")
	b.Target.Distro = inventory.Distro{ID: "alpine", Version: "3.20.3"}
	b.Target.Base = ""
	b.Target.Layers = []Layer{{Digest: "sha256:a0", DiffID: "sha256:d0", CreatedBy: "ADD alpine-minirootfs-3.20.3-x86_64.tar.gz /", Size: 3_600_000}}
	b.Database.Segments = []Segment{{Name: "alpine-3.20", Ecosystem: "Alpine:v3.20", Fetched: "2026-11-20T11:48:00Z", AsOf: "2026-11-20T09:00:00Z", Advisories: 5_210}}
	b.add(inventory.Package{PURL: "pkg:apk/alpine/busybox@1.36.1-r29", Ecosystem: "apk", Name: "busybox", Version: "1.36.1-r29", At: inventory.Place{Path: "lib/apk/db/installed"}})
	return b.judged()
}

func missingSample() *Report {
	b := newBuilder("legacy:7")
	b.Target.Distro = inventory.Distro{ID: "centos", Version: "7"}
	for i := range 12 {
		b.add(inventory.Package{PURL: fmt.Sprintf("pkg:rpm/centos/p%d@1-1", i), Ecosystem: "rpm", Name: fmt.Sprintf("p%d", i), Version: "1-1"})
	}
	b.npm(3, "left-pad", "1.3.0", "app/node_modules/left-pad")
	b.Database.Segments = b.Database.Segments[1:]
	b.Database.Missing = []Missing{{Ecosystem: "CentOS:7", Packages: 12, Reason: "no source publishes advisories for it"}}
	return b.judged()
}

func starterSample() *Report {
	b := newBuilder("shop:1.4")
	b.vulnerable(b.npm(3, "lodash", "4.17.10", "app/node_modules/lodash"), "CVE-2019-10744", finding.Critical, "4.17.12")
	b.Database = Database{
		AsOf: "2026-11-01T00:00:00Z", Starter: true,
		Segments: []Segment{{Name: "npm", Ecosystem: "npm", Source: "starter", AsOf: "2026-11-01T00:00:00Z", Advisories: 153}},
	}
	return b.judged()
}

func hugeSample() *Report {
	b := newBuilder("registry.example/platform/monolith@sha256:9b2a5d6f0c1e4b7a8d3f2e1c0b9a8d7e6f5c4b3a2d1e0f9c8b7a6d5e4f3c2b1a")
	for i := range 60 {
		p := b.deb(i%2, fmt.Sprintf("libpackage%d", i), "", fmt.Sprintf("1:%d.36.1-8+b1", i))
		for n := range i%7 + 1 {
			fixed := fmt.Sprintf("1:%d.36.1-8+deb12u%d", i, n+1)
			if n%3 == 2 {
				fixed = ""
			}
			b.vulnerable(p, fmt.Sprintf("CVE-2024-%04d", i*10+n), finding.Severity((i+n)%6), fixed)
		}
	}
	for i := range 30 {
		b.found(finding.Finding{
			Kind: finding.Secret, ID: "private-key", Severity: finding.High, Title: "A private key",
			At: inventory.Place{Layer: 3, Path: fmt.Sprintf("app/vendor/fixtures/certificates/%02d/server.key", i), Line: 1},
		})
		b.Warnings = append(b.Warnings, inventory.Warning{At: inventory.Place{Path: fmt.Sprintf("opt/%d.jar", i)}, Message: "read jar: a jar in a jar in a jar in a jar is not read"})
	}
	for i := range 9 {
		b.Database.Segments = append(b.Database.Segments, Segment{Name: fmt.Sprintf("extra-%d", i), Fetched: "2026-08-01T00:00:00Z"})
	}
	return b.judged()
}

func hostileSample() *Report {
	b := newBuilder("evil:\x1b[2J$(reboot)")
	b.Target.Distro = inventory.Distro{ID: "deb\x1b]0;owned\aian", Version: "12\r\n\r\nGO  nothing found"}
	b.Target.Layers[3].CreatedBy = "COPY \x1b[31m \u202egpj.exe /app\x00"
	p := b.npm(3, "lod\x1b[1A\x1b[2Kash", "4.17.10\nGO", "app/\u202enode_modules/\x9b31mlodash\xff")
	b.vulnerable(p, "CVE-2019\x07-10744", finding.Critical, "4.17.12\x7f").Title = "title\x1b[8mhidden"
	p = b.npm(3, "名前がとても長いパッケージ名前がとても長いパッケージ名前がとても長いパッケージ", "1.0.0", "app/名前がとても長い/名前がとても長い/名前がとても長い/名前がとても長い")
	b.vulnerable(p, "CVE-2024-0001", finding.High, "1.0.1-名前がとても長いパッケージ名前がとても長いパッケージ")
	b.Warnings = []inventory.Warning{{At: inventory.Place{Path: "etc/\x1b[5mblink"}, Message: "bad\x00byte"}}
	return b.judged()
}

func unfixedSample() *Report {
	b := newBuilder("shop:1.4")
	for _, l := range []int{0, 1} {
		b.Target.Layers[l].Base = false
	}
	b.vulnerable(b.deb(0, "perl-base", "perl", "5.36.0-7"), "CVE-2023-31484", finding.High, "").Status = finding.WontFix
	b.vulnerable(b.deb(0, "tar", "", "1.34+dfsg-1.2"), "CVE-2005-2541", finding.Low, "")
	return b.judged(policy.FailOn{Severity: finding.High, Unfixable: true})
}

func leftoverSample() *Report {
	b := newBuilder("shop:1.5")
	b.vulnerable(b.deb(0, "perl-base", "perl", "5.36.0-7"), "CVE-2023-31484", finding.High, "").Status = finding.WontFix
	b.vulnerable(b.deb(0, "tar", "", "1.34+dfsg-1.2"), "CVE-2005-2541", finding.Low, "")
	return b.judged()
}

func oneSample() *Report {
	b := newBuilder("shop:1.6")
	b.vulnerable(b.deb(0, "tar", "", "1.34+dfsg-1.2"), "CVE-2005-2541", finding.Low, "1.34+dfsg-1.3")
	return b.judged()
}

func nothingSample() *Report {
	b := newBuilder("scratch:1")
	b.Target.Distro = inventory.Distro{}
	b.Target.Layers = b.Target.Layers[:1]
	b.Database = Database{}
	return b.judged()
}

func lintSample() *Report {
	b := &builder{}
	b.Target = Target{Ref: "Dockerfile", Source: "dockerfile"}
	b.found(finding.Finding{Kind: finding.Rule, ID: "apt-pin-version", Aliases: []string{"DL3008"}, Severity: finding.Medium, Title: "Pin the versions of packages", Message: "curl has no version", At: inventory.Place{Path: "Dockerfile", Line: 3, Column: 5, EndLine: 4}})
	b.found(finding.Finding{Kind: finding.Rule, ID: "user-root", Severity: finding.High, Title: "The image runs as root", Message: "no USER", At: inventory.Place{Path: "Dockerfile", Line: 1}})
	return b.judged()
}

// oldSample has advisories of one ecosystem that are old, and of another that
// could not be brought up to date.
func oldSample() *Report {
	b := newBuilder("shop:1.4")
	b.deb(0, "tar", "", "1.34+dfsg-1.2")
	b.Database.Segments[0].Fetched, b.Database.Segments[0].Old = "2026-11-09T10:00:00Z", true
	b.Database.Intelligence = []Intelligence{
		{Name: "epss", AsOf: "2026-11-09T00:00:00Z", Fetched: "2026-11-09T10:00:00Z", Records: 3, Old: true},
		{Name: "kev", AsOf: "2026-11-08T00:00:00Z", Fetched: "2026-11-09T10:00:00Z", Records: 2, Old: true},
	}
	b.Database.Notes = []string{"CentOS 9 has no advisories of its own: those of Red Hat Enterprise Linux 9 are used"}
	b.Database.Segments[1].Fetched, b.Database.Segments[1].Stale = "2026-11-19T22:00:00Z", "GET https://advisories.example/npm: 503 Service Unavailable"
	return b.judged()
}
