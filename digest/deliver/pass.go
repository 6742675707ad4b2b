package deliver

import (
	"cmp"
	"context"
	"runtime"
	"slices"
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
//
// Rows under suspicion come last, and one connection takes all of them: see [lane].
type pass struct {
	Run
	policy *Deliverer
	doubts *doubts
	now    time.Time
	// books is how long the ledger may be written.
	books context.Context
	judge *judge

	cancel context.CancelFunc
	// streams counts those that there were.
	streams atomic.Int64
	// lone is held by who works through the suspects.
	lone sync.Mutex

	// reading guards what is read of the ledger. It is not mu: a stop must not
	// wait for a read.
	reading sync.Mutex
	rows    []digest.Delivery
	last    *digest.Delivery
	err     error
	// ends is when the first of the rows read is too old to be begun, zero for never.
	ends time.Time

	mu sync.Mutex
	// stopped is why the pass was broken off, trouble the latest fault of a
	// connection.
	stopped, trouble digest.Outcome
	// failed is why there is no ledger any more.
	failed error

	// handed counts the envelopes that were given out, answers those that got a
	// reader's answer, and accepted those that were taken.
	handed, answers, accepted atomic.Int64
	// halted says that somebody has stopped the edition.
	halted atomic.Bool
	// unsettled says that what became of a suspect could not be recorded.
	unsettled atomic.Bool
	// unproven counts the connections that ended for a row or for the relay, since the
	// latest answer.
	unproven atomic.Int64
}

// composed is a row with its envelope, or why it has none.
type composed struct {
	row      digest.Delivery
	envelope digest.Envelope
	err      error
	// later says that it is not composed yet.
	later bool
}

func newPass(books context.Context, d *Deliverer, run Run, now time.Time, j *judge) *pass {
	return &pass{Run: run, policy: d, now: now, books: books, judge: j}
}

func (p *pass) run(ctx context.Context) error {
	soft, cancel := context.WithCancel(ctx)
	defer cancel()
	p.cancel = cancel
	hard, release := Drained(soft, drainWire)
	defer release()

	if p.read(soft); p.err != nil || len(p.rows) == 0 {
		if ctx.Err() != nil {
			return nil
		}
		return p.err
	}
	if err := p.recall(soft); err != nil {
		return err
	}
	connected := min(max(1, p.Connections), len(p.rows))
	onlySuspects := p.rows[0].Suspect != ""
	if p.Probe {
		inProbingOrder(p.rows)
	}
	if p.Probe || onlySuspects {
		connected = 1
	}
	others := newLane(soft, max(2, p.Connections), false)
	if onlySuspects && !p.judge.suspects() {
		others.finish()
	}
	var working errgroup.Group
	// What one connection sends goes in its order: it has one composer.
	working.Go(func() error { return p.fill(soft, others, min(connected, runtime.GOMAXPROCS(0))) })
	for range connected {
		working.Go(func() error {
			p.connect(soft, hard, others)
			return p.workSuspects(soft, hard)
		})
	}
	err := working.Wait()
	if p.failed != nil {
		return p.failed
	}
	if ctx.Err() != nil {
		return nil
	}
	if err == nil && soft.Err() == nil {
		err = p.leaveLater()
	}
	return err
}

// recall tells the breaker which suspects the ledger has.
func (p *pass) recall(soft context.Context) error {
	// What comes first behind all that are under no suspicion.
	first := &digest.Delivery{Suspect: digest.OfAddress}
	rows, err := p.Ledger.Owed(soft, p.Range, p.now, first, rowsPerRead)
	if soft.Err() != nil {
		return nil
	}
	p.judge.recall(rows)
	return err
}

// inProbingOrder puts those first who have been readers for long: they were reached
// before. Suspects stay last, the longest due first, so that each probe takes another.
func inProbingOrder(rows []digest.Delivery) {
	slices.SortStableFunc(rows, func(a, b digest.Delivery) int {
		if a.Suspect != "" || b.Suspect != "" {
			return cmp.Compare(min(1, len(a.Suspect)), min(1, len(b.Suspect)))
		}
		return a.Since.Compare(b.Since)
	})
}

// compose makes envelopes of a lane's rows, ahead of the connections.
func (p *pass) compose(soft context.Context, l *lane) error {
	for {
		rows, err := p.take(soft, l.alone, 1)
		if err != nil || len(rows) == 0 {
			return err
		}
		select {
		case l.ready <- p.composed(rows[0]):
		case <-soft.Done():
			return nil
		}
	}
}

// feed gives a lane the rows whose envelopes its connections compose.
func (p *pass) feed(soft context.Context, l *lane) error {
	for {
		rows, err := p.take(soft, false, rowsAtOnce)
		if err != nil || len(rows) == 0 {
			return err
		}
		select {
		case l.rows <- rows:
		case <-soft.Done():
			return nil
		}
	}
}

// complete composes what is not composed yet.
func (p *pass) complete(c *composed) {
	if c.later {
		*c = p.composed(c.row)
	}
}

// composed makes a row's envelope.
func (p *pass) composed(row digest.Delivery) composed {
	c := composed{row: row}
	if o, ok := p.Composer.(sharer); ok {
		c.envelope, c.err = o.ComposePieces(row)
	} else {
		c.envelope, c.err = p.Composer.Compose(row)
	}
	c.envelope.Delivery = row
	return c
}

// release gives back the bytes of an envelope that is over with.
func (p *pass) release(e digest.Envelope) {
	if c, ok := p.Composer.(releaser); ok && (e.Data != nil || e.Pieces != nil) {
		c.Release(e)
	}
}

// rowsAtOnce is how many rows the connections are given together.
const rowsAtOnce = 32

// take gives the next rows that are due, so many at most: one of the suspects, or some of the
// others. It gives none if there are no more.
func (p *pass) take(soft context.Context, suspect bool, most int) ([]digest.Delivery, error) {
	p.reading.Lock()
	defer p.reading.Unlock()
	for {
		if len(p.rows) == 0 && p.err == nil && soft.Err() == nil {
			p.read(soft)
		}
		if soft.Err() != nil {
			// A read that was broken off because the pass is, is no fault.
			return nil, nil
		}
		if p.err != nil || len(p.rows) == 0 || !suspect && p.rows[0].Suspect != "" {
			return nil, p.err
		}
		n, row := 1, p.rows[0]
		// The breaker knows those that are judged, and says when they are to be asked.
		given := !judged(row) && (row.Suspect != "" || !p.suspects(soft, row))
		for given && n < min(most, len(p.rows)) && p.isPlain(p.rows[n]) {
			n++
		}
		rows := p.rows[:n:n]
		p.rows = p.rows[n:]
		if given {
			return rows, nil
		}
	}
}

// isPlain says that nothing is suspected of a row, and nothing is to be looked at.
func (p *pass) isPlain(row digest.Delivery) bool {
	return row.Suspect == "" && !p.policy.seen.charged(row.Address, p.policy.Now())
}

// read reads the rows that come after those read before.
func (p *pass) read(soft context.Context) {
	p.rows, p.err = p.Ledger.Owed(soft, p.Range, p.now, p.last, rowsPerRead)
	if n := len(p.rows); n > 0 {
		last := p.rows[n-1]
		p.last = &last
	}
	for _, row := range p.rows {
		if ends := row.Ends(p.Until); p.ends.IsZero() || ends.Before(p.ends) {
			p.ends = ends
		}
	}
}

// tooOld says whether a row is not to be begun any more. The next sweep settles it.
func (p *pass) tooOld(row digest.Delivery) bool { return p.past(row.Ends(p.Until)) }

func (p *pass) past(ends time.Time) bool {
	return !ends.IsZero() && !p.policy.Now().Before(ends) && !p.policy.jumped()
}

// outlived says whether rows of the pass have become too old while no connection was
// to be had. Then the pass ends, for the next sweep.
func (p *pass) outlived() bool {
	p.reading.Lock()
	defer p.reading.Unlock()
	return p.past(p.ends)
}
