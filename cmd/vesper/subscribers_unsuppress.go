package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"vesper/subscribers"
	"vesper/subscribers/door"
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
	d := a.door(h, a.quiet())
	lift := func() (door.Lifted, error) { return d.Lift(ctx, address, a.now()) }
	if dryRun {
		lift = func() (door.Lifted, error) { return d.WouldLift(ctx, address) }
	}
	lifted, err := lift()
	if said := lifted.String(); said != "" && (err == nil || errors.Is(err, subscribers.ErrSuppressed)) {
		a.print("%s\n", said)
	}
	if err != nil {
		return a.told(nil, err)
	}
	return nil
}
