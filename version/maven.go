package version

import "strings"

// Maven versions are ordered by the "Version Order Specification" of the POM
// reference: split at dots, hyphens and every change between digits and letters
// (which counts as a hyphen), drop trailing null tokens (0, "", final, ga,
// release) of each hyphenated section, pad the shorter one, compare token by
// token. Known qualifiers come in the order alpha, beta, milestone, rc, snapshot,
// release, sp, then all others as text; of the same place, ".qualifier" is below
// "-qualifier", and every qualifier is below "-number", that below ".number".
//
// Decided conflicts: Maven's later ComparableVersion reads "X-1" as "X1" and
// ".qualifier" as "-qualifier", so it finds 1-foo equal to 1.foo and 2-1 above
// 2.0.a; OSV and the libraries that judge by it keep to the specification, which
// also leaves zeros before ".qualifier" in place (3.5.0.Beta1 is above 3.5.0-CR2),
// and so does this scheme. Where the specification alone would put .SP1 below
// -RC1, the known order of the two words decides, as in every Maven release.
//
// A trailing ".jre8", ".jre11" or ".jdk17" only names the Java release that a
// build is for and does not take part in the order; the older ".jre6" and ".jre7"
// do, as drivers released them one by one.
var (
	maven = Scheme{
		Name:       "maven",
		Doc:        "Maven artifacts, ordered by the POM reference",
		Compare:    compareMaven,
		Valid:      validMaven,
		ValidRange: validMavenRange,
		Satisfies:  checkMaven,
	}
	mavenEcho = rebuiltOf("maven:echo", "Maven artifacts rebuilt by Echo, whose +echo.N orders after the original", compareMaven, validMaven)
)

// mavenToken is one token with the separator before it.
type mavenToken struct {
	prefix byte
	number bool
	text   string
}

// mavenQualifiers are the qualifiers with a place of their own.
var mavenQualifiers = [...]string{"alpha", "beta", "milestone", "rc", "snapshot", "", "sp"}

// compareMaven orders two Maven versions.
func compareMaven(a, b string) (int, error) {
	if len(a) > maxVersion || len(b) > maxVersion {
		return 0, malformed("maven", a, "longer than 4 KiB")
	}
	var roomA, roomB [16]mavenToken
	x := parseMaven(roomA[:0], a)
	y := parseMaven(roomB[:0], b)
	for i := range max(len(x), len(y)) {
		var c int
		switch {
		case i >= len(x):
			c = padMaven(y[i]).compare(y[i])
		case i >= len(y):
			c = x[i].compare(padMaven(x[i]))
		default:
			c = x[i].compare(y[i])
		}
		if c != 0 {
			return c, nil
		}
	}
	return 0, nil
}

// parseMaven appends the tokens of v to list, trimmed.
func parseMaven(list []mavenToken, v string) []mavenToken {
	s := strings.ToLower(cutJava(strings.TrimSpace(v)))
	prefix := byte('-')
	for {
		n := digits(s)
		number := n > 0
		if !number {
			for n < len(s) && !isDigit(s[n]) && s[n] != '.' && s[n] != '-' {
				n++
			}
		}
		t := mavenToken{prefix: prefix, number: number, text: s[:n]}
		s = s[n:]
		switch {
		case number:
			t.text = strings.TrimLeft(t.text, "0")
		case n == 0:
			t.number = true
		default:
			t.text = mavenAlias(t.text, s != "" && isDigit(s[0]))
		}
		if prefix == '-' {
			list = trimMaven(list)
		}
		list = append(list, t)
		if s == "" {
			return trimMaven(list)
		}
		prefix = '-'
		if s[0] == '.' || s[0] == '-' {
			prefix, s = s[0], s[1:]
		}
	}
}

// cutJava drops the Java release that an artifact was built for.
func cutJava(v string) string {
	i := len(v)
	for i > 0 && isDigit(v[i-1]) {
		i--
	}
	if compareNumbers(v[i:], "8") >= 0 && i > 4 && (v[i-4] == '.' || v[i-4] == '-') {
		if word := v[i-3 : i]; strings.EqualFold(word, "jre") || strings.EqualFold(word, "jdk") {
			return v[:i-4]
		}
	}
	return v
}

// mavenAlias resolves other spellings of a qualifier; one letter stands for
// its word only right before a number.
func mavenAlias(q string, beforeNumber bool) string {
	switch {
	case q == "cr":
		return "rc"
	case q == "ga" || q == "final" || q == "release":
		return ""
	case beforeNumber && q == "a":
		return "alpha"
	case beforeNumber && q == "b":
		return "beta"
	case beforeNumber && q == "m":
		return "milestone"
	}
	return q
}

// trimMaven drops null tokens from the end of list; the first token stays.
func trimMaven(list []mavenToken) []mavenToken {
	for len(list) > 1 && list[len(list)-1].text == "" {
		list = list[:len(list)-1]
	}
	return list
}

// padMaven is the null token that stands against t in the shorter version.
func padMaven(t mavenToken) mavenToken {
	return mavenToken{prefix: t.prefix, number: t.number}
}

// compare orders two tokens.
func (t mavenToken) compare(u mavenToken) int {
	if t.number != u.number {
		return order(t.rank() < u.rank())
	}
	i, j := qualifierRank(t.text), qualifierRank(u.text)
	switch {
	case !t.number && i != j:
		return order(i < j)
	case t.prefix != u.prefix:
		return order(t.rank() < u.rank())
	case t.number:
		return compareNumbers(t.text, u.text)
	case i < len(mavenQualifiers):
		return 0
	}
	return strings.Compare(t.text, u.text)
}

// rank orders tokens of different shape.
func (t mavenToken) rank() int {
	switch {
	case t.number && t.prefix == '.':
		return 3
	case t.number:
		return 2
	case t.prefix == '-':
		return 1
	}
	return 0
}

// qualifierRank is the place of a known qualifier; unknown ones come last.
func qualifierRank(q string) int {
	for i, known := range mavenQualifiers {
		if q == known {
			return i
		}
	}
	return len(mavenQualifiers)
}

// validMaven refuses only what no repository can hold: Maven orders any text.
func validMaven(v string) error {
	if v == "" || strings.ContainsAny(v, "\\/:\"<>|?*[](),") || strings.ContainsAny(v, " \t\r\n") {
		return malformed("maven", v, "empty, or a character that a repository path cannot hold")
	}
	return nil
}
