package main

import "github.com/spf13/cobra"

func (a *app) dbCommand() *cobra.Command {
	return &cobra.Command{Use: "db", Short: "Look after the advisory database"}
}
