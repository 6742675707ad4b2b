package deliver_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"vesper/digest"
	"vesper/digest/deliver"
)

// ledger keeps rows in memory, by the contract of deliver.Ledger.
type ledger struct {
	mu   sync.Mutex
	rows map[int64]*row
	// slow, if set, says that the rows after one are read until the reader is
	// not wanted any more.
	slow func(after int64) bool
	// intendErr and settleErr, if set, are asked before each write.
	intendErr, settleErr func(subscriber int64) error
}

type row struct {
	step     digest.Step
	due      time.Time
	first    time.Time
	attempts int
	doubts   int
	left     bool
	outcome  digest.Outcome
}

func newLedger(n int64) *ledger {
	l := &ledger{rows: map[int64]*row{}}
	for id := int64(1); id <= n; id++ {
		l.rows[id] = &row{step: digest.Pending, due: time.Now(), first: time.Now()}
	}
	return l
}

func (l *ledger) Sweep(_ context.Context, r digest.Range, now, gaveUp time.Time) (next time.Time, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for id, w := range l.rows {
		if w.step != digest.Pending || id < r.Low || id > r.High {
			continue
		}
		switch {
		case w.left:
			w.step = digest.Skipped
		case !w.first.After(gaveUp):
			w.step = digest.Expired
		case next.IsZero() || w.due.Before(next):
			next = w.due
		}
	}
	return next, nil
}

func (l *ledger) Owed(ctx context.Context, r digest.Range, now time.Time, after int64, limit int) ([]digest.Delivery, error) {
	if l.slow != nil && l.slow(after) {
		<-ctx.Done()
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	var owed []digest.Delivery
	for id, w := range l.rows {
		if w.step == digest.Pending && !w.due.After(now) && id > after && id >= r.Low && id <= r.High && !w.left {
			owed = append(owed, digest.Delivery{Edition: r.Edition, Subscriber: id, FirstDue: w.first, Attempts: w.attempts})
		}
	}
	slices.SortFunc(owed, func(a, b digest.Delivery) int { return int(a.Subscriber - b.Subscriber) })
	return owed[:min(limit, len(owed))], nil
}

func (l *ledger) Intend(_ context.Context, d digest.Delivery, _ time.Time) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.intendErr != nil {
		if err := l.intendErr(d.Subscriber); err != nil {
			return false, err
		}
	}
	w := l.rows[d.Subscriber]
	if w.step != digest.Pending {
		return false, errors.New("intended twice")
	}
	if w.left {
		w.step = digest.Skipped
		return false, nil
	}
	w.step = digest.Attempting
	return true, nil
}

func (l *ledger) Settle(_ context.Context, d digest.Delivery, s digest.Settlement) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.settleErr != nil {
		if err := l.settleErr(d.Subscriber); err != nil {
			return err
		}
	}
	w := l.rows[d.Subscriber]
	if w.step != digest.Attempting {
		return errors.New("settled without an intent")
	}
	w.step, w.due, w.outcome = s.Step, s.Due, s.Outcome
	if s.Counted {
		w.attempts++
	}
	if s.Doubted {
		w.doubts++
	}
	return nil
}

func (l *ledger) count(s digest.Step) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, w := range l.rows {
		if w.step == s {
			n++
		}
	}
	return n
}

// server is a relay that gives each reader the outcomes of a script, one a try;
// the last repeats. Without one it accepts. It keeps what the real one must:
// no outcome before the intent.
type server struct {
	mu       sync.Mutex
	scripts  map[int64][]digest.Outcome
	accepted map[int64]int
	tried    map[int64][]time.Time
	// down, if set, says how a connection fails before it takes anything.
	down func() digest.Outcome
	// perMessage is how long a message takes.
	perMessage time.Duration
	dials      int
	// onMessage is called with each message, before its intent is waited for.
	onMessage func(subscriber int64)
}

func newServer() *server {
	return &server{scripts: map[int64][]digest.Outcome{}, accepted: map[int64]int{}, tried: map[int64][]time.Time{}}
}

func (v *server) Work(ctx context.Context, s digest.Stream) digest.Outcome {
	v.mu.Lock()
	v.dials++
	v.mu.Unlock()
	if v.down != nil {
		if o := v.down(); o.Class != "" {
			return o
		}
	}
	for {
		e, ok := s.Next(ctx)
		if !ok {
			return digest.Outcome{}
		}
		if v.onMessage != nil {
			v.onMessage(e.Delivery.Subscriber)
		}
		if err := s.Intended(ctx, e); err != nil {
			s.Settle(ctx, e, digest.Outcome{Class: digest.Local, Reply: err.Error()})
			return digest.Outcome{Class: digest.Session, Reply: "dropped before the dot"}
		}
		o := v.answer(e.Delivery.Subscriber)
		if v.perMessage > 0 {
			select {
			case <-time.After(v.perMessage):
			case <-ctx.Done():
				o = digest.Outcome{Class: digest.InDoubt}
			}
		}
		s.Settle(ctx, e, o)
		switch o.Class {
		case digest.Session, digest.Account, digest.InDoubt, digest.Pace:
			if o.Class == digest.InDoubt {
				o.Class = digest.Session
			}
			return o
		}
	}
}

func (v *server) answer(id int64) digest.Outcome {
	v.mu.Lock()
	defer v.mu.Unlock()
	o := digest.Outcome{Class: digest.Accepted, Code: 250}
	if script := v.scripts[id]; len(script) > 0 {
		o = script[min(len(v.tried[id]), len(script)-1)]
	}
	v.tried[id] = append(v.tried[id], time.Now())
	if o.Class == digest.Accepted {
		v.accepted[id]++
	}
	return o
}

type composer struct{ bad map[int64]bool }

func (c composer) Compose(d digest.Delivery) (digest.Envelope, error) {
	if c.bad[d.Subscriber] {
		return digest.Envelope{}, errors.New("no such variant")
	}
	return digest.Envelope{}, nil
}

func deliverer(t *testing.T, l *ledger, v *server) *deliver.Deliverer {
	return &deliver.Deliverer{
		Ledger: l, Relay: v, Connections: 4, GiveUpAfter: 6 * time.Hour,
		Now: time.Now, Jitter: func() float64 { return 0.5 }, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	}
}

var everybody = digest.Range{Edition: 1, Low: 0, High: 1 << 62}
