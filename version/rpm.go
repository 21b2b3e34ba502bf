package version

import "strings"

// RPM versions are [epoch:]version[-release]; each part is ordered by rpm's
// rpmvercmp: runs of letters and runs of digits compare in turn, digits are
// higher than letters, "~" sorts below the end and "^" just above it, all other
// characters only separate. A missing release sorts below any release.
//
// Decided conflict: rpm itself reads a missing epoch as 0, vulnerability
// matchers leave the epoch out when only one side states it, since many
// advisories omit it. The scheme "rpm" does the latter and is then not
// transitive over mixed input; "rpm:epoch-zero" is rpm's own order and the
// right one wherever both sides are known to state their epochs.
var (
	rpm      = rpmVariant("rpm", "RPM packages; epochs count only when both versions state one", true)
	rpmAuto  = rpmVariant("rpm:epoch-auto", "RPM packages; epochs count only when both versions state one", true)
	rpmZero  = rpmVariant("rpm:epoch-zero", "RPM packages; a missing epoch is 0, as rpm itself says", false)
	rpmUnset = rpmVariant("rpm:epoch-unset", "RPM packages with the matchers' default handling of epochs", true)
	rpmNEVRA = Scheme{
		Name:      "rpm-nevra",
		Doc:       "full RPM labels, name-[epoch:]version-release.arch",
		Compare:   compareNEVRA,
		Valid:     validNEVRA,
		Satisfies: exprOf(compareNEVRA),
	}
)

// rpmVariant is the RPM scheme under one handling of epochs.
func rpmVariant(name, doc string, bothEpochs bool) Scheme {
	compare := func(a, b string) (int, error) { return compareRPM(a, b, bothEpochs), nil }
	return Scheme{Name: name, Doc: doc, Compare: compare, Valid: validRPM, Satisfies: exprOf(sameDist(compare))}
}

// sameDist is compare for ranges of advisories: a release that ends in ".el8" and
// one that ends in ".el8.0.0" are the same build there, as a distribution tag
// without a minor release stands for its first.
func sameDist(compare func(a, b string) (int, error)) func(a, b string) (int, error) {
	return func(a, b string) (int, error) { return compare(trimDist(a), trimDist(b)) }
}

// trimDist drops ".0" from the end of a distribution tag.
func trimDist(v string) string {
	i := strings.LastIndex(v, ".el")
	if i < 0 {
		return v
	}
	tag := i + len(".el") + digits(v[i+len(".el"):])
	if strings.ReplaceAll(v[tag:], ".0", "") == "" {
		return v[:tag]
	}
	return v
}

// compareRPM orders two [epoch:]version[-release]; with bothEpochs an epoch
// that only one of them states is left out of the comparison.
func compareRPM(a, b string, bothEpochs bool) int {
	ea, ra, hasA := cutRPMEpoch(a)
	eb, rb, hasB := cutRPMEpoch(b)
	if !bothEpochs || hasA && hasB {
		if c := compareNumbers(ea, eb); c != 0 {
			return c
		}
	}
	va, la, hasRelA := cutRPMRelease(ra)
	vb, lb, hasRelB := cutRPMRelease(rb)
	if c := rpmvercmp(va, vb); c != 0 {
		return c
	}
	if hasRelA != hasRelB {
		return order(hasRelB)
	}
	return rpmvercmp(la, lb)
}

// cutRPMEpoch splits off leading digits that a colon ends.
func cutRPMEpoch(v string) (epoch, rest string, has bool) {
	v = strings.TrimSpace(v)
	n := digits(v)
	if n < len(v) && v[n] == ':' {
		return v[:n], v[n+1:], true
	}
	return "", v, false
}

// cutRPMRelease splits at the hyphen. Neither part may hold one, so a text with
// several is not taken apart.
func cutRPMRelease(v string) (version, release string, has bool) {
	i := strings.IndexByte(v, '-')
	if i < 0 || strings.IndexByte(v[i+1:], '-') >= 0 {
		return v, "", false
	}
	return v[:i], v[i+1:], true
}

