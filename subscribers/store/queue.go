package store

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync/atomic"
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
	// table is in SQL, and key its column of digest.Delivery.Key. volume is the table that the rows
	// lie in, on a server one of several: to name it spares PostgreSQL the search for it.
	table, volume, key string
	// edition has the number of the edition whose rows of the table these are. It is
	// empty where all of the table is meant.
	edition []any
	// chunk is the number of the chunk whose readers' rows these are, 0 where all are meant.
	chunk int64

	// status is the status of a row's reader, in SQL: a message is only sent
	// while that is 'active'. It is empty where nobody is asked.
	status string
	// patient is the time from which it is counted how old a row is, in SQL. old is what
	// is kept of one that is too old.
	patient, old string
	// forget is what a row loses at its end, in SQL: settings with a comma behind.
	forget string

	// owed is the statement of Owed from FROM on, in SQL, up to its condition.
	// values are what a row has, as asPage takes them, and reading gives what reads them.
	owed    string
	values  []string
	reading func(ctx context.Context) (func(scan scanner) (digest.Delivery, error), error)
	// many is how many rows the last call of Owed gave: the next one gives as many, mostly.
	many atomic.Int64

	// last has the parameters of a statement: see parameters. It belongs to who writes.
	last parameters

	// These are made once, since each message needs them.
	intendSQL, settleSQL, endSQL, giveBackSQL, sentSQL string
}

// ready makes the statements that each message needs. Intending decides and
// records at once: there is no moment in which a reader's word could slip in
// between. With RETURNING it would cost fifteen times as much.
func (q *queue) ready() *queue {
	active := ``
	if q.status != "" {
		active = ` AND ` + q.status + ` = 'active'`
	}
	q.intendSQL = `UPDATE ` + q.rows() + ` SET step = 'attempting', owner = $1, lease_until = $2, at = $3,
			connection = $4, ordinal = $5
		WHERE ` + q.key + ` = $6 AND step = 'pending'` + active + q.within(7)
	if len(q.edition) > 0 {
		// Whoever stops an edition is heard by the next message.
		q.intendSQL += ` AND NOT ` + stopped(7)
	}
	const free = `(step = 'pending' OR step = 'attempting' AND owner = $13)`
	settle := func(forget, where string) string {
		return `UPDATE ` + q.rows() + ` SET ` + forget + `step = $1, due_at = coalesce($2, due_at),
				attempts = attempts + $3, doubts = doubts + $4, code = $5, enhanced = $6, reply = $7, queue_id = $8,
				quotes = $9, at = $10, deferred_at = CASE WHEN $3 = 1 THEN coalesce(deferred_at, $10) ELSE deferred_at END,
				suspect = $11, owner = '', lease_until = NULL, connection = 0, ordinal = 0
			WHERE ` + q.key + ` = $12 AND ` + where + q.within(14)
	}
	q.settleSQL, q.endSQL = settle(``, free), settle(q.forget, free)
	// What is sent changes less, and there are most of them.
	q.sentSQL = `UPDATE ` + q.rows() + ` SET ` + q.forget + `step = 'sent', code = $1, enhanced = $2, reply = $3,
				queue_id = $4, quotes = 0, at = $5, suspect = '', owner = '', lease_until = NULL, connection = 0, ordinal = 0
			WHERE ` + q.key + ` = $6 AND (step = 'pending' OR step = 'attempting' AND owner = $7)` + q.within(8)
	q.giveBackSQL = settle(``, `step = 'attempting' AND owner = $13`)
	return q
}

// rows is what stands for the table behind UPDATE and FROM. Its columns are the table's.
func (q *queue) rows() string {
	if q.volume == q.table {
		return q.table
	}
	return q.volume + ` AS ` + q.table
}

// found is what stands for the rows of the queue behind FROM.
func (q *queue) found(as string) string {
	switch {
	case q.chunk > 0:
		return q.rowsOfChunk(as)
	case q.volume == as:
		return as
	}
	return q.volume + ` AS ` + as
}

// changed goes behind the settings of an UPDATE of rows: those rows of the queue that a condition is
// true of.
func (q *queue) changed(condition string) string {
	if q.chunk > 0 {
		return q.changesOfChunk(condition)
	}
	return ` WHERE ` + condition
}

// stopped says, in SQL, whether somebody has stopped the edition whose number is the parameter n.
func stopped(n int) string {
	return fmt.Sprintf(`EXISTS (SELECT 1 FROM editions WHERE number = $%d AND pause = 'desk')`, n)
}

// within goes at the end of a condition: it keeps to the rows of the edition. The
// number of its parameter is n, the last of the condition.
func (q *queue) within(n int) string {
	if len(q.edition) == 0 {
		return ``
	}
	return fmt.Sprintf(` AND edition = $%d`, n)
}

