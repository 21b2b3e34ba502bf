package match

import (
	"slices"
	"strings"
	"testing"

	"github.com/plimsoll/plimsoll/inventory"
)

// TestDistros holds the table from os-release to OSV ecosystems.
func TestDistros(t *testing.T) {
	for _, c := range []struct{ id, version, name, required, extra string }{
		{"debian", "12", "", "Debian:12", ""},
		{"debian", "11.7", "", "Debian:11", ""},
		{"debian", "forky/sid", "", "Debian:14", ""},
		{"debian", "bookworm", "", "Debian:12", ""},
		{"debian", "", "", "", ""},
		{"ubuntu", "22.04", "", "Ubuntu:22.04:LTS", ""},
		{"ubuntu", "22.04.3", "", "Ubuntu:22.04:LTS", ""},
		{"ubuntu", "23.10", "", "Ubuntu:23.10", ""},
		{"ubuntu", "23.04", "", "Ubuntu:23.04", ""},
		{"alpine", "3.20.3", "", "Alpine:v3.20", ""},
		{"alpine", "3.20", "", "Alpine:v3.20", ""},
		{"alpine", "3.21.0_alpha20240807", "", "Alpine:edge", ""},
		{"alpine", "edge", "", "Alpine:edge", ""},
		{"wolfi", "20230201", "", "Wolfi", ""},
		{"chainguard", "20230214", "", "Chainguard", ""},
		{"minimos", "", "", "MinimOS", ""},
		{"alpaquita", "stream", "", "Alpaquita:stream", ""},
		{"bellsoft-hardened-containers", "25", "", "BellSoft Hardened Containers:25", ""},
		{"almalinux", "9.4", "", "AlmaLinux:9", ""},
		{"rocky", "8.10", "", "Rocky Linux:8", ""},
		{"rhel", "7.9", "", "Red Hat:enterprise_linux:7::server", "Red Hat:enterprise_linux:7::workstation"},
		{"rhel", "9.4", "", "Red Hat:enterprise_linux:9::baseos|Red Hat:enterprise_linux:9::appstream", "Red Hat:enterprise_linux:9::crb"},
		{"rhel", "10.0", "", "", "Red Hat:enterprise_linux:10.1"},
		{"centos", "7", "", "Red Hat:enterprise_linux:7::server", ""},
		{"azurelinux", "3.0", "", "Azure Linux:3", ""},
		{"mariner", "2.0", "", "Azure Linux:2", ""},
		{"opensuse-leap", "15.5", "", "openSUSE:Leap 15.5", ""},
		{"opensuse-tumbleweed", "20240801", "", "openSUSE:Tumbleweed", ""},
		{"sles", "15.5", "", "", "SUSE:Linux Enterprise Module for Basesystem 15 SP5"},
		{"sles", "15", "", "", "SUSE:Linux Enterprise Server 15"},
		{"sles", "12.5", "", "", "SUSE:Linux Enterprise Server 12 SP5-LTSS"},
		{"sles", "16.0", "", "", "SUSE:Linux Enterprise Server 16.0"},
		{"sle-micro", "5.5", "", "", "SUSE:Linux Enterprise Micro 5.5"},
		{"mageia", "9", "", "Mageia:9", ""},
		{"openEuler", "22.03", "openEuler 22.03 (LTS-SP3)", "openEuler:22.03-LTS-SP3", ""},
		{"openEuler", "22.03", "openEuler 22.03 LTS", "openEuler:22.03", ""},
		{"photon", "5.0", "", "Photon OS:5.0", ""},
		{"photon", "4", "", "Photon OS:4.0", ""},
		{"amzn", "2023", "", "Amazon Linux:2023", ""},
		{"amzn", "2", "", "Amazon Linux:2", ""},
		{"ol", "9.4", "", "Oracle Linux:9", ""},
		{"", "", "", "", ""},
		{"arch", "", "", "", ""},
	} {
		f, ok := familyOf(c.id)
		var r release
		if ok && f.release != nil {
			r = f.release(inventory.Distro{ID: c.id, Version: c.version, Name: c.name})
		}
		if got := strings.Join(r.required, "|"); got != c.required {
			t.Errorf("%s %s: requires %q, want %q", c.id, c.version, got, c.required)
		}
		if !strings.Contains("|"+strings.Join(r.extra, "|")+"|", "|"+c.extra+"|") && c.extra != "" {
			t.Errorf("%s %s: extra %q lack %q", c.id, c.version, r.extra, c.extra)
		}
	}
}

