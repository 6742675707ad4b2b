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
		Use: "unsuppress ADDRESS…", Short: "Lift suppressions that you made, and those for hard bounces",
		Long: `Lifts suppressions that an admin made, and those for hard bounces, so that the
addresses are mailed again. A reader who had confirmed is active then. Readers who
unsubscribed or complained come back only if they confirm again themselves.`,
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
