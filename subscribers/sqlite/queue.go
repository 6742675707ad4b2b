package sqlite

import (
	"context"
	"errors"
	"fmt"
	"time"

	"vesper/digest"
)

// queue is a table of messages that are sent by one discipline: the intent before
// the dot, the outcome after the reply, and a lease on what is under way. The
// deliveries of an edition are one queue and the letters are the other. They have
// the same columns from step to at.
type queue struct {
	*core
	// name is what errors call the queue, row what they call one of its rows.
	name, row string
	// table is in SQL, and key its column of digest.Delivery.Key.
	table, key string
	// edition has the number of the edition whose rows of the table these are. It is
	// empty where all of the table is meant.
	edition []any

	// standing is the status of a row's reader, in SQL: a message is only sent while
	// that is 'active'. It is empty where nobody is asked.
	standing string
	// patient is the time from which giving up on a row is counted, in SQL.
	patient string
	// forget is what a row loses at its end, in SQL: settings with a comma behind.
	forget string

	// These are made once, since each message needs them.
	intendSQL, settleSQL, endSQL string
}

// ready makes the statements that each message needs. Intending decides and
// records at once: there is no moment in which a reader's word could slip in
// between. With RETURNING it would cost fifteen times as much.
func (q *queue) ready() *queue {
	active := ``
	if q.standing != "" {
		active = ` AND ` + q.standing + ` = 'active'`
	}
	q.intendSQL = `UPDATE ` + q.table + ` SET step = 'attempting', owner = $1, lease_until = $2, at = $3
		WHERE ` + q.key + ` = $4 AND step = 'pending'` + active + q.within(5)
	settle := func(forget string) string {
		return `UPDATE ` + q.table + ` SET ` + forget + `step = $1, due_at = coalesce($2, due_at),
				attempts = attempts + $3, doubts = doubts + $4, code = $5, enhanced = $6, reply = $7, queue_id = $8,
				quotes = $9, at = $10, owner = '', lease_until = NULL
			WHERE ` + q.key + ` = $11 AND (step = 'pending' OR step = 'attempting' AND owner = $12)` + q.within(13)
	}
	q.settleSQL, q.endSQL = settle(``), settle(q.forget)
	return q
}

// within goes at the end of a condition: it keeps to the rows of the edition. The
// number of its parameter is n, the last of the statement.
func (q *queue) within(n int) string {
	if len(q.edition) == 0 {
		return ``
	}
	return fmt.Sprintf(` AND edition = $%d`, n)
}

// with gives a statement's parameters: these, and what within wants.
func (q *queue) with(args ...any) []any { return append(args, q.edition...) }

// Intend implements deliver.Ledger. A row that is not pending any more, because
// the reader's leaving or another process was first, gives false as well.
func (q *queue) Intend(ctx context.Context, d digest.Delivery, now time.Time) (bool, error) {
	var n int64
	err := q.write.one(ctx, func(ctx context.Context, c conn) (err error) {
		n, err = c.Exec(ctx, q.intendSQL, q.with(q.owner, now.Add(q.lease).Unix(), now.Unix(), d.Key)...)
		if err == nil && n == 0 && q.standing != "" {
			err = q.withdraw(ctx, c, d.Key, now)
		}
		return err
	})
	if err != nil {
		return false, q.failed("intend", d, err)
	}
	return n == 1, nil
}

// withdraw skips a row whose reader is not active.
func (q *queue) withdraw(ctx context.Context, c conn, id int64, now time.Time) error {
	_, err := c.Exec(ctx, `UPDATE `+q.table+` SET step = 'skipped', reason = `+q.standing+`, at = $1
		WHERE `+q.key+` = $2 AND step = 'pending' AND `+q.standing+` <> 'active'`+q.within(3), q.with(now.Unix(), id)...)
	return err
}

