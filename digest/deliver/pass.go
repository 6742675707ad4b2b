package deliver

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"vesper/digest"
)

// batch is how many rows are read from the ledger at a time.
const batch = 500

// pass goes once through the rows of a range that are due at now, over several
// connections. What is deferred, or comes back because a connection broke, is
// left to the next pass.
type pass struct {
	d        *Deliverer
	r        digest.Range
	composer Composer
	now      time.Time

	mu    sync.Mutex
	rows  []digest.Delivery
	last  int64
	ended bool
	// over is closed when no row is left, or none is to be begun.
	over   chan struct{}
	once   sync.Once
	err    error
	cancel context.CancelFunc

	// settled counts the envelopes that the relay gave a reader's answer for.
	settled atomic.Int64
	// stopped is why the pass was broken off, trouble the latest fault of a
	// connection.
	stopped, trouble digest.Outcome
}

func (p *pass) run(ctx context.Context) error {
	soft, cancel := context.WithCancel(ctx)
	defer cancel()
	p.cancel = cancel
	hard, release := hardContext(soft)
	defer release()
	defer context.AfterFunc(soft, p.finish)()
	var g errgroup.Group
	for range max(1, p.d.Connections) {
		g.Go(func() error {
			p.connect(soft, hard)
			return nil
		})
	}
	g.Wait()
	if ctx.Err() != nil {
		return nil
	}
	return p.err
}

// connect works over one connection after another until no row is left.
func (p *pass) connect(soft, hard context.Context) {
	s := &stream{pass: p, soft: soft, hard: hard, intents: map[int64]*intent{}}
	for failures := 0; soft.Err() == nil && !p.isOver(); {
		before := p.settled.Load()
		s.skipped = false
		end := p.d.Relay.Work(hard, s)
		switch {
		case end.Class == "" || s.skipped:
			// A reader who left between the look and the intent costs the
			// connection, since a message on its way can't be taken back otherwise.
			failures = 0
			continue
		case end.Class == digest.Account:
			p.stop(end)
			return
		case p.settled.Load() > before:
			failures = 0
		}
		failures++
		p.note(end)
		p.log(end)
		if p.d.impatient(failures) {
			p.stop(end)
			return
		}
		wait(soft, p.over, p.d.backoff(failures))
	}
}

// take gives the next row that is due.
func (p *pass) take(ctx context.Context) (digest.Delivery, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.rows) == 0 && !p.ended {
		p.rows, p.err = p.d.Ledger.Owed(ctx, p.r, p.now, p.last, batch)
		if len(p.rows) == 0 {
			p.ended = true
			p.finish()
		}
	}
	if len(p.rows) == 0 || ctx.Err() != nil {
		return digest.Delivery{}, false
	}
	row := p.rows[0]
	p.rows, p.last = p.rows[1:], row.Subscriber
	return row, true
}

func (p *pass) finish() { p.once.Do(func() { close(p.over) }) }

func (p *pass) isOver() bool {
	select {
	case <-p.over:
		return true
	default:
		return false
	}
}

// stop ends the pass for all connections.
func (p *pass) stop(why digest.Outcome) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopped.Class == "" || why.Class == digest.Account {
		p.stopped = why
	}
	p.cancel()
}

func (p *pass) note(trouble digest.Outcome) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.trouble = trouble
}

// log names a connection's fault. A reply is left out, since relays quote
// addresses in them; without a code the text is our own.
func (p *pass) log(end digest.Outcome) {
	why := end.Reply
	if end.Code != 0 {
		why = ""
	}
	p.d.Log.Warn("a connection to the relay failed", "edition", p.r.Edition, "class", end.Class, "code", end.Code, "why", why)
}
