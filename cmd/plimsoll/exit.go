package main

import (
	"context"
	"errors"
	"fmt"
)

// The exit codes, which are part of the contract with users: docs/usage.md.
const (
	exitOK     = 0 // go or warn
	exitStop   = 1 // the verdict is stop
	exitUsage  = 2 // wrong usage or configuration
	exitFailed = 3 // the work could not be done
	exitNoData = 4 // advisory data is missing or older than allowed
)

// exitError ends the program with a code of the contract. Its error is nil where
// everything has been said already.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit status %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

func usageError(format string, args ...any) error {
	return &exitError{exitUsage, fmt.Errorf(format, args...)}
}

// exit says what went wrong and gives the code to end with. An error that has
// no code is one of usage, for that is what the command line parser's are.
func (a *app) exit(ctx context.Context, err error) int {
	var e *exitError
	switch {
	case err == nil:
		return exitOK
	case ctx.Err() != nil:
		fmt.Fprintln(a.err, "plimsoll: interrupted")
		return exitFailed
	case !errors.As(err, &e):
		e = &exitError{exitUsage, err}
	}
	if e.err != nil {
		fmt.Fprintf(a.err, "plimsoll: %s\n", clean(e.err.Error()))
		if e.code == exitUsage {
			fmt.Fprintf(a.err, "Run '%s --help' for how to use it.\n", a.path)
		}
	}
	return e.code
}

// worse orders exit codes for several images: what could not be done counts
// most, then what could not be judged, then a stop.
func worse(a, b int) int {
	rank := map[int]int{exitOK: 0, exitStop: 1, exitNoData: 2, exitFailed: 3, exitUsage: 4}
	if rank[b] > rank[a] {
		return b
	}
	return a
}

// clean keeps control characters, which may come from an image, off the terminal.
func clean(s string) string {
	out := []rune{}
	for _, r := range s {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			r = '\ufffd'
		}
		out = append(out, r)
	}
	return string(out)
}
