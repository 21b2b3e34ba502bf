package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/walk"
)

// toolchain is a compiler that was unpacked, not installed as a package.
type toolchain struct{ dir, name string }

// minToolchain is the size, in bytes, from which a directory of a toolchain is
// one: a time zone database of Go's alone is none.
const minToolchain = 8 << 20

// noteToolchain notes files of compilers that were unpacked.
func noteToolchain(e *walk.Entry) *inventory.Note {
	if e.Size == 0 || len(e.Path) < 10 || e.Path[0] != 'u' && e.Path[0] != 'o' && e.Path[0] != 'r' {
		return nil
	}
	for _, t := range [...]toolchain{{"usr/local/go/", "Go"}, {"usr/local/rustup/toolchains/", "Rust"}, {"root/.rustup/toolchains/", "Rust"},
		{"usr/share/dotnet/sdk/", ".NET SDK"}, {"opt/gradle/", "Gradle"}, {"usr/share/maven/", "Maven"}} {
		if strings.HasPrefix(e.Path, t.dir) {
			return &inventory.Note{Same: t.name, Size: e.Size}
		}
	}
	return nil
}

// toolsInImage reports the compilers of an image.
func toolsInImage(im *rule.Image) {
	all := systemPackages(im, slices.Concat(compilers(), companions()))
	if i := slices.IndexFunc(all, func(p inventory.Package) bool { return has(compilers(), plainName(p.Name)) }); i >= 0 {
		first := all[i]
		slices.SortStableFunc(all, func(a, b inventory.Package) int { return compilerFirst(b) - compilerFirst(a) })
		im.Report(rule.Found{At: first.At, Message: fmt.Sprintf("The image has %s, which only a build needs.%s", list(namesOf(all)), saved(all))})
	}
	for _, g := range gather(im.Notes(), func(n *inventory.Note) string { return inLayer(n, n.Same) }) {
		if g.size >= minToolchain {
			im.Report(rule.Found{At: rule.At(g.first), Message: fmt.Sprintf("The image has the tools of %s, which only a build needs: %s in %s.",
				g.first.Same, bytesOf(g.size), shown(topOf(g.first.Path, 3)))})
		}
	}
}

// compilerFirst is 1 for a compiler, to name those before what goes with them.
func compilerFirst(p inventory.Package) int {
	if has(compilers(), plainName(p.Name)) {
		return 1
	}
	return 0
}
