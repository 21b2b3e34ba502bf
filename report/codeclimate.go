package report

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
)

// codeClimateWriter writes the stream that Code Climate's engines give: one
// object a finding, each ended by a NUL byte.
var codeClimateWriter = Writer{
	Name:  "codeclimate",
	Doc:   "the stream of a Code Climate engine",
	Write: writeCodeClimate,
}

// gitlabWriter writes Code Climate's objects as the list with fingerprints that
// GitLab's code quality reports are.
var gitlabWriter = Writer{
	Name:  "gitlab_codeclimate",
	Doc:   "GitLab's code quality report",
	Write: writeGitLab,
}

type climateIssue struct {
	Type        string          `json:"type"`
	Check       string          `json:"check_name"`
	Description string          `json:"description"`
	Categories  []string        `json:"categories"`
	Location    climateLocation `json:"location"`
	Severity    string          `json:"severity"`
	Fingerprint string          `json:"fingerprint,omitempty"`
}

type climateLocation struct {
	Path  string       `json:"path"`
	Lines climateLines `json:"lines"`
}

type climateLines struct {
	Begin int `json:"begin"`
	End   int `json:"end"`
}

func (i issue) climate() climateIssue {
	return climateIssue{
		Type: "issue", Check: i.code, Description: i.message, Categories: []string{"Bug Risk"},
		Location: climateLocation{i.file, climateLines{i.line, i.line}},
		Severity: map[string]string{"error": "blocker", "warning": "major", "info": "info", "style": "minor"}[i.severity],
	}
}

func writeCodeClimate(w io.Writer, r *Report, _ Options) error {
	for _, i := range r.issues() {
		var b bytes.Buffer
		if err := encodeLine(&b, i.climate()); err != nil {
			return err
		}
		if err := writeAll(w, append(bytes.TrimSuffix(b.Bytes(), []byte("\n")), 0)); err != nil {
			return err
		}
	}
	return nil
}

func writeGitLab(w io.Writer, r *Report, _ Options) error {
	list := []climateIssue{}
	seen := map[string]int{}
	for _, i := range r.issues() {
		c := i.climate()
		data, err := json.Marshal(c)
		if err != nil {
			return fmt.Errorf("write report: %w", err)
		}
		// GitLab drops all but one of the same fingerprint.
		n := seen[string(data)]
		seen[string(data)]++
		if n > 0 {
			data = fmt.Appendf(data, "%d", n)
		}
		sum := sha1.Sum(data)
		c.Fingerprint = hex.EncodeToString(sum[:])
		list = append(list, c)
	}
	return encodeLine(w, list)
}
