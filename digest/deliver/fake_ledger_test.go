package deliver_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"vesper/digest"
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
