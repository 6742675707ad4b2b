package store

import (
	"context"
	"database/sql"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"vesper/digest"
)

// inAChunk is how many readers a chunk has at most.
const inAChunk = 5000

// A small edition is shared out too, or most machines would leave their part of the relays' limits
// idle: each has so many chunks of it, with so many readers at least.
const (
	chunksEach    = 4
	leastInAChunk = 50
)

// chunkSize gives how many readers a chunk of an edition that is opened now has at most.
func (s *core) chunkSize(ctx context.Context, c conn) (int, error) {
	var machines, readers int
	err := c.QueryRow(ctx, `SELECT count(*) FROM machines WHERE `+alive).Scan(&machines)
	if err != nil || machines < 2 {
		return s.inChunk, err
	}
	err = c.QueryRow(ctx, `SELECT count(*) FROM (SELECT 1 FROM subscribers WHERE status = 'active' LIMIT $1) few`,
		s.inChunk*chunksEach*machines).Scan(&readers)
	part := (readers + chunksEach*machines - 1) / (chunksEach * machines)
	return min(s.inChunk, max(leastInAChunk, part)), err
}

// sorting is how much memory PostgreSQL may use to bring an edition's readers into chunks.
const sorting = `SET LOCAL work_mem = '128MB'`

// openChunks makes the chunks of those who want the edition, and gives how many readers they
// are. First and from say in SQL when each is due. The readers of one chunk have the same
// variant, and are due at once.
func openChunks(ctx context.Context, c conn, size int, first, from string, args []any) (n int64, err error) {
	if _, err := c.Exec(ctx, sorting); err != nil {
		return 0, err
	}
	err = c.QueryRow(ctx, `WITH made AS (
			INSERT INTO chunks (edition, number, variant, due_at, next_at, low, high, ids, readers)
			SELECT $1, row_number() OVER (ORDER BY due_at, low, variant), variant, due_at, due_at, low, high, ids, readers
			FROM (SELECT variant, due_at, min(id) AS low, max(id) AS high, array_agg(id) AS ids, count(*) AS readers
				FROM (SELECT id, variant, due_at,
						(row_number() OVER (PARTITION BY variant, due_at ORDER BY id) - 1) / `+strconv.Itoa(size)+` AS part
					FROM (SELECT s.id, `+variantOf+` AS variant, CAST(`+first+` AS BIGINT) AS due_at
						FROM (SELECT id, variant, timezone FROM subscribers WHERE `+wantedFrom(3)+`) s`+from+`) readers) parts
				GROUP BY variant, due_at, part) grouped
			RETURNING readers)
		SELECT CAST(coalesce(sum(readers), 0) AS BIGINT) FROM made`, args...).Scan(&n)
	return n, err
}

// enter has readers who wait in chunks entered as deliveries, those whom a condition on
// waiting w and subscribers s is true of. A step, a reason and a time are in SQL.
func enter(step, reason, at, where string) string {
	return `INSERT INTO deliveries (edition, subscriber, variant, step, reason, due_at, first_due_at, at)
		SELECT w.edition, w.subscriber, w.variant, ` + step + `, ` + reason + `, w.due_at, w.due_at, ` + at + `
		FROM waiting w LEFT JOIN subscribers s ON s.id = w.subscriber WHERE ` + where + ` ON CONFLICT DO NOTHING`
}

// Who is gone or has left since the opening is skipped. Whoever paused, or is reported, is
// looked at when their message is due, as every reader is.
const (
	isActive    = `coalesce(s.status, '` + erased + `') = 'active'`
	stepNow     = `CASE WHEN ` + isActive + ` THEN 'pending' ELSE 'skipped' END`
	reasonNow   = `CASE WHEN ` + isActive + ` THEN '' ELSE coalesce(s.status, '` + erased + `') END`
	atIfChanged = `CASE WHEN ` + isActive + ` THEN w.at ELSE $1 END`
)

// enterChunk enters the readers of one chunk. To do it twice is harmless.
func enterChunk(ctx context.Context, c conn, edition any, number int64, now time.Time) error {
	_, err := c.Exec(ctx, enter(stepNow, reasonNow, atIfChanged, `w.edition = $2 AND w.number = $3`),
		now.Unix(), edition, number)
	if err == nil {
		_, err = c.Exec(ctx, `UPDATE chunks SET entered_at = $1 WHERE edition = $2 AND number = $3
			AND entered_at IS NULL`, now.Unix(), edition, number)
	}
	return err
}

// enterSkipped enters the readers of an edition's chunks below this number who are in no
// delivery yet, as skipped for a reason.
func enterSkipped(ctx context.Context, c conn, edition uint32, below int64, reason string, now time.Time) error {
	if !isServer(c) {
		return nil
	}
	_, err := c.Exec(ctx, enter(`'skipped'`, reason, `$1`, `w.edition = $2 AND w.number < $3`), now.Unix(), edition, below)
	if err == nil {
		_, err = c.Exec(ctx, `UPDATE chunks SET entered_at = $1 WHERE edition = $2 AND number < $3
			AND entered_at IS NULL`, now.Unix(), edition, below)
	}
	return err
}

// skippedAtOnce is how many chunks are entered as skipped in one transaction: nobody who wants
// to leave meanwhile waits longer than about a second.
const skippedAtOnce = 20

