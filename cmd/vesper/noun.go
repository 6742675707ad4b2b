package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"vesper/digest"
)

// noun makes a command that has verbs and does nothing by itself.
func noun(use, short string, verbs ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short, Args: cobra.ArbitraryArgs, RunE: does(verbNeeded)}
	cmd.AddCommand(verbs...)
	return cmd
}

// verbNeeded shows what there is, or says which verb a mistyped one may mean.
func verbNeeded(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return cmd.Help()
	}
	verb, verbs := args[0], []string(nil)
	for _, c := range cmd.Commands() {
		verbs = append(verbs, c.Name())
	}
	hint := fmt.Sprintf("%q shows what there is", cmd.CommandPath()+" --help")
	if near := digest.Nearest(verb, verbs); near != "" {
		hint = fmt.Sprintf("did you mean %q?", cmd.CommandPath()+" "+near)
	}
	return usage(fmt.Errorf("unknown command %q for %q", verb, cmd.CommandPath()), hint)
}
