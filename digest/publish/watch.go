package publish

import (
	"sync"
	"time"
)

const (
	// slack is how far two clocks may part between two looks: one is slewed, the
	// other isn't.
	slack = time.Minute
	// secondLook is how long a clock must keep a time to which it jumped.
	secondLook = 2 * time.Minute
)

// Watch judges a clock by another one that nobody sets. A jump forward makes
// evenings due that have not come, and rows old that are not. It is believed once
// the clock has kept the new time for a while: a machine may have been asleep, a
// wrong time server is often right again soon. A jump back does no such harm.
type Watch struct {
	// Now is the clock that is judged.
	Now func() time.Time
	// Boot gives the time since the machine was started, its sleep included. Nil
	// where there is no such clock: then no jump is seen.
	Boot func() time.Duration

	mu sync.Mutex
	// believed is when, by the clock, the machine was started. doubted is the same
	// since the jump, zero if there was none, and since is when that was seen.
	believed, doubted time.Time
	since             time.Duration
}

// Jumped says whether the clock has jumped forward, and not yet kept its new time.
// Somebody must ask every minute or so. A nil Watch sees no jump.
func (w *Watch) Jumped() bool {
	if w == nil || w.Boot == nil {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	boot := w.Boot()
	started := w.Now().Add(-boot)
	switch {
	case w.believed.IsZero(), started.Sub(w.believed) <= slack:
		w.believed, w.doubted = started, time.Time{}
	case w.doubted.IsZero(), started.Sub(w.doubted).Abs() > slack:
		w.doubted, w.since = started, boot
	case boot-w.since >= secondLook:
		w.believed, w.doubted = started, time.Time{}
	}
	return !w.doubted.IsZero()
}
