package publish

import (
	"context"
	"time"

	"vesper/digest"
)

const (
	// Stall is how long the work of another process may stand still before whoever
	// follows it has seen enough: about as long as one who sends by hand would try.
	Stall = 15 * time.Second
	// lookOn is how often another process's work is looked at.
	lookOn = 500 * time.Millisecond
	// countEvery is how often it is looked whether a tally has changed: counting
	// takes the longer the more readers there are.
	countEvery = 5 * time.Second
)

// Follow looks on while another process delivers an edition, until it is done,
// paused or cancelled, nothing of it is due, or ctx ends. After it has stood still
// for a time it is left too; zero means never.
func (p *Publisher) Follow(ctx context.Context, id digest.ID, still time.Duration) error {
	f := &follower{Publisher: p, id: id, still: still}
	for ctx.Err() == nil {
		if over, err := f.over(ctx); err != nil || over {
			return err
		}
		p.pause(ctx, lookOn, nil)
	}
	return nil
}

// follower looks on while another process delivers an edition.
type follower struct {
	*Publisher
	id digest.ID
	// wait says that what is due later is waited for, however still it is.
	wait bool
	// still is how long it may stand still; 0 means for ever.
	still time.Duration

	tally          digest.Tally
	changed, asked time.Time
}

// over says whether there is no more to see. As long as anything is due, the sums
// are only counted now and then.
func (f *follower) over(ctx context.Context) (bool, error) {
	ctx = context.WithoutCancel(ctx)
	u, found, err := f.unfinished(ctx, f.id)
	if err != nil || !found || u.State == digest.Paused {
		return true, err
	}
	now := f.Now()
	if f.wait {
		return false, nil
	}
	later := u.Next.After(now)
	if !later && (f.still == 0 || now.Sub(f.asked) < countEvery) {
		return false, nil
	}
	t, err := f.Counts.Tallied(ctx, f.id)
	if err != nil {
		return false, err
	}
	f.asked = now
	if t.Tally != f.tally || f.changed.IsZero() {
		f.tally, f.changed = t.Tally, now
	}
	stopped := f.still > 0 && now.Sub(f.changed) >= f.still
	return stopped || later && t.Tally.Attempting == 0, nil
}

// unfinished finds an edition among the unfinished ones.
func (p *Publisher) unfinished(ctx context.Context, id digest.ID) (u digest.Unfinished, found bool, err error) {
	all, err := p.Book.Unfinished(ctx)
	for _, u := range all {
		if u.ID == id {
			return u, true, nil
		}
	}
	return u, false, err
}
