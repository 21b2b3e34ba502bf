package secret

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"math"
	"path"
	"strings"
)

// entropy is the entropy of the bytes of text, in bits a byte.
func entropy(text []byte) float64 {
	if len(text) == 0 {
		return 0
	}
	var counts [256]int
	for _, c := range text {
		counts[c]++
	}
	sum := 0.0
	for _, n := range counts {
		if n > 0 {
			sum += float64(n) * math.Log2(float64(n))
		}
	}
	return math.Log2(float64(len(text))) - sum/float64(len(text))
}

// reality is how real a value looks.
type reality int

const (
	looksReal     reality = iota
	isSample              // a value as documentation has it
	isPlaceholder         // the place of a value that somebody is to fill in
)

// placeholders are what values are written as that are no values. samples are
// parts of values that somebody made up.
var (
	placeholders = [...]string{"${", "$(", "{{", "#{", "<%", "%(", "@@", "...", "***", "•••", "[redacted]"}
	samples      = [...]string{
		"example", "sample", "dummy", "placeholder", "redacted", "changeme", "change_me", "change-me", "notreal", "not_real",
		"your_", "your-", "yourtoken", "yourkey", "youraccess", "yoursecret", "insert_", "fake", "foobar", "deadbeef",
		"put_your", "replace_", "thisisa", "this_is", "testtest", "invalid", "mytoken", "mysecret", "mypassword",
	}
)

// placeholder judges whether a value is real.
func placeholder(value []byte) reality {
	body := bytes.Trim(value, "\"'`-_=. ")
	if len(body) == 0 || body[0] == '<' || body[0] == '%' && body[len(body)-1] == '%' {
		return isPlaceholder
	}
	if body[0] == '$' && !bytes.ContainsFunc(body[1:], func(r rune) bool { return r >= 0x80 || !isName(byte(r)) }) {
		return isPlaceholder // a variable
	}
	// What is longer is made of parts, of which any may look like anything.
	head := value[:min(len(value), 256)]
	lower := strings.ToLower(string(head))
	for _, p := range placeholders {
		if strings.Contains(lower, p) {
			return isPlaceholder
		}
	}
	if bytes.Contains(head, []byte("xxxxx")) || bytes.Contains(head, []byte("XXXXX")) {
		return isPlaceholder
	}
	if x := strings.Count(lower, "x"); x*2 >= len(lower) {
		return isSample
	}
	if most, which := commonest(body); most*4 >= len(body)*3 {
		if strings.IndexByte("xX*0#?aA1.-_", which) >= 0 {
			return isPlaceholder
		}
		return isSample
	}
	for _, s := range samples {
		if strings.Contains(lower, s) {
			return isSample
		}
	}
	if ascending(head)*2 >= len(head) || periodic(body) || isKnown(value) {
		return isSample
	}
	return looksReal
}

//go:embed known.txt
var known string

// isKnown says whether a value is one that documentation publishes.
func isKnown(value []byte) bool {
	sum := sha256.Sum256(value)
	return strings.Contains(known, "\n"+hex.EncodeToString(sum[:8])+"\n")
}

// commonest is how often the byte that is there most often is there.
func commonest(text []byte) (int, byte) {
	var counts [256]int
	most, which := 0, byte(0)
	for _, c := range text {
		counts[c]++
		if counts[c] > most {
			most, which = counts[c], c
		}
	}
	return most, which
}

// ascending is how many bytes lie in runs of at least 8 in which each follows
// the one before in the alphabet or in the digits.
func ascending(text []byte) int {
	sum, run := 0, 1
	for i := 1; i <= len(text); i++ {
		if i < len(text) && (text[i] == text[i-1]+1 || text[i] == '0' && text[i-1] == '9' || text[i] == 'a' && text[i-1] == '9') {
			run++
			continue
		}
		if run >= 8 {
			sum += run
		}
		run = 1
	}
	return sum
}

// periodic says whether a value is the same few bytes again and again.
func periodic(text []byte) bool {
	n := min(len(text), 256)
	for p := 1; p <= 10 && p*3 <= n; p++ {
		if bytes.Equal(text[p:n], text[:n-p]) {
			return true
		}
	}
	return false
}

