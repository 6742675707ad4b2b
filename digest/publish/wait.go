package publish

import (
	"context"
	"time"
)

// lookEvery is how long a timer is trusted. It stands still while the machine
// sleeps, and knows nothing of a clock that was set or of a file system that is
// mounted again. So whoever waits for a timer looks at the clock, and the service
// at the book, each minute too.
const lookEvery = time.Minute

// until waits for a moment of the publisher's clock. It comes back earlier when
// woken, or when ctx ends.
func (p *Publisher) until(ctx context.Context, at time.Time, woken <-chan struct{}) {
	for ctx.Err() == nil {
		left := at.Sub(p.Now())
		if left <= 0 {
			return
		}
		timer := time.NewTimer(min(left, lookEvery))
		select {
		case <-timer.C:
			continue
		case <-woken:
		case <-ctx.Done():
		}
		timer.Stop()
		return
	}
}

// pause waits for a while, as until does.
func (p *Publisher) pause(ctx context.Context, t time.Duration, woken <-chan struct{}) {
	p.until(ctx, p.Now().Add(t), woken)
}

// poke wakes whoever waits on c, or will.
func poke(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
