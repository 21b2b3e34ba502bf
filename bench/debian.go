package main

import (
	"fmt"
	"strings"
)

// knownDebian are packages with versions of Debian 12 to which advisories
// apply; the rest of the base image's packages are made up.
func knownDebian() [][2]string {
	return [][2]string{
		{"openssl", "3.0.9-1"}, {"libssl3", "3.0.9-1"}, {"zlib1g", "1:1.2.13.dfsg-1"}, {"libc6", "2.36-9+deb12u1"}, {"bash", "5.2.15-2+b2"},
		{"curl", "7.88.1-10"}, {"perl-base", "5.36.0-7"}, {"tar", "1.34+dfsg-1.2"}, {"libgnutls30", "3.7.9-2"}, {"util-linux", "2.38.1-5+b1"},
	}
}

// debian is what a minimal Debian holds: per package a few programs or
// libraries, documents, a copyright file, a file list and an entry in dpkg's
// status, and data of no package.
func debian(w *layerWriter) {
	w.file("etc/os-release", 0o644, []byte("PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\nVERSION=\"12 (bookworm)\"\nVERSION_CODENAME=bookworm\nID=debian\n"))
	w.file("etc/debian_version", 0o644, []byte("12.1\n"))
	for _, dir := range []string{"bin", "lib", "sbin"} {
		w.link(dir, "usr/"+dir)
	}
	var status strings.Builder
	known := knownDebian()
	for i := range 100 {
		name, version := fmt.Sprintf("%s%d", w.stock.word(), i), fmt.Sprintf("%d.%d-%d", i%4, i%10, 1+i%3)
		if i < len(known) {
			name, version = known[i][0], known[i][1]
		}
		list := debianFiles(w, name, i)
		w.file("var/lib/dpkg/info/"+name+".list", 0o644, []byte(strings.Join(list, "\n")+"\n"))
		w.text("var/lib/dpkg/info/"+name+".md5sums", 60*len(list))
		statusEntry(&status, w.stock, name, version)
	}
	w.file("var/lib/dpkg/status", 0o644, []byte(status.String()))
	for i := range 700 {
		w.text(fmt.Sprintf("usr/share/zoneinfo/%s/%s%d", w.stock.word(), w.stock.word(), i), 1200)
	}
}

// debianFiles writes the files of the package with a number and lists them.
func debianFiles(w *layerWriter, name string, number int) []string {
	list := []string{"/.", "/usr", "/usr/share", "/usr/share/doc", "/usr/share/doc/" + name}
	add := func(p string) string {
		list = append(list, "/"+p)
		return p
	}
	for i := range 3 {
		w.blob(add(fmt.Sprintf("usr/bin/%s%d-%d", w.stock.word(), number, i)), 0o755, elfHeader(), int64(w.stock.around(70<<10)))
	}
	for i := range 2 {
		w.blob(add(fmt.Sprintf("usr/lib/x86_64-linux-gnu/lib%s%d.so.%d", w.stock.word(), number, i)), 0o644, elfHeader(), int64(w.stock.around(140<<10)))
	}
	for i := range 12 {
		w.text(add(fmt.Sprintf("usr/share/%s/%s%d", name, w.stock.word(), i)), 3<<10)
	}
	w.text(add("usr/share/doc/"+name+"/changelog.Debian"), 4<<10)
	w.file(add("usr/share/doc/"+name+"/copyright"), 0o644, copyright(w.stock, name))
	return list
}

// copyright is in the form that Debian's machine-readable copyright files have
// (DEP-5).
func copyright(s *stock, name string) []byte {
	return fmt.Appendf(nil, "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: %s\n\nFiles: *\nCopyright: 2001-2023 %s %s\nLicense: GPL-2+\n\nFiles: debian/*\nCopyright: 2010 %s\nLicense: MIT\n\nLicense: MIT\n %s\n",
		name, s.word(), s.word(), s.word(), strings.ReplaceAll(strings.TrimSpace(string(s.prose(900))), "\n\n", "\n .\n"))
}

// statusEntry appends a package to a dpkg status (deb-control(5)).
func statusEntry(b *strings.Builder, s *stock, name, version string) {
	fmt.Fprintf(b, "Package: %s\nStatus: install ok installed\nPriority: required\nSection: admin\nInstalled-Size: %d\nMaintainer: %s %s <%s@example.org>\nArchitecture: amd64\nMulti-Arch: foreign\n",
		name, s.random.IntN(9000), s.word(), s.word(), s.word())
	switch name {
	case "libssl3":
		b.WriteString("Source: openssl\n")
	case "libc6":
		b.WriteString("Source: glibc\n")
	}
	fmt.Fprintf(b, "Version: %s\nDepends: libc6 (>= 2.34), %s (>= 1.2), %s\nConffiles:\n /etc/%s.conf 0123456789abcdef0123456789abcdef\nDescription: %s for %s\n", version, s.word(), s.word(), name, s.word(), s.word())
	for range 6 {
		fmt.Fprintf(b, " %s %s %s %s %s %s %s.\n", s.word(), s.word(), s.word(), s.word(), s.word(), s.word(), s.word())
	}
	fmt.Fprintf(b, "Homepage: https://example.org/%s\n\n", name)
}
