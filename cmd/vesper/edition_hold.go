package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"vesper/digest"
)

func (a *app) editionHoldCommand() *cobra.Command {
	var f actFlags
	cmd := &cobra.Command{
		Use: "hold [ID]", Short: "Hold an edition: nothing of it goes out until it is released",
		Long: `Holds an edition. One that is not open yet is not opened at its time. When it is released
within the slot's grace it is opened then; after that it is missed, with an alarm. One
that is being sent, or frozen, is paused: each connection ends the message that it has
begun, and begins no other. The time for which it is held does not count for it.

Without an ID it is the edition that is being sent, else the next one. Who held it, when
and why is kept: "vesper edition show" says it. An edition that is held already: exit
status 3.`,
		Example: `  vesper edition hold --reason "the court rules at six"
  vesper edition hold 2026-12-24-evening --by maria
  vesper edition release`,
		Args: cobra.MaximumNArgs(1),
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, args []string) error {
			id, err := a.toStop(cmd.Context(), h, args)
			if err != nil {
				return err
			}
			return a.hold(cmd.Context(), h, id, digest.Hold, f)
		}),
	}
	f.addTo(cmd)
	return cmd
}

func (a *app) editionPauseCommand() *cobra.Command {
	var f actFlags
	cmd := &cobra.Command{
		Use: "pause ID", Short: "Pause an edition that is being sent",
		Long: `Pauses an edition that is being sent, or frozen. Each connection ends the message that it
has begun, and begins no other, whichever process sends. "vesper edition resume" goes on
where it stopped: nobody gets it twice. The time of the pause does not count for it.

Exit status 3: it is paused by the desk already. One that the relay paused is paused by
the desk then, and no probe ends that.`,
		Example: `  vesper edition pause 2026-11-22-evening --reason "a wrong name in the lead"
  vesper edition resume 2026-11-22-evening`,
		Args: cobra.ExactArgs(1),
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, args []string) error {
			id, err := a.toAct(cmd.Context(), h, args[0])
			if err != nil {
				return err
			}
			return a.hold(cmd.Context(), h, id, digest.Halt, f)
		}),
	}
	f.addTo(cmd)
	return cmd
}

func (a *app) hold(ctx context.Context, h *house, id digest.ID, kind digest.ActKind, f actFlags) error {
	was, _, err := a.act(ctx, h, id, kind, f)
	if err != nil {
		return err
	}
	is := "is"
	if f.dryRun {
		is = "would be"
	}
	if !was.State.UnderWay() {
		return a.print("edition %s %s held: it is not opened before \"vesper edition release %s\"\n", id, is, id)
	}
	t, err := h.book.Tallied(ctx, id)
	if err != nil {
		return err
	}
	return a.print("edition %s %s paused: %s not sent yet\n", id, is, count(t.Tally.Owed(), "recipient"))
}

func (a *app) editionReleaseCommand() *cobra.Command {
	var f actFlags
	cmd := &cobra.Command{
		Use: "release [ID]", Short: "Release an edition that is held",
		Long: `Releases an edition that somebody holds, or has paused. One whose time has not come goes at
its time, and one whose time has passed goes at once, within the slot's grace. A running
"vesper serve" does so.

Without an ID it is the one that is held. An edition that nobody holds: exit status 3.`,
		Example: "  vesper edition release\n  vesper edition release 2026-11-22-evening --reason \"the court has ruled\"",
		Args:    cobra.MaximumNArgs(1),
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, args []string) error {
			id, err := a.toLetGo(cmd.Context(), h, args)
			if err != nil {
				return err
			}
			return a.release(cmd.Context(), h, id, f)
		}),
	}
	f.addTo(cmd)
	return cmd
}

