package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"vesper/digest"
	"vesper/digest/publish"
)

// sendFlags are the flags of "edition send".
type sendFlags struct {
	editionFlags
	consent
	wait, force bool
	out         format
}

func (a *app) editionSendCommand() *cobra.Command {
	var f sendFlags
	cmd := &cobra.Command{
		Use:   "send",
		Short: "Open the edition and send it, or finish one that is open",
		Long: `Opens the edition of today, or of --date, with the cut-off now. Sends until nothing is
due. If the edition is open already, it sends what is not sent yet, or says "already
sent". One that is frozen until its time is sent now. A date more than three days off
needs --force. Recipients that the relay deferred are left to "vesper serve" or to a
later send, unless --wait is given.`,
		Example: `  vesper edition send --dry-run
  vesper edition send --yes
  vesper edition send --date 2026-11-23 --slot evening
  vesper edition send --note "Yesterday's edition gave a wrong date."`,
		Args: cobra.NoArgs,
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, _ []string) error {
			a.warn(h.config.Warnings())
			h.publisher.Force = f.force
			return a.send(cmd.Context(), h, f)
		}),
	}
	f.editionFlags.addTo(cmd)
	f.addWordsTo(cmd)
	f.consent.addTo(cmd, "don't ask", "only show what would be sent, and to how many")
	cmd.Flags().BoolVar(&f.wait, "wait", false, "wait for recipients that the relay deferred")
	cmd.Flags().BoolVar(&f.force, "force", false,
		"open a day that is far off; trust a clock that is behind the database")
	addJSON(cmd, &f.out)
	return cmd
}

