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
	wait(ctx, func() time.Duration { return at.Sub(p.Now()) }, woken)
}

// pause waits for a while, as until does. Where the clock is set back meanwhile, it is no
// longer.
func (p *Publisher) pause(ctx context.Context, t time.Duration, woken <-chan struct{}) {
	began, at := time.Now(), p.Now().Add(t)
	wait(ctx, func() time.Duration { return min(at.Sub(p.Now()), t-time.Since(began)) }, woken)
}

// wait waits until nothing is left, it is woken or ctx ends.
func wait(ctx context.Context, left func() time.Duration, woken <-chan struct{}) {
	for ctx.Err() == nil {
		rest := left()
		if rest <= 0 {
			return
		}
		timer := time.NewTimer(min(rest, lookEvery))
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

// poke wakes whoever waits on c, or will.
func poke(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