// skipCancelled enters the readers of a cancelled edition who are in no delivery yet, as
// skipped, some chunks in a transaction. A cancelled edition stays so: whoever cancels it after
// this process has died goes on there.
func (s *Book) skipCancelled(ctx context.Context, number uint32, now time.Time) error {
	for more := s.server != nil; more; {
		err := s.write.whole(ctx, func(ctx context.Context, c conn) (err error) {
			if more, err = mayEnd(ctx, c, number); err != nil || !more {
				return err
			}
			var next sql.NullInt64
			err = c.QueryRow(ctx, `SELECT min(number) FROM chunks WHERE edition = $1 AND entered_at IS NULL`, number).Scan(&next)
			if more = next.Valid; err != nil || !more {
				return err
			}
			return enterSkipped(ctx, c, number, next.Int64+skippedAtOnce, cancelled, now)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// enterEverybody enters the readers of all editions who are in no delivery yet.
func enterEverybody(ctx context.Context, c conn, now time.Time) error {
	_, err := c.Exec(ctx, enter(stepNow, reasonNow, atIfChanged, `true`), now.Unix())
	if err == nil {
		_, err = c.Exec(ctx, `UPDATE chunks SET entered_at = $1 WHERE entered_at IS NULL`, now.Unix())
	}
	return err
}

// takeOverChunks enters readers of an edition who are in no delivery yet into its
// correction, as far as they are active, and into the edition as skipped.
func takeOverChunks(ctx context.Context, c conn, number, of uint32, now time.Time) error {
	if !isServer(c) {
		return nil
	}
	status := strings.ReplaceAll(readersStatus, `deliveries.`, `w.`)
	if _, err := c.Exec(ctx, `INSERT INTO deliveries (edition, subscriber, variant, step, due_at, first_due_at, at)
		SELECT $1, w.subscriber, w.variant, 'pending', `+greater(`w.due_at`, `$2`)+`, `+greater(`w.due_at`, `$2`)+`, $2
		FROM waiting w WHERE w.edition = $3 AND `+status+` = 'active'`, number, now.Unix(), of); err != nil {
		return err
	}
	reason := `CASE WHEN ` + status + ` = 'active' THEN ` + superseded + ` ELSE ` + status + ` END`
	return enterSkipped(ctx, c, of, math.MaxInt64, reason, now)
}

// enterReader enters one reader of an edition before the others of the chunk, for who is
// about to change that delivery. To do it twice is harmless.
func enterReader(ctx context.Context, c conn, edition uint32, reader int64) error {
	if !isServer(c) {
		return nil
	}
	_, err := c.Exec(ctx, enterOne, edition, reader)
	return err
}

// enterOne finds a reader in the arrays of the chunks as they are: the view waiting would make
// a row of each reader of a chunk first, thousands for one.
const enterOne = `WITH chunk AS (
		SELECT edition, number, variant, due_at FROM chunks
		WHERE edition = $1 AND low <= $2 AND high >= $2 AND entered_at IS NULL AND $2 = ANY (ids)),
	entered AS (
		INSERT INTO deliveries (edition, subscriber, variant, step, due_at, first_due_at, at)
		SELECT k.edition, $2, k.variant, 'pending', k.due_at, k.due_at, e.opened_at
		FROM chunk k JOIN editions e ON e.number = k.edition ON CONFLICT DO NOTHING
		RETURNING edition)
	UPDATE chunks SET early = early + 1
	WHERE edition = $1 AND number = (SELECT k.number FROM chunk k JOIN entered n ON n.edition = k.edition)`

// enters says whether rows may be missing that stand in chunks.
func (q *queue) enters() bool { return q.server != nil && len(q.edition) > 0 && q.chunk == 0 }

// enterNext enters the next chunk of an edition that has readers who come before the last of
// the rows that were read in the order of Owed, or where fewer were read than there was room
// for, who are due by now. It says whether there was one.
func (q *queue) enterNext(
	ctx context.Context, r digest.Range, now time.Time, after *digest.Delivery, read []digest.Delivery, room int,
) (bool, error) {
	if !q.enters() {
		return false, nil
	}
	due, key := int64(math.MinInt64), int64(math.MinInt64)
	if after != nil {
		due, key = after.Due.Unix(), after.Key
	}
	lastDue, lastKey := now.Unix(), int64(math.MaxInt64)
	if len(read) == room {
		lastDue, lastKey = read[room-1].Due.Unix(), read[room-1].Key
	}
	return q.enterFirst(ctx, `(due_at, high) > ($2, $3) AND (due_at, low) < ($4, $5) AND low <= $6 AND high >= $7`,
		due, key, lastDue, lastKey, r.High, r.Low)
}

// enterOld enters all readers who were due by then, a chunk in a transaction.
func (q *queue) enterOld(ctx context.Context, by int64) (err error) {
	for more := q.enters(); more && err == nil; {
		more, err = q.enterFirst(ctx, `due_at <= $2`, by)
	}
	return err
}

// enterFirst enters the first chunk of an edition that meets a condition, whose parameters
// begin with $2, and says whether there was one.
func (q *queue) enterFirst(ctx context.Context, where string, args ...any) (bool, error) {
	var chunk int64
	err := missing(q.read.QueryRow(ctx, `SELECT number FROM chunks WHERE edition = $1 AND entered_at IS NULL
		AND `+where+` ORDER BY due_at, low LIMIT 1`, append(q.with(), args...)...).Scan(&chunk))
	if errors.Is(err, digest.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, q.write.whole(ctx, func(ctx context.Context, c conn) error {
		return enterChunk(ctx, c, q.edition[0], chunk, q.now())
	})
}

// waitingNext gives when the next reader is due who is in a chunk that is not entered.
func (q *queue) waitingNext(ctx context.Context, r digest.Range) (time.Time, error) {
	if !q.enters() {
		return time.Time{}, nil
	}
	var due sql.NullInt64
	err := q.read.QueryRow(ctx, `SELECT min(due_at) FROM chunks WHERE edition = $1 AND entered_at IS NULL
		AND low <= $2 AND high >= $3`, q.edition[0], r.High, r.Low).Scan(&due)
	return instant(due), err
}
