package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"vesper/subscribers"
	"vesper/subscribers/door"
)

func (a *app) subscribersRemoveCommand() *cobra.Command {
	var goodbye bool
	var file, column string
	var c consent
	cmd := &cobra.Command{
		Use: "remove [ADDRESS…]", Short: "Delete readers from the list",
		Long: `Deletes readers from the list. What they were sent still counts in its editions, and
what is pending for them is skipped. An import does not bring back those who had
unsubscribed. "vesper subscribers erase" deletes an address everywhere. --goodbye
mails active readers that their subscription has ended, for those who do not know it
from you.`,
		Example: `  vesper subscribers remove ines@news.example --dry-run
  vesper subscribers remove --file former.csv --address-column "E-mail"`,
		Args: cobra.ArbitraryArgs,
		RunE: a.withAddresses(func(cmd *cobra.Command, h *house, all []subscribers.Address) error {
			all, rejected, err := a.named("remove", all, file, column)
			if err != nil {
				return err
			}
			if rejected > 0 {
				defer a.tell("%s\n", "vesper: "+count(rejected, "row")+" of "+file+" left out")
			}
			return a.remove(cmd.Context(), h, all, goodbye, c)
		}),
	}
	cmd.Flags().BoolVar(&goodbye, "goodbye", false, "mail active readers that their subscription has ended")
	cmd.Flags().StringVar(&file, "file", "", "a `FILE` of addresses, one a line, or a table; - is stdin")
	addAddressColumn(cmd, &column)
	c.addTo(cmd, "with --goodbye: mail without a question", "only show what would be done")
	return cmd
}

func (a *app) remove(ctx context.Context, h *house, all []subscribers.Address, goodbye bool, c consent) error {
	if !goodbye && !c.dryRun {
		// Many are removed together, and an edition that is sent meanwhile has its turns.
		return h.list.RemoveEach(ctx, all, a.now(), func(address subscribers.Address, found bool) error {
			return a.told(door.Removed{Address: address, Found: found}, nil)
		})
	}
	if !c.dryRun {
		if err := a.mayLeave(h, false); err != nil {
			return err
		}
		if err := a.mayMail(ctx, c, fmt.Sprintf("Mail %s a goodbye email?", count(len(all), "reader"))); err != nil {
			return err
		}
	}
	last, err := h.outbox.Last(ctx)
	if err != nil {
		return err
	}
	d, posted := a.door(h, a.quiet()), false
	refused := a.eachOf(all, func(address subscribers.Address) error {
		if c.dryRun {
			return a.told(d.WouldRemove(ctx, address, goodbye))
		}
		removed, err := d.Remove(ctx, address, goodbye, a.now())
		posted = posted || removed.Goodbye
		return a.told(removed, err)
	})
	if posted {
		if err := a.mailPosted(ctx, h, last); err != nil {
			return a.both(refused, err)
		}
	}
	return refused
}
