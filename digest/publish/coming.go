package publish

import (
	"cmp"
	"context"
	"errors"
	"time"

	"vesper/digest"
)

// Coming is a slot's next edition, as it would be by what is there now.
type Coming struct {
	Decision
	// SendAt is when the service sends it, and CutOff when it opens it. They have passed if
	// the edition is due and not opened yet.
	SendAt, CutOff time.Time
	Prognosis
}

// Coming decides a slot's next edition as the service will: one that is due and
// within its grace, else the next to come. Nothing is written, and no feed is asked. That
// the articles can't be read is a refusal. It is false if the slot never comes again.
func (p *Publisher) Coming(ctx context.Context, slot Slot) (Coming, bool, error) {
	now := p.Now()
	past, err := p.Past.History(ctx, slot.Name, now)
	if err != nil {
		return Coming{}, false, err
	}
	at := slot.upcoming(past, now)
	if due := slot.due(past, now); len(due) > 0 {
		if last, _ := slot.At(due[len(due)-1]); now.Sub(last) <= slot.Grace || slot.Late == digest.Send {
			at = last
		}
	}
	if at.IsZero() {
		return Coming{}, false, nil
	}
	d, err := p.Decide(ctx, slot, digest.DateOf(at.In(p.Zone)), slot.Opens(at), digest.Words{})
	if unread, ok := errors.AsType[*unreadError](err); ok {
		d.Refusal = cmp.Or(d.Refusal, Refusal{Unread, unread.Error()})
		d.Recipients, err = p.Counts.Count(ctx, d.Edition.ID)
	}
	if err != nil {
		return Coming{}, false, err
	}
	c := Coming{Decision: d, SendAt: at, CutOff: slot.Opens(at)}
	start := at
	if now.After(start) {
		start = now
	}
	c.Prognosis, err = p.Foresee(ctx, slot, d.Edition.ID.Date, start, d.Recipients)
	return c, true, err
}

// Ready says why nothing may be sent at all: the book is behind what was sent, or the
// clock is behind the book. A service asks every few seconds, also where another machine sends: so its watch knows
// how the clock was, and doubts it where it jumps.
func (p *Publisher) Ready(ctx context.Context) error {
	p.Watch.Jumped()
	return p.ready(ctx)
}
