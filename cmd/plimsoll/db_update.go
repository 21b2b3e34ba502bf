package main

import (
	"errors"
	"slices"

	"github.com/plimsoll/plimsoll/feed"
	feeds "github.com/plimsoll/plimsoll/feed/all"
	"github.com/plimsoll/plimsoll/refresh"
)

// scanned are the ecosystems, without releases, of which an image can hold
// packages: those that `db update --all` fetches.
func scanned() []string {
	names := []string{
		"AlmaLinux", "Alpaquita", "Alpine", "Amazon Linux", "Azure Linux", "BellSoft Hardened Containers", "Bitnami", "Chainguard", "CleanStart",
		"ConanCenter", "CRAN", "crates.io", "Debian", "Docker Hardened Images", "Echo", "GitHub Actions", "Go", "Hackage", "Hex",
		"Julia", "Mageia", "Maven", "MinimOS", "npm", "NuGet", "opam", "openEuler", "openSUSE", "Oracle Linux", "Packagist", "Photon OS", "Pub",
		"PyPI", "Red Hat", "Rocky Linux", "Root", "RubyGems", "SUSE", "SwiftURL", "Ubuntu", "Wolfi",
	}
	return slices.DeleteFunc(names, func(name string) bool {
		return !slices.ContainsFunc(feeds.Feeds(), func(f feed.Feed) bool { return f.Covers(name) })
	})
}

// told leaves out the ecosystems that were only tried: with --all, those of which
// the sources have nothing.
func (d *data) told(results []refresh.Result) []refresh.Result {
	return slices.DeleteFunc(results, func(r refresh.Result) bool {
		return d.flags.all && r.State == refresh.Missing && errors.Is(r.Err, feed.ErrNoData)
	})
}

// chosen are the ecosystems that an update is about: those named, all, or those
// at hand, also if their files cannot be used any more.
func (d *data) chosen(named []string) ([]string, error) {
	switch {
	case d.flags.all && len(named) > 0:
		return nil, usageError("--all and ecosystems: one of them")
	case d.flags.all:
		return scanned(), nil
	case len(named) > 0:
		named = spelled(named)
		return named, d.covered(named)
	}
	r := d.refresher()
	ecosystems, unknown, err := r.AtHand()
	if err != nil {
		return nil, &exitError{exitFailed, err}
	}
	for _, err := range unknown {
		d.app.warn("%v", err)
	}
	if len(ecosystems) == 0 {
		return nil, usageError("there are no advisories in %s yet: name the ecosystems to fetch, or --all", d.flags.dir)
	}
	return ecosystems, nil
}
