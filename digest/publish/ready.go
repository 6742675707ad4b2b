package publish

import (
	"context"
	"fmt"
	"time"

	"vesper/digest"
)

// setBack is how far a clock may lag what the book has when a process begins. It is
// longer than any change of daylight saving that was done by hand.
const setBack = 2 * time.Hour

// ready says why nothing may be sent: the book is behind what was sent, or the clock
// is behind the book. Once the clock is right, it is not asked about again: a clock
// that is set back while the process runs is somebody's doing.
func (p *Publisher) ready(ctx context.Context) error {
	if err := p.Book.Behind(ctx); err != nil {
		return err
	}
	if p.Force || p.trusted.Load() {
		return nil
	}
	latest, err := p.Runs.Latest(ctx)
	if err != nil {
		return err
	}
	if now := p.Now(); latest.Sub(now) > setBack {
		return fmt.Errorf("%w: it shows %s, and an edition ran at %s", digest.ErrClock,
			now.In(p.Zone).Format(time.RFC3339), latest.In(p.Zone).Format(time.RFC3339))
	}
	p.trusted.Store(true)
	return nil
}

// mayOpen says why nothing may be opened, proved or recorded as missed: what keeps everything
// from being sent, or that a shared folder is not seen from here.
func (p *Publisher) mayOpen(ctx context.Context) error {
	if err := p.ready(ctx); err != nil || p.Seen == nil {
		return err
	}
	return p.Seen(ctx)
}

// today gives the day that it is by the clock.
func (p *Publisher) today() digest.Date { return digest.DateOf(p.Now().In(p.Zone)) }
