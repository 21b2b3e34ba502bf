package walk

import (
	"io/fs"
	"strings"
)

// Pattern selects regular files by name, mode and size. Patterns are data:
// those of all visitors compile into one matcher, so a path is looked up once
// however many visitors there are.
type Pattern struct {
	// Glob is a path without leading slash. "*" and "?" match within one name,
	// "**" as a whole name matches any number of directories:
	// "var/lib/dpkg/status", "**/*.jar", "**/*.dist-info/METADATA", "opt/**".
	Glob string
	// Executable asks for at least one execute bit.
	Executable bool
	// MinSize and MaxSize bound the file's size in bytes; 0 is no bound.
	MinSize, MaxSize int64
}

func (p *Pattern) admits(mode fs.FileMode, size int64) bool {
	if p.Executable && mode.Perm()&0o111 == 0 {
		return false
	}
	if size == unknownSize {
		return true
	}
	return size >= p.MinSize && (p.MaxSize == 0 || size <= p.MaxSize)
}

// want is a compiled pattern: what it selects, and which visitor asked.
type want struct {
	Pattern
	segments []string // of the glob; nil when the index alone decides
	visitor  int
}

// matcher finds the visitors of a path. Most patterns end in a plain name or
// in an extension, so two map look-ups decide nearly every path.
type matcher struct {
	byPath map[string][]want // the whole path is plain
	byBase map[string][]want // the last name is plain
	byExt  map[string][]want // the last name is "*" and a plain extension
	rest   []want            // anything else; tried on each path
}

func compile(visitors []Visitor) *matcher {
	m := &matcher{byPath: map[string][]want{}, byBase: map[string][]want{}, byExt: map[string][]want{}}
	for i, v := range visitors {
		for _, p := range v.Want {
			m.add(want{Pattern: p, visitor: i})
		}
	}
	return m
}

func (m *matcher) add(w want) {
	glob := strings.TrimPrefix(w.Glob, "/")
	if !strings.ContainsAny(glob, "*?") {
		m.byPath[glob] = append(m.byPath[glob], w)
		return
	}
	segments := strings.Split(glob, "/")
	last := segments[len(segments)-1]
	anywhere := len(segments) == 2 && segments[0] == "**"
	switch {
	case !strings.ContainsAny(last, "*?"):
		if !anywhere {
			w.segments = segments
		}
		m.byBase[last] = append(m.byBase[last], w)
	case len(last) > 2 && last[0] == '*' && last[1] == '.' && !strings.ContainsAny(last[1:], "*?") && !strings.Contains(last[2:], "."):
		if !anywhere {
			w.segments = segments
		}
		m.byExt[last[1:]] = append(m.byExt[last[1:]], w)
	case glob == "**":
		m.rest = append(m.rest, w)
	default:
		w.segments = segments
		m.rest = append(m.rest, w)
	}
}

// match appends the visitors that want the file, each once and in their order.
func (m *matcher) match(into []int, path string, mode fs.FileMode, size int64) []int {
	base := path[strings.LastIndexByte(path, '/')+1:]
	into = collect(into, m.byPath[path], path, mode, size)
	into = collect(into, m.byBase[base], path, mode, size)
	if dot := strings.LastIndexByte(base, '.'); dot >= 0 {
		into = collect(into, m.byExt[base[dot:]], path, mode, size)
	}
	return collect(into, m.rest, path, mode, size)
}

func collect(into []int, wants []want, path string, mode fs.FileMode, size int64) []int {
next:
	for i := range wants {
		w := &wants[i]
		if !w.admits(mode, size) || w.segments != nil && !matchSegments(w.segments, path) {
			continue
		}
		at := len(into)
		for j, v := range into {
			if v == w.visitor {
				continue next
			}
			if v > w.visitor && at == len(into) {
				at = j
			}
		}
		into = append(into, 0)
		copy(into[at+1:], into[at:])
		into[at] = w.visitor
	}
	return into
}

// matchSegments matches a path against the names of a glob. "**" tries every
// number of directories; the last "**" that took part is the only one that
// needs to be retried, so the time is at most names × segments.
func matchSegments(glob []string, path string) bool {
	g, rest := 0, path
	backGlob, backRest, back := 0, "", false
	for {
		if g == len(glob) && rest == "" {
			return true
		}
		if g < len(glob) && glob[g] == "**" {
			g++
			if g == len(glob) {
				return rest != ""
			}
			backGlob, backRest, back = g, rest, true
			continue
		}
		if g < len(glob) && rest != "" {
			name, tail, _ := strings.Cut(rest, "/")
			if matchName(glob[g], name) {
				g, rest = g+1, tail
				continue
			}
		}
		if !back || backRest == "" {
			return false
		}
		_, backRest, _ = strings.Cut(backRest, "/")
		g, rest = backGlob, backRest
	}
}

// matchName matches one name against a glob of one name.
func matchName(glob, name string) bool {
	g, n := 0, 0
	star, from := -1, 0
	for n < len(name) {
		switch {
		case g < len(glob) && glob[g] == '*':
			star, from = g, n
			g++
		case g < len(glob) && (glob[g] == '?' || glob[g] == name[n]):
			g++
			n++
		case star >= 0:
			from++
			g, n = star+1, from
		default:
			return false
		}
	}
	for g < len(glob) && glob[g] == '*' {
		g++
	}
	return g == len(glob)
}
