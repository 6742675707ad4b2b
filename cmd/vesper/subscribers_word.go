package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"vesper/subscribers"
	"vesper/subscribers/sqlite"
)

// notThere says that an address is not on the list.
func notThere(address subscribers.Address) error {
	return usage(fmt.Errorf("%s is not on the list", address), `"vesper subscribers list" shows who is`)
}

// would gives "would be " for a dry run.
func would(dryRun bool) string {
	if dryRun {
		return "would be "
	}
	return ""
}

// forEach makes a verb that does one thing to each of its addresses, or with -n
// says what it would do. What goes wrong with one keeps it from no other.
func (a *app) forEach(cmd *cobra.Command, do func(ctx context.Context, h *house, address subscribers.Address, dryRun bool) error) *cobra.Command {
	var dryRun bool
	cmd.Args = cobra.MinimumNArgs(1)
	cmd.RunE = a.withAddresses(func(cmd *cobra.Command, h *house, all []subscribers.Address) error {
		var refused *exitError
		for _, address := range all {
			err := do(cmd.Context(), h, address, dryRun)
			if err == nil {
				continue
			}
			var e *exitError
			if !errors.As(err, &e) {
				return err
			}
			if refused != nil {
				a.say(refused)
			}
			refused = e
		}
		if refused != nil {
			return refused
		}
		return nil
	})
	cmd.Flags().BoolVarP(&dryRun, "dry-run", "n", false, "only say what would be done")
	return cmd
}

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
		return a.add(ctx, h, subscribers.Subscriber{Address: s.Address, Status: subscribers.Active, Confirmed: a.now()}, dryRun)
	})
}

// hardBounce is how the reason is written where a space would need quotes.
const hardBounce = "hard-bounce"

// suppressJSON is what became of addresses that were suppressed.
type suppressJSON struct {
	Suppressed int    `json:"suppressed"`
	Unchanged  int    `json:"unchanged"`
	Rejected   int    `json:"rejected"`
	Reason     string `json:"reason"`
}

func (a *app) subscribersSuppressCommand() *cobra.Command {
	var reason, file string
	var dryRun bool
	var out format
	cmd := &cobra.Command{
		Use: "suppress [ADDRESS…]", Short: "Never mail these addresses, whether or not they are on the list",
		Long: `Keeps addresses from being mailed: what is pending for them is skipped, and no
import and no sign-up brings them back. Only a hash of an address that is not on
the list is kept. The reason is manual, hard-bounce, complaint or unsubscribed;
the last two can be lifted by the reader alone, who confirms anew.`,
		Args: cobra.ArbitraryArgs,
		Example: `  vesper subscribers suppress ines@news.example
  vesper subscribers suppress --file bounced.txt --reason hard-bounce`,
		RunE: a.withAddresses(func(cmd *cobra.Command, h *house, all []subscribers.Address) error {
			done := suppressJSON{Reason: strings.Replace(reason, hardBounce, subscribers.HardBounce, 1)}
			if !slices.Contains(subscribers.Reasons, done.Reason) {
				return usage(fmt.Errorf("--reason %q is none", reason), "it is manual, hard-bounce, complaint or unsubscribed")
			}
			if (file == "") == (len(all) == 0) {
				return usage(errors.New("suppress takes addresses, or --file"), `"vesper subscribers suppress --help" shows both`)
			}
			if file != "" {
				var err error
				if all, done.Rejected, err = a.addressesIn(file); err != nil {
					return err
				}
			}
			return a.suppress(cmd.Context(), h, all, done, dryRun, out)
		}),
	}
	cmd.Flags().StringVar(&reason, "reason", subscribers.Manual, "`REASON`: manual, hard-bounce, complaint or unsubscribed")
	cmd.Flags().StringVar(&file, "file", "", "a `FILE` of addresses, one a line; - is stdin")
	cmd.Flags().BoolVarP(&dryRun, "dry-run", "n", false, "only say what would be done")
	addJSON(cmd, &out)
	return cmd
}

