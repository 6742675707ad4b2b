package publish

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

// ledger keeps rows in memory, by the contract of deliver.Ledger. With letters in
// its rows it is an outbox.
type ledger struct {
	mu     sync.Mutex
	rows   map[int64]*row
	opened int
	// others is until when what is under way is another process's.
	others time.Time
	// err, if set, fails each sweep.
	err error
}

type row struct {
	digest.Delivery
	step    digest.Step
	outcome digest.Outcome
	doubts  int
	letter  digest.Letter
}

func newLedger(readers []string, at time.Time) *ledger {
	l := &ledger{rows: map[int64]*row{}, opened: len(readers)}
	for i, address := range readers {
		key := int64(i + 1)
		token := fmt.Sprint("token", key)
		l.rows[key] = &row{step: digest.Pending, Delivery: digest.Delivery{
			Key: key, Variant: digest.Designed, Address: address, Due: at, FirstDue: at, Lease: 15 * time.Minute,
			MessageID: token, Unsubscribe: token, Preferences: token, ReturnPath: token,
		}}
	}
	return l
}

func (l *ledger) Sweep(_ context.Context, s digest.Sweeping) (digest.Swept, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return digest.Swept{}, l.err
	}
	var swept digest.Swept
	for _, r := range l.rows {
		if r.step == digest.Attempting && !s.Now.Before(l.others) {
			swept.Recovered++
			r.step = digest.Unknown
			if !s.Hold {
				r.step, r.doubts = digest.Pending, r.doubts+1
			}
		}
		from := r.FirstDue
		if r.Resumed.After(from) {
			from = r.Resumed
		}
		if r.step == digest.Pending && !from.After(s.TooOld) {
			r.step = digest.Expired
			swept.TooOld++
		}
	}
	swept.Next = l.due()
	return swept, nil
}

// due gives when the next pending row is due. The caller holds mu.
func (l *ledger) due() (next time.Time) {
	for _, r := range l.rows {
		if r.step == digest.Pending && (next.IsZero() || r.Due.Before(next)) {
			next = r.Due
		}
	}
	return next
}

func (l *ledger) next() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.due()
}

func (l *ledger) Owed(
	_ context.Context, _ digest.Range, now time.Time, after *digest.Delivery, limit int,
) ([]digest.Delivery, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var owed []digest.Delivery
	for _, r := range l.rows {
		if r.step == digest.Pending && !r.Due.After(now) && (after == nil || inOrder(*after, r.Delivery) < 0) {
			owed = append(owed, r.Delivery)
		}
	}
	slices.SortFunc(owed, inOrder)
	return owed[:min(limit, len(owed))], nil
}

func inOrder(a, b digest.Delivery) int {
	if (a.Suspect == "") != (b.Suspect == "") {
		return cmp.Compare(len(a.Suspect), len(b.Suspect))
	}
	return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.Key, b.Key))
}

func (l *ledger) IntendInTurn(
	_ context.Context, d digest.Delivery, _ time.Time, looked func(bool), durable func(error),
) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.rows[d.Key]
	if r.step != digest.Pending {
		durable(errors.New("intended twice"))
		return
	}
	r.step = digest.Attempting
	looked(true)
	durable(nil)
}

func (l *ledger) SettleInTurn(
	ctx context.Context, d digest.Delivery, s digest.Settlement, durable func(error),
) {
	durable(l.Settle(ctx, d, s))
}

func (l *ledger) Settle(_ context.Context, d digest.Delivery, s digest.Settlement) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.rows[d.Key]
	if r.step != digest.Attempting && (r.step != digest.Pending || d.Suspect == "") {
		return digest.ErrTaken
	}
	r.step, r.Due, r.outcome, r.Suspect = s.Step, s.Due, s.Outcome, s.Suspect
	if s.Counted {
		r.Attempts++
		if r.Deferred.IsZero() {
			r.Deferred = s.At
		}
	}
	if s.Doubted {
		r.doubts++
	}
	return nil
}

// fail has each sweep fail from now on.
func (l *ledger) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.err = err
}

// each changes every row in a step; it gives how many there were.
func (l *ledger) each(step digest.Step, change func(*row)) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range l.rows {
		if r.step == step {
			change(r)
			n++
		}
	}
	return n
}

func (l *ledger) tally() (t digest.Tally) {
	if l == nil {
		return t
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	t.Opened = l.opened
	for _, r := range l.rows {
		t.PossibleDuplicates += r.doubts
		*map[digest.Step]*int{
			digest.Sent: &t.Sent, digest.Failed: &t.Failed, digest.Expired: &t.Expired, digest.Skipped: &t.Skipped,
			digest.Unknown: &t.Unknown, digest.Pending: &t.Pending, digest.Attempting: &t.Attempting,
		}[r.step]++
	}
	return t
}

// Post implements Post.
func (l *ledger) Post(_ context.Context, letter digest.Letter, now time.Time) (int64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := int64(len(l.rows) + 1)
	l.rows[key] = &row{step: digest.Pending, letter: letter, Delivery: digest.Delivery{
		Key: key, Variant: string(letter.Kind), Address: letter.Address, Due: now, FirstDue: now,
		Lease: 15 * time.Minute,
	}}
	return key, nil
}

// Letter implements Post.
func (l *ledger) Letter(_ context.Context, id int64) (digest.PostedLetter, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r, ok := l.rows[id]
	if !ok {
		return digest.PostedLetter{}, digest.ErrNotFound
	}
	return digest.PostedLetter{Kind: r.letter.Kind, Step: r.step, Code: r.outcome.Code, Reply: r.outcome.Reply}, nil
}

// Compose implements deliver.Composer for letters.
func (l *ledger) Compose(d digest.Delivery) (digest.Envelope, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	letter := l.rows[d.Key].letter
	return digest.Envelope{Delivery: d, From: letter.ReturnPath, To: letter.Address, Data: letter.Bytes}, nil
}
