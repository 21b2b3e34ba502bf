package rules

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/rule"
)

// compilers are packages, in the plain names of plainName, that make one think
// that an image was made to build in.
var compilers = sync.OnceValue(func() []string {
	return []string{"gcc", "g++", "gcc-c++", "clang", "rustc", "rust", "cargo", "golang-go", "golang-bin", "golang", "go", "openjdk-jdk", "openjdk-jdk-headless",
		"java-openjdk-devel", "java-devel", "make", "cmake", "build-essential", "build-base", "gfortran", "gcc-gfortran", "ghc", "dotnet-sdk"}
})

// companions are packages that go with compilers and are of no use without.
var companions = sync.OnceValue(func() []string {
	return []string{"cpp", "binutils", "libc-dev", "libc-dev-bin", "libc-devtools", "libgcc-dev", "libstdc++-dev", "libstdc++-devel", "linux-libc-dev",
		"linux-headers", "kernel-headers", "musl-dev", "glibc-devel", "glibc-headers", "ninja-build", "ninja", "meson", "autoconf", "automake", "libtool",
		"bison", "flex", "nasm", "yasm", "llvm", "llvm-dev", "golang-src", "maven", "gradle", "alpine-sdk", "dpkg-dev", "rpm-build", "fortify-headers", "gdb",
		"cmake-data", "libgcc-devel", "autotools-dev", "fakeroot", "libfakeroot", "g++-multilib", "gcc-multilib", "patch", "pkgconf", "annobin", "gcc-plugin-annobin"}
})

// plainName is a package's name without the versions in it: gcc-12 and gcc12
// are gcc, openjdk-17-jdk is openjdk-jdk.
func plainName(name string) string {
	if !strings.ContainsAny(name, "0123456789") {
		return name
	}
	var parts []string
	for part := range strings.SplitSeq(name, "-") {
		if part = strings.TrimRight(part, "0123456789."); part != "" {
			parts = append(parts, part)
		}
	}
	if len(parts) > 1 && parts[0] == "binutils" {
		return parts[0]
	}
	return strings.Join(parts, "-")
}

// systemPackages are the packages of the distribution whose plain names are
// among those given.
func systemPackages(im *rule.Image, names []string) []inventory.Package {
	var found []inventory.Package
	for _, p := range im.Inventory.Packages {
		if isSystemPackage(&p) && slices.Contains(names, plainName(p.Name)) {
			found = append(found, p)
		}
	}
	return found
}

// isSystemPackage tells whether a package is one of the distribution.
func isSystemPackage(p *inventory.Package) bool {
	switch p.Ecosystem {
	case "deb", "apk", "rpm", "alpm":
		return true
	}
	return false
}

// saved says what removing packages saves, where their sizes are known.
func saved(packages []inventory.Package) string {
	var size int64
	for i := range packages {
		size += packages[i].Size
	}
	if size < 1000 {
		return ""
	}
	return fmt.Sprintf(" Without: %s less.", bytesOf(size))
}

// namesOf are the names of packages, each once.
func namesOf(packages []inventory.Package) []string {
	var names []string
	for i := range packages {
		if !has(names, packages[i].Name) {
			names = append(names, packages[i].Name)
		}
	}
	return names
}
