package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"vesper/digest"
)

func (a *app) restoreCommand() *cobra.Command {
	var accept, dryRun bool
	cmd := &cobra.Command{
		Use:   "restore [FILE]",
		Short: "Put a backup in the database's place, and go on with it",
		Long: `Puts the backup FILE in the place of the database. FILE is copied, and must be a
whole database of Vesper's, of this version or an older one. The database that was
there stays beside it, with ".before-" and the time behind its name: it has the
readers' addresses in it, so delete it when you need it no more. While a process
delivers, nothing is changed: status 5.

A database that is older than what this host last sent has forgotten what it
sent since, and would send it again: Vesper holds it and says so, with status 5.
--accept is your word that it is the one to go on with, with FILE or later.`,
		Example: `  vesper restore /backups/vesper-2026-11-22.db
  vesper restore --accept`,
		Args: cobra.MaximumNArgs(1),
		RunE: does(func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 && (!accept || dryRun) {
				return usage(errors.New("restore takes a FILE to put in the database's place, --accept, or both"), "")
			}
			if len(args) == 1 {
				if err := a.restore(cmd.Context(), args[0], dryRun); err != nil || dryRun {
					return err
				}
			}
			h, err := a.open(cmd.Context())
			if err != nil {
				return err
			}
			defer h.close()
			return a.accept(cmd.Context(), h, accept)
		}),
	}
	cmd.Flags().BoolVar(&accept, "accept", false, "lift the hold")
	cmd.Flags().BoolVarP(&dryRun, "dry-run", "n", false, "only look whether FILE can be put in its place")
	return cmd
}

// restore puts a backup in the database's place.
func (a *app) restore(ctx context.Context, file string, dryRun bool) error {
	c, _, err := a.load()
	if err != nil {
		return err
	}
	path := c.Path(c.Database.Path)
	if dryRun {
		if err := fits(ctx, path, file); err != nil {
			return err
		}
		a.print("%s would be put in the place of %s\n", file, path)
		return nil
	}
	before, err := putBack(ctx, path, file, a.now)
	if err != nil {
		return err
	}
	a.print("%s is in the place of %s\n", file, path)
	if before != "" {
		a.print("the one before it is kept as %s\n", before)
	}
	return nil
}

// accept says whether the database is held, and lifts that if it is to.
func (a *app) accept(ctx context.Context, h *house, accept bool) error {
	err := h.file.Behind(ctx)
	switch {
	case err == nil:
		a.print("the database is not held\n")
		return nil
	case !accept || errors.Is(err, digest.ErrGone):
		return err
	}
	if err := h.file.Accept(ctx); err != nil {
		return err
	}
	a.print("accepted: Vesper goes on with this database\n")
	return nil
}
