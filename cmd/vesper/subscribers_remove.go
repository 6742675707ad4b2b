package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"vesper/subscribers"
)

func (a *app) subscribersRemoveCommand() *cobra.Command {
	var goodbye bool
	var o sendOptions
	cmd := &cobra.Command{
		Use: "remove ADDRESS…", Short: "Delete readers from the list",
		Long: `Deletes the readers' rows. What they were sent stays counted in its editions, and
what is still pending for them is skipped. Who had left still can't be brought
back by an import. "vesper subscribers erase" forgets an address everywhere.
--goodbye mails active readers that they are off the list: only if they don't
know it from you.`,
		Example: "  vesper subscribers remove ines@news.example --dry-run",
		Args:    cobra.MinimumNArgs(1),
		RunE: a.withAddresses(func(cmd *cobra.Command, h *house, all []subscribers.Address) error {
			if goodbye && !o.dryRun {
				if err := a.mayMail(o, fmt.Sprintf("Mail %s a goodbye?", count(len(all), "reader"))); err != nil {
					return err
				}
			}
			for _, address := range all {
				if err := a.remove(cmd.Context(), h, address, goodbye, o.dryRun); err != nil {
					return err
				}
			}
			if !goodbye || o.dryRun {
				return nil
			}
			_, err := a.workOutbox(cmd.Context(), h)
			return err
		}),
	}
	cmd.Flags().BoolVar(&goodbye, "goodbye", false, "mail active readers that their subscription has ended")
	cmd.Flags().BoolVar(&o.yes, "yes", false, "with --goodbye: don't ask before mailing")
	cmd.Flags().BoolVarP(&o.dryRun, "dry-run", "n", false, "only say what would be done")
	return cmd
}

func (a *app) remove(ctx context.Context, h *house, address subscribers.Address, goodbye, dryRun bool) error {
	was, err := h.store.Subscriber(ctx, address)
	switch {
	case errors.Is(err, subscribers.ErrNotFound):
		fmt.Fprintf(a.stdout, "%s is not there\n", address)
		return nil
	case err != nil:
		return err
	case dryRun:
		fmt.Fprintf(a.stdout, "%s would be removed\n", address)
		return nil
	}
	if goodbye && h.unsigned != nil {
		return h.unsigned
	}
	removed, err := h.store.Remove(ctx, address, a.now())
	switch {
	case err != nil:
		return err
	case removed:
		fmt.Fprintf(a.stdout, "%s removed\n", address)
		if goodbye && was.Status == subscribers.Active {
			return a.sayGoodbye(ctx, h, was)
		}
	default:
		fmt.Fprintf(a.stdout, "%s is not there\n", address)
	}
	return nil
}
