package main

import (
	"github.com/spf13/cobra"
)

func (a *app) configShowCommand() *cobra.Command {
	return &cobra.Command{
		Use: "show", Short: "Show every key and the value in use; secrets are masked",
		Example: "  vesper config show", Args: cobra.NoArgs,
		RunE: does(func(*cobra.Command, []string) error {
			c, _, err := a.load()
			if err != nil {
				return err
			}
			return c.Show(a.stdout)
		}),
	}
}
