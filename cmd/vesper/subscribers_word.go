package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"vesper/subscribers"
	"vesper/subscribers/sqlite"
)

// notThere says that an address is not on the list.
func notThere(address subscribers.Address) error {
	return usage(fmt.Errorf("%s is not on the list", address), `"vesper subscribers list" shows who is`)
}

// would gives "would be " for a dry run.
func would(dryRun bool) string {
	if dryRun {
		return "would be "
	}
	return ""
}

// forEach makes a verb that does one thing to each of its addresses, or with -n
// says what it would do. What goes wrong with one keeps it from no other.
func (a *app) forEach(cmd *cobra.Command, do func(ctx context.Context, h *house, address subscribers.Address, dryRun bool) error) *cobra.Command {
	var dryRun bool
	cmd.Args = cobra.MinimumNArgs(1)
	cmd.RunE = a.withAddresses(func(cmd *cobra.Command, h *house, all []subscribers.Address) error {
		return a.eachOf(all, func(address subscribers.Address) error {
			return do(cmd.Context(), h, address, dryRun)
		})
	})
	cmd.Flags().BoolVarP(&dryRun, "dry-run", "n", false, "only say what would be done")
	return cmd
}

// eachOf does something for each address. One that is refused is named and keeps
// nobody else from it; the last of them gives the status.
func (a *app) eachOf(all []subscribers.Address, do func(subscribers.Address) error) error {
	var refused *exitError
	for _, address := range all {
		err := do(address)
		if err == nil {
			continue
		}
		var e *exitError
		if !errors.As(err, &e) {
			return err
		}
		if refused != nil {
			a.say(refused)
		}
		refused = e
	}
	if refused != nil {
		return refused
	}
	return nil
}

func (a *app) subscribersConfirmCommand() *cobra.Command {
	return a.forEach(&cobra.Command{
		Use: "confirm ADDRESS…", Short: "Confirm readers who are unconfirmed, by your word",
		Long: `Makes unconfirmed readers active: you vouch for it that they want the edition. Who
has left, or must not be mailed, is not brought back this way.`,
		Example: "  vesper subscribers confirm ines@news.example",
	}, func(ctx context.Context, h *house, address subscribers.Address, dryRun bool) error {
		s, err := h.subscriber(ctx, address)
		if err != nil {
			return err
		}
		return a.add(ctx, h, subscribers.Subscriber{Address: s.Address, Status: subscribers.Active, Confirmed: a.now()}, dryRun)
	})
}

func (a *app) subscribersUnsuppressCommand() *cobra.Command {
	return a.forEach(&cobra.Command{
		Use: "unsuppress ADDRESS…", Short: "Lift suppressions of yours, and hard bounces",
		Long: `Lets addresses be mailed again that were suppressed by an admin or as hard
bounces. A reader who had confirmed is active then. Who has left or complained
comes back by their own new confirmation only.`,
		Example: "  vesper subscribers unsuppress ines@news.example",
	}, a.unsuppress)
}

func (a *app) unsuppress(ctx context.Context, h *house, address subscribers.Address, dryRun bool) error {
	standing, err := h.store.Suppressions(ctx, address)
	if err != nil {
		return err
	}
	var mine, readers []string
	for _, s := range standing {
		if subscribers.Liftable(s.Reason) {
			mine = append(mine, s.Reason)
		} else {
			readers = append(readers, s.Reason)
		}
	}
	if !dryRun {
		if _, err := h.store.Unsuppress(ctx, address, a.now()); err != nil && !errors.Is(err, sqlite.ErrSuppressed) {
			return err
		}
	}
	switch {
	case len(mine) > 0:
		fmt.Fprintf(a.stdout, "%s: %s %slifted\n", address, strings.Join(mine, " and "), would(dryRun))
	case len(readers) == 0:
		fmt.Fprintf(a.stdout, "%s is not suppressed\n", address)
	}
	if len(readers) > 0 {
		return usage(fmt.Errorf("%s: %s stands: %w", address, strings.Join(readers, " and "), sqlite.ErrSuppressed),
			"a reader who left comes back by their own word only")
	}
	return nil
}

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
			fmt.Fprintf(a.stdout, "nothing is known of %s\n", address)
		case err != nil:
			return err
		default:
			fmt.Fprintf(a.stdout, "%s would be erased\n", address)
		}
		return nil
	}
	found, err := h.store.Erase(ctx, address, a.now())
	switch {
	case err != nil:
		return err
	case found:
		fmt.Fprintf(a.stdout, "%s erased\n", address)
	default:
		fmt.Fprintf(a.stdout, "nothing is known of %s\n", address)
	}
	return nil
}
