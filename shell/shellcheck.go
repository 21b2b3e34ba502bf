package shell

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// ShellCheck runs an installed shellcheck program (https://www.shellcheck.net)
// on scripts. It is never linked in: its licence is the GPL.
type ShellCheck struct {
	Program string        // path or name on PATH
	Exclude []string      // codes that it is not to report: "SC1091"
	Timeout time.Duration // for one script; none if 0
}

// CheckedScript is a script to be checked.
type CheckedScript struct {
	Shell     string // as Script.Shell
	Text      string
	Variables []string // names that are set in the environment
	Errexit   bool     // the shell runs it with -e
}

// Remark is what shellcheck says about a place in a script.
type Remark struct {
	Code     string // "SC2086"
	Level    string // "error", "warning", "info" or "style"
	Message  string
	From, To int // offsets in CheckedScript.Text
}

// maxRemarks bounds the output in bytes that is read for one script.
const maxRemarks = 16 << 20

// Check runs shellcheck once a script, on all processors side by side. The
// result has the remarks of each script. Scripts that it could not check have
// none, and the error says why; the others are still there.
func (s ShellCheck) Check(ctx context.Context, scripts []CheckedScript) ([][]Remark, error) {
	out := make([][]Remark, len(scripts))
	errs := make([]error, len(scripts))
	next := make(chan int)
	var wg sync.WaitGroup
	for range min(runtime.NumCPU(), len(scripts)) {
		wg.Go(func() {
			for i := range next {
				out[i], errs[i] = s.check(ctx, scripts[i])
			}
		})
	}
	for i := range scripts {
		next <- i
	}
	close(next)
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return out, err
		}
	}
	return out, nil
}

func (s ShellCheck) check(ctx context.Context, script CheckedScript) ([]Remark, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if s.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, s.Timeout)
		defer cancel()
	}
	args := []string{"--norc", "--format=json1", "--shell=" + dialect(script.Shell)}
	if len(s.Exclude) > 0 {
		args = append(args, "--exclude="+strings.Join(s.Exclude, ","))
	}
	cmd := exec.CommandContext(ctx, s.Program, append(args, "-")...)
	cmd.WaitDelay = time.Second
	head := preamble(script)
	cmd.Stdin = strings.NewReader(head + script.Text + "\n")
	stdout, stderr := &limitedBuffer{limit: maxRemarks}, &limitedBuffer{limit: 4 << 10}
	cmd.Stdout, cmd.Stderr = stdout, stderr
	err := cmd.Run()
	var exit *exec.ExitError
	// 1 says that there are remarks.
	if err != nil && !(errors.As(err, &exit) && exit.ExitCode() == 1) {
		return nil, fmt.Errorf("run %s: %w: %s", s.Program, err, firstLine(stderr.String()))
	}
	remarks, err := readRemarks(stdout.Bytes(), head+script.Text, len(head))
	if err != nil {
		return nil, fmt.Errorf("read the output of %s: %w", s.Program, err)
	}
	return remarks, nil
}

// dialect is shellcheck's name for a shell.
func dialect(shell string) string {
	switch shell {
	case "bash", "rbash", "zsh":
		return "bash"
	case "ksh", "ksh93", "mksh":
		return "ksh"
	case "dash", "ash":
		return "dash"
	}
	return "sh"
}

// preamble tells shellcheck what is in force before the script.
func preamble(script CheckedScript) string {
	var b strings.Builder
	if script.Errexit {
		b.WriteString("set -e\n")
	}
	names := slices.Clone(script.Variables)
	slices.Sort(names)
	for _, v := range slices.Compact(names) {
		if isName(v) {
			b.WriteString("export " + v + "=1\n")
		}
	}
	return b.String()
}

// readRemarks reads shellcheck's json1 format. text is what was checked, of
// which the first head bytes are not the script's own.
func readRemarks(output []byte, text string, head int) ([]Remark, error) {
	var report struct {
		Comments []struct {
			Line      int    `json:"line"`
			EndLine   int    `json:"endLine"`
			Column    int    `json:"column"`
			EndColumn int    `json:"endColumn"`
			Level     string `json:"level"`
			Code      int    `json:"code"`
			Message   string `json:"message"`
		} `json:"comments"`
	}
	if err := json.Unmarshal(output, &report); err != nil {
		return nil, err
	}
	lines := lineStarts(text)
	var remarks []Remark
	for _, c := range report.Comments {
		from := offsetOf(text, lines, c.Line, c.Column)
		to := max(from, offsetOf(text, lines, c.EndLine, c.EndColumn))
		if from < head {
			continue
		}
		remarks = append(remarks, Remark{
			Code: "SC" + strconv.Itoa(c.Code), Level: c.Level, Message: c.Message, From: from - head, To: to - head})
	}
	return remarks, nil
}

// lineStarts are the offsets at which the lines of a text begin.
func lineStarts(text string) []int {
	starts := []int{0}
	for i := range len(text) {
		if text[i] == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}

// offsetOf is the byte offset of a line and a column, both from 1. A column is a
// character, a tab too in this format.
func offsetOf(text string, starts []int, line, column int) int {
	if line < 1 || line > len(starts) {
		return len(text)
	}
	offset := starts[line-1]
	for at := 1; at < column && offset < len(text) && text[offset] != '\n'; at++ {
		_, n := utf8.DecodeRuneInString(text[offset:])
		offset += n
	}
	return offset
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	return s
}

// limitedBuffer keeps the first bytes that are written.
type limitedBuffer struct {
	bytes.Buffer
	limit int
}

// Write takes p whole and keeps what fits.
func (b *limitedBuffer) Write(p []byte) (int, error) {
	if room := b.limit - b.Len(); room > 0 {
		b.Buffer.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}
