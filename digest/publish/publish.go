// Package publish is the whole evening on one page. [Publisher.Decide] says what a
// slot's edition of a day would print, or why there is none. [Publisher.Open]
// opens it: the point of no return. [Publisher.Deliver] brings it to its readers,
// and closes it when nobody is owed it any more.
//
// Before the opening feeds, articles and templates can fail; after it nothing is
// asked of them. An edition is its local date and slot, whenever a timer fires:
// what is due is worked out from the book. [Publisher.Serve] does all this by
// itself, [Publisher.Send] by hand. Package publish knows no SQL and no SMTP, and
// it prints nothing: the command line does.
package publish

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"vesper/digest"
	"vesper/digest/deliver"
)

// Decide says what the slot's edition of a day would print with this cut-off, to
// how many, or why it is not opened. It writes nothing, and whoever asks gets the
// same answer. Words that are given here stand in place of those kept for the
// edition, field by field; for those that would make a bad email the error is a
// *[digest.WordsFlaw].
func (p *Publisher) Decide(
	ctx context.Context, slot Slot, date digest.Date, cutOff time.Time, words digest.Words,
) (Decision, error) {
	if err := words.Check(); err != nil {
		return Decision{}, err
	}
	d, past, err := p.recall(ctx, digest.ID{Date: date, Slot: slot.Name, Sequence: 1})
	if err != nil {
		return d, err
	}
	d.Slot, d.given = slot, words
	d.Edition.PaperNumber = past.NextNumber(slot.FirstNumber)
	if d.Record.State.Opened() {
		d.Edition.PaperNumber = d.Record.PaperNumber
	}
	d.say()
	if p.Cautions != nil {
		if d.Caution, err = p.Cautions.Caution(ctx); err != nil {
			return d, err
		}
	}
	d.Refusal = cmp.Or(d.byBook(), d.byClock(p.Now(), cutOff))
	if d.over() {
		return d, nil
	}
	if err := p.choose(ctx, &d, past, cutOff); err != nil {
		return d, err
	}
	if d.Recipients, err = p.Counts.Count(ctx, d.Edition.ID); err != nil {
		return d, fmt.Errorf("count the recipients of edition %s: %w", d.Edition.ID, err)
	}
	d.Refusal = cmp.Or(d.Refusal, d.byDesk(), d.byList())
	return d, nil
}

// DecideFresh does what Decide does for an edition that is about to open: it asks the feeds
// first, and leaves out what was withdrawn at its source.
func (p *Publisher) DecideFresh(
	ctx context.Context, slot Slot, date digest.Date, cutOff time.Time, words digest.Words,
) (Decision, error) {
	if p.Wire == nil {
		return p.Decide(ctx, slot, date, cutOff, words)
	}
	p.Wire.Fresh(ctx, cutOff)
	d, err := p.Decide(ctx, slot, date, cutOff, words)
	if err != nil {
		return d, err
	}
	return p.stillThere(ctx, d, nil)
}

// Open renders what was decided and opens just that: the point of no return. The
// decision comes back with the edition's record or, where another process was
// faster or the last reader left just then, with that refusal. What was refused
// before is left as it is.
func (p *Publisher) Open(ctx context.Context, d Decision) (Decision, error) {
	if d.Refused() {
		return d, nil
	}
	if err := p.mayOpen(ctx); err != nil {
		return d, fmt.Errorf("open edition %s: %w", d.Edition.ID, err)
	}
	opening, err := p.render(d)
	if err != nil {
		return d, err
	}
	if opening.Waves, err = p.waves(ctx, d, opening.Begins()); err != nil {
		return d, err
	}
	opened, err := p.Book.OpenEdition(ctx, opening)
	switch {
	case d.approved != nil && (errors.Is(err, digest.ErrReworded) || errors.Is(err, digest.ErrRepinned) ||
		errors.Is(err, digest.ErrRenumbered)):
		// What was approved goes all the same.
		again, err := p.decideApproved(ctx, d.Slot, d.Edition.ID.Date, d.Due)
		if err != nil {
			return again, err
		}
		return p.Open(ctx, again)
	case errors.Is(err, digest.ErrReworded):
		// An editor wrote something for it meanwhile. What was picked stays.
		if d.kept, err = p.Editor.Words(ctx, d.Edition.ID); err != nil {
			return d, err
		}
		d.say()
		return p.Open(ctx, d)
	case errors.Is(err, digest.ErrRepinned):
		if d.Pins, err = p.Editor.Pins(ctx, d.Edition.ID.Slot); err != nil {
			return d, err
		}
		d.pick()
		d.Refusal = d.byDesk()
		if d.asked != nil {
			if d, err = p.stillThere(ctx, d, d.asked); err != nil {
				return d, err
			}
		}
		return p.Open(ctx, d)
	case errors.Is(err, digest.ErrRenumbered):
		return p.openAnew(ctx, d)
	case err != nil:
		return p.notOpened(ctx, d, err)
	}
	d.Record, d.Recipients = opened.Record, opened.Tally.Opened
	p.Log.Info("edition opened", "edition", d.Edition.ID, "number", d.Record.PaperNumber,
		"ledger_number", d.Record.Number,
		"articles", len(d.Edition.Articles), "recipients", d.Recipients, "due_at", d.Record.Begins().In(p.Zone))
	for _, c := range d.Choices {
		if c.Picked && c.Warning != "" {
			p.Log.Warn("check this article", "edition", d.Edition.ID, "article", c.Article.ID, "problem", c.Warning)
		}
	}
	return d, nil
}

