package java

import (
	"regexp"
	"strings"
)

// fileName is what Maven's way to name files tells of an archive:
// artifact-version[-classifier].jar.
type fileName struct {
	whole    string // without the extension
	artifact string
	version  string // empty where there is none
}

// qualifier is a word that may follow a dash within a version, and classifier
// one that follows a version and says which of several files of it this is.
var (
	qualifier  = regexp.MustCompile(`(?i)^(snapshot|release|final|ga|jre|android|jdk|java|alpha|beta|rc|cr|m|b|sp|pre|preview|ea|dev|build|redhat|incubating|milestone|hadoop|sec|hotfix|patch|r|v|jakarta|empty|atlassian|cdh|hdp|amzn|jbossorg|jboss)[._]?[0-9.]*$`)
	classifier = regexp.MustCompile(`(?i)^(sources|javadoc|tests|test|all|shaded|shadow|uber|fat|full|native|classes|exec|boot|with|jar|linux|osx|windows|macos|x86_64|x86_32|aarch_64|aarch64|amd64|arm64|no_aop|nodeps|standalone|runtime|bin|signed)$`)
)

// splitName takes the name of a file apart. A dash before a digit may begin the
// version; the first one is taken after which all looks like one, so that
// log4j-1.2-api-2.17.1.jar is version 2.17.1 of log4j-1.2-api.
func splitName(base string) fileName {
	whole := base
	if dot := strings.LastIndexByte(base, '.'); dot > 0 {
		whole = base[:dot]
	}
	n := fileName{whole: whole, artifact: whole}
	if len(whole) > maxValue {
		return fileName{}
	}
	dashes, first := 0, -1
	for i := 1; i+1 < len(whole); i++ {
		if whole[i] != '-' || whole[i+1] < '0' || whole[i+1] > '9' {
			continue
		}
		// Nobody's name has this many; each costs a look at all the rest.
		if dashes++; dashes > 16 {
			break
		}
		if first < 0 {
			first = i
		}
		if version, ok := versionOf(whole[i+1:]); ok {
			n.artifact, n.version = whole[:i], version
			return n
		}
	}
	if first > 0 {
		n.artifact, n.version = whole[:first], whole[first+1:]
	}
	return n
}

// versionOf says whether the end of a name is a version, and gives it without
// the classifier after it.
func versionOf(s string) (string, bool) {
	if strings.HasSuffix(s, ".x") {
		return "", true // "3.x" is a link to some version
	}
	parts := strings.Split(s, "-")
	end := len(parts)
	for end > 1 && classifier.MatchString(parts[end-1]) {
		end--
	}
	for _, part := range parts[1:end] {
		if part == "" || (part[0] < '0' || part[0] > '9') && !qualifier.MatchString(part) {
			return "", false
		}
	}
	return strings.Join(parts[:end], "-"), true
}

// fits says whether an archive of this name can be the library x itself, and not
// one that was packed into it.
func (n fileName) fits(x coordinates) bool {
	if n.artifact == x.artifact && (n.version == "" || n.version == x.version) {
		return true
	}
	for _, full := range []string{x.artifact + "-" + x.version, x.group + "." + x.artifact + "-" + x.version} {
		if rest, ok := strings.CutPrefix(n.whole, full); ok && (rest == "" || rest[0] == '-' || rest[0] == '.') {
			return true
		}
	}
	return n.whole == x.artifact || n.whole == x.group+"."+x.artifact
}
