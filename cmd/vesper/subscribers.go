package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"vesper/digest"
	"vesper/subscribers"
	"vesper/subscribers/sqlite"
)

func (a *app) subscribersCommand() *cobra.Command {
	return noun("subscribers", "Who is on the list, and in which standing",
		a.subscribersAddCommand(), a.subscribersListCommand(), a.subscribersShowCommand(),
		a.subscribersRemoveCommand(),
		a.subscribersImportCommand(), a.subscribersExportCommand(), a.subscribersSyncCommand())
}

// subscriberJSON is a subscriber as scripts read it.
type subscriberJSON struct {
	Address     string             `json:"address"`
	Name        string             `json:"name"`
	Status      subscribers.Status `json:"status"`
	Reason      string             `json:"reason"`
	Timezone    string             `json:"timezone"`
	CreatedAt   *string            `json:"created_at"`
	ConfirmedAt *string            `json:"confirmed_at"`
	// HardBounces counts the deliveries that failed because of the address.
	HardBounces *int            `json:"hard_bounces,omitempty"`
	Deliveries  *[]deliveryJSON `json:"deliveries,omitempty"`
}

type deliveryJSON struct {
	Edition string      `json:"edition"`
	State   digest.Step `json:"state"`
	Code    int         `json:"code"`
	Reply   string      `json:"reply"`
	At      *string     `json:"at"`
}

func subscriberOut(s subscribers.Subscriber, zone *time.Location) subscriberJSON {
	return subscriberJSON{
		Address: s.Address.String(), Name: s.Name, Status: s.Status, Reason: s.Reason, Timezone: s.Timezone,
		CreatedAt: stamp(s.Created, zone), ConfirmedAt: stamp(s.Confirmed, zone),
	}
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
		return s, usage(fmt.Errorf("%s is not on the list", address), `"vesper subscribers list" shows who is`)
	}
	return s, err
}

func (a *app) subscribersAddCommand() *cobra.Command {
	var name, timezone string
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "add ADDRESS…",
		Short: "Add readers, confirmed by your word",
		Long: `Adds readers who have told you that they want the edition: they are confirmed by
your word and get the next one.`,
		Example: "  vesper subscribers add ines@news.example --name \"Ines Okafor\"",
		Args:    cobra.MinimumNArgs(1),
		RunE: a.withAddresses(func(cmd *cobra.Command, h *house, all []subscribers.Address) error {
			if _, err := time.LoadLocation(timezone); err != nil || timezone == "Local" {
				return usage(fmt.Errorf("--timezone %q is not known", timezone), "such as Europe/Vienna")
			}
			var refused error
			for _, address := range all {
				s := subscribers.Subscriber{Address: address, Name: name, Status: subscribers.Active, Confirmed: a.now()}
				s.Timezone = timezone
				// One who may not come back keeps nobody else off the list.
				refused = errors.Join(refused, a.add(cmd.Context(), h, s, dryRun))
			}
			return refused
		}),
	}
	cmd.Flags().StringVar(&name, "name", "", "the reader's `NAME`")
	cmd.Flags().StringVar(&timezone, "timezone", "", "the reader's `ZONE` (default: the publication's)")
	cmd.Flags().BoolVarP(&dryRun, "dry-run", "n", false, "only say what would be done")
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
	would := map[bool]string{true: "would be ", false: ""}[dryRun]
	switch {
	case counts.Suppressed > 0 || err != nil:
		return usage(fmt.Errorf("%s: %w", s.Address, sqlite.ErrSuppressed), "a reader who left comes back by their own word only")
	case counts.Added > 0:
		fmt.Fprintf(a.stdout, "%s %sadded\n", s.Address, would)
	case counts.Changed > 0:
		fmt.Fprintf(a.stdout, "%s %sconfirmed\n", s.Address, would)
	default:
		fmt.Fprintf(a.stdout, "%s is already there\n", s.Address)
	}
	return nil
}