// TestRedHatStreams holds which streams of extended support an image is asked by.
func TestRedHatStreams(t *testing.T) {
	for _, c := range []struct{ version, extended, own, clearing string }{
		{"8.6", "", "", "Red Hat:rhel_eus:8.6::baseos"},
		{"8.6", "eus", "Red Hat:rhel_eus:8.6::appstream", "Red Hat:rhel_e4s:8.6::baseos"},
		{"9.2", "e4s", "Red Hat:rhel_e4s:9.2::baseos", "Red Hat:rhel_eus:9.2::baseos"},
		{"7.9", "", "", "Red Hat:rhel_els:7"},
		{"7.7", "aus", "Red Hat:rhel_aus:7.7::server", "Red Hat:rhel_els:7"},
		{"10.0", "eus", "Red Hat:enterprise_linux_eus:10.0", "Red Hat:enterprise_linux_e4s:10.0"},
		{"8", "eus", "", ""},
		{"8.6", "nonsense", "", "Red Hat:rhel_eus:8.6::baseos"},
	} {
		r := redHatRelease(inventory.Distro{ID: "rhel", Version: c.version, Extended: c.extended})
		if has := slices.Contains(r.own, c.own); has != (c.own != "") || c.own == "" && len(r.own) > 0 || has && !slices.Contains(r.extra, c.own) {
			t.Errorf("%s %s: own %q, extra %q", c.version, c.extended, r.own, r.extra)
		}
		if has := slices.Contains(r.clearing, c.clearing); has != (c.clearing != "") {
			t.Errorf("%s %s: clearing %q", c.version, c.extended, r.clearing)
		}
	}
}

// TestRedHatCPE has the stream named by the distribution itself.
func TestRedHatCPE(t *testing.T) {
	for cpe, want := range map[string]bool{
		"cpe:/o:redhat:rhel_eus:8.6::baseos": true, "cpe:/o:redhat:enterprise_linux:8::baseos": false, "cpe:/o:redhat:rhel_e4s:8.6::baseos": false,
	} {
		r := redHatRelease(inventory.Distro{ID: "rhel", Version: "8.6", CPE: cpe})
		if got := slices.Contains(r.own, "Red Hat:rhel_eus:8.6::baseos"); got != want {
			t.Errorf("%s: own %q", cpe, r.own)
		}
	}
}

// TestTable holds that every row of the table can be used.
func TestTable(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range families {
		for id := range strings.FieldsSeq(f.ids) {
			if seen[id] || id != strings.ToLower(id) {
				t.Errorf("%s is twice in the table, or not in lower case", id)
			}
			seen[id] = true
		}
		if (f.release == nil) != (f.reason != "") {
			t.Errorf("%s: a row has either ecosystems or a reason why not", f.ids)
		}
		if f.format != "deb" && f.format != "apk" && f.format != "rpm" {
			t.Errorf("%s: format %q", f.ids, f.format)
		}
	}
}

// FuzzDistro feeds hostile os-release values.
func FuzzDistro(f *testing.F) {
	for _, row := range families {
		f.Add(row.ids, "9.4", "NAME (LTS)", "esm")
	}
	f.Fuzz(func(t *testing.T, id, version, name, extended string) {
		m := Matcher{Ecosystems: catalogs}
		m.Needs(&inventory.Inventory{
			Distro:   inventory.Distro{ID: id, Version: version, Name: name, Extended: extended},
			Packages: []inventory.Package{{Ecosystem: "deb"}, {Ecosystem: "rpm"}, {Ecosystem: "apk"}},
		})
	})
}
