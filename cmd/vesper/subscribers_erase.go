package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"vesper/subscribers"
)

func (a *app) subscribersEraseCommand() *cobra.Command {
	return a.forEach(&cobra.Command{
		Use: "erase ADDRESS…", Short: "Forget addresses everywhere, for good",
		Long: `Deletes all that is known of an address: its row, letters, confirmations, and what
relays said where they quote it. Editions go on adding up. A hash stays, so that
no import brings the address back; its reader may sign up again. Afterwards the
address is not in the bytes of the database file any more. Backups of the
database still have it: they are yours to look after.`,
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
