package deliver_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
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
	// lease is that of each row, dead how many rows the next sweep takes over.
	lease time.Duration
	dead  int
	// stuck is how long it takes until an intent is durable.
	stuck time.Duration
	// slow, if set, says that the rows after one are read until the reader is
	// not wanted any more.
	slow func(after *digest.Delivery) bool
	// locked, if set, is closed when another process lets the ledger be written.
	locked chan struct{}
	// intendErr and settleErr, if set, are asked before each write.
	intendErr, settleErr func(subscriber int64) error
	// placed, if set, is called when an outcome has its place, before it is written.
	placed func(subscriber int64)
}

type row struct {
	step     digest.Step
	due      time.Time
	first    time.Time
	attempts int
	deferred time.Time
	doubts   int
	suspect  digest.Suspect
	left     bool
	outcome  digest.Outcome
	// intended is when it was last intended; retaken says that another process
	// took it over after that and made it pending.
	intended time.Time
	retaken  bool
	// connection and ordinal are those of the latest intent.
	connection, ordinal int64
}

func newLedger(n int64) *ledger {
	l := &ledger{rows: map[int64]*row{}}
	for id := int64(1); id <= n; id++ {
		l.rows[id] = &row{step: digest.Pending, due: time.Now(), first: time.Now()}
	}
	return l
}

// free waits until no other process is in the way.
func (l *ledger) free(ctx context.Context) error {
	l.mu.Lock()
	locked := l.locked
	l.mu.Unlock()
	if locked == nil {
		return nil
	}
	select {
	case <-locked:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l *ledger) Sweep(ctx context.Context, s digest.Sweeping) (digest.Swept, error) {
	if err := l.free(ctx); err != nil {
		return digest.Swept{}, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	swept := digest.Swept{Recovered: l.dead}
	l.dead = 0
	for id, w := range l.rows {
		if w.step != digest.Pending || !s.Range.Contains(id) {
			continue
		}
		switch {
		case w.left:
			w.step = digest.Skipped
		case !w.first.After(s.TooOld):
			w.step = digest.Expired
			swept.TooOld++
		case swept.Next.IsZero() || w.due.Before(swept.Next):
			swept.Next = w.due
		}
	}
	return swept, nil
}

func (l *ledger) Owed(
	ctx context.Context, r digest.Range, now time.Time, after *digest.Delivery, limit int,
) ([]digest.Delivery, error) {
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
		d := digest.Delivery{
			Key: id, Address: fmt.Sprintf("reader%d", id), Due: w.due, FirstDue: w.first, Deferred: w.deferred,
			Attempts: w.attempts,
			Doubts:   w.doubts, Suspect: w.suspect, Lease: l.lease,
		}
		later := after == nil || compare(d, *after) > 0
		if w.step == digest.Pending && !w.due.After(now) && later && r.Contains(id) && !w.left {
			owed = append(owed, d)
		}
	}
	slices.SortFunc(owed, compare)
	return owed[:min(limit, len(owed))], nil
}

// compare orders rows as they are owed: suspects last, the longest due first, equal
// ones by key.
func compare(a, b digest.Delivery) int {
	if (a.Suspect == "") != (b.Suspect == "") {
		return cmp.Compare(len(a.Suspect), len(b.Suspect))
	}
	return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.Key, b.Key))
}

func (l *ledger) IntendInTurn(
	ctx context.Context, d digest.Delivery, now time.Time, looked func(bool), durable func(error),
) {
	go func() { durable(l.intend(ctx, d, now, looked)) }()
}

func (l *ledger) intend(ctx context.Context, d digest.Delivery, now time.Time, looked func(bool)) error {
	if err := l.free(ctx); err != nil {
		return err
	}
	taken, err := l.look(d, now)
	if err == nil {
		looked(taken)
	}
	time.Sleep(l.stuck) // the bubble's time
	return err
}

func (l *ledger) look(d digest.Delivery, now time.Time) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	w := l.rows[d.Key]
	w.connection, w.ordinal = d.Connection, d.Ordinal
	if l.intendErr != nil {
		if err := l.intendErr(d.Key); err != nil {
			return false, err
		}
	}
	if w.step != digest.Pending {
		return false, errors.New("intended twice")
	}
	if w.left {
		w.step = digest.Skipped
		return false, nil
	}
	w.step, w.intended = digest.Attempting, now
	return true, nil
}

func (l *ledger) SettleInTurn(
	ctx context.Context, d digest.Delivery, s digest.Settlement, durable func(error),
) {
	go func() {
		if l.placed != nil {
			l.placed(d.Key)
		}
		durable(l.Settle(ctx, d, s))
	}()
}