// openAnew decides again what can't be opened any more since another edition of its slot
// was opened meanwhile: that one may have printed the articles, and has taken the number.
func (p *Publisher) openAnew(ctx context.Context, d Decision) (Decision, error) {
	again, err := p.Decide(ctx, d.Slot, d.Edition.ID.Date, d.Edition.Window.To, d.given)
	if err == nil && d.asked != nil {
		again, err = p.stillThere(ctx, again, d.asked)
	}
	if err != nil {
		return again, err
	}
	again.Due = d.Due
	return p.Open(ctx, again)
}

// Deliver works through an opened edition's ledger until nothing is due, and
// closes it when nobody is owed. It comes back earlier, with the reason in the
// report, when connections come to nothing patience times in a row; 0 means never.
// What stops it for longer is recorded as a pause. A paused edition is left alone:
// see [Publisher.Resume]. Nobody else may deliver the edition meanwhile.
func (p *Publisher) Deliver(ctx context.Context, r digest.Record, patience int) (deliver.Report, error) {
	// Nothing here is undone when ctx ends: the run itself looks at it.
	durable, release := deliver.Drained(ctx, deliver.Drain)
	defer release()
	began, err := p.Runs.Begin(durable, r.Number, p.Now())
	if err != nil {
		return deliver.Report{}, err
	}
	if began.State == digest.Paused {
		p.Log.Error("edition paused", "edition", r.ID, "kind", began.Pause, "reason", began.Reason)
		return deliver.Report{}, cmp.Or(p.cancel(durable, r), p.takeOver(durable, r))
	}
	_, slowly := p.slowly.LoadAndDelete(r.Number)
	report, err := p.work(ctx, began.Record, deliver.Run{
		Served: began.Tally.Sent > 0, Slowly: slowly, Patience: patience,
	})
	if err == nil {
		err = p.close(durable, began.Record, report)
	}
	if inHand, ok := errors.AsType[*digest.InHandError](err); ok {
		err, report.Next = nil, inHand.Until
		p.leaves(durable, r, inHand)
	}
	if _, owed := errors.AsType[*digest.OwedError](err); owed {
		// Another machine had a message deferred since this one looked.
		err, report.Next = nil, p.Now()
	}
	if restErr := p.Runs.Rest(durable, r.Number, p.Now()); restErr != nil {
		// It only means that the next run counts as one that began in vain.
		p.Log.Warn("can't record the end of a run", "edition", r.ID, "err", restErr)
	}
	return report, err
}

// close moves the edition to where a run has brought it: done, paused by the relay,
// or as it was while something is owed.
func (p *Publisher) close(ctx context.Context, r digest.Record, report deliver.Report) error {
	kind, reason := pauseOf(report.Stopped)
	now, err := p.Past.Record(ctx, r.ID)
	switch {
	case err != nil:
		return err
	case now.Pause == digest.PausedDesk:
		p.Log.Info("edition paused", "edition", r.ID, "kind", now.Pause, "reason", now.Reason)
		return p.cancel(ctx, now)
	case kind != "":
		p.Log.Error("edition paused", "edition", r.ID, "kind", kind, "reason", reason)
		return p.Course.Pause(ctx, r.Number, kind, reason, p.Now())
	case report.Stopped.Class == "" && report.Next.IsZero():
		if err := p.Course.Close(ctx, r.Number, p.Now()); err != nil {
			return fmt.Errorf("close edition %s: %w", r.ID, err)
		}
		p.inHand.Delete(r.Number)
		p.unsign(r)
		p.tellDone(ctx, r)
	}
	return nil
}
