package main

import (
	"errors"
	"os"
	"syscall"

	"github.com/spf13/cobra"

	"vesper/templates"
)

func (a *app) templatesDumpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "dump DIR",
		Short: "Write the built-in templates and words into a folder, for editing",
		Long: `Writes the built-in templates and words into a folder. Keep the files that you change
and delete the others: a later version may improve the built-in ones.`,
		Example: "  vesper templates dump templates",
		Args:    cobra.ExactArgs(1),
		RunE: does(func(_ *cobra.Command, args []string) error {
			paths, err := templates.Dump(args[0])
			if errors.Is(err, os.ErrExist) {
				return usage(err, "nothing was written; name a folder without templates")
			}
			if errors.Is(err, os.ErrPermission) || errors.Is(err, syscall.ENOTDIR) {
				return usage(err, "name a folder that you may write to")
			}
			for _, p := range paths {
				a.print("%s\n", p)
			}
			return err
		}),
	}
}
