package main

import (
	"github.com/spf13/cobra"
)

// noun makes a command that has verbs and does nothing by itself.
func noun(use, short, example string, verbs ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Short: short, Example: example, Args: cobra.ArbitraryArgs, RunE: does(verbNeeded),
	}
	cmd.AddCommand(verbs...)
	return cmd
}
