package rule

import "github.com/plimsoll/plimsoll/dockerfile"

// Unpinned is a package that an instruction installs without saying in which
// version. The rule knows how its manager writes a version; which one it is to
// be, somebody else has to know.
type Unpinned struct {
	// Ecosystem is the purl type of what the manager installs: deb, apk, rpm,
	// pypi, npm, gem, golang.
	Ecosystem string
	// Program is the manager as it is called, "apt-get".
	Program string
	// Name is the package without architecture, extras and such; for golang it
	// is a package path, whose module is to be found.
	Name string
	// Word is what stands in the file, quotes resolved: "curl:amd64", "$TOOLS".
	Word string
	// Global says that npm installs it for the whole system.
	Global bool
	Stage  *dockerfile.Stage // nil before the first FROM
	Span   dockerfile.Span   // of the word, or of the RUN where its place is not known
	// Left says why no version can be written there; empty where Pin can.
	Left string
	// Pin is the edit that adds a version, written as inventories have it. It is
	// nil for a version that this manager cannot take or that holds what a shell
	// would not take as it is.
	Pin func(version string) *Edit
}
