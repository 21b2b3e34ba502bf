package main

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// progress is one line on the terminal that says what is going on. Off a
// terminal, or when nil, it is silent.
type progress struct {
	mu    sync.Mutex
	w     io.Writer
	width int
	last  time.Time
	shown bool
}

func newProgress(w io.Writer, quiet bool) *progress {
	width, ok := terminal(w)
	if !ok || quiet {
		return nil
	}
	return &progress{w: w, width: width}
}

// say replaces the line, at most ten times a second.
func (p *progress) say(format string, args ...any) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if time.Since(p.last) < 100*time.Millisecond {
		return
	}
	p.last, p.shown = time.Now(), true
	line := clean(strings.ReplaceAll(fmt.Sprintf(format, args...), "\n", " "))
	if r := []rune(line); len(r) >= p.width && p.width > 1 {
		line = string(r[:p.width-1])
	}
	fmt.Fprintf(p.w, "\r\x1b[K%s", line)
}

// clear takes the line away, before something else is written.
func (p *progress) clear() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shown {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.shown = false
	}
}

// humanBytes writes a size as a person does: "3.4 MB".
func humanBytes(n int64) string {
	units := []string{"B", "kB", "MB", "GB", "TB"}
	f, i := float64(n), 0
	for f >= 1000 && i < len(units)-1 {
		f, i = f/1000, i+1
	}
	if i == 0 || f >= 100 {
		return fmt.Sprintf("%.0f %s", f, units[i])
	}
	return fmt.Sprintf("%.1f %s", f, units[i])
}
