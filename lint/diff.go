package lint

import (
	"bytes"
	"fmt"
	"strings"
)

const (
	diffContext = 3
	// maxDiff bounds the table for the longest common subsequence; larger parts
	// are shown as replaced as a whole.
	maxDiff = 4 << 20
)

// change is a run of lines: what both texts have, or what only one of them has.
type change struct {
	kind  byte // ' ', '-' or '+'
	lines [][]byte
}

// Diff is the unified diff from one text to another, empty where they are the
// same. Line ends are as in the texts, so that patch(1) can apply it.
func Diff(path string, before, after []byte) string {
	if bytes.Equal(before, after) {
		return ""
	}
	a, b := bytes.SplitAfter(before, []byte("\n")), bytes.SplitAfter(after, []byte("\n"))
	a, b = trimEmpty(a), trimEmpty(b)
	var out strings.Builder
	fmt.Fprintf(&out, "--- %s\n+++ %s\n", diffName("a/", path), diffName("b/", path))
	hunks(&out, changes(a, b))
	return out.String()
}

// diffName quotes a name that would break the header.
func diffName(prefix, path string) string {
	if !strings.HasPrefix(path, "/") {
		path = prefix + path
	}
	if strings.ContainsFunc(path, func(r rune) bool { return r < ' ' || r == '"' || r == '\\' || r == 0x7f }) {
		return fmt.Sprintf("%q", path)
	}
	return path
}

func trimEmpty(lines [][]byte) [][]byte {
	if n := len(lines); n > 0 && len(lines[n-1]) == 0 {
		return lines[:n-1]
	}
	return lines
}

// changes compares lines: what both have at the start and at the end is cut off
// first, then the longest common subsequence of the rest is found.
func changes(a, b [][]byte) []change {
	head := 0
	for head < len(a) && head < len(b) && bytes.Equal(a[head], b[head]) {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && bytes.Equal(a[len(a)-1-tail], b[len(b)-1-tail]) {
		tail++
	}
	list := appendLines(nil, ' ', a[:head]...)
	list = middle(list, a[head:len(a)-tail], b[head:len(b)-tail])
	return appendLines(list, ' ', a[len(a)-tail:]...)
}

func middle(list []change, a, b [][]byte) []change {
	if (len(a)+1)*(len(b)+1) > maxDiff {
		return appendLines(appendLines(list, '-', a...), '+', b...)
	}
	width := len(b) + 1
	longest := make([]int32, (len(a)+1)*width)
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if bytes.Equal(a[i], b[j]) {
				longest[i*width+j] = longest[(i+1)*width+j+1] + 1
			} else {
				longest[i*width+j] = max(longest[(i+1)*width+j], longest[i*width+j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && bytes.Equal(a[i], b[j]):
			list = appendLines(list, ' ', a[i])
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && longest[(i+1)*width+j] >= longest[i*width+j+1]:
			list = appendLines(list, '-', a[i])
			i++
		default:
			list = appendLines(list, '+', b[j])
			j++
		}
	}
	return list
}

func appendLines(list []change, kind byte, lines ...[]byte) []change {
	if len(lines) == 0 {
		return list
	}
	if n := len(list); n > 0 && list[n-1].kind == kind {
		list[n-1].lines = append(list[n-1].lines, lines...)
		return list
	}
	return append(list, change{kind, append([][]byte(nil), lines...)})
}

// hunks writes changes with the lines around them; those that are near each
// other make one hunk.
func hunks(out *strings.Builder, list []change) {
	var hunk strings.Builder
	lineA, lineB := 1, 1
	startA, startB, countA, countB := 0, 0, 0, 0
	open := false
	write := func(kind byte, lines [][]byte) {
		for _, l := range lines {
			hunk.WriteByte(kind)
			hunk.Write(l)
			if !bytes.HasSuffix(l, []byte("\n")) {
				hunk.WriteString("\n\\ No newline at end of file\n")
			}
		}
		if kind != '+' {
			countA += len(lines)
		}
		if kind != '-' {
			countB += len(lines)
		}
	}
	flush := func() {
		if open {
			fmt.Fprintf(out, "@@ -%s +%s @@\n%s", hunkRange(startA, countA), hunkRange(startB, countB), hunk.String())
		}
		hunk.Reset()
		open, countA, countB = false, 0, 0
	}
	for i, c := range list {
		n := len(c.lines)
		if c.kind != ' ' {
			if !open {
				open, startA, startB = true, lineA, lineB
			}
			write(c.kind, c.lines)
		} else {
			last := i == len(list)-1
			if open && (last || n > 2*diffContext) {
				write(' ', c.lines[:min(n, diffContext)])
				flush()
			} else if open {
				write(' ', c.lines)
			}
			if !open && !last {
				keep := min(n, diffContext)
				open, startA, startB = true, lineA+n-keep, lineB+n-keep
				write(' ', c.lines[n-keep:])
			}
		}
		if c.kind != '+' {
			lineA += n
		}
		if c.kind != '-' {
			lineB += n
		}
	}
	flush()
}

// hunkRange is the range of lines of a hunk; one without lines starts a line
// earlier.
func hunkRange(start, count int) string {
	switch count {
	case 0:
		return fmt.Sprintf("%d,0", start-1)
	case 1:
		return fmt.Sprint(start)
	}
	return fmt.Sprintf("%d,%d", start, count)
}
