package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"vesper/digest"
)

func (a *app) editionForgetCommand() *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use: "forget ID", Short: "Undo the record of a missed or empty day",
		Long: `Removes the record that a day was missed, or had nothing to print. The service then
decides again. If its time is still within the slot's grace, the edition is opened;
otherwise the day is recorded as missed again. Several missed days in a row have one
record, under the last of them. An edition that was opened can't be forgotten.`,
		Example: "  vesper edition list\n  vesper edition forget 2026-11-22-evening",
		Args:    cobra.ExactArgs(1),
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, args []string) error {
			t, err := h.tallied(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if t.State.Opened() {
				return wasOpened(t.ID)
			}
			days := t.ID.String()
			if t.MissedFrom != (digest.Date{}) {
				days += fmt.Sprintf(" (from %s on)", t.MissedFrom)
			}
			if dryRun {
				a.print("%s would be forgotten: %s\n", days, t.State)
				return nil
			}
			switch err := h.book.Forget(cmd.Context(), t.ID); {
			case errors.Is(err, digest.ErrExists):
				return wasOpened(t.ID)
			case err != nil:
				return err
			}
			a.print("%s is forgotten: it was %s\n", days, t.State)
			return nil
		}),
	}
	cmd.Flags().BoolVarP(&dryRun, "dry-run", "n", false, "only show what would be done")
	return cmd
}

func wasOpened(id digest.ID) error {
	return usage(fmt.Errorf("edition %s was opened: it can't be forgotten", id), "")
}
