package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

func (a *app) manCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "man DIR",
		Short: "Write the man pages",
		Long:  "Man writes a man page for each command into a directory.",
		Example: `  plimsoll man /usr/local/share/man/man1
  man plimsoll-scan`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return &exitError{exitFailed, err}
			}
			root := cmd.Root()
			root.DisableAutoGenTag = true
			header := &doc.GenManHeader{Title: "PLIMSOLL", Section: "1", Source: "plimsoll " + programVersion(), Manual: "Plimsoll"}
			if err := doc.GenManTree(root, header, args[0]); err != nil {
				return &exitError{exitFailed, fmt.Errorf("write man pages: %w", err)}
			}
			return nil
		},
	}
}
