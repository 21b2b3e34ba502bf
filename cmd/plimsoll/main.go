// Command plimsoll makes container images safe to ship.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	done := make(chan int, 1)
	go func() {
		done <- run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	}()
	select {
	case code := <-done:
		os.Exit(code)
	case <-ctx.Done():
	}
	stop() // a second interrupt ends at once
	select {
	case code := <-done:
		os.Exit(code)
	case <-time.After(900 * time.Millisecond):
		fmt.Fprintln(os.Stderr, "plimsoll: interrupted")
		os.Exit(exitFailed)
	}
}

// run is the whole program but for signals and the end of the process.
func run(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) int {
	a := &app{in: in, out: out, err: errOut, now: time.Now}
	root := a.command()
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errOut)
	hint(root)
	cmd, err := root.ExecuteContextC(ctx)
	a.path = cmd.CommandPath()
	a.progress.clear()
	return a.exit(ctx, err)
}