func (a *app) release(ctx context.Context, h *house, id digest.ID, f actFlags) error {
	was, _, err := a.act(ctx, h, id, digest.Release, f)
	if err != nil {
		return err
	}
	is := "is"
	if f.dryRun {
		is = "would be"
	}
	if was.State == digest.Held {
		return a.print("edition %s %s released: %s\n", id, is, a.goesOn(h, was))
	}
	return a.wentOn(ctx, h, id, is)
}

// wentOn says of an edition that was resumed what is owed.
func (a *app) wentOn(ctx context.Context, h *house, id digest.ID, is string) error {
	t, err := h.book.Tallied(ctx, id)
	if err != nil {
		return err
	}
	until := ""
	if t.Frozen(a.now()) {
		until = ", " + h.frozen(t.Record)
	}
	return a.print("edition %s %s resumed%s: %s not sent yet\n", id, is, until, count(t.Tally.Owed(), "recipient"))
}

func (a *app) editionCancelCommand() *cobra.Command {
	var f actFlags
	var yes bool
	cmd := &cobra.Command{
		Use: "cancel [ID]", Short: "Cancel an edition: nobody else gets it",
		Long: `Cancels an edition. One that is not open yet, or frozen, is not sent: its day is recorded
as missed, without an alarm, and its stories are there for the next one. "vesper edition
forget" takes that back, and "vesper edition send" sends it all the same. Of any other
the messages on the wire come to their end, and all other readers are skipped, with the
reason "cancelled". That can't be taken back.

Without an ID it is the edition that is being sent, else the next one. One that is
cancelled already: exit status 3.`,
		Example: `  vesper edition cancel --yes --reason "nothing to print on a holiday"
  vesper edition cancel 2026-11-22-evening --reason "sent to the wrong list"`,
		Args: cobra.MaximumNArgs(1),
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, args []string) error {
			id, err := a.toStop(cmd.Context(), h, args)
			if err != nil {
				return err
			}
			if !f.dryRun {
				err = a.ask(cmd.Context(), consent{yes: yes}, question{
					ask: fmt.Sprintf("Cancel edition %s?", id), no: "not cancelled",
					alone: fmt.Sprintf("this cancels edition %s", id), hint: "--yes cancels it without asking",
				})
			}
			if err != nil {
				return err
			}
			return a.cancel(cmd.Context(), h, id, f)
		}),
	}
	f.addTo(cmd)
	cmd.Flags().BoolVar(&yes, "yes", false, "don't ask")
	return cmd
}

func (a *app) cancel(ctx context.Context, h *house, id digest.ID, f actFlags) error {
	was, is, err := a.act(ctx, h, id, digest.Cancel, f)
	// What was cancelled before may have been left in the middle of it.
	unended := !was.CancelAt.IsZero() && was.State.UnderWay() && !f.dryRun
	if err != nil && !unended {
		return err
	}
	if f.dryRun {
		return a.print("edition %s would be cancelled: it is %s\n", id, is.State)
	}
	if !is.State.Opened() {
		return a.print("edition %s is cancelled: nobody was sent it. \"vesper edition forget %s\" takes that back\n",
			id, id)
	}
	r, err := a.settled(ctx, h, id)
	if err == nil && r.State == digest.Paused {
		var doubted bool
		if doubted, err = a.doubtSilent(ctx, h, r); doubted {
			r, err = a.settled(ctx, h, id)
		}
	}
	if err != nil {
		return err
	}
	if r.State != digest.Cancelled {
		return a.print("edition %s is being cancelled: nothing more is begun, and %s\n", id, a.stillInHand(ctx, h, r))
	}
	t, err := h.book.Tallied(ctx, id)
	if err != nil {
		return err
	}
	return a.print("edition %s is cancelled: %s\n", id, equation(t.Tally))
}

// stillInHand says what of an edition is not over. A process that died has it until its lease is.
func (a *app) stillInHand(ctx context.Context, h *house, r digest.Record) string {
	if is, err := h.book.InHand(ctx, r.Number); err == nil && is != nil {
		return is.In(h.zone)
	}
	return "its last messages are coming to their end"
}
