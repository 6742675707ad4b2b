package main

import (
	"context"

	"github.com/spf13/cobra"

	"vesper/subscribers"
)

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
		s = subscribers.Subscriber{Address: s.Address, Status: subscribers.Active, Confirmed: a.now()}
		return a.addReader(ctx, h, s, dryRun)
	})
}
