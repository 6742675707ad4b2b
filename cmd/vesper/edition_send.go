package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"vesper/digest"
	"vesper/digest/publish"
)

// sendOptions are the flags of "edition send".
type sendOptions struct {
	planOptions
	yes, dryRun, wait bool
	out               format
}

func (a *app) sendCommand() *cobra.Command {
	var o sendOptions
	cmd := &cobra.Command{
		Use:   "send",
		Short: "Open the edition and deliver it, or finish what is owed of it",
		Long: `Opens the edition of today, or of --date, with the cut-off now, and works until
nothing is due. A second time it finishes what is owed, or says "already sent".
What the relay deferred to later is left to "vesper serve" or a later send,
unless --wait is given.`,
		Example: `  vesper edition send --dry-run
  vesper edition send --yes
  vesper edition send --date 2026-11-23 --slot evening
  vesper edition send --note "Yesterday's edition gave a wrong date."`,
		Args: cobra.NoArgs,
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, _ []string) error {
			a.warn(h.config)
			return a.send(cmd.Context(), h, o)
		}),
	}
	o.addTo(cmd)
	o.addWordsTo(cmd)
	cmd.Flags().BoolVar(&o.yes, "yes", false, "don't ask")
	cmd.Flags().BoolVarP(&o.dryRun, "dry-run", "n", false, "say what would be sent to how many, and send nothing")
	cmd.Flags().BoolVar(&o.wait, "wait", false, "stay for what the relay deferred")
	addJSON(cmd, &o.out)
	return cmd
}

func (a *app) send(ctx context.Context, h *house, o sendOptions) error {
	now := a.now()
	if h.unsigned != nil {
		return h.unsigned
	}
	if err := h.store.Behind(ctx); errors.Is(err, digest.ErrBehind) {
		return &exitError{exitHeld, err, `look what was sent since, then "vesper restore --accept"`}
	} else if err != nil {
		return err
	}
	if err := o.check(); err != nil {
		return err
	}
	slot, err := h.slot(o.slot)
	if err != nil {
		return err
	}
	date, err := h.date(o.date, now)
	if err != nil {
		return err
	}
	id := digest.ID{Date: date, Slot: slot.Name, Sequence: 1}
	r, err := h.store.Record(ctx, id)
	if err != nil && !errors.Is(err, digest.ErrNotFound) {
		return err
	}
	switch {
	case err == nil && r.State == digest.Held:
		return &exitError{exitHeld, fmt.Errorf("edition %s is held: %s", id, r.Reason), ""}
	case err == nil && (r.State == digest.Done || r.State == digest.Cancelled):
		fmt.Fprintf(a.stderr, "edition %s: already sent\n", id)
		return a.sum(r, h.zone, o.out)
	case err == nil && r.State.Opened():
		fmt.Fprintf(a.stderr, "edition %s is %s: %s owed\n", id, r.State, count(r.Tally.Owed(), "recipient"))
		if err := a.mayMail(o, fmt.Sprintf("Finish it, for %s?", count(r.Tally.Owed(), "recipient"))); err != nil {
			return err
		}
	default:
		if r, err = a.openEdition(ctx, h, slot, date, o); err != nil {
			return err
		}
	}
	if r, err = a.finish(ctx, h, r, o.wait); err != nil {
		return err
	}
	return a.sent(r, h, o.out)
}

// openEdition opens a day's edition with the cut-off now.
func (a *app) openEdition(ctx context.Context, h *house, slot digest.Slot, date digest.Date, o sendOptions) (digest.Record, error) {
	past, err := h.store.History(ctx, slot.Name)
	if err != nil {
		return digest.Record{}, err
	}
	if past.Date != (digest.Date{}) && date.Compare(past.Date) < 0 {
		return digest.Record{}, usage(fmt.Errorf("%s lies before the last printed edition of the %s, %s", date, slot.Name, past.Date), "")
	}
	plan, err := h.publisher.Plan(ctx, slot, date, cutOff(a.now()))
	if err != nil {
		return digest.Record{}, err
	}
	plan.Edition.Subject, plan.Edition.Note = o.subject, o.note
	for _, f := range plan.Flaws {
		a.flaw(f)
	}
	if !plan.Enough() {
		why := fmt.Errorf("nothing to send: the desk has %s for edition %s, and it takes %d",
			count(len(plan.Edition.Articles), "article"), plan.Edition.ID, max(1, slot.MinArticles))
		return digest.Record{}, &exitError{exitNothing, why, `"vesper edition plan" says why each article is left out`}
	}
	recipients, err := h.store.Count(ctx, plan.Edition.ID)
	if err != nil {
		return digest.Record{}, err
	}
	if recipients == 0 {
		return digest.Record{}, &exitError{exitNothing, digest.ErrNobody, `"vesper subscribers add ADDRESS" adds one`}
	}
	a.announce(plan, recipients)
	if trim, size, err := h.renderer.Trimmed(plan.Edition); err == nil {
		a.warnOfSize(trim, size)
	}
	if err := a.mayMail(o, fmt.Sprintf("Send it to %s?", count(recipients, "recipient"))); err != nil {
		return digest.Record{}, err
	}
	r, err := h.publisher.Open(ctx, plan)
	if errors.Is(err, digest.ErrExists) {
		// Another process was a moment faster: it is the same edition.
		return h.store.Record(ctx, plan.Edition.ID)
	}
	return r, err
}

func (a *app) announce(plan publish.Plan, recipients int) {
	e := plan.Edition
	fmt.Fprintf(a.stderr, "edition %s: %s for %s\n", e.ID, count(len(e.Articles), "article"), count(recipients, "recipient"))
	for i, article := range e.Articles {
		fmt.Fprintf(a.stderr, "%3d. %s\n", i+1, printable(article.Headline))
	}
	for _, c := range plan.Choices {
		if c.Warning != "" {
			fmt.Fprintf(a.stderr, "warning: %s: %s\n", c.Article.ID, c.Warning)
		}
	}
}

// sent says how it ended, and with which status.
func (a *app) sent(r digest.Record, h *house, out format) error {
	if err := a.sum(r, h.zone, out); err != nil {
		return err
	}
	t := r.Tally
	if r.State == digest.Paused {
		return &exitError{exitPartly, fmt.Errorf("edition %s is paused: %s", r.ID, printable(r.Reason)), `mend it and say "vesper edition send" again`}
	}
	if t.Owed() > 0 {
		until := ""
		if next, err := h.store.NextDue(context.Background(), digest.Whole(r.Number)); err == nil && next.After(a.now()) {
			until = ", next at " + next.In(h.zone).Format("15:04:05 MST")
		}
		return &exitError{
			exitPartly, fmt.Errorf("%s still owed%s", count(t.Owed(), "recipient"), until),
			`"vesper serve", or "vesper edition send" again, goes on; --wait stays for them`,
		}
	}
	if t.Failed+t.Expired+t.Unknown > 0 {
		return &exitError{code: exitPartly, hint: fmt.Sprintf("\"vesper edition show %s\" names who did not get it", r.ID)}
	}
	return nil
}

func (a *app) sum(r digest.Record, zone *time.Location, out format) error {
	if out == "json" {
		return newEncoder(a.stdout).Encode(recordJSON(r, zone))
	}
	_, err := fmt.Fprintf(a.stdout, "%s %s: %s\n", r.ID, r.State, equation(r.Tally))
	return err
}
