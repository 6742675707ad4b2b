package main

import (
	"context"

	"github.com/spf13/cobra"

	"vesper/subscribers"
)

func (a *app) subscribersConfirmCommand() *cobra.Command {
	return a.forEach(&cobra.Command{
		Use: "confirm ADDRESS…", Short: "Confirm unconfirmed readers by hand",
		Long: `Makes unconfirmed readers active: you say that they want the edition. Readers who have
unsubscribed, or must not be mailed, can't be made active this way.`,
		Example: "  vesper subscribers confirm ines@news.example",
	}, func(ctx context.Context, h *house, address subscribers.Address, dryRun bool) error {
		s, err := h.subscriber(ctx, address)
		if err != nil {
			return err
		}
		s = subscribers.Subscriber{Address: s.Address, Status: subscribers.Active, Confirmed: a.now()}
		return a.addReader(ctx, h, s, dryRun)
	})
}
