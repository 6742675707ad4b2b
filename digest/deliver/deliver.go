// Package deliver works through an edition's ledger until nobody is owed it.
//
// The intent to send is durable before an envelope's final dot, and its outcome
// is recorded right after the reply. No queue in memory counts for anything:
// whatever stops a run, the rows say where the next one goes on. Nothing here
// knows SQL or SMTP.
package deliver

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"vesper/digest"
)

// Drain is how long a run may take, once it is told to stop, to bring to an end
// what is on the wire.
const Drain = 25 * time.Second

// The waits after a connection that came to nothing: they double.
const (
	firstBackoff = 5 * time.Second
	lastBackoff  = 5 * time.Minute
)

// Deliverer works through ranges of a ledger.
type Deliverer struct {
	Ledger Ledger
	Relay  Relay
	// Connections is how many there are at once.
	Connections int
	// Hold leaves a delivery in doubt as unknown; otherwise it is sent again.
	Hold bool
	// GiveUpAfter is how long after it was first due a deferred delivery expires.
	GiveUpAfter time.Duration
	// Patience is how many connections in a row may come to nothing before Work
	// returns; 0 means that it goes on for ever.
	Patience int
	Now      func() time.Time
	// Jitter gives numbers in [0,1) that spread retries.
	Jitter func() float64
	Log    *slog.Logger
}

// Run is what [Deliverer.Work] is to do.
type Run struct {
	Range    digest.Range
	Composer Composer
	// Proven says that the relay has taken this message before. As long as it
	// hasn't, a refusal of the message is taken for the message's fault, not the
	// reader's, and fails nobody.
	Proven bool
	// Probe ends the run with the first message that the relay answers as a
	// whole: it is to find out whether it is taken again. Nothing expires then.
	Probe bool
}

// Report says how far a run came.
type Report struct {
	// Next is when the next pending delivery is due; zero: nobody is owed.
	Next time.Time
	// Stopped says why the run ended although deliveries are due: Account if the
	// relay refuses us, Refused if it refuses the message, Session if it can't
	// be reached. Its Class is empty if none is so.
	Stopped digest.Outcome
	// Accepted is how many messages the relay took, Answered how many readers
	// it had an answer for.
	Accepted, Answered int
}

// Work delivers what is due until nothing is, the relay refuses us or ctx ends.
// When ctx ends it begins nothing new, gives what is on the wire [Drain] to
// finish, and returns with it recorded. The error is for a ledger that can't be
// read.
func (d *Deliverer) Work(ctx context.Context, run Run) (Report, error) {
	var report Report
	for barren := 0; ; {
		now := d.Now()
		gaveUp := now.Add(-d.GiveUpAfter)
		if run.Probe {
			gaveUp = time.Time{}
		}
		next, err := d.Ledger.Sweep(context.WithoutCancel(ctx), run.Range, now, gaveUp)
		if err != nil {
			return report, fmt.Errorf("look for what is owed: %w", err)
		}
		report.Next = next
		if ctx.Err() != nil || next.IsZero() || next.After(now) {
			return report, nil
		}
		p := newPass(d, run, now)
		if err := p.run(ctx); err != nil {
			return report, fmt.Errorf("read the ledger: %w", err)
		}
		accepted := int(p.accepted.Load())
		report.Accepted += accepted
		report.Answered += int(p.answered.Load())
		run.Proven = run.Proven || accepted > 0 || p.mixed
		if report.Stopped = p.verdict(run.Proven); report.Stopped.Class != "" || run.Probe {
			return report, nil
		}
		if p.answered.Load() > 0 || p.trouble.Class == "" {
			barren = 0
			continue
		}
		barren++
		if d.impatient(barren) {
			report.Stopped = p.trouble
			return report, nil
		}
		wait(ctx, nil, d.backoff(barren))
	}
}

func (d *Deliverer) impatient(failures int) bool {
	return d.Patience > 0 && failures >= d.Patience
}

// backoff gives the wait after the n-th failure in a row, n from 1: 5 s, 10 s …
// each 20 % more or less, and never more than 5 min.
func (d *Deliverer) backoff(n int) time.Duration {
	b := lastBackoff
	if n < 8 {
		b = min(firstBackoff<<(n-1), lastBackoff)
	}
	return min(d.spread(b), lastBackoff)
}

func (d *Deliverer) spread(t time.Duration) time.Duration {
	return time.Duration(float64(t) * (0.8 + 0.4*d.Jitter()))
}

// wait returns after t, or as soon as ctx ends or done is closed.
func wait(ctx context.Context, done <-chan struct{}, t time.Duration) {
	timer := time.NewTimer(t)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-done:
	case <-ctx.Done():
	}
}

// hardContext gives the context of what is on the wire: it ends [Drain] after
// ctx does.
func hardContext(ctx context.Context) (context.Context, func()) {
	hard, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var mu sync.Mutex
	var timer *time.Timer
	stop := context.AfterFunc(ctx, func() {
		mu.Lock()
		defer mu.Unlock()
		timer = time.AfterFunc(Drain, cancel)
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