// with gives a condition's parameters: these, and what within wants.
func (q *queue) with(args ...any) []any { return append(args, q.edition...) }

// inRange keeps to a digest.Range. The plus tells SQLite to go by an index of what
// is pending or under way, and not by the key past all that is over.
func (q *queue) inRange(low, high int) string {
	if q.chunk > 0 {
		return fmt.Sprintf(` AND %s BETWEEN $%d AND $%d`, q.key, low, high)
	}
	return fmt.Sprintf(` AND +%s BETWEEN $%d AND $%d`, q.key, low, high)
}

// The lanes of what is due, in SQL: rows that nothing is suspected of, then the others.
// So long as any row of the first lane is due, those of the second are few.
const (
	plainLane   = ` AND suspect = ''`
	suspectLane = ` AND suspect <> ''`
)

// refusedLane is what the relay refused for good and has not failed, in SQL.
const refusedLane = ` AND suspect NOT IN ('', 'connection')`

// due has the condition of the rows of a lane, or of both, that are due and come after
// the last one that was read, the longest due first, and the parameters for it.
func (q *queue) due(lane string, r digest.Range, now time.Time, after *digest.Delivery) (where string, args []any) {
	due, id := int64(math.MinInt64), int64(math.MinInt64)
	if after != nil {
		due, id = after.Due.Unix(), after.Key
	}
	where = `step = 'pending' AND due_at <= $1 AND (due_at, ` + q.key + `) > ($2, $3)` + lane +
		q.inRange(4, 5) + q.within(6) + ` ORDER BY due_at, ` + q.key
	return where, q.with(now.Unix(), due, id, r.Low, r.High)
}

// Owed implements deliver.Ledger. Rows of readers who are not active are left to
// Sweep. An edition that is not there is digest.ErrNotFound.
func (q *queue) Owed(
	ctx context.Context, r digest.Range, now time.Time, after *digest.Delivery, limit int,
) (all []digest.Delivery, err error) {
	err = q.awaits(ctx, func() (err error) {
		all, err = q.listOwed(ctx, r, now, after, limit)
		return err
	})
	return all, err
}

func (q *queue) listOwed(
	ctx context.Context, r digest.Range, now time.Time, after *digest.Delivery, limit int,
) ([]digest.Delivery, error) {
	read, err := q.reading(ctx)
	if err != nil {
		return nil, fmt.Errorf("read who is to be sent %s: %w", q.name, err)
	}
	all := make([]digest.Delivery, 0, min(int64(limit), q.many.Load()))
	for _, lane := range []string{plainLane, suspectLane} {
		if lane == plainLane && after != nil && after.Suspect != "" || len(all) == limit {
			continue
		}
		if lane == suspectLane && after != nil && after.Suspect == "" {
			after = nil
		}
		where, args := q.due(lane, r, now, after)
		room := limit - len(all)
		args = append(args, room)
		for more := true; more; {
			all, err = q.list(ctx, all, read, where+fmt.Sprintf(` LIMIT $%d`, len(args)), args...)
			more = false
			if err == nil && lane == plainLane {
				more, err = q.enterNext(ctx, r, now, after, all, room)
			}
			if err != nil {
				return nil, fmt.Errorf("read who is to be sent %s: %w", q.name, err)
			}
			if more {
				all = all[:0]
			}
		}
	}
	q.many.Store(int64(len(all)))
	return all, nil
}

// list appends the deliveries of the rows that a condition is true of, which ends in ORDER BY and
// LIMIT.
func (q *queue) list(
	ctx context.Context, to []digest.Delivery, read func(scan scanner) (digest.Delivery, error),
	where string, args ...any,
) ([]digest.Delivery, error) {
	var p page
	err := q.read.QueryRow(ctx, asPage(q.owed+where, q.values...), args...).Scan(&p.rest)
	for scan := p.scan; err == nil && p.more(); {
		var d digest.Delivery
		d, err = read(scan)
		d.Lease = q.lease
		to = append(to, d)
	}
	return to, err
}

// inHand names a row among those under way.
func (q *queue) inHand(key int64) handful { return handful{q.table, key} }

// withdraw skips a row whose reader is not active, or has paused.
func (q *queue) withdraw(ctx context.Context, c conn, id int64, now time.Time) error {
	_, err := c.Exec(ctx, `UPDATE `+q.rows()+` SET step = 'skipped', reason = `+q.status+`, at = $1
		WHERE `+q.key+` = $2 AND step = 'pending' AND `+q.status+` <> 'active'`+q.within(3),
		q.with(now.Unix(), id)...)
	return err
}

// failed says what was being done to which row.
func (q *queue) failed(what string, key int64, err error) error {
	return fmt.Errorf("%s %s for %s %d: %w", what, q.name, q.row, key, err)
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