func (a *app) subscribersListCommand() *cobra.Command {
	var out format
	var status string
	cmd := &cobra.Command{
		Use: "list", Short: "Every subscriber with their standing", Args: cobra.NoArgs,
		Example: "  vesper subscribers list --status active -o csv",
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, _ []string) error {
			if status != "" && !slices.Contains([]subscribers.Status{subscribers.Unconfirmed, subscribers.Active, subscribers.Unsubscribed, subscribers.Suppressed}, subscribers.Status(status)) {
				return usage(fmt.Errorf("--status %s: it is unconfirmed, active, unsubscribed or suppressed", status), "")
			}
			list := newLister(a.stdout, out, "ADDRESS", "NAME", "STATUS", "REASON", "TIMEZONE", "CREATED", "CONFIRMED")
			for s, err := range h.store.Subscribers(cmd.Context()) {
				if err != nil {
					return err
				}
				if status != "" && string(s.Status) != status {
					continue
				}
				err := list.row(subscriberOut(s, h.zone), s.Address.String(), s.Name, string(s.Status), s.Reason, s.Timezone, list.time(s.Created, h.zone), list.time(s.Confirmed, h.zone))
				if err != nil {
					return err
				}
			}
			return list.done()
		}),
	}
	cmd.Flags().StringVar(&status, "status", "", "only those of this `STATUS`: unconfirmed, active, unsubscribed, suppressed")
	addFormat(cmd, &out)
	return cmd
}

func (a *app) subscribersShowCommand() *cobra.Command {
	var out format
	cmd := &cobra.Command{
		Use: "show ADDRESS", Short: "One subscriber, and every edition they were to get", Args: cobra.ExactArgs(1),
		RunE: a.withAddresses(func(cmd *cobra.Command, h *house, all []subscribers.Address) error {
			s, err := h.subscriber(cmd.Context(), all[0])
			if err != nil {
				return err
			}
			deliveries, err := h.store.Deliveries(cmd.Context(), s.ID)
			if err != nil {
				return err
			}
			object, got, bounces := subscriberOut(s, h.zone), []deliveryJSON{}, 0
			for _, d := range deliveries {
				if d.Step == digest.Failed && subscribers.IsHardBounce(d.Enhanced) {
					bounces++
				}
				got = append(got, deliveryJSON{d.Edition.String(), d.Step, d.Code, d.Reply, stamp(d.At, h.zone)})
			}
			object.Deliveries, object.HardBounces = &got, &bounces
			if out == "json" {
				return newEncoder(a.stdout).Encode(object)
			}
			return a.showSubscriber(s, object, h.zone, out)
		}),
	}
	addFormat(cmd, &out)
	return cmd
}

func (a *app) showSubscriber(s subscribers.Subscriber, object subscriberJSON, zone *time.Location, out format) error {
	if out == "table" {
		fmt.Fprintf(a.stdout, "%s %s\n%s %s\ncreated %s, confirmed %s, %s\n", s.Address, printable(s.Name), s.Status, s.Reason,
			orNever(moment(s.Created, zone)), orNever(moment(s.Confirmed, zone)), count(*object.HardBounces, "hard bounce"))
	}
	list := newLister(a.stdout, out, "EDITION", "STATE", "CODE", "REPLY", "AT")
	for _, d := range *object.Deliveries {
		if err := list.row(d, d.Edition, string(d.State), code(d.Code), d.Reply, orEmpty(d.At)); err != nil {
			return err
		}
	}
	return list.done()
}

func (a *app) subscribersRemoveCommand() *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use: "remove ADDRESS…", Short: "Delete readers from the list",
		Long: `Deletes the readers' rows. What they were sent stays counted in its editions, and
what is still pending for them is skipped.`,
		Args: cobra.MinimumNArgs(1),
		RunE: a.withAddresses(func(cmd *cobra.Command, h *house, all []subscribers.Address) error {
			for _, address := range all {
				if err := a.remove(cmd.Context(), h, address, dryRun); err != nil {
					return err
				}
			}
			return nil
		}),
	}
	cmd.Flags().BoolVarP(&dryRun, "dry-run", "n", false, "only say what would be done")
	return cmd
}

func (a *app) remove(ctx context.Context, h *house, address subscribers.Address, dryRun bool) error {
	if dryRun {
		if _, err := h.subscriber(ctx, address); err != nil {
			return err
		}
		fmt.Fprintf(a.stdout, "%s would be removed\n", address)
		return nil
	}
	removed, err := h.store.Remove(ctx, address, a.now())
	switch {
	case err != nil:
		return err
	case removed:
		fmt.Fprintf(a.stdout, "%s removed\n", address)
	default:
		fmt.Fprintf(a.stdout, "%s is not there\n", address)
	}
	return nil
}
