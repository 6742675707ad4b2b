package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"vesper/subscribers"
	"vesper/subscribers/exchange"
	"vesper/subscribers/sqlite"
)

func (a *app) subscribersCommand() *cobra.Command {
	return noun("subscribers", "Who is on the list, and in which standing",
		a.subscribersAddCommand(), a.subscribersListCommand(), a.subscribersShowCommand(), a.subscribersExplainCommand(),
		a.subscribersConfirmCommand(), a.subscribersSuppressCommand(), a.subscribersUnsuppressCommand(),
		a.subscribersRemoveCommand(), a.subscribersEraseCommand(),
		a.subscribersImportCommand(), a.subscribersExportCommand(), a.subscribersSyncCommand(), a.subscribersStatsCommand())
}

// addresses reads all addresses of a command line before anything is done.
func addresses(args []string) ([]subscribers.Address, error) {
	var all []subscribers.Address
	for _, arg := range args {
		address, err := subscribers.ParseAddress(arg)
		if err != nil {
			return nil, usage(err, "a bare address such as ines@news.example")
		}
		all = append(all, address)
	}
	return all, nil
}

// withAddresses makes a verb's function the command's, for verbs whose arguments
// are addresses.
func (a *app) withAddresses(f func(*cobra.Command, *house, []subscribers.Address) error) func(*cobra.Command, []string) error {
	return a.inHouse(func(cmd *cobra.Command, h *house, args []string) error {
		all, err := addresses(args)
		if err != nil {
			return err
		}
		return f(cmd, h, all)
	})
}

// subscriber finds a subscriber; that there is none is a wrong argument.
func (h *house) subscriber(ctx context.Context, address subscribers.Address) (subscribers.Subscriber, error) {
	s, err := h.store.Subscriber(ctx, address)
	if errors.Is(err, subscribers.ErrNotFound) {
		return s, notThere(address)
	}
	return s, err
}

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

func (a *app) subscribersListCommand() *cobra.Command {
	var out format
	var status, tag string
	cmd := &cobra.Command{
		Use: "list", Short: "Every subscriber with their standing", Args: cobra.NoArgs,
		Example: `  vesper subscribers list --status active -o csv
  vesper subscribers list --tag founders -o json`,
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, _ []string) error {
			if status != "" && !slices.Contains([]subscribers.Status{subscribers.Unconfirmed, subscribers.Active, subscribers.Unsubscribed, subscribers.Suppressed}, subscribers.Status(status)) {
				return usage(fmt.Errorf("--status %q is no standing", status), "it is unconfirmed, active, unsubscribed or suppressed")
			}
			list := newLister(a.stdout, out, "ADDRESS", "NAME", "STATUS", "REASON", "TIMEZONE", "CREATED", "CONFIRMED")
			for s, err := range h.store.Subscribers(cmd.Context()) {
				if err != nil {
					return err
				}
				if status != "" && string(s.Status) != status || tag != "" && !slices.Contains(s.Tags, tag) {
					continue
				}
				row := []string{s.Address.String(), s.Name, string(s.Status), s.Reason, s.Timezone, list.time(s.Created, h.zone), list.time(s.Confirmed, h.zone)}
				for i := range row {
					if out == "csv" {
						row[i] = exchange.Cell(row[i])
					}
				}
				if err := list.row(subscriberOut(s, h.zone), row...); err != nil {
					return err
				}
			}
			return list.done()
		}),
	}
	cmd.Flags().StringVar(&status, "status", "", "only those of this `STATUS`: unconfirmed, active, unsubscribed, suppressed")
	cmd.Flags().StringVar(&tag, "tag", "", "only those with this `TAG`")
	addFormat(cmd, &out)
	return cmd
}

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
