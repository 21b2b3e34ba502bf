package version

import "strings"

// OpenSSL before 3.0 counted fixes with letters behind three numbers: 1.0.2,
// 1.0.2a, …, 1.0.2z, 1.0.2za; prereleases had a hyphen (1.1.0-pre1). Since 3.0 its
// versions are semantic. Numbers compare by value, then the letters as text,
// none being lowest, then a prerelease below its release.
var openssl = Scheme{
	Name:      "openssl",
	Doc:       "OpenSSL itself, with its letter releases before 3.0",
	Compare:   compareOpenSSL,
	Valid:     validOpenSSL,
	Satisfies: exprOf(compareOpenSSL),
}

// cutOpenSSL takes a version apart; build metadata is dropped.
func cutOpenSSL(v string) (core, letters, pre string, err error) {
	s := strings.TrimPrefix(strings.TrimSpace(v), "v")
	n := coreLength(s)
	if n == 0 {
		return "", "", "", malformed("openssl", v, "does not begin with a number")
	}
	core, s = s[:n], s[n:]
	if i := strings.IndexByte(s, '+'); i >= 0 {
		s = s[:i]
	}
	letters, pre, _ = strings.Cut(s, "-")
	return core, letters, pre, nil
}

// compareOpenSSL orders two versions of OpenSSL.
func compareOpenSSL(a, b string) (int, error) {
	ca, la, pa, err := cutOpenSSL(a)
	if err != nil {
		return 0, err
	}
	cb, lb, pb, err := cutOpenSSL(b)
	if err != nil {
		return 0, err
	}
	if c := compareDotted(ca, cb); c != 0 {
		return c, nil
	}
	if c := compareFold(la, lb); c != 0 {
		return c, nil
	}
	return comparePre(pa, pb), nil
}

// validOpenSSL accepts 1.0.2zb and 1.1.0-pre1 before 3.0, semantic versions since.
func validOpenSSL(v string) error {
	if validSemver(v) == nil {
		return nil
	}
	core, letters, pre, err := cutOpenSSL(v)
	if err != nil {
		return err
	}
	if strings.Count(core, ".") != 2 || run(letters, false) != len(letters) || letters != "" && pre != "" ||
		compareDotted(core, "3") >= 0 {
		return malformed("openssl", v, "neither of the form 1.0.2zb nor a semantic version")
	}
	return nil
}
