package rules

import (
	"fmt"
	"maps"
	"path"
	"slices"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func volumeSystem() rule.Rule {
	return rule.Rule{
		ID:    "volume-system",
		Title: "VOLUME is a directory of the system",
		Why: "A volume on a directory of the system hides what the kernel or the image put there, or keeps it writable from outside of the container. " +
			"Such a mount is a known step of breaking out of a container. " +
			"Keep data in a directory of its own.",
		Bad:      "FROM debian:12\nVOLUME /proc\n",
		Good:     "FROM debian:12\nVOLUME /var/lib/app\n",
		Severity: finding.High,
		Aliases:  []string{"DKL-DI-0002"},
		Since:    "2026.1",
		Image: func(im *rule.Image) {
			for _, volume := range slices.Sorted(maps.Keys(im.Config.Config.Volumes)) {
				aliases, ok := systemVolume(path.Clean(volume))
				if !ok {
					continue
				}
				im.Report(rule.Found{At: placeOfLast(im, "VOLUME"), About: volume, Aliases: aliases, Message: fmt.Sprintf("The volume %s belongs to the system.", volume)})
			}
		},
		Dockerfile: func(d *rule.Dockerfile) {
			each(d, func(i *dockerfile.Instruction) {
				for _, w := range i.Args {
					dir := path.Clean(unquote(w.Text))
					if aliases, ok := systemVolume(dir); ok {
						d.Report(rule.Problem{Span: w.Span, Message: fmt.Sprintf("The directory %s belongs to the system.", dir), Aliases: aliases})
					}
				}
			}, "VOLUME")
		},
	}
}

// systemVolume tells whether a directory belongs to the system, and which tools
// say so of a volume.
func systemVolume(dir string) (aliases []string, ok bool) {
	switch dir {
	case "/sys", "/dev", "/proc":
		return nil, true
	case "/", "/bin", "/boot", "/etc", "/lib", "/lib64", "/sbin", "/usr", "/run", "/var/run":
		return []string{}, true
	}
	return nil, false
}
