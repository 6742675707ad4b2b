package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"vesper/subscribers"
	"vesper/subscribers/exchange"
)

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
	var reason, file, column string
	var dryRun bool
	var out format
	cmd := &cobra.Command{
		Use: "suppress [ADDRESS…]", Short: "Never mail these addresses, whether or not they are on the list",
		Long: `Suppressed addresses are not mailed: what is pending for them is skipped, and no
import and no sign-up brings them back. Of an address that is not on the list only a
hash is kept. The reason is manual, hard-bounce, complaint or unsubscribed. Only the
reader can undo the last two, by confirming again.`,
		Args: cobra.ArbitraryArgs,
		Example: `  vesper subscribers suppress ines@news.example
  vesper subscribers suppress --file bounced.txt --reason hard-bounce`,
		RunE: a.withAddresses(func(cmd *cobra.Command, h *house, all []subscribers.Address) error {
			done := suppressJSON{Reason: strings.Replace(reason, hardBounce, subscribers.HardBounce, 1)}
			if !slices.Contains(subscribers.Reasons, done.Reason) {
				return usage(fmt.Errorf("--reason %q is not a reason", reason),
					"it is manual, hard-bounce, complaint or unsubscribed")
			}
			all, rejected, err := a.named("suppress", all, file, column)
			if err != nil {
				return err
			}
			done.Rejected = rejected
			return a.suppress(cmd.Context(), h, all, done, dryRun, out)
		}),
	}
	cmd.Flags().StringVar(&reason, "reason", subscribers.Manual,
		"`REASON`: manual, hard-bounce, complaint or unsubscribed")
	cmd.Flags().StringVar(&file, "file", "", "a `FILE` of addresses, one a line, or a table; - is stdin")
	addAddressColumn(cmd, &column)
	cmd.Flags().BoolVarP(&dryRun, "dry-run", "n", false, "only show what would be done")
	addJSON(cmd, &out)
	return cmd
}

func (a *app) suppress(ctx context.Context, h *house, all []subscribers.Address, done suppressJSON, dryRun bool,
	out format,
) error {
	if dryRun {
		seen := map[string]bool{}
		for _, address := range all {
			against, err := h.list.Suppressions(ctx, address)
			if err != nil {
				return err
			}
			key := address.Key()
			if !seen[key] && !slices.ContainsFunc(against,
				func(s subscribers.Suppression) bool { return s.Reason == done.Reason }) {
				done.Suppressed++
			}
			seen[key] = true
		}
	} else {
		var err error
		if done.Suppressed, err = h.list.SuppressAll(ctx, all, done.Reason, a.now()); err != nil {
			return err
		}
	}
	done.Unchanged = len(all) - done.Suppressed
	if out == "json" {
		return newEncoder(a.stdout).Encode(done)
	}
	if dryRun {
		a.print("dry run, nothing changed: ")
	}
	err := a.print("%s: %d suppressed, %d there already, %d rejected\n", done.Reason, done.Suppressed,
		done.Unchanged, done.Rejected)
	return err
}

// named gives the addresses of a command line or, in their place, of a file, and how
// many rows of it were rejected.
func (a *app) named(verb string, all []subscribers.Address, file, column string) ([]subscribers.Address, int, error) {
	switch {
	case (file == "") == (len(all) == 0):
		return nil, 0, usage(fmt.Errorf("%s takes addresses, or --file", verb),
			fmt.Sprintf(`"vesper subscribers %s --help" shows both`, verb))
	case file != "":
		return a.addressesIn(file, column)
	case column != "":
		return nil, 0, usage(errors.New("--address-column needs --file with a table"), "")
	}
	return all, 0, nil
}

// addressesIn gives all addresses of a file, and names the rows that hold none.
func (a *app) addressesIn(name, column string) (all []subscribers.Address, rejected int, err error) {
	f, closeFile, err := a.openReaders(name, exchange.Choices{Address: column})
	if err != nil {
		return nil, 0, err
	}
	defer closeFile()
	for row := range f.rows() {
		all = append(all, row.Subscriber.Address)
	}
	return all, f.rejected, f.err
}
