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
