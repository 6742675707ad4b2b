package deliver

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"vesper/digest"
)

// rowsPerRead is how many rows are read from the ledger at a time.
const rowsPerRead = 500

// pass goes once through the rows of a range that are due at now, the moment at
// which it began, over several connections. Each row is given out at most once:
// rows are read in the order of their due times and keys, and none that is given
// back stands behind the last one read. What a connection gives back keeps its
// due time, and what is deferred is due after now. Both are left to the next
// pass, like all that becomes due meanwhile.
type pass struct {
	Run
	policy *Deliverer
	now    time.Time

	// ready has the envelopes that are composed ahead of the connections: to
	// sign one costs more than all the rest.
	ready chan composed
	// allComposed says that nothing is put into ready any more.
	allComposed atomic.Bool
	// over is closed when no envelope is left, or none is to be begun.
	over   chan struct{}
	once   sync.Once
	cancel context.CancelFunc

	// reading guards what is read of the ledger. It is not mu: a stop must not
	// wait for a read.
	reading sync.Mutex
	rows    []digest.Delivery
	last    *digest.Delivery
	err     error

	mu sync.Mutex
	// stopped is why the pass was broken off, trouble the latest fault of a
	// connection, refusal the first refusal of a message not proven.
	stopped, trouble, refusal digest.Outcome
	refusals                  int
	// mixed says that the refusals differ, so that it is not the message.
	mixed bool

	// answered counts the envelopes that got a reader's answer, accepted those
	// that were taken.
	answered, accepted atomic.Int64
}

// composed is a row with its envelope, or why it has none.
type composed struct {
	row      digest.Delivery
	envelope digest.Envelope
	err      error
}

func newPass(d *Deliverer, run Run, now time.Time) *pass {
	return &pass{
		Run: run, policy: d, now: now,
		ready: make(chan composed, 2*max(1, run.Connections)), over: make(chan struct{}),
	}
}

func (p *pass) run(ctx context.Context) error {
	soft, cancel := context.WithCancel(ctx)
	defer cancel()
	p.cancel = cancel
	hard, release := drained(soft)
	defer release()
	defer context.AfterFunc(soft, p.finish)()

	if p.read(soft); p.err != nil || len(p.rows) == 0 {
		if ctx.Err() != nil {
			return nil
		}
		return p.err
	}
	connected := min(max(1, p.Connections), len(p.rows))
	if p.Probe {
		connected = 1
	}
	var composing, connections errgroup.Group
	for range runtime.GOMAXPROCS(0) {
		composing.Go(func() error { return p.compose(soft) })
	}
	for range connected {
		connections.Go(func() error {
			p.connect(soft, hard)
			return nil
		})
	}
	err := composing.Wait()
	p.allComposed.Store(true)
	close(p.ready)
	p.finishIfEmpty()
	connections.Wait()
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// compose makes envelopes of the rows that are due, ahead of the connections.
func (p *pass) compose(soft context.Context) error {
	for {
		row, ok, err := p.take(soft)
		if err != nil || !ok {
			return err
		}
		c := composed{row: row}
		c.envelope, c.err = p.Composer.Compose(row)
		c.envelope.Delivery = row
		select {
		case p.ready <- c:
		case <-soft.Done():
			return nil
		}
	}
}

// take gives the next row that is due.
func (p *pass) take(soft context.Context) (digest.Delivery, bool, error) {
	p.reading.Lock()
	defer p.reading.Unlock()
	if len(p.rows) == 0 && p.err == nil && soft.Err() == nil {
		p.read(soft)
	}
	if soft.Err() != nil {
		// A read that was broken off because the pass is, is no fault.
		return digest.Delivery{}, false, nil
	}
	if p.err != nil || len(p.rows) == 0 {
		return digest.Delivery{}, false, p.err
	}
	row := p.rows[0]
	p.rows = p.rows[1:]
	return row, true, nil
}

// read reads the rows that come after those read before.
func (p *pass) read(soft context.Context) {
	p.rows, p.err = p.Ledger.Owed(soft, p.Range, p.now, p.last, rowsPerRead)
	if n := len(p.rows); n > 0 {
		last := p.rows[n-1]
		p.last = &last
	}
}

// connect works over one connection after another until no envelope is left.
func (p *pass) connect(soft, hard context.Context) {
	s := &stream{pass: p, soft: soft, hard: hard, intents: map[int64]*intent{}}
	failures, before := 0, p.answered.Load()
	for soft.Err() == nil && !p.isOver() {
		s.skipped = false
		end := p.Relay.Work(hard, s)
		if answered := p.answered.Load(); answered > before || end.Class == "" || s.skipped {
			// Somebody gets through, on this connection or another. A reader who
			// left between the look and the intent costs the connection too, since
			// a message on its way can't be taken back otherwise.
			failures, before = 0, answered
		}
		switch {
		case end.Class == "" || s.skipped:
			continue
		case end.Class == digest.Account:
			p.stop(end)
			return
		}
		failures++
		p.note(end)
		if p.impatient(failures) || p.Probe {
			p.stop(end)
			return
		}
		wait(soft, p.over, p.policy.backoff(failures))
	}
}

// finish says that nothing more is to be begun.
func (p *pass) finish() { p.once.Do(func() { close(p.over) }) }

// finishIfEmpty does so when the last envelope is in a connection's hand: who
// waits for the rate then need not wait for nothing.
func (p *pass) finishIfEmpty() {
	if p.allComposed.Load() && len(p.ready) == 0 {
		p.finish()
	}
}

func (p *pass) isOver() bool {
	select {
	case <-p.over:
		return true
	default:
		return false
	}
}
