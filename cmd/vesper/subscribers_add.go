package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"vesper/subscribers"
	"vesper/subscribers/sqlite"
)

func (a *app) subscribersAddCommand() *cobra.Command {
	var name, timezone string
	var ask bool
	var o sendOptions
	cmd := &cobra.Command{
		Use:   "add ADDRESS…",
		Short: "Add readers, confirmed by your word, or ask them",
		Long: `Adds readers who have told you that they want the edition: they are confirmed by
your word and get the next one. With --ask they are sent the letter that the
sign-up page sends, and are on the list once they confirm.`,
		Example: "  vesper subscribers add ines@news.example --name \"Ines Okafor\"\n  vesper subscribers add ines@news.example --ask --yes",
		Args:    cobra.MinimumNArgs(1),
		RunE: a.withAddresses(func(cmd *cobra.Command, h *house, all []subscribers.Address) error {
			if _, err := time.LoadLocation(timezone); err != nil || timezone == "Local" {
				return usage(fmt.Errorf("--timezone %q is not known", timezone), "such as Europe/Vienna")
			}
			if ask {
				return a.ask(cmd.Context(), h, all, o)
			}
			return a.eachOf(all, func(address subscribers.Address) error {
				s := subscribers.Subscriber{Address: address, Name: name, Status: subscribers.Active, Confirmed: a.now()}
				s.Timezone = timezone
				return a.add(cmd.Context(), h, s, o.dryRun)
			})
		}),
	}
	cmd.Flags().StringVar(&name, "name", "", "the reader's `NAME`")
	cmd.Flags().StringVar(&timezone, "timezone", "", "the reader's `ZONE` (default: the publication's)")
	cmd.Flags().BoolVar(&ask, "ask", false, "mail them a letter to confirm, instead of confirming them by your word")
	cmd.MarkFlagsMutuallyExclusive("ask", "name")
	cmd.MarkFlagsMutuallyExclusive("ask", "timezone")
	cmd.Flags().BoolVar(&o.yes, "yes", false, "with --ask: don't ask before mailing")
	cmd.Flags().BoolVarP(&o.dryRun, "dry-run", "n", false, "only say what would be done")
	return cmd
}

func (a *app) add(ctx context.Context, h *house, s subscribers.Subscriber, dryRun bool) error {
	counts, err := h.store.EnrolPlan(ctx, slices.Values([]sqlite.Enrol{{Subscriber: s}}))
	if err != nil {
		return err
	}
	if counts.Suppressed == 0 && !dryRun {
		if _, _, err = h.store.Add(ctx, s, a.now()); err != nil && !errors.Is(err, sqlite.ErrSuppressed) {
			return err
		}
	}
	switch {
	case counts.Suppressed > 0 || err != nil:
		against, err := h.store.Suppressions(ctx, s.Address)
		if err != nil {
			return err
		}
		return usage(fmt.Errorf("%s: %w", s.Address, sqlite.ErrSuppressed), comesBack(against))
	case counts.Added > 0:
		fmt.Fprintf(a.stdout, "%s %sadded\n", s.Address, would(dryRun))
	case counts.Changed > 0:
		fmt.Fprintf(a.stdout, "%s %sconfirmed\n", s.Address, would(dryRun))
	default:
		fmt.Fprintf(a.stdout, "%s is already there\n", s.Address)
	}
	return nil
}
