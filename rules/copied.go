package rules

import (
	"path"
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
)

// copied are the sources and the destination of an ADD or COPY as written,
// quotes taken away; ok is false where there are fewer than two words.
func copied(i *dockerfile.Instruction) (from []string, to string, ok bool) {
	if len(i.Args) < 2 {
		return nil, "", false
	}
	for _, w := range i.Args[:len(i.Args)-1] {
		from = append(from, unquote(w.Text))
	}
	return from, unquote(i.Args[len(i.Args)-1].Text), true
}

// archiveEndings are those of files that ADD may unpack.
func archiveEndings() []string {
	return []string{".tar", ".gz", ".bz2", ".xz", ".tgz", ".tbz", ".tbz2", ".tb2", ".txz", ".tlz", ".tpz", ".lz", ".lzma", ".Z", ".tZ", ".zst", ".tzst"}
}

func isArchive(name string) bool {
	for _, end := range archiveEndings() {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	return false
}

// isRemote tells whether ADD fetches a source, which COPY cannot.
func isRemote(source string) bool {
	for _, prefix := range []string{"http://", "https://", "git@", "git://", "ssh://"} {
		if strings.HasPrefix(source, prefix) {
			return true
		}
	}
	return false
}

// isHeredoc tells whether a source is the content of a here-document.
func isHeredoc(source string) bool { return strings.HasPrefix(source, "<<") }

// lastElement is the last element of a path, Windows' too.
func lastElement(name string) string {
	return path.Base(strings.ReplaceAll(name, `\`, "/"))
}

// isAbsolute tells whether a path is one from the root, on Windows too; a path
// that starts with a variable may be.
func isAbsolute(p string) bool {
	if strings.HasPrefix(p, "/") || strings.HasPrefix(p, "$") || strings.HasPrefix(p, `\`) {
		return true
	}
	return len(p) >= 2 && isAlnum(p[0]) && !isDigit(p[0]) && p[1] == ':'
}
