package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"vesper/subscribers"
)

func (a *app) subscribersEraseCommand() *cobra.Command {
	return a.forEach(&cobra.Command{
		Use: "erase ADDRESS…", Short: "Delete addresses everywhere, for good",
		Long: `Deletes all that is known of an address: its row, emails, confirmations, and the
relays' replies that quote it. The totals of editions stay the same. A hash is kept,
so that no import brings the address back; its reader may sign up again. Afterwards
the address is nowhere in the bytes of the database file; on PostgreSQL its bytes stay
in files and logs until the server writes over them. Backups of the database still have
it: delete those yourself.`,
		Example: `  vesper subscribers show ines@news.example -o json > ines.json
  vesper subscribers erase ines@news.example`,
	}, a.erase)
}

func (a *app) erase(ctx context.Context, h *house, address subscribers.Address, dryRun bool) error {
	if dryRun {
		_, err := h.everything(ctx, address)
		var unknown *exitError
		switch {
		case errors.As(err, &unknown):
			a.print("nothing is known of %s\n", address)
		case err != nil:
			return err
		default:
			a.print("%s would be erased\n", address)
		}
		return nil
	}
	found, err := h.list.Erase(ctx, address, a.now())
	switch {
	case err != nil:
		return err
	case found:
		a.print("%s erased\n", address)
	default:
		a.print("nothing is known of %s\n", address)
	}
	return nil
}