func (a *app) suppress(ctx context.Context, h *house, all []subscribers.Address, done suppressJSON, dryRun bool, out format) error {
	if dryRun {
		seen := map[string]bool{}
		for _, address := range all {
			standing, err := h.store.Suppressions(ctx, address)
			if err != nil {
				return err
			}
			key := address.Key()
			if !seen[key] && !slices.ContainsFunc(standing, func(s sqlite.Suppression) bool { return s.Reason == done.Reason }) {
				done.Suppressed++
			}
			seen[key] = true
		}
	} else {
		var err error
		if done.Suppressed, err = h.store.SuppressAll(ctx, all, done.Reason, a.now()); err != nil {
			return err
		}
	}
	done.Unchanged = len(all) - done.Suppressed
	if out == "json" {
		return newEncoder(a.stdout).Encode(done)
	}
	if dryRun {
		fmt.Fprint(a.stdout, "dry run, nothing changed: ")
	}
	_, err := fmt.Fprintf(a.stdout, "%s: %d suppressed, %d there already, %d rejected\n", done.Reason, done.Suppressed, done.Unchanged, done.Rejected)
	return err
}

// addressesIn gives all addresses of a file, and names the rows that hold none.
func (a *app) addressesIn(name string) (all []subscribers.Address, rejected int, err error) {
	f, closeFile, err := a.openReaders(name, false)
	if err != nil {
		return nil, 0, err
	}
	defer closeFile()
	for row := range f.rows() {
		all = append(all, row.Subscriber.Address)
	}
	return all, f.rejected, f.err
}

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
	standing, err := h.store.Suppressions(ctx, address)
	if err != nil {
		return err
	}
	var mine, readers []string
	for _, s := range standing {
		if subscribers.Liftable(s.Reason) {
			mine = append(mine, s.Reason)
		} else {
			readers = append(readers, s.Reason)
		}
	}
	if !dryRun {
		if _, err := h.store.Unsuppress(ctx, address, a.now()); err != nil && !errors.Is(err, sqlite.ErrSuppressed) {
			return err
		}
	}
	switch {
	case len(mine) > 0:
		fmt.Fprintf(a.stdout, "%s: %s %slifted\n", address, strings.Join(mine, " and "), would(dryRun))
	case len(readers) == 0:
		fmt.Fprintf(a.stdout, "%s is not suppressed\n", address)
	}
	if len(readers) > 0 {
		return usage(fmt.Errorf("%s: %s stands: %w", address, strings.Join(readers, " and "), sqlite.ErrSuppressed),
			"a reader who left comes back by their own word only")
	}
	return nil
}

func (a *app) subscribersEraseCommand() *cobra.Command {
	return a.forEach(&cobra.Command{
		Use: "erase ADDRESS…", Short: "Forget addresses everywhere, for good",
		Long: `Deletes all that is known of an address: its row, letters, confirmations, and what
relays said where they quote it. Editions go on adding up. A hash stays, so that
no import brings the address back; its reader may sign up again. Afterwards the
address is not in the bytes of the database file any more. Backups of the
database still have it: they are yours to look after.`,
		Example: `  vesper subscribers show ines@news.example -o json > ines.json
  vesper subscribers erase ines@news.example`,
	}, a.erase)
}

func (a *app) erase(ctx context.Context, h *house, address subscribers.Address, dryRun bool) error {
	if dryRun {
		_, err := h.everything(ctx, address)
		var unknown *exitError
		switch {
		case errors.As(err, &unknown):
			fmt.Fprintf(a.stdout, "%s is not on the list; it would be looked for in what relays said\n", address)
		case err != nil:
			return err
		default:
			fmt.Fprintf(a.stdout, "%s would be erased\n", address)
		}
		return nil
	}
	found, err := h.store.Erase(ctx, address, a.now())
	switch {
	case err != nil:
		return err
	case found:
		fmt.Fprintf(a.stdout, "%s erased\n", address)
	default:
		fmt.Fprintf(a.stdout, "nothing is known of %s\n", address)
	}
	return nil
}
