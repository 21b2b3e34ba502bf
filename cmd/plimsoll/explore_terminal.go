package main

import (
	"context"
	"errors"
	"fmt"
	"path"
	"runtime/debug"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/plimsoll/plimsoll/explore"
	"github.com/plimsoll/plimsoll/image"
	"github.com/plimsoll/plimsoll/report"
	"github.com/plimsoll/plimsoll/scan"
)

// screen shows a browser on a terminal: keys, sizes and results in, lines out.
type screen struct {
	browser *explore.Browser
	color   bool
	failed  error
	closing func() // ends the work in the background
	started chan struct{}
}

// What the work in the background tells the screen.
type (
	imageMsg  explore.Image
	noteMsg   string
	failMsg   struct{ err error }
	treeMsg   func(*explore.Browser)
	reportMsg struct {
		report *report.Report
		err    error
	}
)

// Init lets the work in the background begin: the program takes messages only
// when it runs.
func (s *screen) Init() tea.Cmd {
	return func() tea.Msg {
		close(s.started)
		return nil
	}
}

// Update takes a key or a result.
func (s *screen) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		s.browser.Resize(msg.Width, msg.Height)
	case tea.KeyPressMsg:
		return s, s.press(msg)
	case tea.PasteMsg:
		s.browser.Type(msg.Content)
	case imageMsg:
		s.browser.SetImage(explore.Image(msg))
	case noteMsg:
		s.browser.Note(string(msg))
	case treeMsg:
		msg(s.browser)
	case reportMsg:
		s.browser.Note("")
		if msg.err != nil {
			s.browser.Note("not scanned")
			s.browser.Say("not scanned: " + msg.err.Error())
		}
		setReport(s.browser, msg.report)
	case failMsg:
		s.failed = msg.err
		return s, tea.Quit
	}
	return s, nil
}

func (s *screen) press(key tea.KeyPressMsg) tea.Cmd {
	name := key.String()
	if name == "ctrl+z" {
		return tea.Suspend
	}
	do := s.browser.Press(name)
	if do.Save != "" {
		if err := writeFile(do.Save, s.browser.Save); err != nil {
			s.browser.Say("not saved: " + err.Error())
		} else {
			s.browser.Say("saved: plimsoll explore " + do.Save + " opens it again")
		}
	}
	if do.Quit {
		s.closing()
		return tea.Quit
	}
	return nil
}

// View gives the screen.
func (s *screen) View() tea.View {
	var b strings.Builder
	for i, line := range s.browser.Screen() {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(line.Paint(s.color))
	}
	v := tea.NewView(b.String())
	v.AltScreen = true
	return v
}

// browse runs the terminal until the user leaves. A browser that is nil is to
// be filled from the image.
func (e *explorer) browse(outer context.Context, b *explore.Browser) error {
	ctx, cancel := context.WithCancel(outer)
	defer cancel()
	fill := b == nil
	if fill {
		b = explore.NewBrowser(e.ref, stateName(e.ref), !utf8Locale())
		b.Note("opening")
	}
	s := &screen{browser: b, color: e.app.color(e.app.out), closing: cancel, started: make(chan struct{})}
	// Signals are main's; it ends ctx. Keys come from the terminal also where
	// standard input is something else.
	p := tea.NewProgram(s, tea.WithContext(ctx), tea.WithOutput(e.app.out), tea.WithoutSignalHandler())
	done := make(chan struct{})
	go func() {
		defer close(done)
		select {
		case <-s.started:
		case <-ctx.Done():
			return
		}
		if fill {
			e.fill(ctx, p)
		}
	}()
	_, err := p.Run()
	cancel()
	<-done
	switch {
	case s.failed != nil:
		return s.failed
	case outer.Err() != nil:
		return outer.Err()
	case err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, tea.ErrProgramKilled):
		return &exitError{exitFailed, fmt.Errorf("terminal: %w", err)}
	}
	if e.flags.save == "" {
		return nil
	}
	if err := writeFile(e.flags.save, b.Save); err != nil {
		return &exitError{exitFailed, fmt.Errorf("save: %w", err)}
	}
	return nil
}

// fill opens, lists and scans the image, and tells the screen each.
func (e *explorer) fill(ctx context.Context, p *tea.Program) {
	defer func() {
		if r := recover(); r != nil {
			p.Send(failMsg{&exitError{exitFailed, fmt.Errorf("internal error: %v\n%s", r, debug.Stack())}})
		}
	}()
	img, err := e.open(ctx)
	if err != nil {
		p.Send(failMsg{err})
		return
	}
	defer img.Close()
	if img.Source == "registry" && e.scanner != nil {
		clear, err := keepLayers(img, e.flags.scan.tempDir, int64(e.flags.scan.spoolDisk))
		if err != nil {
			p.Send(failMsg{&exitError{exitFailed, err}})
			return
		}
		defer clear()
	}
	p.Send(imageMsg(explore.Describe(img, e.hide)))
	e.lister.Progress = func(done, of int) { p.Send(noteMsg(fmt.Sprintf("listing layer %d of %d", done, of))) }
	tree, warnings, err := e.list(ctx, img)
	if err != nil {
		p.Send(failMsg{err})
		return
	}
	p.Send(treeMsg(func(b *explore.Browser) { b.SetTree(tree, warnings) }))
	if e.scanner != nil {
		p.Send(noteMsg("scanning"))
		e.scanner.Progress = e.noteScan(p)
	}
	e.finish(ctx, p, img)
}

func (e *explorer) finish(ctx context.Context, p *tea.Program, img *image.Image) {
	r, err := e.found(ctx, img)
	if ctx.Err() != nil {
		return
	}
	if err != nil && e.flags.report != "" {
		p.Send(failMsg{err})
		return
	}
	p.Send(reportMsg{r, err})
}

// noteScan tells of the scan's steps, a few times a second at most.
func (e *explorer) noteScan(p *tea.Program) func(scan.Event) {
	last := make(chan time.Time, 1)
	last <- time.Time{}
	return func(ev scan.Event) {
		if ev.Done || ev.Step != "layer" && ev.Step != "match" {
			return
		}
		t := <-last
		now := e.app.now()
		if now.Sub(t) < 100*time.Millisecond {
			last <- t
			return
		}
		last <- now
		note := "scanning"
		if ev.Step == "layer" {
			note = fmt.Sprintf("scanning layer %d of %d", ev.Layer+1, ev.Layers)
		}
		p.Send(noteMsg(note))
	}
}

// stateName is the file that the state of an image is offered to be saved in.
func stateName(ref string) string {
	name := path.Base(strings.ReplaceAll(ref, "\\", "/"))
	if at := strings.IndexByte(name, '@'); at > 0 {
		name = name[:at]
	}
	for _, suffix := range []string{".gz", ".zst", ".tar"} {
		name = strings.TrimSuffix(name, suffix)
	}
	name = strings.Map(func(r rune) rune {
		if r <= ' ' || r == 0x7f || strings.ContainsRune(`:*?"<>|`, r) {
			return '_'
		}
		return r
	}, name)
	if name == "" || name == "." || name == "/" {
		name = "image"
	}
	return name + ".plimsoll"
}
