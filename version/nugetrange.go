package version

import "strings"

// Ranges of NuGet (VersionRange.Parse): a bare version is the lowest that will do;
// brackets bound on both sides, "[1.0]" is 1.0 alone; "1.2.*" floats, which
// makes 1.2.0 the lowest and leaves prereleases out unless it ends in "-*".
//
// Decided: NuGet admits any prerelease between the bounds of a bracket; the
// dialect "deps.dev" admits one only where a bound is a prerelease of the same
// numbers.

// nugetRange is a range read: a missing bound is "".
type nugetRange struct {
	min, max         string
	minOpen, maxOpen bool
	stable           bool // leaves prereleases out
	brackets         bool
}

// checkNuGet reports whether version is in the range.
func checkNuGet(version, constraint string, d Dialect) (bool, error) {
	if d.Name == "expr" {
		return exprOf(compareNuGet)(version, constraint, d)
	}
	r, err := parseNuGetRange(constraint)
	if err != nil {
		return false, err
	}
	core, pre, err := cutNuGet(version)
	if err != nil {
		return false, err
	}
	if pre != "" && !d.Prerelease {
		if r.stable || r.brackets && d.Name == "deps.dev" && !r.names(core) {
			return false, nil
		}
	}
	if r.min != "" {
		c, err := compareNuGet(version, r.min)
		if err != nil || c < 0 || c == 0 && r.minOpen {
			return false, err
		}
	}
	if r.max != "" {
		c, err := compareNuGet(version, r.max)
		if err != nil || c > 0 || c == 0 && r.maxOpen {
			return false, err
		}
	}
	return true, nil
}

// names reports whether a bound is a prerelease of those numbers.
func (r nugetRange) names(core string) bool {
	for _, bound := range [...]string{r.min, r.max} {
		c, pre, err := cutNuGet(bound)
		if err == nil && pre != "" && compareDotted(c, core) == 0 {
			return true
		}
	}
	return false
}

// validNuGetRange is nil when NuGet can read the range.
func validNuGetRange(constraint string) error {
	_, err := parseNuGetRange(constraint)
	return err
}

// parseNuGetRange reads a range.
func parseNuGetRange(constraint string) (nugetRange, error) {
	var r nugetRange
	s := strings.TrimSpace(constraint)
	if s == "" || len(s) > maxConstraint {
		return r, unreadable(constraint, "empty or longer than 64 KiB")
	}
	low, high := s, ""
	if s[0] == '[' || s[0] == '(' {
		last := s[len(s)-1]
		if len(s) < 2 || last != ']' && last != ')' {
			return r, unreadable(constraint, "a bracket is not closed")
		}
		r.brackets, r.minOpen, r.maxOpen = true, s[0] == '(', last == ')'
		var two bool
		low, high, two = strings.Cut(s[1:len(s)-1], ",")
		low, high = strings.TrimSpace(low), strings.TrimSpace(high)
		switch {
		case strings.Contains(high, ","):
			return r, unreadable(constraint, "more than two bounds")
		case low == "" && high == "":
			return r, unreadable(constraint, "no bound")
		case !two && (r.minOpen || r.maxOpen):
			return r, unreadable(constraint, "a single version needs square brackets")
		case !two:
			high = low
		}
	}
	if err := r.setMin(low); err != nil {
		return r, err
	}
	if high != "" {
		if err := validNuGet(high); err != nil {
			return r, unreadable(constraint, err.Error())
		}
		r.max = high
	}
	return r, r.ordered(constraint)
}

// setMin reads the lower bound, which may float.
func (r *nugetRange) setMin(low string) error {
	if low == "" {
		return nil
	}
	if star := strings.IndexByte(low, '*'); star >= 0 {
		core, label, has := strings.Cut(low, "-")
		core, floats := strings.CutSuffix(core, "*")
		if floats {
			core += "0"
			r.stable = !has
		}
		if has {
			prefix, ends := strings.CutSuffix(label, "*")
			if !ends {
				return unreadable(low, "the star is not at the end")
			}
			if prefix == "" || strings.HasSuffix(prefix, ".") {
				prefix += "0"
			}
			core += "-" + prefix
		}
		low = core
	}
	if err := validNuGet(low); err != nil {
		return unreadable(low, err.Error())
	}
	r.min = low
	return nil
}

// ordered refuses bounds between which there is no version.
func (r nugetRange) ordered(constraint string) error {
	if r.min == "" || r.max == "" {
		return nil
	}
	c, err := compareNuGet(r.min, r.max)
	if err != nil {
		return err
	}
	if c > 0 || c == 0 && (r.minOpen || r.maxOpen) {
		return unreadable(constraint, "the lower bound is not below the upper one")
	}
	return nil
}
