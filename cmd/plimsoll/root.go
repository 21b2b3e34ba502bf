package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// app holds what every command needs, and the values of the flags that all have.
type app struct {
	in       io.Reader
	out, err io.Writer
	now      func() time.Time
	path     string // of the command that runs, for hints
	progress *progress

	config  string
	quiet   bool
	noColor bool
	offline bool
	// verifyKeys are for the commands below db: see dataFlags.verifyKeys.
	verifyKeys []string
}

func (a *app) command() *cobra.Command {
	root := &cobra.Command{
		Use:   "plimsoll",
		Short: "Make container images safe to ship",
		Long: `Plimsoll looks through every layer of a container image, lists what is
installed, matches it against known vulnerabilities, and says whether the image
is safe to ship, why not, and what to do about it.

It needs no account, no server and no daemon, and works offline.`,
		Example: `  plimsoll scan alpine:3.20
  plimsoll scan docker-archive:image.tar --fail-on critical
  plimsoll db status`,
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			a.path = cmd.CommandPath()
			if err := a.configure(cmd); err != nil {
				return err
			}
			a.progress = newProgress(a.err, a.quiet)
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		Args: cobra.NoArgs,
	}
	a.path = root.Name()
	f := root.PersistentFlags()
	f.StringVar(&a.config, "config", "", "configuration `file` (default: .plimsoll.yaml in this directory or above)")
	f.BoolVarP(&a.quiet, "quiet", "q", false, "no progress and no warnings on standard error")
	f.BoolVar(&a.noColor, "no-color", false, "no colours, also on a terminal (NO_COLOR does the same)")
	f.BoolVar(&a.offline, "offline", false, "make any use of the network an error")
	root.AddCommand(a.scanCommand(), a.lintCommand(), a.exploreCommand(), a.explainCommand(), a.lspCommand(), a.dbCommand(), a.keyCommand(), a.manCommand(), a.versionCommand())
	root.CompletionOptions.HiddenDefaultCmd = false
	return root
}

// warn tells the user something that the result does not depend on.
func (a *app) warn(format string, args ...any) {
	if a.quiet {
		return
	}
	a.progress.clear()
	fmt.Fprintf(a.err, "plimsoll: warning: %s\n", clean(fmt.Sprintf(format, args...)))
}

// terminal tells whether w is one, and how wide.
func terminal(w io.Writer) (width int, ok bool) {
	f, isFile := w.(*os.File)
	if !isFile || !term.IsTerminal(int(f.Fd())) {
		return 0, false
	}
	width, _, err := term.GetSize(int(f.Fd()))
	return width, err == nil
}

// color tells whether to write colours to w: only on a terminal that has them.
func (a *app) color(w io.Writer) bool {
	_, ok := terminal(w)
	return ok && !a.noColor && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// cacheDir is the user's directory for what can be made again.
func cacheDir() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", &exitError{exitUsage, fmt.Errorf("no cache directory: %w (set HOME or XDG_CACHE_HOME)", err)}
	}
	return filepath.Join(dir, "plimsoll"), nil
}
