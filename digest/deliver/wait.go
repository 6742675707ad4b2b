package deliver

import (
	"context"
	"sync"
	"time"
)

// The waits after a connection that came to nothing: they double.
const (
	firstBackoff = 5 * time.Second
	lastBackoff  = 5 * time.Minute
)

// backoff gives the wait after the n-th failure in a row, n from 1: 5 s, 10 s …
// each 20 % more or less, and never more than 5 min.
func (d *Deliverer) backoff(n int) time.Duration {
	b := lastBackoff
	if n < 8 {
		b = min(firstBackoff<<(n-1), lastBackoff)
	}
	return min(d.spread(b), lastBackoff)
}

// spread makes t up to 20 % shorter or longer, so that what failed together is
// not tried again together.
func (d *Deliverer) spread(t time.Duration) time.Duration {
	return time.Duration(float64(t) * (0.8 + 0.4*d.Jitter()))
}

// wait returns after t, or as soon as ctx ends or done is closed. A nil done
// never is.
func wait(ctx context.Context, done <-chan struct{}, t time.Duration) {
	timer := time.NewTimer(t)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-done:
	case <-ctx.Done():
	}
}

// Drained gives a context that ends so long after ctx does. The function given
// releases it.
func Drained(ctx context.Context, after time.Duration) (context.Context, func()) {
	hard, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var mu sync.Mutex
	var timer *time.Timer
	stop := context.AfterFunc(ctx, func() {
		mu.Lock()
		defer mu.Unlock()
		timer = time.AfterFunc(after, cancel)
	})
	return hard, func() {
		stop()
		mu.Lock()
		defer mu.Unlock()
		if timer != nil {
			timer.Stop()
		}
		cancel()
	}
}
