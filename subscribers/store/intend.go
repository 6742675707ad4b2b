package store

import (
	"cmp"
	"context"
	"errors"
	"time"

	"vesper/digest"
)

// Intend is IntendInTurn for who waits until the intent is durable. It gives whether the row
// is to be sent.
func (q *queue) Intend(
	ctx context.Context, d digest.Delivery, now time.Time, looked func(taken bool),
) (bool, error) {
	taken := false
	durable := make(chan error, 1)
	q.IntendInTurn(ctx, d, now, func(yes bool) {
		taken = yes
		if looked != nil {
			looked(yes)
		}
	}, func(err error) { durable <- err })
	err := <-durable
	return taken && err == nil, err
}

// IntendInTurn implements deliver.Ledger. A row that is not pending any more, because
// the reader's leaving or another process was first, is not to be sent as well.
func (q *queue) IntendInTurn(
	ctx context.Context, d digest.Delivery, now time.Time, looked func(taken bool), durable func(err error),
) {
	q.write.intend(ctx, q, d, now, looked, durable)
}

func (w *writer) intend(
	ctx context.Context, q *queue, d digest.Delivery, now time.Time, looked func(taken bool), durable func(err error),
) {
	w.hands.begin(q.inHand(d.Key), d.Connection)
	var p *party
	if ctx.Err() == nil {
		p = w.enter()
	}
	if p == nil {
		w.intendLater(ctx, q, d, now, looked, durable)
		return
	}
	taken, err := q.intend(context.Background(), p.conn, d, now)
	if err != nil || !taken {
		w.hands.end(q.inHand(d.Key))
	}
	if err == nil || errors.Is(err, digest.ErrStopped) {
		looked(taken)
	}
	p.sit(guest{queue: q, key: d.Key, intends: true, err: err, done: durable})
}

// intendLater takes a place in the line.
func (w *writer) intendLater(
	ctx context.Context, q *queue, d digest.Delivery, now time.Time, looked func(taken bool), durable func(err error),
) {
	taken := false
	var stopped error
	r := newRequest(ctx, func(ctx context.Context, c conn) (err error) {
		taken, err = q.intend(ctx, c, d, now)
		if errors.Is(err, digest.ErrStopped) {
			// What it wrote holds.
			stopped, err = err, nil
		}
		if err == nil {
			looked(taken)
		}
		return err
	})
	r.intends = true
	err := w.put(r)
	go func() {
		if err == nil {
			err = r.wait()
		}
		if err != nil || !taken {
			w.hands.end(q.inHand(d.Key))
		}
		if err = cmp.Or(err, stopped); err != nil {
			err = q.failed("intend", d.Key, err)
		}
		durable(err)
	}()
}

// intention is the statement that takes a row which is there to be taken.
func (q *queue) intention(d digest.Delivery, now time.Time) (query string, args []any) {
	p := q.parameters()
	args = append(p.args[:0], p.owner.of(q.owner), p.lease.of(now.Add(q.lease).Unix()+q.skew.Load()), p.now.of(now.Unix()),
		d.Connection, p.ordinal.of(d.Ordinal), d.Key)
	return q.intendSQL, append(args, q.edition...)
}

// intend records an intent, and says whether the row is to be sent. Where it is not since
// somebody has stopped the edition, that is digest.ErrStopped, and what was written holds.
func (q *queue) intend(ctx context.Context, c conn, d digest.Delivery, now time.Time) (bool, error) {
	query, args := q.intention(d, now)
	n, err := c.Exec(ctx, query, args...)
	if err != nil || n == 1 {
		return n == 1, err
	}
	if q.status != "" {
		if err := q.withdraw(ctx, c, d.Key, now); err != nil {
			return false, err
		}
	}
	if len(q.edition) == 0 {
		return false, nil
	}
	halted, err := has(ctx, c, `SELECT 1 FROM editions WHERE number = $1 AND pause = 'desk'`, q.edition...)
	if err == nil && halted {
		err = digest.ErrStopped
	}
	return false, err
}