// Settle implements deliver.Ledger. An outcome that comes late is recorded where
// the row is pending again. It is refused with digest.ErrTaken where another
// process attempts the row by now, and where the row is at its end or gone.
func (q *queue) Settle(ctx context.Context, d digest.Delivery, s digest.Settlement) error {
	switch s.Step {
	case digest.Pending, digest.Sent, digest.Failed, digest.Expired, digest.Unknown:
	default:
		return q.failed("settle", d, fmt.Errorf("an attempt does not end as %q", s.Step))
	}
	reply := q.hear(d, s)
	var n int64
	err := q.write.one(ctx, func(ctx context.Context, c conn) (err error) {
		n, err = q.settle(ctx, c, d, s, reply)
		return err
	})
	if err == nil && n == 0 {
		err = q.refuse(ctx, d, s, reply)
	}
	if err != nil {
		return q.failed("settle", d, err)
	}
	return nil
}

func (q *queue) settle(ctx context.Context, c conn, d digest.Delivery, s digest.Settlement, reply said) (int64, error) {
	var due any
	text := q.endSQL
	if s.Step == digest.Pending {
		due, text = seconds(s.Due), q.settleSQL
	}
	reply, err := reply.asOf(ctx, c, d.Key)
	if err != nil {
		return 0, err
	}
	return c.Exec(ctx, text, q.with(s.Step, due, asNumber(s.Counted), asNumber(s.Doubted), s.Outcome.Code,
		plain(s.Outcome.Enhanced), reply.text, reply.queueID, reply.quotes, s.At.Unix(), d.Key, q.owner)...)
}

// refuse gives digest.ErrTaken for an outcome that settle did not record, unless
// the row has come free meanwhile. Where the message may have arrived, the row
// keeps at least one doubt: it may arrive twice, and whoever took the row over may
// not have counted that. A row that has this very outcome already was written by an
// earlier try, and is in no doubt.
func (q *queue) refuse(ctx context.Context, d digest.Delivery, s digest.Settlement, reply said) error {
	taken := false
	err := q.write.whole(ctx, func(ctx context.Context, c conn) error {
		n, err := q.settle(ctx, c, d, s, reply)
		if err != nil || n > 0 {
			return err
		}
		erased, err := q.erasedOnTheWay(ctx, c, d.Key)
		if taken = !erased; err != nil || erased || s.Outcome.Class != digest.Accepted && s.Outcome.Class != digest.InDoubt {
			return err
		}
		n, err = c.Exec(ctx, `UPDATE `+q.table+` SET doubts = 1 WHERE `+q.key+` = $1 AND doubts = 0
			AND NOT (step = $2 AND at = $3 AND reply = $4 AND queue_id = $5)`+q.within(6),
			q.with(d.Key, s.Step, s.At.Unix(), reply.text, reply.queueID)...)
		if err == nil && n > 0 && len(q.edition) > 0 {
			// The sums of an edition that is not over are NULL, and stay so.
			_, err = c.Exec(ctx, `UPDATE editions SET doubts = doubts + 1 WHERE number = $1`, q.edition...)
		}
		return err
	})
	if err == nil && taken {
		err = digest.ErrTaken
	}
	return err
}

// erasedOnTheWay says whether a row was erased while it was on the wire: it has no
// outcome any more, and that is nobody's fault.
func (q *queue) erasedOnTheWay(ctx context.Context, c conn, id int64) (bool, error) {
	return has(ctx, c, `SELECT 1 FROM `+q.table+` WHERE `+q.key+` = $1 AND reply = $2`+q.within(3),
		q.with(id, cutByErasure)...)
}

// failed says what was being done to which row.
func (q *queue) failed(what string, d digest.Delivery, err error) error {
	return fmt.Errorf("%s %s for %s %d: %w", what, q.name, q.row, d.Key, err)
}

// has says whether a question has any answer.
func has(ctx context.Context, c conn, query string, args ...any) (bool, error) {
	var one int
	err := missing(c.QueryRow(ctx, query+` LIMIT 1`, args...).Scan(&one))
	if errors.Is(err, digest.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// asNumber gives 1 for true, as it is counted and stored.
func asNumber(b bool) int {
	if b {
		return 1
	}
	return 0
}