func (l *ledger) Settle(ctx context.Context, d digest.Delivery, s digest.Settlement) error {
	if err := l.free(ctx); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.settleErr != nil {
		if err := l.settleErr(d.Key); err != nil {
			return err
		}
	}
	w := l.rows[d.Key]
	if w.step != digest.Attempting && !w.retaken && (w.step != digest.Pending || s.Suspect == "" && d.Suspect == "") {
		return errors.New("settled without an intent")
	}
	// Ledgers keep whole seconds.
	w.step, w.due, w.outcome, w.suspect = s.Step, s.Due.Truncate(time.Second), s.Outcome, s.Suspect
	if s.Counted {
		w.attempts++
		if w.deferred.IsZero() {
			w.deferred = s.At
		}
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
	// order is who was tried, one after another, and alone who had the line alone.
	order []int64
	alone map[int64]bool
	// down, if set, says how a connection fails before it takes anything.
	down func() digest.Outcome
	// perMessage is how long a message takes.
	perMessage time.Duration
	dials      int
	// refusesControls says that nobody is taken at RCPT; controls counts them.
	refusesControls bool
	controls        int
	// places, if set, has one value for each connection that there may be, and closes is
	// after how many refusals for good one ends; 0 for never. Another follows in the same
	// call of Work, once there is a place.
	places chan struct{}
	closes int
	// overlaps says that the next message begins before the dot of the one before; ahead
	// counts how often it did.
	overlaps bool
	ahead    int
	// onMessage is called with each message, before its intent is waited for.
	onMessage func(subscriber int64)
	// onEnvelope is called with each envelope.
	onEnvelope func(digest.Envelope)
	// onDot is called when a dot is to go out.
	onDot func(subscriber int64)
	// onGiveUp is called when an intent was waited for in vain.
	onGiveUp func(error)
}

func newServer() *server {
	return &server{
		scripts: map[int64][]digest.Outcome{}, accepted: map[int64]int{}, tried: map[int64][]time.Time{},
		alone: map[int64]bool{},
	}
}

// Rest implements deliver.Relay: there is no other one.
func (v *server) Rest(string, digest.Outcome) bool { return false }

func (v *server) Work(ctx context.Context, s digest.Stream) digest.Outcome {
	for {
		end, again := v.connect(ctx, s)
		if !again {
			return end
		}
	}
}

// connect works over one connection. Again says that another is to go on.
func (v *server) connect(ctx context.Context, s digest.Stream) (end digest.Outcome, again bool) {
	if v.places != nil {
		select {
		case v.places <- struct{}{}:
		case <-s.Done():
			return digest.Outcome{}, false
		}
		defer func() { <-v.places }()
	}
	v.mu.Lock()
	v.dials++
	line := int64(v.dials)
	v.mu.Unlock()
	// Each connection has a context of its own.
	ctx, over := context.WithCancel(ctx)
	defer over()
	if v.down != nil {
		if o := v.down(); o.Class != "" {
			return o, false
		}
	}
	refused := 0
	var follower *digest.Envelope
	defer func() {
		if follower != nil {
			s.Settle(ctx, *follower, digest.Outcome{Class: digest.Session, Blameless: true, Relay: "one", Line: line})
		}
	}()
	for {
		var e digest.Envelope
		if follower != nil {
			e, follower = *follower, nil
		} else if next, ok := s.Next(ctx); ok {
			e = next
		} else {
			return digest.Outcome{}, false
		}
		if e.Control != nil {
			s.Settle(ctx, e, v.control(line))
			continue
		}
		if v.onEnvelope != nil {
			v.onEnvelope(e)
		}
		if v.onMessage != nil {
			v.onMessage(e.Delivery.Key)
		}
		if v.overlaps && !e.Alone {
			if next, ok := s.Ahead(ctx); ok {
				follower = &next
				v.mu.Lock()
				v.ahead++
				v.mu.Unlock()
			}
		}
		if err := s.Intended(ctx, e); err != nil {
			if v.onGiveUp != nil {
				v.onGiveUp(err)
			}
			o := digest.Outcome{Class: digest.Local, Reply: err.Error()}
			if errors.Is(err, digest.ErrStopped) {
				o = digest.Outcome{Class: digest.Session, Reply: err.Error(), Blameless: true}
			}
			s.Settle(ctx, e, o)
			return digest.Outcome{Class: digest.Session, Reply: "dropped before the dot"}, false
		}
		if v.onDot != nil {
			v.onDot(e.Delivery.Key)
		}
		o := v.answer(e.Delivery.Key, e.Alone)
		o.Line = line
		if o.Relay == "" {
			o.Relay = "one"
		}
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
			return o, false
		case digest.Permanent:
			if refused++; refused == v.closes {
				return digest.Outcome{}, true
			}
		}
	}
}

func (v *server) control(line int64) digest.Outcome {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.controls++
	o := digest.Outcome{Class: digest.Accepted, Code: 250}
	if v.refusesControls {
		o = digest.Outcome{Class: digest.Permanent, Code: 550}
	}
	o.Relay, o.Line = "one", line
	return o
}

func (v *server) answer(id int64, alone bool) digest.Outcome {
	v.mu.Lock()
	defer v.mu.Unlock()
	o := digest.Outcome{Class: digest.Accepted, Code: 250, Relay: "one"}
	if script := v.scripts[id]; len(script) > 0 {
		o = script[min(len(v.tried[id]), len(script)-1)]
	}
	v.order, v.alone[id] = append(v.order, id), alone
	v.tried[id] = append(v.tried[id], time.Now())
	if o.Class == digest.Accepted {
		v.accepted[id]++
	}
	return o
}

// composer makes copies ahead of the connections, or is quick, and each connection makes its
// own.
type composer struct {
	bad   map[int64]bool
	quick bool
}

func (c composer) Quick() bool { return c.quick }

func (c composer) Compose(d digest.Delivery) (digest.Envelope, error) {
	if c.bad[d.Key] {
		return digest.Envelope{}, errors.New("no such variant")
	}
	return digest.Envelope{}, nil
}

func deliverer() *deliver.Deliverer {
	return &deliver.Deliverer{GiveUpAfter: 6 * time.Hour, Now: time.Now, Jitter: func() float64 { return 0.5 }}
}

// over gives a run over a ledger that goes to a server.
func over(t *testing.T, l *ledger, v *server) deliver.Run {
	return deliver.Run{
		Ledger: l, Relay: v, Composer: composer{quick: true}, Range: everybody, Connections: 4,
		Until: 24 * time.Hour, Messages: 1, Log: slog.New(slog.NewTextHandler(t.Output(), nil)), Row: "subscriber",
	}
}

var everybody = digest.Whole()
