// Package deliver works through a ledger until nobody is owed anything: the
// ledger of an edition, or the outbox with its letters.
//
// The intent to send is durable before an envelope's final dot, and its outcome
// is recorded right after the reply. No queue in memory counts for anything:
// whatever stops a run, the rows say where the next one goes on. Nothing here
// knows SQL or SMTP.
//
// A connection that ends, or is silent, while a row's own RCPT is on the wire may do so
// for that row alone: if the relay answered for three other readers within that minute,
// the row is suspect. Suspects go behind the others, one after another over one
// connection without pipelining, so that they stop nobody. One more end there defers
// the row, like a 4xx. Where every connection ends alike it is the relay's trouble, and
// nobody is counted. A row that is in doubt for the third time is left as unknown.
//
// A row that the relay refuses for good is a suspect too, and has not failed: whether it
// does is the breaker's word, see [breaker.Breaker]. It says which row or
// control a connection sends next, which suspects fail, and which relay is to be left
// alone. A suspect is recorded as one before the breaker hears of it, so that a crash
// loses no suspicion; what is left at the end of a pass is tried again later, and at the
// end of its time the ledger fails it.
package deliver

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"vesper/digest"
	"vesper/digest/breaker"
)

// Drain is how long a run may take, once it is told to stop, with all that it writes
// down. What is on the wire, and then the outcomes, have a little less, so that
// nobody who keeps the ledger from being written makes it longer.
const (
	Drain      = 25 * time.Second
	drainBooks = Drain - time.Second/2
	drainWire  = Drain - 2*time.Second
)

// Deliverer is by which rules ledgers are worked through. It does not change
// from run to run, and many runs may use it at once.
type Deliverer struct {
	// Hold leaves a delivery in doubt as unknown; otherwise it is sent again.
	Hold bool
	// GiveUpAfter is how long after it was first deferred a delivery is tried.
	GiveUpAfter time.Duration
	// Now is the clock. The relay must go by the same.
	Now func() time.Time
	// Jumped says that the clock may be wrong, so that nothing expires by it. Nil
	// says that it never is.
	Jumped func() bool
	// Jitter gives numbers in [0,1) that spread retries.
	Jitter func() float64

	// seen is what relays did lately, to the readers of all runs.
	seen evidence
	// known are readers who were taken lately.
	known known
	// underWay counts the messages of all runs that were begun and have no outcome yet.
	underWay atomic.Int64
	// connections counts the numbers that were given to streams, see [order].
	connections atomic.Int64
}

// UnderWay is how many messages are under way now, in all runs.
func (d *Deliverer) UnderWay() int { return int(d.underWay.Load()) }

// Run is what [Deliverer.Work] is to do.
type Run struct {
	// Ledger has the rows, Composer makes their messages, Relay takes these.
	Ledger   Ledger
	Composer Composer
	Relay    Relay
	// Range is the part of the ledger to work through. No other run of this
	// process may be under way in it.
	Range digest.Range
	// Connections is how many there are at once.
	Connections int
	// Patience is how many connections in a row may come to nothing before the
	// run ends; 0 means that it goes on for ever.
	Patience int
	// Messages is how many different messages the rows get: the variants of an edition.
	// 0 says that each row has one of its own.
	Messages int
	// Served says that somebody got the message in an earlier run.
	Served bool
	// Known gives a few readers who were sent to before this process began: it is asked
	// while nobody has been since. Nil says that nobody is known.
	Known func(ctx context.Context) []digest.Envelope
	// Slowly says that a relay which refused us has just taken a message again: the
	// next ones go over one connection.
	Slowly bool
	// Until is for how long after it is first due, or taken up again, a row may be
	// begun. After it rows expire; 0 is no end.
	Until time.Duration
	// Probe ends the run with the first message that is taken, or refused for good: it
	// is to find out whether the relay takes any. Nothing expires then.
	Probe bool
	// Waits hears why a connection came to nothing, and the zero outcome when a reader
	// is answered for. It may be called from many goroutines, and be nil.
	Waits func(why digest.Outcome)
	// Log names the ledger in every line. Row is what a line calls a key of the
	// ledger: "subscriber" or "letter".
	Log *slog.Logger
	Row string
}

