package relay

import (
	"context"
	"math"
	"slices"
	"sync"
	"time"
)

// pacer keeps all connections to one relay to its rate together. Those who wait
// are served one by one, the longest waiting first, but letters before editions:
// a letter waits for one message at most, however slow the rate is.
//
// Nobody holds a place in time ahead of the others. A moment is given away when
// it has come, so whoever stops waiting takes nothing along.
//
// The nil pacer lets everybody go at once.
type pacer struct {
	now func() time.Time

	mu sync.Mutex
	// every is the time from one message to the next.
	every time.Duration
	// next is the moment from which on another message may go.
	next              time.Time
	letters, editions []*waiter
	timer             *time.Timer
}

// waiter is one who waits for a permit since a moment.
type waiter struct {
	since   time.Time
	granted chan permit
}

// permit lets one message go at a moment. The message after it goes no earlier
// than next.
type permit struct{ at, next time.Time }

// newPacer gives the pacer of so many messages a second; 0 is no limit.
func newPacer(perSecond float64, now func() time.Time) *pacer {
	if perSecond == 0 {
		return nil
	}
	every := float64(time.Second) / perSecond
	return &pacer{every: time.Duration(min(every, math.MaxInt64/2)), now: now}
}

// take waits for a permit. It gives none when ctx ends or done is closed before.
func (p *pacer) take(ctx context.Context, done <-chan struct{}, letter bool) (permit, bool) {
	if p == nil {
		return permit{}, true
	}
	w := &waiter{since: p.now(), granted: make(chan permit, 1)}
	p.mu.Lock()
	line := &p.editions
	if letter {
		line = &p.letters
	}
	*line = append(*line, w)
	p.serve()
	p.mu.Unlock()
	select {
	case got := <-w.granted:
		return got, true
	case <-ctx.Done():
	case <-done:
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if i := slices.Index(*line, w); i >= 0 {
		*line = slices.Delete(*line, i, i+1)
	} else {
		// It was granted just now.
		p.restore(<-w.granted)
	}
	return permit{}, false
}

// try gives a permit if one is free at once and nobody waits for it.
func (p *pacer) try() (permit, bool) {
	if p == nil {
		return permit{}, true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if len(p.letters)+len(p.editions) > 0 || p.next.After(now) {
		return permit{}, false
	}
	p.next = now.Add(p.every)
	return permit{at: now, next: p.next}, true
}

// giveBack takes a permit with which no message was sent. The next in line may
// go at once.
func (p *pacer) giveBack(unused permit) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.restore(unused)
}

// stale says whether a permit was held for so long that the next one may be out
// too. Several messages would go at once if it were used.
func (p *pacer) stale(held permit) bool {
	if p == nil {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now().Sub(held.at) > p.every
}

// restore makes a permit's moment free again, unless a later one has been given
// away. The caller holds mu.
func (p *pacer) restore(unused permit) {
	if p.next.Equal(unused.next) {
		p.next = p.now()
		p.serve()
	}
}

// serve gives permits to those whose turn it is, and sets the timer for the
// next. The caller holds mu.
func (p *pacer) serve() {
	for len(p.letters)+len(p.editions) > 0 {
		now := p.now()
		if early := p.next.Sub(now); early > 0 {
			p.wake(early)
			return
		}
		line := &p.letters
		if len(p.letters) == 0 {
			line = &p.editions
		}
		w := (*line)[0]
		*line = slices.Delete(*line, 0, 1)
		// A timer that is a little late must not slow the whole line down. What
		// passed while nobody waited is not made up for.
		from := p.next
		if w.since.After(from) || now.Sub(from) > p.every {
			from = now
		}
		p.next = from.Add(p.every)
		w.granted <- permit{at: now, next: p.next}
	}
}

// wake serves again after t. The caller holds mu.
func (p *pacer) wake(t time.Duration) {
	if p.timer != nil {
		p.timer.Reset(t)
		return
	}
	p.timer = time.AfterFunc(t, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.serve()
	})
}
