package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"vesper/digest"
)

func (a *app) editionForgetCommand() *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use: "forget ID", Short: "Undo the record of a missed or empty day, or of a frozen edition",
		Long: `Removes the record that a day was missed, or had nothing to print. The service then
decides again. If its time is still within the slot's grace, the edition is opened;
otherwise the day is recorded as missed again. Several missed days in a row have one
record, under the last of them.

A frozen edition is discarded: nobody was sent it yet. The service opens it anew within
a minute, with what the desk has then of before the cut-off; after its time and the slot's
grace it can't be. Any other edition that was opened can't be forgotten.`,
		Example: "  vesper edition list\n  vesper edition forget 2026-11-22-evening",
		Args:    cobra.ExactArgs(1),
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, args []string) error {
			t, err := h.tallied(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if t.State.Opened() {
				return a.discard(cmd.Context(), h, t, dryRun)
			}
			days := t.ID.String()
			if t.MissedFrom != (digest.Date{}) {
				days += fmt.Sprintf(" (from %s on)", t.MissedFrom)
			}
			if t.State == digest.Held {
				return usage(fmt.Errorf("edition %s is held: there is nothing to forget", t.ID),
					fmt.Sprintf("\"vesper edition release %s\" lets it go", t.ID))
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

// discard takes a frozen edition back.
func (a *app) discard(ctx context.Context, h *house, t digest.Tallied, dryRun bool) error {
	if !t.Ahead() {
		return wasOpened(t.ID)
	}
	if slot, err := h.slot(t.ID.Slot); err == nil && a.now().After(t.DueAt.Add(slot.Grace)) {
		return usage(fmt.Errorf("edition %s can't be forgotten: its time, and the grace of %s after it, are over, and "+
			"the day would be missed", t.ID, slot.Grace),
			fmt.Sprintf("\"vesper edition send --slot %s --date %s\" sends it as it is", t.ID.Slot, t.ID.Date))
	}
	if dryRun {
		return a.print("%s would be forgotten: it is %s, for %s\n", t.ID, h.frozen(t.Record),
			count(t.Tally.Opened, "recipient"))
	}
	switch err := h.book.Discard(ctx, t.ID); {
	case errors.Is(err, digest.ErrExists):
		return usage(fmt.Errorf("edition %s can't be forgotten: it is being sent, or a later one of its slot was opened",
			t.ID), fmt.Sprintf("\"vesper edition show %s\" says how it stands", t.ID))
	case err != nil:
		return err
	}
	return a.print("%s is forgotten: it was %s. \"vesper serve\" opens it anew within a minute\n", t.ID,
		h.frozen(t.Record))
}

// frozen says of an edition that was opened ahead of its time until when none of it leaves.
func (h *house) frozen(r digest.Record) string { return frozen(r, h.zone) }

func frozen(r digest.Record, zone *time.Location) string {
	return "frozen until " + r.DueAt.In(zone).Format("15:04 MST")
}

func wasOpened(id digest.ID) error {
	return usage(fmt.Errorf("edition %s was opened: it can't be forgotten", id), "")
}
