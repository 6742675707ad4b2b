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
		Short: "Replace the database with a backup, or accept one that is held",
		Long: `Puts the backup FILE in place of the database. FILE is copied. It must be a complete
Vesper database, of this version or an older one. The database that was there is
kept beside it, with ".before-" and the time after its name. It has the readers'
addresses in it, so delete it when you no longer need it. While another process is
sending, nothing is changed: exit status 5.

A database that is older than the last sending from this machine does not know what
was sent since, and would send it again. Vesper holds it: nothing is sent, and the
exit status is 5. --accept says that it is the right one, together with FILE or
later.`,
		Example: `  vesper restore /backups/vesper-2026-11-22.db
  vesper restore --accept`,
		Args: cobra.MaximumNArgs(1),
		RunE: does(func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 && (!accept || dryRun) {
				return usage(errors.New("restore takes a FILE, --accept, or both"), "")
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
	cmd.Flags().BoolVar(&accept, "accept", false, "continue with a database that is held")
	cmd.Flags().BoolVarP(&dryRun, "dry-run", "n", false, "only check that FILE can be used")
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
		a.print("%s would be put in place of %s\n", file, path)
		return nil
	}
	before, err := putBack(ctx, path, file, a.now)
	if err != nil {
		return err
	}
	a.print("%s is now in place of %s\n", file, path)
	if before != "" {
		a.print("the database before it is kept as %s\n", before)
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
	a.print("accepted: Vesper continues with this database\n")
	return nil
}
