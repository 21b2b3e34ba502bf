package osrelease

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/walk"
)

// catalogFile runs the cataloger over one file.
func catalogFile(t testing.TB, path, text string) *inventory.Part {
	t.Helper()
	part := &inventory.Part{}
	f := walk.NewFile(path, 0o644, int64(len(text)), strings.NewReader(text))
	if err := Cataloger().Read(t.Context(), f, part); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if len(part.Files) != 1 || part.Files[0].Path != path {
		t.Fatalf("%s: the file is not on record: %+v", path, part.Files)
	}
	return part
}

func TestRead(t *testing.T) {
	for _, c := range []struct {
		name, path, text string
		want             *inventory.Distro
	}{
		{"debian", "usr/lib/os-release", "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\nVERSION=\"12 (bookworm)\"\nVERSION_CODENAME=bookworm\nID=debian\n",
			&inventory.Distro{ID: "debian", Version: "12", Name: "Debian GNU/Linux 12 (bookworm)", Codename: "bookworm"}},
		{"debian testing", "etc/os-release", "PRETTY_NAME=\"Debian GNU/Linux forky/sid\"\nVERSION_CODENAME=forky\nID=debian\n",
			&inventory.Distro{ID: "debian", Version: "forky", Name: "Debian GNU/Linux forky/sid", Codename: "forky"}},
		{"old debian testing", "etc/os-release", "PRETTY_NAME=\"Debian GNU/Linux bullseye/sid\"\nID=debian\n",
			&inventory.Distro{ID: "debian", Version: "bullseye", Name: "Debian GNU/Linux bullseye/sid", Codename: "bullseye"}},
		{"alpine edge", "etc/os-release", "NAME=\"Alpine Linux\"\nID=alpine\nVERSION_ID=3.21.0_alpha20240807\nPRETTY_NAME=\"Alpine Linux edge\"\n",
			&inventory.Distro{ID: "alpine", Version: "3.21.0_alpha20240807", Name: "Alpine Linux edge"}},
		{"single quotes and escapes", "etc/os-release", "ID='Rhel'\nPRETTY_NAME=\"A \\\"B\\\" \\$5 \\n\"\nID_LIKE='fedora centos fedora'\nVERSION_ID=9\\.4\nVARIANT_ID=container\nCPE_NAME=cpe:/o:redhat:enterprise_linux:9::baseos",
			&inventory.Distro{ID: "rhel", Version: "9.4", Name: `A "B" $5 \n`, IDLike: []string{"fedora", "centos"}, VariantID: "container", CPE: "cpe:/o:redhat:enterprise_linux:9::baseos"}},
		{"carriage returns, mark, comment", "etc/os-release", "\ufeffID=wolfi\r\n# ID=debian\r\nNAME=Wolfi\r\nVERSION_ID=\"20230201\"\r\n",
			&inventory.Distro{ID: "wolfi", Version: "20230201", Name: "Wolfi"}},
		{"arch", "usr/lib/os-release", "NAME=\"Arch Linux\"\nPRETTY_NAME=\"Arch Linux\"\nID=arch\nBUILD_ID=rolling\n",
			&inventory.Distro{ID: "arch", Version: "rolling", Name: "Arch Linux"}},
		{"arch file", "etc/arch-release", "", &inventory.Distro{ID: "arch", Version: "rolling", Name: "Arch Linux"}},
		{"void", "etc/os-release", "NAME=\"Void\"\nID=\"void\"\nPRETTY_NAME=\"Void Linux\"\n", &inventory.Distro{ID: "void", Name: "Void Linux"}},
		{"without ID", "etc/os-release", "NAME=\"Debian GNU/Linux\"\nID_LIKE=debian\nVERSION_ID=8\n",
			&inventory.Distro{Version: "8", Name: "Debian GNU/Linux", IDLike: []string{"debian"}}},
		{"empty", "etc/os-release", "", nil},
		{"noise", "etc/os-release", "\x7fELF\x02\x01\x01\x00\xff\xfe", nil},
		{"alpine-release", "etc/alpine-release", "3.19.1\n", &inventory.Distro{ID: "alpine", Version: "3.19.1"}},
		{"debian_version", "etc/debian_version", "12.5\n", &inventory.Distro{ID: "debian", Version: "12", Name: "Debian GNU/Linux 12.5"}},
		{"debian_version sid", "etc/debian_version", "trixie/sid\n", &inventory.Distro{ID: "debian", Version: "trixie", Codename: "trixie", Name: "Debian GNU/Linux trixie/sid"}},
		{"centos 5", "etc/redhat-release", "CentOS release 5.11 (Final)\n",
			&inventory.Distro{ID: "centos", Version: "5.11", Name: "CentOS release 5.11 (Final)", Codename: "Final", IDLike: []string{"rhel", "fedora"}}},
		{"rhel 6", "etc/redhat-release", "Red Hat Enterprise Linux Server release 6.10 (Santiago)\n",
			&inventory.Distro{ID: "rhel", Version: "6.10", Name: "Red Hat Enterprise Linux Server release 6.10 (Santiago)", Codename: "Santiago", IDLike: []string{"fedora"}}},
		{"oracle 5", "etc/redhat-release", "Enterprise Linux Enterprise Linux Server release 5.11 (Carthage)\n",
			&inventory.Distro{ID: "ol", Version: "5.11", Name: "Enterprise Linux Enterprise Linux Server release 5.11 (Carthage)", Codename: "Carthage", IDLike: []string{"fedora"}}},
		{"oracle 6", "etc/oracle-release", "Oracle Linux Server release 6.10\n",
			&inventory.Distro{ID: "ol", Version: "6.10", Name: "Oracle Linux Server release 6.10", IDLike: []string{"fedora"}}},
		{"rawhide", "etc/fedora-release", "Fedora release (Rawhide)\n", &inventory.Distro{ID: "fedora", Version: "Rawhide", Codename: "Rawhide", Name: "Fedora release (Rawhide)"}},
		{"amazon 1", "etc/system-release", "Amazon Linux AMI release 2018.03\n",
			&inventory.Distro{ID: "amzn", Version: "2018.03", Name: "Amazon Linux AMI release 2018.03", IDLike: []string{"rhel", "fedora"}}},
		{"centos 6 cpe", "etc/system-release-cpe", "cpe:/o:centos:linux:6:GA\n",
			&inventory.Distro{ID: "centos", Version: "6", Name: "centos", CPE: "cpe:/o:centos:linux:6:GA", IDLike: []string{"rhel", "fedora"}}},
		{"sles 11", "etc/SuSE-release", "SUSE Linux Enterprise Server 11 (x86_64)\nVERSION = 11\nPATCHLEVEL = 4\n",
			&inventory.Distro{ID: "sles", Version: "11.4", Name: "SUSE Linux Enterprise Server 11 (x86_64)", IDLike: []string{"suse"}}},
		{"opensuse 13", "etc/SuSE-release", "openSUSE 13.1 (x86_64)\nVERSION = 13.1\nCODENAME = Bottle\n",
			&inventory.Distro{ID: "opensuse", Version: "13.1", Codename: "Bottle", Name: "openSUSE 13.1 (x86_64)", IDLike: []string{"suse"}}},
		{"photon", "etc/photon-release", "VMware Photon Linux 1.0\nPHOTON_BUILD_NUMBER=1526e30ba\n", &inventory.Distro{ID: "photon", Version: "1.0", Name: "VMware Photon Linux 1.0"}},
		{"mariner", "etc/mariner-release", "CBL-Mariner 2.0.20220527\n", &inventory.Distro{ID: "mariner", Version: "2.0", Name: "CBL-Mariner 2.0.20220527"}},
		{"ubuntu lsb", "etc/lsb-release", "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=10.04\nDISTRIB_CODENAME=lucid\nDISTRIB_DESCRIPTION=\"Ubuntu 10.04.4 LTS\"\n",
			&inventory.Distro{ID: "ubuntu", Version: "10.04", Codename: "lucid", Name: "Ubuntu 10.04.4 LTS", IDLike: []string{"debian"}}},
		{"red hat lsb", "etc/lsb-release", "LSB_VERSION=base-4.0-amd64\n", nil},
		{"prose", "etc/redhat-release", "this is not a release file\n", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := catalogFile(t, c.path, c.text).Files[0].Distro
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTooLarge(t *testing.T) {
	part := &inventory.Part{}
	f := walk.NewFile("etc/os-release", 0o644, maxSize+1, strings.NewReader(strings.Repeat("#", maxSize+1)))
	if err := Cataloger().Read(t.Context(), f, part); err == nil {
		t.Error("a release file of 64 KiB and one byte was read")
	}
	if len(part.Files) != 1 {
		t.Error("a broken file must still take the place of the one below")
	}
}

func FuzzRead(f *testing.F) {
	for i, p := range Files() {
		f.Add(i, "ID=debian\nVERSION_ID=\"12\"\n")
		f.Add(i, "CentOS release 5.7 (Final)")
		f.Add(i, "cpe:/o:centos:linux:6:GA "+p)
	}
	f.Fuzz(func(t *testing.T, i int, text string) {
		paths := Files()
		path := paths[int(uint(i)%uint(len(paths)))]
		if len(text) > maxSize {
			return
		}
		d := catalogFile(t, path, text).Files[0].Distro
		if d != nil && (len(d.ID) > maxValue || strings.ContainsAny(d.ID+d.Version+d.Name, "\x00\x1b\n")) {
			t.Errorf("%q gave %+v", text, d)
		}
	})
}
