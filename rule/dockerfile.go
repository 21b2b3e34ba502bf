package rule

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/intel"
)

// Settings are what a user has configured that rules look at.
type Settings struct {
	TrustedRegistries []string          // images may come from these; empty means any
	LabelSchema       map[string]string // label → text, url, spdx, hash, rfc3339, semver, email
	StrictLabels      bool              // only the labels of the schema
	BuildArgs         map[string]string // --build-arg
	// Ignored tells whether the .dockerignore of the build context leaves a path
	// out; nil where there is no context.
	Ignored func(path string) bool
	// HasIgnoreFile says whether the context has a .dockerignore.
	HasIgnoreFile bool
	// IgnoreExceptions says that the .dockerignore takes paths back in with "!",
	// so that files in a directory that it leaves out may be there.
	IgnoreExceptions bool
	// Now is the time that ends of life are judged at; zero is the day of the
	// data.
	Now time.Time
	// Lifetimes gives when releases of distributions and other products get
	// their last fixes, as it was last fetched: nil, or a nil answer, leaves it to
	// the rules' own table.
	Lifetimes func() *intel.Lifetimes
	// MaxImageAge is the age from which an image is old; zero is the rule's own.
	MaxImageAge time.Duration
	// Secrets finds tokens, keys and passwords by what they look like; nil
	// leaves it to the few forms that the rules know themselves.
	Secrets func(text []byte) []Secret
}

// Secret is a run of text that is a token, a key or a password.
type Secret struct {
	Start, End int    // byte offsets in the text
	Kind       string // what it is: "AWS access key"
}

// Dockerfile is a Dockerfile as a rule sees it.
type Dockerfile struct {
	*dockerfile.File
	Path     string // as the user named it
	Settings *Settings

	report  func(Problem)
	scripts map[*dockerfile.Instruction][]*Script
	// Where another shell comes into force: see ShellAt.
	shells, shellComments []shellChange
}

// NewDockerfile makes the view that rules get; report is called for each problem.
func NewDockerfile(f *dockerfile.File, path string, s *Settings, report func(Problem)) *Dockerfile {
	d := &Dockerfile{File: f, Path: path, Settings: s, report: report, scripts: map[*dockerfile.Instruction][]*Script{}}
	d.shells, d.shellComments = shellChanges(f)
	return d
}

// WithReport is the same view, with everything that was parsed so far, for
// another rule.
func (d *Dockerfile) WithReport(report func(Problem)) *Dockerfile {
	other := *d
	other.report = report
	return &other
}

// maxMessage is the length, in bytes, from which a message is cut.
const maxMessage = 500

// Report reports a problem. Its message may quote the file, which may hold
// anything: what reaches a terminal is one line of bounded length. A file that
// is no text is not mended.
func (d *Dockerfile) Report(p Problem) {
	p.Message = oneLine(p.Message)
	if d.Binary {
		p.Fix = nil
	}
	d.report(p)
}

// oneLine puts a mark in the place of control characters and of what is no
// UTF-8.
func oneLine(s string) string {
	if len(s) > maxMessage {
		s = s[:maxMessage] + "…."
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return utf8.RuneError
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}
