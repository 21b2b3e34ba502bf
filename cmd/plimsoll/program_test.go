package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/report"
)

// peakVariable names the file that the program under test writes its peak
// memory to before it ends.
const peakVariable = "PLIMSOLL_TEST_PEAK"

// TestMain makes the test binary the program itself when it is started under
// the program's name, so that tests run it as a user does: as a process.
func TestMain(m *testing.M) {
	testscript.Main(suite{m}, map[string]func(){"plimsoll": program})
}

// suite runs all tests with a directory for what several of them share.
type suite struct{ tests *testing.M }

// sharedVariable names that directory.
const sharedVariable = "PLIMSOLL_TEST_SHARED"

// Run runs the tests.
func (s suite) Run() int {
	dir, err := os.MkdirTemp("", "plimsoll-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	os.Setenv(sharedVariable, dir)
	return s.tests.Run()
}

// measured is the program to be measured. Under the race detector that is not
// this binary, for it would take several times as much.
var measured = sync.OnceValues(func() (string, error) {
	if !raceDetector {
		return os.Args[0], nil
	}
	file := filepath.Join(os.Getenv(sharedVariable), "measured.test")
	cmd := exec.Command("go", "test", "-c", "-o", file, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the program to be measured: %w\n%.1000s", err, out)
	}
	return file, nil
})

func program() {
	if path := os.Getenv(peakVariable); path != "" {
		code := run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
		if err := writePeak(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 100
		}
		os.Exit(code)
	}
	main()
}

var highWater = regexp.MustCompile(`(?m)^VmHWM:\s+(\d+) kB$`)

// writePeak keeps the most memory that this process ever had, as Linux counts
// it (proc_pid_status(5)). The figure of getrusage(2) would not do: a process
// inherits it from the one that started it.
func writePeak(path string) error {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return err
	}
	m := highWater.FindSubmatch(status)
	if m == nil {
		return errors.New("no VmHWM in /proc/self/status")
	}
	return os.WriteFile(path, m[1], 0o644)
}

// session is a fresh user: a home, a cache and a directory for temporary files
// of its own.
type session struct {
	program    string // empty for this binary
	home, temp string
	dir        string // working directory
	env        []string
}

func newSession(t testing.TB) *session {
	t.Helper()
	dir := t.TempDir()
	s := &session{home: filepath.Join(dir, "home"), temp: filepath.Join(dir, "tmp"), dir: filepath.Join(dir, "work")}
	for _, d := range []string{s.home, s.temp, s.dir} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// result is how one run of the program went.
type result struct {
	out, err string
	code     int
	took     time.Duration
}

// command prepares a run with an environment that holds nothing of the real
// user's.
func (s *session) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, cmp.Or(s.program, os.Args[0]), args...)
	cmd.Args[0] = "plimsoll"
	cmd.Dir = s.dir
	cmd.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + s.home, "XDG_CACHE_HOME=" + filepath.Join(s.home, ".cache"),
		"TMPDIR=" + s.temp, "LC_ALL=C.UTF-8",
		"PLIMSOLL_SKIP=from-end-of-life", // the releases in these tests end one day
	}, s.env...)
	return cmd
}

// run runs the program to its end. Whatever happens it must not panic, nor
// leave anything in the directory for temporary files.
func (s *session) run(t testing.TB, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := s.command(ctx, args...)
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	began := time.Now()
	err := cmd.Run()
	r := result{out.String(), errOut.String(), cmd.ProcessState.ExitCode(), time.Since(began)}
	if ctx.Err() != nil {
		t.Fatalf("plimsoll %s: not done after %s\n%s", strings.Join(args, " "), r.took, r.err)
	}
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	s.healthy(t, r)
	return r
}

func (s *session) healthy(t testing.TB, r result) {
	t.Helper()
	if strings.Contains(r.err, "panic:") || strings.Contains(r.err, "goroutine 1 [") || r.code < 0 || r.code > exitNoData {
		t.Fatalf("the program broke with exit code %d:\n%.4000s", r.code, r.err)
	}
	for _, f := range filesBelow(t, s.temp) {
		t.Errorf("left behind in TMPDIR: %s", f)
	}
}

// filesBelow lists what is in a directory, itself left out.
func filesBelow(t testing.TB, dir string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(p string, _ fs.DirEntry, err error) error {
		if p != dir {
			all = append(all, p)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// scan scans one image and reads the JSON report. The code must be one of those
// with a report: 0, 1 and 4.
func (s *session) scan(t testing.TB, args ...string) (*report.Report, result) {
	t.Helper()
	r := s.run(t, append([]string{"scan", "--offline", "-o", "json"}, args...)...)
	if r.code != exitOK && r.code != exitStop && r.code != exitNoData {
		t.Fatalf("scan %v: exit code %d\n%s", args, r.code, r.err)
	}
	return decode(t, r.out), r
}

func decode(t testing.TB, text string) *report.Report {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	r := &report.Report{}
	if err := d.Decode(r); err != nil {
		t.Fatalf("the report is no JSON: %v\n%.500s", err, text)
	}
	return r
}

// want checks the code and that all words are in the message.
func (r result) want(t testing.TB, code int, words ...string) {
	t.Helper()
	if r.code != code {
		t.Errorf("exit code is %d, want %d\n%.2000s", r.code, code, r.err)
	}
	for _, w := range words {
		if !strings.Contains(r.err, w) {
			t.Errorf("no %q in the message:\n%.2000s", w, r.err)
		}
	}
	if code == exitUsage || code == exitFailed {
		if n := strings.Count(r.err, "\n"); n > 6 {
			t.Errorf("%d lines of message:\n%.2000s", n, r.err)
		}
	}
}

// peak runs the program and gives the most memory that it used, in bytes.
func (s *session) peak(t testing.TB, args ...string) (int64, result) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "peak")
	program, err := measured()
	if err != nil {
		t.Fatal(err)
	}
	of := *s
	of.program = program
	of.env = append([]string{peakVariable + "=" + path}, s.env...)
	r := of.run(t, args...)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("no peak memory: %v\n%s", err, r.err)
	}
	kilobytes, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return kilobytes << 10, r
}

// packages are those of a purl type.
func packages(r *report.Report, kind string) []inventory.Package {
	var all []inventory.Package
	for _, p := range r.Packages {
		if p.Ecosystem == kind {
			all = append(all, p)
		}
	}
	return all
}

// root is the folder of the repository.
func root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Fatal("no go.mod above the working directory")
		}
		dir = up
	}
}

// tool skips the test where a program is not on PATH.
func tool(t testing.TB, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("%s is not on PATH: its packages cannot be compared with", name)
		}
	}
}

// capture runs another program in dir and gives its standard output.
func capture(t testing.TB, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "DEBIAN_FRONTEND=noninteractive")
	var errOut bytes.Buffer
	cmd.Stderr = &errOut
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %.300s: %v\n%.1000s%.2000s", name, strings.Join(args, " "), err, out, errOut.String())
	}
	return string(out)
}