// Trusted is how many messages a relay that refused us must take until that is forgotten.
const Trusted = breaker.Trusted

// Report says how far a run came.
type Report struct {
	// Next is when the next pending delivery is due; zero: nobody is owed.
	Next time.Time
	// Stopped says why the run ended although deliveries are due: Account if every
	// relay refuses us, Refused if one refuses the message, Session if none can be
	// reached. Its Class is empty if none is so.
	Stopped digest.Outcome
	// Halted says that somebody has stopped the edition, see digest.ErrStopped.
	Halted bool
	// Accepted is how many messages the relay took, Answered how many readers
	// it had an answer for.
	Accepted, Answered int
	// Recovered is how many rows were under way in a process that is gone. Their
	// messages may have arrived.
	Recovered int
	// Doubted is how many messages of this run may or may not have arrived and are to
	// be sent again, the first of them at Again.
	Doubted int
	Again   time.Time
	// TooOld is how many expired because they were not begun in time.
	TooOld int
}

// Work delivers what is due until nothing is, the relay refuses us or ctx ends.
// When ctx ends it begins nothing new, gives what is on the wire time to
// finish, and returns within [Drain] with it recorded. Where the ledger can't be
// written meanwhile, the rows stay under way, and the next run counts them. The error is for a ledger that can't be
// read.
func (d *Deliverer) Work(ctx context.Context, run Run) (report Report, _ error) {
	doubted := &doubts{again: map[int64]time.Time{}}
	defer func() { report.Doubted, report.Again = doubted.sum() }()
	books, release := Drained(ctx, drainBooks)
	defer release()
	var j *judge
	for barren := 0; ; {
		now := d.Now()
		swept, err := run.Ledger.Sweep(books, d.sweeping(ctx, run, now))
		if err != nil && books.Err() != nil {
			// Who could not record an outcome can't say what is owed either.
			report.Next = now
			return report, nil
		}
		if err != nil {
			return report, fmt.Errorf("read what is to be sent: %w", err)
		}
		report.Next = swept.Next
		report.Recovered += swept.Recovered
		report.TooOld += swept.TooOld
		if ctx.Err() != nil || swept.Next.IsZero() || swept.Next.After(now) {
			return report, nil
		}
		if j == nil {
			j = newJudge(run, d.lately(books, run))
		}
		p := newPass(books, d, run, now, j)
		p.doubts = doubted
		if err := p.run(ctx); err != nil {
			return report, fmt.Errorf("read the ledger: %w", err)
		}
		answered := int(p.answers.Load())
		report.Accepted += int(p.accepted.Load())
		report.Answered += answered
		report.Halted = p.halted.Load()
		if report.Stopped = p.why(); report.Stopped.Class != "" || run.Probe || report.Halted {
			return report, nil
		}
		if p.gotOn() {
			barren = 0
			continue
		}
		barren++
		if run.impatient(barren) {
			report.Stopped = p.trouble
			return report, nil
		}
		p.pause(ctx, d.backoff(barren))
	}
}

// sweeping is what the ledger is asked before a pass at now. Nothing expires because
// we stop, or only ask a relay.
func (d *Deliverer) sweeping(ctx context.Context, run Run, now time.Time) digest.Sweeping {
	s := digest.Sweeping{Range: run.Range, Now: now, Hold: d.Hold}
	if run.Until > 0 && !run.Probe && ctx.Err() == nil && !d.jumped() {
		s.TooOld = now.Add(-run.Until)
	}
	return s
}

func (d *Deliverer) jumped() bool { return d.Jumped != nil && d.Jumped() }

// impatient says whether so many failures in a row are enough.
func (run Run) impatient(failures int) bool {
	return run.Patience > 0 && failures >= run.Patience
}
