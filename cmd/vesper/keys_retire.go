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
		Use: "retire ID", Short: "End the links that an old key signed, but not those to leave", Args: cobra.ExactArgs(1),
		Long: `Ends the links that a key has signed, such as one that somebody else may have
seen: readers can't confirm or change their preferences with them any more. Links
to leave and return paths of it go on working, for ever. The key must not be in
use: "vesper keys rotate" makes a new one first. It can't be undone.`,
		Example: "  vesper keys rotate\n  vesper keys retire 1 --dry-run\n  vesper keys retire 1",
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, args []string) error {
			id, err := strconv.ParseUint(args[0], 10, 8)
			if err != nil {
				return usage(fmt.Errorf("%q is no key's number", args[0]), `"vesper keys rotate" says the number of each key`)
			}
			return a.retire(cmd.Context(), h, byte(id), dryRun)
		}),
	}
	cmd.Flags().BoolVarP(&dryRun, "dry-run", "n", false, "only say what would end")
	return cmd
}

func (a *app) retire(ctx context.Context, h *house, id byte, dryRun bool) error {
	u, err := h.list.KeyUse(ctx, id, a.now())
	switch {
	case errors.Is(err, digest.ErrNotFound):
		return usage(fmt.Errorf("no key that signs links has the number %d", id), "")
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
	return fmt.Sprintf("the links to preferences in %s %s, and the links to confirm in %s; links to leave go on working",
		count(u.Messages, "message"), end, count(u.Confirmations, "letter"))
}
