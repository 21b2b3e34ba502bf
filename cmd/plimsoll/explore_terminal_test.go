//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// tmux is a terminal with a server of its own.
type tmux struct {
	t       testing.TB
	socket  string
	session *session
}

// newTmux starts a terminal of a size that runs a line of shell.
func newTmux(t testing.TB, size [2]int, line string, env ...string) *tmux {
	t.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		t.Skip("no tmux: the browser is not tested in a terminal")
	}
	s := newSession(t)
	m := &tmux{t: t, socket: filepath.Join(s.home, "tmux"), session: s}
	link := filepath.Join(s.home, "plimsoll")
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(program, link); err != nil {
		t.Fatal(err)
	}
	vars := append([]string{"HOME=" + s.home, "XDG_CACHE_HOME=" + s.home, "TMPDIR=" + s.temp, "LC_ALL=C.UTF-8", "NO_COLOR="}, env...)
	line = fmt.Sprintf("cd %s; echo BEFORE; env %s %s; echo code=$?; stty -a | grep -o ' echo '; sleep 120", s.dir, strings.Join(vars, " "), strings.ReplaceAll(line, "plimsoll explore", link+" explore"))
	m.run("-f", "/dev/null", "new-session", "-d", "-x", fmt.Sprint(size[0]), "-y", fmt.Sprint(size[1]), "-s", "t", line)
	t.Cleanup(func() { m.run("kill-server") })
	return m
}

func (m *tmux) run(args ...string) string {
	m.t.Helper()
	cmd := exec.Command("tmux", append([]string{"-S", m.socket}, args...)...)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "TMUX=")
	out, err := cmd.CombinedOutput()
	if err != nil {
		m.t.Fatalf("tmux %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

func (m *tmux) keys(keys ...string) { m.run(append([]string{"send-keys", "-t", "t"}, keys...)...) }

// wait gives the screen once it holds an expression.
func (m *tmux) wait(expression string) string {
	m.t.Helper()
	want := regexp.MustCompile(expression)
	var screen string
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if screen = m.run("capture-pane", "-p", "-t", "t"); want.MatchString(screen) {
			return screen
		}
	}
	m.t.Fatalf("the screen never had %q:\n%s", expression, screen)
	return ""
}

// ended checks that the program has left the terminal as it was.
func (m *tmux) ended(code int) {
	m.t.Helper()
	screen := m.wait(`code=`)
	if !strings.Contains(screen, "BEFORE") || !strings.Contains(screen, fmt.Sprintf("code=%d", code)) {
		m.t.Errorf("the screen after the end:\n%s", screen)
	}
	m.wait(`(?m)^ echo`)
	if got := m.run("display-message", "-p", "-t", "t", "#{cursor_flag} #{alternate_on}"); got != "1 0\n" {
		m.t.Errorf("cursor and alternate screen are %q, want %q", got, "1 0\n")
	}
	m.session.healthy(m.t, result{})
}

// TestExploreInTerminal goes through the browser as a user does.
func TestExploreInTerminal(t *testing.T) {
	m := newTmux(t, [2]int{80, 24}, "plimsoll explore --offline --db starter "+shopArchive(t))
	screen := m.wait(`\d+ findings`)
	for _, want := range []string{`(?m)^>all .*whole image`, `app/ !\d+`, `~ +\S+ var/ !\d+`, `── /app ─`, `\? help`} {
		if !regexp.MustCompile(want).MatchString(screen) {
			t.Errorf("the first screen has no %q:\n%s", want, screen)
		}
	}
	m.keys("Tab", "Down", "Down", "Down")
	m.wait(`changes of layer 2(.|\n)*── layer 2 ─(.|\n)*COPY app /app`)
	m.keys("Tab", "/")
	m.keys("-l", "lodash/pack")
	m.wait(`/lodash/pack +1 found`)
	m.keys("Enter")
	m.wait(`── /app/node_modules/lodash/package.json ─(.|\n)*CVE-2019-10744`)
	m.run("resize-window", "-t", "t", "-x", "120", "-y", "40")
	screen = m.wait(`mode +owner`)
	if !strings.Contains(screen, "linux/amd64") {
		t.Errorf("after the window grew:\n%s", screen)
	}
	m.keys("2")
	m.wait(`R /app/node_modules/ejs/`)
	m.keys("?")
	m.wait(`sort by name, size, waste`)
	m.keys("x", "s", "C-u")
	m.keys("-l", "kept.plimsoll")
	m.keys("Enter")
	m.wait(`saved: plimsoll explore kept.plimsoll`)
	m.keys("q")
	m.ended(exitOK)

	again := newTmux(t, [2]int{100, 30}, "plimsoll explore "+filepath.Join(m.session.dir, "kept.plimsoll"))
	again.wait(`\d+ findings(.|\n)*R /app/node_modules/ejs/`)
	again.keys("C-c")
	again.ended(exitOK)
}

// TestExploreWithoutColour sees no colour in the escape sequences, and colour
// where it is wanted.
func TestExploreWithoutColour(t *testing.T) {
	colour := regexp.MustCompile(`\x1b\[[0-9;]*\b[349][0-7]m`)
	for _, c := range []struct {
		env  string
		want bool
	}{{"NO_COLOR=1", false}, {"X=", true}} {
		m := newTmux(t, [2]int{80, 24}, "plimsoll explore --no-scan "+shopArchive(t), c.env)
		m.wait(`~ +\S+ var/`)
		if got := colour.MatchString(m.run("capture-pane", "-p", "-e", "-t", "t")); got != c.want {
			t.Errorf("%s: colour %v, want %v", c.env, got, c.want)
		}
		m.keys("q")
		m.ended(exitOK)
	}
}

// TestExploreFails leaves the terminal as it was and says what went wrong.
func TestExploreFails(t *testing.T) {
	m := newTmux(t, [2]int{80, 24}, "plimsoll explore --offline oci:nothing-here")
	m.ended(exitFailed)
	m.wait(`nothing-here`)
}

// TestExploreTerminated ends by a signal.
func TestExploreTerminated(t *testing.T) {
	m := newTmux(t, [2]int{80, 24}, "sh -c 'echo $$ >pid; exec plimsoll explore --no-scan "+shopArchive(t)+"'")
	m.wait(`~ +\S+ var/`)
	text, err := os.ReadFile(filepath.Join(m.session.dir, "pid"))
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	m.ended(exitFailed)
}
