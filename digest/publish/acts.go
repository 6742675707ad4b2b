package publish

import (
	"context"
	"errors"
	"fmt"
	"time"

	"vesper/digest"
)

// Act does now what somebody wants with an edition, and keeps it. A running service hears of
// it within a second, and each message that begins looks. What is too old goes on with an
// Until alone: [digest.ErrTooOld].
func (p *Publisher) Act(ctx context.Context, a digest.Act) (was, is digest.Record, err error) {
	a.At = p.Now()
	slot, err := p.Slot(a.Edition.Slot)
	title := slot.Title
	if err != nil && !errors.Is(err, ErrNoSlot) {
		return was, is, err
	}
	return p.Acts.Act(ctx, a, title)
}

// held says whether somebody holds an edition that is due. It waits for a word within the
// slot's grace, and is recorded as missed afterwards.
func (p *Publisher) held(
	ctx context.Context, slot Slot, date digest.Date, due time.Time,
) (d Decision, held bool, err error) {
	d, err = p.Recall(ctx, slot, date)
	if err != nil || d.Record.State != digest.Held {
		return d, false, err
	}
	if p.Now().Sub(due) <= slot.Grace {
		return d, true, nil
	}
	if err := p.doubt(slot, date); err != nil {
		return d, true, err
	}
	d.Refusal = Refusal{TooLate, fmt.Sprintf("held %s, and nobody released it within the grace of %s",
		d.Record.Reason, slot.Grace)}
	return d, true, p.record(ctx, d)
}

// cancel ends an edition that somebody has cancelled: what was on the wire when a process died
// may have arrived, and is not sent again.
func (p *Publisher) cancel(ctx context.Context, r digest.Record) error {
	r, err := p.Past.Record(ctx, r.ID)
	if err != nil || r.CancelAt.IsZero() || !r.State.UnderWay() {
		return err
	}
	swept, err := p.Ledger(r.Number).Sweep(ctx, digest.Sweeping{Range: digest.Whole(), Now: p.Now(), Hold: true})
	if err != nil {
		return fmt.Errorf("take over what is under way in edition %s: %w", r.ID, err)
	}
	done, err := p.Course.Cancel(ctx, r.Number, p.Now())
	if err != nil || !done {
		return err
	}
	p.unsign(r)
	p.Log.Info("edition cancelled", "edition", r.ID, "recovered", swept.Recovered, "reason", r.Reason)
	return nil
}

// Finish ends an edition that was cancelled, if no other process has the lock: that one does
// it then within a second.
func (p *Publisher) Finish(ctx context.Context, r digest.Record, lock Lock) error {
	right, err := lock()
	if _, held := errors.AsType[*digest.HeldError](err); held {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(p.cancel(ctx, r), right.Release())
}

// cancelled says whether a day that was missed was cancelled: somebody knows. One that was
// cancelled, forgotten and then missed was not.
func (p *Publisher) cancelled(ctx context.Context, r digest.Record) (bool, error) {
	if p.Acts == nil {
		return false, nil
	}
	acts, err := p.Acts.Acts(ctx, r.ID)
	if err != nil || len(acts) == 0 {
		return false, err
	}
	last := acts[len(acts)-1]
	return last.Kind == digest.Cancel && r.Reason == last.Kept(), nil
}