func (a *app) send(ctx context.Context, h *house, f sendFlags) error {
	if err := a.mayLeave(h, f.dryRun); err != nil {
		return err
	}
	if err := h.file.Behind(ctx); err != nil {
		return err
	}
	if moved := h.file.Moved(); moved != "" {
		a.tell("vesper: warning: the database was last used to send from %s: if Vesper still runs "+
			"there, everything is sent twice\n", moved)
	}
	d, err := a.recallOrDecide(ctx, h, f)
	if err != nil {
		return err
	}
	if d, err = a.openEdition(ctx, h, d, f.consent); err != nil {
		return err
	}
	switch d.Record.State {
	case digest.Paused:
		if d.Record.Pause == digest.PausedDesk {
			return pausedByDesk(d.Record)
		}
	case digest.Done, digest.Cancelled:
		said := "already sent"
		if d.Record.State == digest.Cancelled {
			said = d.Record.Reason
		}
		a.tell("edition %s: %s\n", d.Edition.ID, said)
		t, err := h.book.Tallied(ctx, d.Edition.ID)
		if err != nil {
			return err
		}
		if err := a.sum(t, h.zone, f.out); err != nil || t.Tally.Expired == 0 && t.State != digest.Cancelled {
			return err
		}
		return notAll(t)
	}
	s, err := a.deliver(ctx, h, d.Record, f.wait)
	if err != nil {
		return err
	}
	// Whom the relay refused is not left for serve, which may never run here.
	if _, err := h.returns.Weigh(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	return a.sent(s, h, f.out)
}

// pausedByDesk is the error for an edition that somebody has paused: who sends it by hand, or by
// cron, may be somebody else.
func pausedByDesk(r digest.Record) error {
	return &exitError{
		exitHeld, fmt.Errorf("edition %s is paused %s", r.ID, r.Reason),
		fmt.Sprintf(`"vesper edition release %s" lets it go on`, r.ID),
	}
}

// recallOrDecide gives what the book says of an edition that is open or held: then
// the desk is not asked, and need not be there. Of any other it decides.
func (a *app) recallOrDecide(ctx context.Context, h *house, f sendFlags) (publish.Decision, error) {
	now := a.now()
	slot, date, err := f.which(h, now)
	if err != nil {
		return publish.Decision{}, err
	}
	d, err := h.publisher.Recall(ctx, slot, date)
	if err == nil && d.Refusal.Kind == publish.Opened && d.Record.State == digest.Done {
		return d, h.unfinishedCorrection(ctx, &d)
	}
	if err != nil || d.Refusal.Kind == publish.Opened || d.Refusal.Kind == publish.Held {
		return d, err
	}
	if today := digest.DateOf(now.In(h.zone)); !f.force {
		if err := near(date, today); err != nil {
			return d, err
		}
	}
	if f.dryRun {
		return a.decide(ctx, h, f.editionFlags)
	}
	if err := h.sees(ctx); err != nil {
		return d, err
	}
	if _, err := h.markFolders(ctx); err != nil {
		a.tell("vesper: warning: a shared folder gets no marker: %v\n", err)
	}
	if len(h.gatherer.Feeds) > 0 {
		a.tell("asking %s\n", count(len(h.gatherer.Feeds), "feed"))
	}
	d, err = h.publisher.DecideFresh(ctx, slot, date, publish.CutOff(now), f.words)
	return d, wrongWords(err)
}

// unfinishedCorrection has an edition that is done stand for its first correction that is not.
func (h *house) unfinishedCorrection(ctx context.Context, d *publish.Decision) error {
	all, err := h.book.Sequence(ctx, d.Edition.ID)
	for _, r := range all {
		if r.State.UnderWay() && r.ID.Sequence > 1 {
			d.Record, d.Edition.ID = r, r.ID
			break
		}
	}
	return err
}

// deliver delivers an edition by hand and shows how far it is.
func (a *app) deliver(ctx context.Context, h *house, r digest.Record, wait bool) (publish.Sent, error) {
	done := a.showEditionProgress(ctx, h, r.ID)
	defer done()
	s, err := h.publisher.Send(ctx, r, publish.Hand{
		Lock: h.lock("send"), Patience: patience, Wait: wait,
		Held: func(held *digest.HeldError) { a.tell("%s; following it\n", held) },
	})
	return s, err
}

// patience is how many connections in a row may come to nothing before a sending
// by hand stops: the admin is there to look.
const patience = 2

// sent says how it ended, and with which status.
func (a *app) sent(s publish.Sent, h *house, out format) error {
	if err := a.sum(s.Tallied, h.zone, out); err != nil {
		return err
	}
	t := s.Tally
	if s.State == digest.Paused {
		return &exitError{
			exitPartly, fmt.Errorf("edition %s is paused: %s", s.ID, s.Reason),
			`fix it, then run "vesper edition send" again`,
		}
	}
	if t.Owed() > 0 {
		until := ""
		if s.Next.After(a.now()) {
			form := "15:04:05 MST"
			if digest.DateOf(s.Next.In(h.zone)) != digest.DateOf(a.now().In(h.zone)) {
				form = "15:04:05 MST on 2006-01-02"
			}
			until = ", next at " + s.Next.In(h.zone).Format(form)
		}
		why := s.Reason
		if s.Stopped.Class != "" {
			why = h.relayStopped(s.Stopped)
		}
		return &exitError{
			exitPartly, fmt.Errorf("%s not sent yet%s%s", count(t.Owed(), "recipient"), until,
				prefixed(": ", why)),
			fmt.Sprintf(`"vesper serve" or "vesper edition send --slot %s --date %s" continues; --wait waits for them`,
				s.ID.Slot, s.ID.Date),
		}
	}
	if t.Failed+t.Expired+t.Unknown > 0 {
		return notAll(s.Tallied)
	}
	return nil
}

// notAll is how it ends when some readers did not get an edition.
func notAll(t digest.Tallied) error {
	e := &exitError{
		code: exitPartly, hint: fmt.Sprintf("\"vesper edition show %s\" names who did not get it", t.ID),
	}
	if t.Tally.Expired > 0 {
		e.err = fmt.Errorf("edition %s expired for %s", t.ID, count(t.Tally.Expired, "reader"))
	}
	return e
}

func (a *app) sum(t digest.Tallied, zone *time.Location, out format) error {
	if out == "json" {
		return newEncoder(a.stdout).Encode(talliedJSON(t, zone))
	}
	err := a.print("%s %s: %s\n", t.ID, t.State, page(equation(t.Tally)))
	return err
}