// rpmvercmp orders two versions or two releases as rpm's function of that name.
func rpmvercmp(a, b string) int {
	for {
		a, b = rpmSegment(a), rpmSegment(b)
		ta, tb := startsWith(a, '~'), startsWith(b, '~')
		if ta || tb {
			if ta != tb {
				return order(ta)
			}
			a, b = a[1:], b[1:]
			continue
		}
		ca, cb := startsWith(a, '^'), startsWith(b, '^')
		if ca || cb {
			switch {
			case ca && cb:
				a, b = a[1:], b[1:]
				continue
			case a == "":
				return -1
			case b == "":
				return 1
			}
			return order(ca)
		}
		if a == "" || b == "" {
			break
		}
		numeric := isDigit(a[0])
		na, nb := run(a, numeric), run(b, numeric)
		if nb == 0 {
			return order(!numeric)
		}
		c := strings.Compare(a[:na], b[:nb])
		if numeric {
			c = compareNumbers(a[:na], b[:nb])
		}
		if c != 0 {
			return c
		}
		a, b = a[na:], b[nb:]
	}
	switch {
	case a == "" && b == "":
		return 0
	case a == "":
		return -1
	}
	return 1
}

// startsWith reports whether c is the first byte of s.
func startsWith(s string, c byte) bool { return s != "" && s[0] == c }

// rpmSegment drops the separators in front of the next segment.
func rpmSegment(s string) string {
	for s != "" && !isDigit(s[0]) && !isLetter(s[0]) && s[0] != '~' && s[0] != '^' {
		s = s[1:]
	}
	return s
}

// run counts the digits, or the letters, that s begins with.
func run(s string, numeric bool) int {
	if numeric {
		return digits(s)
	}
	n := 0
	for n < len(s) && isLetter(s[n]) {
		n++
	}
	return n
}

// validRPM accepts what rpmbuild accepts in version and release.
func validRPM(v string) error {
	_, rest, _ := cutRPMEpoch(v)
	version, release, has := cutRPMRelease(rest)
	if version == "" {
		return malformed("rpm", v, "no version")
	}
	if has && release == "" {
		return malformed("rpm", v, "the release is empty")
	}
	for _, part := range [...]string{version, release} {
		for i := range len(part) {
			if c := part[i]; !isDigit(c) && !isLetter(c) && strings.IndexByte("._+~^", c) < 0 {
				return malformed("rpm", v, "a character that neither version nor release may hold")
			}
		}
	}
	return nil
}

// nevra is a full label taken apart.
type nevra struct{ name, epoch, version, release, arch string }

// parseNEVRA reads name-[epoch:]version-release.arch, and also the plain
// [epoch:]version-release, which has neither name nor architecture.
func parseNEVRA(v string) (nevra, error) {
	var n nevra
	rest, release := cutLast(strings.TrimSpace(v), '-')
	if rest == "" || release == "" {
		return n, malformed("rpm-nevra", v, "no release")
	}
	n.release = release
	n.version = rest
	if i := strings.LastIndexByte(rest, '-'); i >= 0 {
		n.name, n.version = rest[:i], rest[i+1:]
		if i := strings.LastIndexByte(release, '.'); i >= 0 {
			n.release, n.arch = release[:i], release[i+1:]
		}
	}
	n.epoch, n.version, _ = cutRPMEpoch(n.version)
	return n, nil
}

// validNEVRA accepts a label whose version and release are well-formed.
func validNEVRA(v string) error {
	n, err := parseNEVRA(v)
	if err != nil {
		return err
	}
	return validRPM(n.version + "-" + n.release)
}

// compareNEVRA orders full labels by name, epoch (missing is 0), version,
// release and architecture, as claircore and rpm's own listing do.
func compareNEVRA(a, b string) (int, error) {
	x, err := parseNEVRA(a)
	if err != nil {
		return 0, err
	}
	y, err := parseNEVRA(b)
	if err != nil {
		return 0, err
	}
	if c := strings.Compare(x.name, y.name); c != 0 {
		return c, nil
	}
	if c := compareNumbers(x.epoch, y.epoch); c != 0 {
		return c, nil
	}
	if c := rpmvercmp(x.version, y.version); c != 0 {
		return c, nil
	}
	if c := rpmvercmp(x.release, y.release); c != 0 {
		return c, nil
	}
	return strings.Compare(x.arch, y.arch), nil
}
