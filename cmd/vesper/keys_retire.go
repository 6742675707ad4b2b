package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"vesper/digest"
	"vesper/subscribers"
)

func (a *app) keysRetireCommand() *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use: "retire ID", Short: "End the links that an old key signed, except those to unsubscribe",
		Args: cobra.ExactArgs(1),
		Long: `Ends the links that a key has signed, for instance if somebody else may have seen the
key: readers can't confirm or change preferences with them any more. Links to
unsubscribe, and return paths, still work for ever. The key must not be in use: run
"vesper keys rotate" first. It can't be undone.`,
		Example: "  vesper keys rotate\n  vesper keys retire 1 --dry-run\n  vesper keys retire 1",
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, args []string) error {
			id, err := strconv.ParseUint(args[0], 10, 8)
			if err != nil {
				return usage(fmt.Errorf("%q is not the number of a key", args[0]),
					`the first key is 1, and each "vesper keys rotate" says the number of the one that it makes`)
			}
			return a.retire(cmd.Context(), h, byte(id), dryRun)
		}),
	}
	cmd.Flags().BoolVarP(&dryRun, "dry-run", "n", false, "only show what would end")
	return cmd
}

func (a *app) retire(ctx context.Context, h *house, id byte, dryRun bool) error {
	u, err := h.list.KeyUse(ctx, id, a.now())
	switch {
	case errors.Is(err, digest.ErrNotFound):
		return usage(fmt.Errorf("no link key has the number %d", id), "")
	case err != nil:
		return err
	case u.Current:
		return usage(fmt.Errorf("key %d signs links now", id), `"vesper keys rotate" makes a new one; then retire this one`)
	case u.Open != "":
		return usage(fmt.Errorf("edition %s is being sent with key %d", u.Open, id), "retire the key when it is done")
	case !u.Retired.IsZero():
		return a.print("key %d is retired already, since %s\n", id, moment(u.Retired, h.zone))
	}
	if dryRun {
		return a.print("key %d would be retired: %s\n", id, linksEnded(u, "would end"))
	}
	if err := h.list.Retire(ctx, id, a.now()); err != nil {
		return err
	}
	return a.print("key %d is retired: %s\n", id, linksEnded(u, "end"))
}

// linksEnded says how many links end with a key.
func linksEnded(u subscribers.KeyUse, end string) string {
	return fmt.Sprintf("the links to preferences in %s %s, and the links to confirm in %s; "+
		"links to unsubscribe still work",
		count(u.Messages, "message"), end, count(u.Confirmations, "email"))
}
