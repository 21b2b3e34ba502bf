package match

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plimsoll/plimsoll/inventory"
)

// TestMissing holds that nothing is passed over: an ecosystem without data is
// named, with how many packages were not checked.
func TestMissing(t *testing.T) {
	for _, c := range []struct {
		name   string
		distro inventory.Distro
		kind   string
		has    string
		broken string
		want   []Missing
	}{
		{"at hand", debian, "deb", "Debian:12", "", nil},
		{"release not at hand", debian, "deb", "Debian:11", "", []Missing{{"Debian:12", 2, "no advisories for Debian:12 are at hand: run plimsoll db update"}}},
		{"no os-release", inventory.Distro{}, "deb", "Debian:12", "", []Missing{{"deb", 2, "the image does not say which distribution it is (no os-release file)"}}},
		{"no source", inventory.Distro{ID: "fedora", Version: "40"}, "rpm", "", "", []Missing{{"fedora 40", 2, "OSV has no Fedora advisories"}}},
		{"unknown", inventory.Distro{ID: "hannah", Version: "1"}, "deb", "", "", []Missing{{"hannah 1", 2, `no source of advisories is known for the distribution "hannah"`}}},
		{"unknown release", inventory.Distro{ID: "debian", Version: "n/a"}, "deb", "Debian:12", "", []Missing{{"debian n/a", 2, `the release "n/a" of debian is not known`}}},
		{"foreign packages", debian, "rpm", "Debian:12", "", []Missing{{"debian 12 rpm", 2, "debian has no advisories for rpm packages"}}},
		{"language", debian, "npm", "Debian:12", "", []Missing{{"npm", 2, "no advisories for npm are at hand: run plimsoll db update"}}},
		{"unknown kind", debian, "cobol", "", "", []Missing{{"cobol", 2, "no advisories are known for packages of this kind"}}},
		{"one of two streams", inventory.Distro{ID: "rhel", Version: "9.4"}, "rpm", "Red Hat:enterprise_linux:9::baseos", "", []Missing{{"Red Hat:enterprise_linux:9::appstream", 2, "no advisories for Red Hat:enterprise_linux:9::appstream are at hand: run plimsoll db update"}}},
		{"any of SUSE's products", inventory.Distro{ID: "sles", Version: "15.5"}, "rpm", "SUSE:Linux Enterprise Server 15 SP5-LTSS", "", nil},
		{"none of SUSE's products", inventory.Distro{ID: "sles", Version: "15.5"}, "rpm", "SUSE:Linux Enterprise Server 15 SP4", "", []Missing{{"SUSE:Linux Enterprise Server 15 SP5", 2, "no advisories for SUSE:Linux Enterprise Server 15 SP5 are at hand: run plimsoll db update"}}},
		{"unreadable", debian, "deb", "Debian:12", "Debian:12", []Missing{{"Debian:12", 2, "the advisories for Debian:12 cannot be read (block 3: checksum differs): run plimsoll db update"}}},
	} {
		f := newFake()
		f.has[c.has], f.broken[c.broken] = true, true
		r := run1(t, f, c.distro, inventory.Package{Ecosystem: c.kind, Name: "a", Version: "1"}, inventory.Package{Ecosystem: c.kind, Name: "b", Version: "1"})
		if diff := cmp.Diff(c.want, r.Missing); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// TestWarnings holds that doubts are said once, with a count.
func TestWarnings(t *testing.T) {
	f := with(t, record(`"id":"GO-1"`, entry("Go", "example.com/odd", "introduced 0, fixed 1.0.0", "")))
	at := inventory.Place{Path: "bin/app"}
	r := run1(t, f, inventory.Distro{ID: "centos", Version: "9"},
		inventory.Package{Ecosystem: "golang", Name: "example.com/main", Version: "(devel)", At: at},
		inventory.Package{Ecosystem: "golang", Name: "example.com/other", At: at},
		inventory.Package{Ecosystem: "golang", Name: "example.com/odd", Version: "banana", At: at},
		inventory.Package{Ecosystem: "rpm", Name: "bash", Version: "1"})
	want := []inventory.Warning{
		{At: at, Message: "2 golang packages have no version to compare and could not be matched: example.com/main (devel), example.com/other"},
		{At: at, Message: "1 golang package could not be compared with some advisories, only with the versions that those list: example.com/odd banana"},
	}
	if diff := cmp.Diff(want, r.Warnings); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"CentOS 9 has no advisories of its own: those of Red Hat Enterprise Linux 9 are used"}, r.Notes); diff != "" {
		t.Errorf("notes (-want +got):\n%s", diff)
	}
}

// TestNeeds holds what is to be fetched for an image.
func TestNeeds(t *testing.T) {
	m := Matcher{Ecosystems: catalogs}
	packages := []inventory.Package{deb("a", "1", "", ""), npm("x", "1"), npm("y", "1"), {Ecosystem: "rpm", Name: "r"}, deb("b", "1", "", "")}
	got := m.Needs(&inventory.Inventory{Distro: inventory.Distro{ID: "ubuntu", Version: "22.04", Extended: "esm"}, Packages: packages})
	want := []Need{
		{Ecosystem: "Ubuntu:22.04:LTS", Packages: 2},
		{Ecosystem: "Ubuntu:Pro:22.04:LTS", Packages: 2, Extra: true},
		{Ecosystem: "npm", Packages: 2},
		{Ecosystem: "ubuntu 22.04 rpm", Packages: 1, Reason: "ubuntu has no advisories for rpm packages"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("needs (-want +got):\n%s", diff)
	}
	if got := m.Needs(&inventory.Inventory{Distro: debian}); len(got) != 0 {
		t.Errorf("an empty inventory needs %+v", got)
	}
}
