package deliver

import (
	"context"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"vesper/digest"
)

// lane is the envelopes of one kind of rows in a pass: those under no suspicion, over
// all connections, or the suspects, one after another over one connection.
type lane struct {
	// alone says that these are the suspects.
	alone bool
	// ready has the envelopes that are composed ahead of the connections: to
	// sign one costs more than all the rest.
	ready chan composed
	// rows has rows whose envelopes cost so little that each connection composes its own:
	// several at a time, since one over a channel costs as much as its envelope.
	rows chan []digest.Delivery
	// allComposed says that nothing is put into ready or rows any more.
	allComposed atomic.Bool
	// over is closed when no envelope is left, or none is to be begun.
	over chan struct{}
	once sync.Once

	// mu guards aside, the envelopes that were taken from ready and are still to be given
	// out, and next, the rows that were taken from rows.
	mu    sync.Mutex
	aside []composed
	next  []digest.Delivery
	// taking counts those who wait for the next of ready or rows, and may have it in hand.
	taking atomic.Int64
}

// newLane gives a lane in which so many envelopes lie ready. It is over when soft ends.
func newLane(soft context.Context, ahead int, alone bool) *lane {
	l := &lane{
		alone: alone, ready: make(chan composed, ahead), rows: make(chan []digest.Delivery, 2),
		over: make(chan struct{}),
	}
	context.AfterFunc(soft, l.finish)
	return l
}

// fill composes all envelopes of a lane, so many at once, or has the connections do so.
func (p *pass) fill(soft context.Context, l *lane, many int) error {
	var err error
	if c, ok := p.Composer.(quick); ok && c.Quick() && !l.alone {
		err = p.feed(soft, l)
	} else {
		var composing errgroup.Group
		for range many {
			composing.Go(func() error { return p.compose(soft, l) })
		}
		err = composing.Wait()
	}
	l.allComposed.Store(true)
	close(l.ready)
	l.finishIfEmpty()
	return err
}

// workSuspects works through the suspects when nobody else is left to be given out. The
// first connection that is free does so, and those that are free later leave it to that.
func (p *pass) workSuspects(soft, hard context.Context) error {
	if !p.lone.TryLock() {
		return nil
	}
	defer p.lone.Unlock()
	p.reading.Lock()
	if len(p.rows) == 0 && p.err == nil && soft.Err() == nil {
		p.read(soft)
	}
	none := len(p.rows) == 0
	p.reading.Unlock()
	if none || soft.Err() != nil {
		return nil
	}
	// It ends with this call: what is composed and not given out stays as it is.
	open, end := context.WithCancel(soft)
	defer end()
	l := newLane(open, 0, true)
	var filling errgroup.Group
	filling.Go(func() error { return p.fill(open, l, 1) })
	p.connect(soft, hard, l)
	end()
	return filling.Wait()
}

// othersAreDue says whether rows under no suspicion have come due since the pass began.
// They don't wait for all the suspects, which go behind them once more.
func (p *pass) othersAreDue(soft context.Context) bool {
	last := &digest.Delivery{Due: p.now, Key: math.MaxInt64}
	rows, err := p.Ledger.Owed(soft, p.Range, p.policy.Now(), last, 1)
	return err == nil && len(rows) > 0 && rows[0].Suspect == ""
}

// lookForOthers is how often a pause looks whether others have come due.
const lookForOthers = time.Second

// others gives what is closed when others wait for a connection of the lane: those that
// have come due meanwhile, and under no suspicion also those that are next. It looks
// until ctx ends.
func (p *pass) others(ctx context.Context, l *lane) <-chan struct{} {
	some := make(chan struct{})
	go func() {
		for wait(ctx, nil, lookForOthers); ctx.Err() == nil; wait(ctx, nil, lookForOthers) {
			if !l.alone && l.some() || p.othersAreDue(ctx) {
				close(some)
				return
			}
		}
	}()
	return some
}

// pause waits for so long before the next pass. If it may be for a row that nothing got
// through, it ends sooner where others have come due: it need not be for them too.
func (p *pass) pause(ctx context.Context, t time.Duration) {
	if p.unproven.Load() == 0 {
		wait(ctx, nil, t)
		return
	}
	least := min(t, firstBackoff)
	wait(ctx, nil, least)
	for t -= least; t > 0 && ctx.Err() == nil && !p.othersAreDue(ctx); t -= lookForOthers {
		wait(ctx, nil, min(t, lookForOthers))
	}
}

// finish says that nothing more is to be begun.
func (l *lane) finish() { l.once.Do(func() { close(l.over) }) }

// finishIfEmpty does so when the last envelope is in a connection's hand: who
// waits for the rate then need not wait for nothing.
func (l *lane) finishIfEmpty() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.finishIfNone()
}

// finishIfNone is finishIfEmpty for a caller that holds mu, as empty is.
func (l *lane) finishIfNone() {
	if l.empty() {
		l.finish()
	}
}

// empty says whether no envelope is left. The caller holds mu.
func (l *lane) empty() bool {
	return l.allComposed.Load() && l.taking.Load() == 0 && !l.someReady() && len(l.aside) == 0
}

// someReady says whether an envelope, or the row for one, lies ready that was not set
// aside. The caller holds mu.
func (l *lane) someReady() bool { return len(l.ready) > 0 || len(l.next) > 0 || len(l.rows) > 0 }

// some says whether an envelope lies ready.
func (l *lane) some() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.someReady() || len(l.aside) > 0
}

func (l *lane) isOver() bool {
	select {
	case <-l.over:
		return true
	default:
		return false
	}
}