// Text before a value that introduces a sample, and how far before, in bytes.
var sampleMarks = [...]struct {
	text string
	far  int
}{{"example", 120}, {"e.g.", 120}, {" ex: ", 80}, {"sample", 120}, {"for instance", 120}, {"dummy", 80}, {">>> ", 600}, {"such as", 80}}

// introduced says whether the name of a candidate or the text before it
// introduces a sample.
func (c *candidate) introduced() bool {
	w := c.window
	if a := c.assigned; a != nil {
		for _, word := range nameWords(w.name(a)) {
			switch word {
			case "test", "example", "dummy", "fake", "sample", "mock", "demo":
				return true
			}
		}
	}
	all := w.text[w.lo:c.matchStart]
	if open := bytes.LastIndex(all, []byte("<!--")); open >= 0 && !bytes.Contains(all[open:], []byte("-->")) {
		return true
	}
	for _, m := range sampleMarks {
		before := w.text[max(w.lo, c.matchStart-m.far):c.matchStart]
		if bytes.Contains(bytes.ToLower(before), []byte(m.text)) {
			return true
		}
	}
	return false
}

// sampleDirs are folders of what is not meant to be real.
var sampleDirs = [...]string{
	"test", "tests", "testing", "testdata", "test-data", "test_data", "__tests__", "spec", "specs", "fixtures", "fixture",
	"example", "examples", "_examples", "sample", "samples", "demo", "demos", "doc", "docs", "documentation", "mock", "mocks", "__mocks__",
	"testutil", "testutils", "testhelper", "testhelpers", "man", "e2e", "integration", "benchmark", "benchmarks",
}

// isLibrary says whether a file is a library of the system, into which keys for
// tests of the library itself are built.
func isLibrary(file string) bool {
	dir, name := path.Split(strings.ToLower(file))
	return strings.Contains("/"+dir, "/lib") && (strings.HasSuffix(name, ".a") || strings.HasSuffix(name, ".so") || strings.Contains(name, ".so."))
}

// isSamplePath says whether a file lies where tests, samples and documentation
// are.
func isSamplePath(file string) bool {
	_, title := path.Split(file)
	title, _, _ = strings.Cut(title, ".")
	if strings.HasSuffix(title, "Test") || strings.HasSuffix(title, "Tests") {
		return true
	}
	dir, name := path.Split(strings.ToLower(file))
	for part := range strings.SplitSeq(dir, "/") {
		for _, d := range sampleDirs {
			if part == d || strings.HasSuffix(part, "-"+d) || strings.HasPrefix(part, d+"-") {
				return true
			}
		}
		if strings.HasSuffix(part, ".dist-info") || strings.HasSuffix(part, ".egg-info") {
			return true
		}
		for _, mark := range [...]string{"dummy", "fake", "mock", "example", "sample"} {
			if strings.Contains(part, mark) {
				return true
			}
		}
		if strings.HasSuffix(part, "_test") || strings.HasSuffix(part, ".test") || strings.HasSuffix(part, "tests") || strings.HasPrefix(part, "test_") {
			return true
		}
	}
	stem, ext, _ := strings.Cut(name, ".")
	switch path.Ext(name) {
	case ".md", ".rst", ".adoc", ".pod", ".mdx", ".asciidoc":
		return true
	}
	for _, mark := range [...]string{"readme", "changelog", "changes", "history", "news", "test_", "tests_", "example", "sample"} {
		if strings.HasPrefix(stem, mark) {
			return true
		}
	}
	if stem == "test" || stem == "tests" {
		return true
	}
	for _, mark := range [...]string{"_test", "_tests", "-test", "_spec", "-spec", "-example", "_example", "-sample"} {
		if strings.HasSuffix(stem, mark) {
			return true
		}
	}
	ext = "." + ext
	return strings.Contains(ext, ".test.") || strings.Contains(ext, ".spec.") || strings.Contains(ext, ".example") || strings.Contains(ext, ".sample")
}
