package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/plimsoll/plimsoll/lint"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/rules"
)

// lspDelay is how long the server waits for more typing before it says what is
// wrong.
const lspDelay = 150 * time.Millisecond

func (a *app) lspCommand() *cobra.Command {
	var f ruleFlags
	cmd := &cobra.Command{
		Use:   "lsp",
		Short: "Serve an editor: findings while typing, documentation, fixes",
		Long: `Lsp speaks the Language Server Protocol on standard input and output. An editor
starts it; docs/editors.md says how to set up VS Code, Neovim and Helix. What
.plimsoll.yaml has below lint: holds here too.`,
		Annotations: map[string]string{configOf: "lint"},
		Args:        cobra.NoArgs,
		RunE:        func(cmd *cobra.Command, _ []string) error { return a.lsp(cmd.Context(), f) },
	}
	f.add(cmd)
	return cmd
}

func (a *app) lsp(ctx context.Context, f ruleFlags) error {
	linter, _, err := a.newLinter(f)
	if err != nil {
		return err
	}
	s := &languageServer{
		linter: linter, rules: append(rules.All(), lint.SyntaxRule()), delay: lspDelay,
		out: bufio.NewWriter(a.out), documents: map[string]*document{},
	}
	return s.serve(ctx, a.in)
}

// languageServer is one session with an editor. One goroutine holds all of its
// state; another only reads.
type languageServer struct {
	linter    *lint.Linter
	rules     []rule.Rule
	delay     time.Duration
	out       *bufio.Writer
	documents map[string]*document // by URI
	dirty     map[string]bool      // URIs whose findings are to be told

	initialized, shutdown bool
}

// read is what came from the editor: a message, or the end.
type read struct {
	message []byte
	err     error
}

// serve answers messages until the editor says exit or goes away.
func (s *languageServer) serve(ctx context.Context, in io.Reader) error {
	incoming := make(chan read)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go readMessages(ctx, bufio.NewReader(in), incoming)
	s.dirty = map[string]bool{}
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
			if err := s.publishDirty(ctx); err != nil {
				return &exitError{exitFailed, fmt.Errorf("lsp: %w", err)}
			}
		case r := <-incoming:
			if r.err != nil {
				return s.ended(r.err)
			}
			done, err := s.handle(ctx, r.message)
			if err == nil {
				err = s.out.Flush()
			}
			switch {
			case err != nil:
				return &exitError{exitFailed, fmt.Errorf("lsp: %w", err)}
			case done && s.shutdown:
				return nil
			case done:
				return &exitError{exitFailed, errors.New("lsp: the editor left without saying shutdown")}
			}
			if len(s.dirty) > 0 {
				timer.Reset(s.delay)
			}
		}
	}
}

// ended is how the session ended when no message came any more.
func (s *languageServer) ended(err error) error {
	if errors.Is(err, io.EOF) && (s.shutdown || !s.initialized) {
		return nil
	}
	if errors.Is(err, io.EOF) {
		err = errors.New("the editor went away")
	}
	return &exitError{exitFailed, fmt.Errorf("lsp: %w", err)}
}

func readMessages(ctx context.Context, in *bufio.Reader, out chan<- read) {
	for {
		message, err := readMessage(in)
		select {
		case out <- read{message, err}:
		case <-ctx.Done():
			return
		}
		if err != nil {
			return
		}
	}
}
