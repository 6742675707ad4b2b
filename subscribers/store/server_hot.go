package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"vesper/digest"
)

// intend implements hotWrites.
func (sv *server) intend(
	ctx context.Context, q *queue, d digest.Delivery, now time.Time, looked func(taken bool), durable func(err error),
) {
	if err := cmp.Or(ctx.Err(), sv.isOutdated()); err != nil {
		go durable(q.failed("intend", d.Key, err))
		return
	}
	query, args := q.intention(d, now)
	taken := true
	sv.line.put(&hot{
		connection: d.Connection, query: query, args: args,
		slowly: func(tried bool) (err error) {
			taken, err = sv.intendSlowly(ctx, q, d, now, tried)
			return err
		},
		done: func(err error) {
			if err == nil || errors.Is(err, digest.ErrStopped) {
				looked(taken)
			}
			if err != nil {
				err = q.failed("intend", d.Key, err)
			}
			durable(err)
		},
	})
}

// intendSlowly is for a row that was not there to be taken. Where an earlier try was made
// durable although nobody heard of it, the row is this message's own. If it is not to be sent
// any more by now, it is given back: nobody else could send it until the lease is over.
func (sv *server) intendSlowly(
	ctx context.Context, q *queue, d digest.Delivery, now time.Time, tried bool,
) (taken bool, err error) {
	if tried && ctx.Err() != nil {
		err := sv.whole(context.WithoutCancel(ctx), func(within context.Context, c conn) error {
			_, err := c.Exec(within, `UPDATE `+q.rows()+` SET step = 'pending', `+unowned+q.own(), q.ownArgs(d, now)...)
			return err
		})
		return false, cmp.Or(err, ctx.Err())
	}
	var stopped error
	err = sv.whole(ctx, func(ctx context.Context, c conn) error {
		stopped = nil
		if tried {
			taken, err = has(ctx, c, `SELECT 1 FROM `+q.rows()+q.own(), q.ownArgs(d, now)...)
			if taken || err != nil {
				return err
			}
		}
		taken, err = q.intend(ctx, c, d, now)
		if errors.Is(err, digest.ErrStopped) {
			// What it wrote holds.
			stopped, err = err, nil
		}
		return err
	})
	if err == nil {
		err = stopped
	}
	return taken, err
}

// own is the condition of a row that this very intent has taken.
func (q *queue) own() string {
	return ` WHERE ` + q.key + ` = $1 AND step = 'attempting' AND owner = $2 AND connection = $3
		AND ordinal = $4 AND at = $5` + q.within(6)
}

func (q *queue) ownArgs(d digest.Delivery, now time.Time) []any {
	return q.with(d.Key, q.owner, d.Connection, d.Ordinal, now.Unix())
}

// settle implements hotWrites.
func (sv *server) settle(
	ctx context.Context, q *queue, d digest.Delivery, s digest.Settlement, said reply, durable func(err error),
) {
	sv.line.put(sv.outcome(ctx, q, d, s, said, func(n int64, err error) {
		// Why no row has it is asked beside the line.
		if err == nil && n == 0 {
			go func() { durable(q.settled(ctx, d, s, said, 0, nil)) }()
			return
		}
		if err = q.settled(ctx, d, s, said, n, err); err == nil {
			q.sentOne(ctx, s)
		}
		durable(err)
	}))
}

// settleAndWait implements hotWrites.
func (sv *server) settleAndWait(
	ctx context.Context, q *queue, d digest.Delivery, s digest.Settlement, said reply,
) (int64, error) {
	type end struct {
		n   int64
		err error
	}
	ended := make(chan end, 1)
	sv.line.put(sv.outcome(ctx, q, d, s, said, func(n int64, err error) { ended <- end{n, err} }))
	e := <-ended
	return e.n, e.err
}

// outcome gives what stands in the line for an outcome. Told hears how many rows had it.
func (sv *server) outcome(
	ctx context.Context, q *queue, d digest.Delivery, s digest.Settlement, said reply, told func(n int64, err error),
) *hot {
	n := int64(1)
	_, untold := sv.untold.LoadAndDelete(q.attempt(d, s))
	h := &hot{connection: d.Connection, tried: untold}
	if isPlainlySent(s, said) && !untold {
		h.query, h.args = q.sending(d, s, said)
	}
	h.slowly = func(tried bool) error {
		return sv.whole(context.WithoutCancel(ctx), func(ctx context.Context, c conn) (err error) {
			if tried {
				// To write it once more would count a deferral or a doubt twice.
				written, err := q.hasOutcome(ctx, c, d, s, said)
				if n = int64(asNumber(written)); written || err != nil {
					return err
				}
			}
			n, err = q.settle(ctx, c, d, s, said)
			return err
		})
	}
	h.done = func(err error) {
		if err != nil && h.tried {
			sv.untold.Store(q.attempt(d, s), true)
		}
		told(n, err)
	}
	return h
}

// attempt names the outcome of one attempt to send a message.
type attempt struct {
	table, edition               string
	key, connection, ordinal, at int64
}

func (q *queue) attempt(d digest.Delivery, s digest.Settlement) attempt {
	return attempt{q.table, fmt.Sprint(q.edition...), d.Key, d.Connection, d.Ordinal, s.At.Unix()}
}

// hasOutcome says whether a row has this very outcome already: an earlier try was made durable
// although nobody heard of it.
func (q *queue) hasOutcome(
	ctx context.Context, c conn, d digest.Delivery, s digest.Settlement, said reply,
) (bool, error) {
	said, err := said.asOf(ctx, c, d.Key)
	if err != nil {
		return false, err
	}
	return has(ctx, c, `SELECT 1 FROM `+q.rows()+` WHERE `+q.key+` = $1 AND step = $2 AND at = $3
		AND reply = $4 AND queue_id = $5`+q.within(6), q.with(d.Key, s.Step, s.At.Unix(), said.text, said.queueID)...)
}

// drops implements hotWrites: nobody waits for company here.
func (sv *server) drops(*queue, int64) {}
