package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"vesper/subscribers"
)

// addFlags are the flags of "subscribers add".
type addFlags struct {
	consent
	name, timezone string
	ask            bool
}

func (a *app) subscribersAddCommand() *cobra.Command {
	var f addFlags
	cmd := &cobra.Command{
		Use:   "add ADDRESS…",
		Short: "Add readers, as confirmed or with a confirmation email",
		Long: `Adds readers who have told you that they want the edition. They are active at once
and get the next one. --ask mails them the confirmation email of the sign-up page
instead: they are active once they confirm.`,
		Example: `  vesper subscribers add ines@news.example --name "Ines Okafor"
  vesper subscribers add ines@news.example --ask --yes`,
		Args: cobra.MinimumNArgs(1),
		RunE: a.withAddresses(func(cmd *cobra.Command, h *house, all []subscribers.Address) error {
			if _, err := time.LoadLocation(f.timezone); err != nil || f.timezone == "Local" {
				return usage(fmt.Errorf("--timezone %q is not known", f.timezone), "such as Europe/Vienna")
			}
			if f.ask {
				return a.askThem(cmd.Context(), h, all, f.consent)
			}
			return a.eachOf(all, func(address subscribers.Address) error {
				s := subscribers.Subscriber{
					Address: address, Name: f.name, Status: subscribers.Active,
					Confirmed: a.now(),
				}
				s.Timezone = f.timezone
				return a.addReader(cmd.Context(), h, s, f.dryRun)
			})
		}),
	}
	cmd.Flags().StringVar(&f.name, "name", "", "the reader's `NAME`")
	cmd.Flags().StringVar(&f.timezone, "timezone", "", "the reader's `ZONE` (default: the publication's)")
	cmd.Flags().BoolVar(&f.ask, "ask", false, "mail them a confirmation email, instead of adding them as confirmed")
	cmd.MarkFlagsMutuallyExclusive("ask", "name")
	cmd.MarkFlagsMutuallyExclusive("ask", "timezone")
	f.addTo(cmd, "with --ask: mail without a question", "only show what would be done")
	return cmd
}

func (a *app) addReader(ctx context.Context, h *house, s subscribers.Subscriber, dryRun bool) error {
	d := a.door(h, a.quiet())
	if dryRun {
		return a.told(d.WouldAdd(ctx, s))
	}
	return a.told(d.Add(ctx, s, a.now()))
}

// askThem has the addresses asked whether they want the edition, as the sign-up
// page does.
func (a *app) askThem(ctx context.Context, h *house, all []subscribers.Address, c consent) error {
	if err := a.mayLeave(h, c.dryRun); err != nil {
		return err
	}
	if !c.dryRun {
		if err := a.mayMail(ctx, c, fmt.Sprintf("Mail %s a confirmation email?", count(len(all), "address"))); err != nil {
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
			return a.told(d.WouldAsk(ctx, address, a.now()))
		}
		asked, err := d.Ask(ctx, address, a.now())
		if err == nil && asked.Refusal == subscribers.NotRefused {
			posted = true
		}
		return a.told(asked, err)
	})
	if posted {
		if err := a.mailPosted(ctx, h, last); err != nil {
			return a.both(refused, err)
		}
	}
	return refused
}
