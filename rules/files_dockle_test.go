package rules

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// dockleFile is a file of a random image.
type dockleFile struct {
	mode string
	text []string
}

// dockleCodes are the codes that Dockle's documentation promises for the files
// of an image, by what it says of each check.
func dockleCodes(files map[string]dockleFile) []string {
	codes := map[string]bool{}
	for path, f := range files {
		codes["CIS-DI-0008"] = codes["CIS-DI-0008"] || strings.Contains(f.mode, "s")
		numbers := map[string]bool{}
		for _, line := range f.text {
			fields := strings.Split(line, ":")
			switch path {
			case shadowPath:
				codes["DKL-LI-0001"] = codes["DKL-LI-0001"] || fields[1] == ""
			case passwdPath, groupPath:
				codes["DKL-LI-0002"] = codes["DKL-LI-0002"] || numbers[fields[2]]
				numbers[fields[2]] = true
			}
		}
	}
	var all []string
	for code, ok := range codes {
		if ok {
			all = append(all, code)
		}
	}
	slices.Sort(all)
	return all
}

// drawFile draws a file that fits its path.
func drawFile(t *rapid.T, path string) dockleFile {
	f := dockleFile{mode: rapid.SampledFrom([]string{"-rwxr-xr-x", "-rwsr-xr-x", "-rwxr-sr-x", "-rw-r--r--"}).Draw(t, "mode")}
	name, number := rapid.SampledFrom([]string{"root", "a", "b", "c"}), rapid.IntRange(0, 9)
	for range rapid.IntRange(1, 4).Draw(t, "lines") {
		n, id := name.Draw(t, "name"), number.Draw(t, "number")
		switch path {
		case passwdPath:
			f.text = append(f.text, fmt.Sprintf("%s:x:%d:%d::/:/bin/sh", n, id, id))
		case shadowPath:
			f.text = append(f.text, fmt.Sprintf("%s:%s:1::::::", n, rapid.SampledFrom([]string{"", "*", "!", "$6$abcdefgh$ijkl"}).Draw(t, "password")))
		case groupPath:
			f.text = append(f.text, fmt.Sprintf("%s:x:%d:", n, id))
		}
	}
	return f
}

// TestDockleFiles holds random images of one to three layers against what Dockle
// says of the files that show in them.
func TestDockleFiles(t *testing.T) {
	paths := []string{passwdPath, shadowPath, groupPath, "bin/su", "opt/x"}
	rapid.Check(t, func(t *rapid.T) {
		files := map[string]dockleFile{}
		var layers []string
		for range rapid.IntRange(1, 3).Draw(t, "layers") {
			var listing strings.Builder
			for _, p := range paths {
				switch rapid.IntRange(0, 3).Draw(t, p) {
				case 0:
					fmt.Fprintf(&listing, "removed %s\n", p)
					delete(files, p)
				case 1, 2:
					f := drawFile(t, p)
					files[p] = f
					fmt.Fprintf(&listing, "%s 0 0 1 %s\n", f.mode, p)
					for _, line := range f.text {
						fmt.Fprintf(&listing, "    %s\n", line)
					}
				}
			}
			layers = append(layers, listing.String())
		}
		listing := strings.Join(layers, "layer\n")
		var got []string
		for _, f := range findings(t, listed(t, listing), fileSetuid(), passwordEmpty(), accountDuplicate()) {
			got = append(got, f.Aliases...)
		}
		slices.Sort(got)
		if d := cmp.Diff(dockleCodes(files), slices.Compact(got)); d != "" {
			t.Fatalf("%s\n%s", d, listing)
		}
	})
}
