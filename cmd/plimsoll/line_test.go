package main

import (
	"archive/tar"
	"io"
	"strings"
	"testing"
)

// TestLongLine keeps to the budget with a file of 300 MB in one line, with all
// checks on and the file a package's, and finds what is at its end.
func TestLongLine(t *testing.T) {
	t.Parallel()
	needLinux(t)
	if testing.Short() {
		t.Skip("packs 300 MB")
	}
	const size = 300 << 20
	token := `};t="ghp_` + "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17" + `";`
	piece := strings.Repeat(`var a=function(e,t){return password=e.key+"/"+t.token},secret="`+strings.Repeat("x", 30)+`",api_key={};`, 600)
	file, digest, diffID := packLayer(t, func(w io.Writer) error {
		tw := tar.NewWriter(w)
		for name, content := range map[string]string{"etc/debian_version": "12.1\n", "var/lib/dpkg/info/p.md5sums": strings.Repeat("0", 32) + "  usr/lib/line.js\n"} {
			if err := tw.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content)), Typeflag: tar.TypeReg}); err != nil {
				return err
			}
			if _, err := io.WriteString(tw, content); err != nil {
				return err
			}
		}
		if err := tw.WriteHeader(&tar.Header{Name: "usr/lib/line.js", Mode: 0o644, Size: size, Typeflag: tar.TypeReg}); err != nil {
			return err
		}
		for left := size - len(token); left > 0; left -= len(piece) {
			if _, err := io.WriteString(tw, piece[:min(left, len(piece))]); err != nil {
				return err
			}
		}
		if _, err := io.WriteString(tw, token); err != nil {
			return err
		}
		return tw.Close()
	})
	peak, r := newSession(t).peak(t, "scan", "--offline", "-o", "json", "oci:"+rawLayout(t, file, digest, diffID))
	t.Logf("took %s", r.took)
	withinBudget(t, peak)
	var found []string
	for _, f := range decode(t, r.out).Findings {
		if f.At.Path == "usr/lib/line.js" {
			found = append(found, f.ID)
		}
	}
	if got := strings.Join(found, " "); !strings.Contains(got, "github-pat") || !strings.Contains(got, "package-file-changed") {
		t.Errorf("found %q", got)
	}
}
