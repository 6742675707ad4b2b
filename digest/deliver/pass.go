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

const (
	// batch is how many rows are read from the ledger at a time.
	batch = 500
	// alike is how many refusals of a message that nobody has taken yet, all
	// with one code, say that the message is at fault.
	alike = 5
)

// pass goes once through the rows of a range that are due at now, over several
// connections. What is deferred, or comes back because a connection broke, is
// left to the next pass.
type pass struct {
	*Deliverer
	todo Run
	now  time.Time

	// ready has the envelopes that are composed ahead of the connections: to
	// sign one costs more than all the rest.
	ready chan composed
	// over is closed when no envelope is left, or none is to be begun.
	over   chan struct{}
	once   sync.Once
	cancel context.CancelFunc

	// reading guards what is read of the ledger. It is not mu: a stop must not
	// wait for a read.
	reading sync.Mutex
	rows    []digest.Delivery
	last    int64
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
		Deliverer: d, todo: run, now: now, last: -1,
		ready: make(chan composed, 2*max(1, d.Connections)), over: make(chan struct{}),
	}
}

func (p *pass) run(ctx context.Context) error {
	soft, cancel := context.WithCancel(ctx)
	defer cancel()
	p.cancel = cancel
	hard, release := hardContext(soft)
	defer release()
	defer context.AfterFunc(soft, p.finish)()

	if p.rows, p.err = p.Ledger.Owed(soft, p.todo.Range, p.now, p.last, batch); p.err != nil || len(p.rows) == 0 {
		if ctx.Err() != nil {
			return nil
		}
		return p.err
	}
	connected := min(max(1, p.Connections), len(p.rows))
	if p.todo.Probe {
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
	close(p.ready)
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
		c.envelope, c.err = p.todo.Composer.Compose(row)
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
		rows, err := p.Ledger.Owed(soft, p.todo.Range, p.now, p.last, batch)
		if soft.Err() != nil {
			// The read was broken off because the pass is: that is no fault.
			return digest.Delivery{}, false, nil
		}
		p.rows, p.err = rows, err
	}
	if p.err != nil || len(p.rows) == 0 || soft.Err() != nil {
		return digest.Delivery{}, false, p.err
	}
	row := p.rows[0]
	p.rows, p.last = p.rows[1:], row.Subscriber
	return row, true, nil
}

// connect works over one connection after another until no envelope is left.
func (p *pass) connect(soft, hard context.Context) {
	s := &stream{pass: p, soft: soft, hard: hard, intents: map[int64]*intent{}}
	failures, answered := 0, p.answered.Load()
	for soft.Err() == nil && !p.isOver() {
		s.skipped = false
		end := p.Relay.Work(hard, s)
		if now := p.answered.Load(); now > answered || end.Class == "" || s.skipped {
			// Somebody gets through, on this connection or another. A reader who
			// left between the look and the intent costs the connection too, since
			// a message on its way can't be taken back otherwise.
			failures, answered = 0, now
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
		if p.impatient(failures) || p.todo.Probe {
			p.stop(end)
			return
		}
		wait(soft, p.over, p.backoff(failures))
	}
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
