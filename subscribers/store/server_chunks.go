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
			INSERT INTO chunks (edition, number, variant, due_at, low, high, ids, readers)
			SELECT $1, row_number() OVER (ORDER BY due_at, low, variant), variant, due_at, low, high, ids, readers
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

// enterDue enters all readers of an edition who were due by then and are in no delivery yet.
func enterDue(ctx context.Context, c conn, edition any, by int64, now time.Time) error {
	if !isServer(c) {
		return nil
	}
	_, err := c.Exec(ctx, enter(stepNow, reasonNow, atIfChanged, `w.edition = $2 AND w.due_at <= $3`),
		now.Unix(), edition, by)
	if err != nil {
		return err
	}
	return entered(ctx, c, edition, by, now)
}

// enterSkipped enters all readers of an edition who are in no delivery yet, as skipped for a
// reason.
func enterSkipped(ctx context.Context, c conn, edition uint32, reason string, now time.Time) error {
	if !isServer(c) {
		return nil
	}
	_, err := c.Exec(ctx, enter(`'skipped'`, reason, `$1`, `w.edition = $2`), now.Unix(), edition)
	if err != nil {
		return err
	}
	return entered(ctx, c, edition, math.MaxInt64, now)
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
	return enterSkipped(ctx, c, of, `CASE WHEN `+status+` = 'active' THEN `+superseded+` ELSE `+status+` END`, now)
}

// entered marks an edition's chunks that were due by then.
func entered(ctx context.Context, c conn, edition any, by int64, now time.Time) error {
	_, err := c.Exec(ctx, `UPDATE chunks SET entered_at = $1 WHERE edition = $2 AND due_at <= $3
		AND entered_at IS NULL`, now.Unix(), edition, by)
	return err
}

// enterReader enters one reader of an edition before the others of the chunk, for who is
// about to change that delivery.
func enterReader(ctx context.Context, c conn, edition uint32, reader int64) error {
	if !isServer(c) {
		return nil
	}
	const of = `edition = $1 AND low <= $2 AND high >= $2`
	var chunk int64
	err := missing(c.QueryRow(ctx, `SELECT number FROM waiting WHERE `+of+` AND subscriber = $2`, edition, reader).
		Scan(&chunk))
	if errors.Is(err, digest.ErrNotFound) {
		return nil
	}
	if err == nil {
		_, err = c.Exec(ctx, enter(`'pending'`, `''`, `w.at`, `w.edition = $1 AND w.number = $2 AND w.subscriber = $3`),
			edition, chunk, reader)
	}
	if err == nil {
		_, err = c.Exec(ctx, `UPDATE chunks SET early = early + 1 WHERE edition = $1 AND number = $2`, edition, chunk)
	}
	return err
}

// enterNext enters the next chunk of an edition that has readers who come before the last of
// the rows that were read in the order of Owed, or where fewer were read than there was room
// for, who are due by now. It says whether there was one.
func (q *queue) enterNext(
	ctx context.Context, r digest.Range, now time.Time, after *digest.Delivery, read []digest.Delivery, room int,
) (bool, error) {
	if q.server == nil || len(q.edition) == 0 {
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
	var chunk int64
	err := missing(q.read.QueryRow(ctx, `SELECT number FROM chunks WHERE edition = $1 AND entered_at IS NULL
		AND (due_at, high) > ($2, $3) AND (due_at, low) < ($4, $5) AND low <= $6 AND high >= $7
		ORDER BY due_at, low LIMIT 1`, q.edition[0], due, key, lastDue, lastKey, r.High, r.Low).Scan(&chunk))
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

// waitsSince says whether anybody waits in a chunk who was due by then.
func (q *queue) waitsSince(ctx context.Context, by int64) (bool, error) {
	if q.server == nil || len(q.edition) == 0 {
		return false, nil
	}
	return has(ctx, q.read, `SELECT 1 FROM chunks WHERE edition = $1 AND entered_at IS NULL AND due_at <= $2`,
		q.edition[0], by)
}

// waitingNext gives when the next reader is due who is in a chunk that is not entered.
func (q *queue) waitingNext(ctx context.Context, r digest.Range) (time.Time, error) {
	if q.server == nil || len(q.edition) == 0 {
		return time.Time{}, nil
	}
	var due sql.NullInt64
	err := q.read.QueryRow(ctx, `SELECT min(due_at) FROM chunks WHERE edition = $1 AND entered_at IS NULL
		AND low <= $2 AND high >= $3`, q.edition[0], r.High, r.Low).Scan(&due)
	return instant(due), err
}
