package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"time"
)

// usage is what one run of a process took.
type usage struct {
	Wall   time.Duration `json:"wall"`
	CPU    time.Duration `json:"cpu"`    // user and system
	Memory int64         `json:"memory"` // peak of the resident set in bytes; 0 where the system does not say
	Code   int           `json:"code"`   // exit code
}

// runner starts processes to be measured. Between it and them stands another
// process of this same program, a small one: Linux counts as a new process's
// peak memory what its parent held when it started it.
type runner struct {
	self string // this program
	env  []string
}

// stopTime is how long an interrupted process may take to clean up.
const stopTime = 3 * time.Second

// run runs a command and measures it. Exit codes in ok are no errors.
func (r runner) run(ctx context.Context, ok []int, command ...string) (usage, error) {
	cmd := exec.CommandContext(ctx, r.self, append([]string{"-measure", "--"}, command...)...)
	cmd.Env = append(os.Environ(), r.env...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = stopTime
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return usage{}, errors.Join(ctx.Err(), fmt.Errorf("run %s: %w: %s", command[0], err, tail(errs.Bytes())))
	}
	var u usage
	if err := json.Unmarshal(out.Bytes(), &u); err != nil {
		return u, err
	}
	if !slices.Contains(ok, u.Code) {
		return u, fmt.Errorf("%q ended with code %d: %s", command, u.Code, tail(errs.Bytes()))
	}
	return u, nil
}

// tail is the end of what a process had to say.
func tail(b []byte) []byte {
	b = bytes.TrimSpace(b)
	return b[max(0, len(b)-500):]
}

// measure runs a command, whose standard output goes nowhere, and prints its
// usage as JSON.
func measure(ctx context.Context, command []string) error {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = stopTime
	cmd.Stderr = os.Stderr
	start := time.Now()
	err := cmd.Run()
	wall := time.Since(start)
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		return err
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	s := cmd.ProcessState
	return json.NewEncoder(os.Stdout).Encode(usage{wall, s.UserTime() + s.SystemTime(), peak(s), s.ExitCode()})
}
