package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"vesper/digest"
)

func (a *app) restoreCommand() *cobra.Command {
	var accept bool
	cmd := &cobra.Command{
		Use:   "restore --accept",
		Short: "Go on with a database that was put back from a backup",
		Long: `A database that is older than what this host last sent has forgotten what it
sent since, and would send it again: Vesper holds it and says so. --accept is
your word that it is the one to go on with.`,
		Args: cobra.NoArgs,
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, _ []string) error {
			if !accept {
				return usage(errors.New("this version puts no backup back by itself"),
					"copy the file to its place while nothing runs, then say --accept")
			}
			err := h.file.Behind(cmd.Context())
			if err == nil {
				fmt.Fprintln(a.stdout, "the database is not held")
				return nil
			}
			if errors.Is(err, digest.ErrGone) {
				return err
			}
			if err := h.file.Accept(cmd.Context()); err != nil {
				return err
			}
			fmt.Fprintln(a.stdout, "accepted: Vesper goes on with this database")
			return nil
		}),
	}
	cmd.Flags().BoolVar(&accept, "accept", false, "lift the hold")
	return cmd
}
