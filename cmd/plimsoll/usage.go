package main

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// hint makes cmd and all below it name the known word that is nearest to a flag
// or a command that is not known.
func hint(cmd *cobra.Command) {
	cmd.SetFlagErrorFunc(flagHint)
	for _, sub := range cmd.Commands() {
		if sub.HasSubCommands() {
			sub.Args = commandHint
		}
	}
	cmd.Args = commandHint
}

func commandHint(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var known []string
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			known = append(known, sub.Name())
		}
	}
	return usageError("unknown command %q for %q%s", args[0], cmd.CommandPath(), meant(nearest(args[0], known)))
}

func flagHint(cmd *cobra.Command, err error) error {
	word, ok := strings.CutPrefix(err.Error(), "unknown flag: --")
	if !ok {
		return err
	}
	var known []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, f.Name) })
	near := nearest(word, known)
	if near != "" {
		near = "--" + near
	}
	return usageError("unknown flag --%s%s", word, meant(near))
}

// meant suggests a word, if there is one.
func meant(near string) string {
	if near == "" {
		return ""
	}
	return ": did you mean " + near + "?"
}
