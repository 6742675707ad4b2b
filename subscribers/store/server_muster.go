package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"vesper/digest"
)

// Chunk gives the ledger of one chunk of an edition. Its readers are entered by its first Sweep.
func (s *File) Chunk(c digest.Chunk) *Ledger {
	return newLedger(s.core, c.Edition, c.Number)
}

// A chunk's rows are found by its readers, one after another, by the primary key. PostgreSQL takes
// the number of a new edition for one that hardly any row has: it would rather go through all that is
// pending of the edition, and for each of these through the chunk. So no condition that another index
// has is seen where a row is looked for: a read has them outside of OFFSET 0, a change in a CASE.

// ofChunk has the readers of a chunk, in SQL, as one table.
func (q *queue) ofChunk() string {
	return `(SELECT k.edition AS in_edition, r.id AS reader FROM chunks k CROSS JOIN LATERAL unnest(k.ids) AS r (id)
		WHERE k.edition = ` + fmt.Sprint(q.edition[0]) + ` AND k.number = ` + strconv.FormatInt(q.chunk, 10) + `
		OFFSET 0) AS own`
}

// rowsOfChunk is what stands for the table of a chunk's rows behind FROM.
func (q *queue) rowsOfChunk(as string) string {
	return `(SELECT mine.* FROM ` + q.ofChunk() + ` CROSS JOIN LATERAL (SELECT * FROM ` + q.volume + `
		WHERE edition = own.in_edition AND ` + q.key + ` = own.reader OFFSET 0) AS mine) AS ` + as
}

// changesOfChunk keeps an UPDATE to those rows of a chunk that a condition is true of.
func (q *queue) changesOfChunk(condition string) string {
	return ` FROM ` + q.ofChunk() + ` WHERE ` + q.table + `.edition = own.in_edition
		AND ` + q.table + `.` + q.key + ` = own.reader AND CASE WHEN ` + condition + ` THEN true ELSE false END`
}

// enterOwn enters the readers of the chunk whose ledger this is, unless that was done.
func (q *queue) enterOwn(ctx context.Context) error {
	if q.chunk == 0 {
		return nil
	}
	waits, err := has(ctx, q.read, `SELECT 1 FROM chunks WHERE edition = $1 AND number = $2 AND entered_at IS NULL`,
		q.edition[0], q.chunk)
	if err != nil || !waits {
		return err
	}
	return q.write.whole(ctx, func(ctx context.Context, c conn) error {
		return enterChunk(ctx, c, q.edition[0], q.chunk, q.now())
	})
}

// takeChunk writes down who works on a chunk, and gives when its next message is due; zero: it
// is closed, or its edition is not there any more.
func (s *core) takeChunk(ctx context.Context, k *digest.Chunk) (due time.Time, err error) {
	var next sql.NullInt64
	err = s.write.one(ctx, func(ctx context.Context, c conn) error {
		return missing(c.QueryRow(ctx, `UPDATE chunks SET worker = CASE WHEN next_at <= $1 THEN $2 ELSE worker END
			WHERE edition = $3 AND number = $4
			RETURNING next_at, EXISTS (SELECT 1 FROM chunks o WHERE o.edition = $3 AND o.accepted > 0)`,
			s.now().Unix(), s.owner, k.Edition, k.Number).Scan(&next, &k.Served))
	})
	if errors.Is(err, digest.ErrNotFound) {
		return time.Time{}, nil
	}
	if err != nil {
		return due, fmt.Errorf("take chunk %d of edition %d: %w", k.Number, k.Edition, err)
	}
	return instant(next), nil
}

// giveBackChunk records a run over a chunk, and gives when the next one is due. Where none of its
// messages is owed any more, the chunk is closed, and completed is done with that. What another
// machine has in hand is owed when its lease ends.
func (s *core) giveBackChunk(
	ctx context.Context, k digest.Chunk, w digest.Worked, completed func(ctx context.Context, tx pgx.Tx) error,
) (time.Time, error) {
	stopped := ""
	if w.Stopped.Class != "" {
		// It stays when its readers are gone.
		w.Stopped.Reply = digest.WithoutAddresses(w.Stopped.Reply)
		b, err := json.Marshal(w.Stopped)
		if err != nil {
			return time.Time{}, err
		}
		stopped = string(b)
	}
	var next sql.NullInt64
	err := s.write.whole(ctx, func(ctx context.Context, c conn) error {
		err := c.QueryRow(ctx, `UPDATE chunks k SET worker = '', stopped = $1, answered = answered + $2,
				accepted = accepted + $3, next_at = CASE WHEN k.entered_at IS NULL THEN k.next_at ELSE
				(SELECT min(CASE WHEN d.step = 'pending' THEN d.due_at WHEN d.owner = $4 THEN 0
					ELSE `+s.onMachine(`d.lease_until`)+` END)
				FROM unnest(k.ids) AS r (id) CROSS JOIN LATERAL (SELECT step, due_at, owner, lease_until
					FROM `+s.volumeOf(k.Edition)+` WHERE edition = k.edition AND subscriber = r.id OFFSET 0) d
				WHERE d.step IN ('pending', 'attempting')) END
			WHERE k.edition = $5 AND k.number = $6 RETURNING next_at`,
			stopped, w.Answered, w.Accepted, s.owner, k.Edition, k.Number).Scan(&next)
		if err != nil || next.Valid || completed == nil {
			return err
		}
		return within(ctx, c.(*transaction).c, func(tx pgx.Tx) error { return completed(ctx, tx) })
	})
	if err != nil {
		return time.Time{}, fmt.Errorf("give back chunk %d of edition %d: %w", k.Number, k.Edition, err)
	}
	return instant(next), nil
}

// leaveChunk has nobody work on a chunk of an edition that is over.
func (s *core) leaveChunk(ctx context.Context, k digest.Chunk) error {
	err := s.write.one(ctx, func(ctx context.Context, c conn) error {
		_, err := c.Exec(ctx, `UPDATE chunks SET worker = '' WHERE edition = $1 AND number = $2 AND worker = $3`,
			k.Edition, k.Number, s.owner)
		return err
	})
	if err != nil {
		return fmt.Errorf("leave chunk %d of edition %d: %w", k.Number, k.Edition, err)
	}
	return nil
}

// Muster has all chunks of an edition worked on that are due, and tells how it stands with them.
func (s *File) Muster(ctx context.Context, number uint32, now time.Time) (m digest.Mustered, err error) {
	m, err = s.muster(ctx, number, now)
	if err == nil && m.Due == 0 {
		var again bool
		if again, err = s.openAgain(ctx, number, now); err == nil && again {
			m, err = s.muster(ctx, number, now)
		}
	}
	switch {
	case err != nil:
	case m.Due > 0:
		err = s.wake(ctx, number, now)
	case m.Open > 0:
		var owed bool
		if owed, err = s.owes(ctx, number); err == nil && !owed {
			m.Open, m.Next = 0, time.Time{}
		}
	}
	if err != nil {
		return m, fmt.Errorf("look at the chunks of edition %d: %w", number, err)
	}
	return m, nil
}

// owes says whether any message of an edition is still to be sent. Where none is, since readers have
// left, its chunks are closed; their jobs find that when their time comes. What another machine has
// in hand keeps its chunk open until its lease ends.
func (s *core) owes(ctx context.Context, number uint32) (owed bool, err error) {
	const (
		pending = `EXISTS (SELECT 1 FROM chunks WHERE edition = $1 AND entered_at IS NULL)
			OR EXISTS (SELECT 1 FROM deliveries WHERE edition = $1 AND step = 'pending')`
		inHand = ` OR EXISTS (SELECT 1 FROM deliveries WHERE edition = $1 AND step = 'attempting')`
	)
	if owed, err = has(ctx, s.read, `SELECT 1 WHERE `+pending, number); owed || err != nil {
		return owed, err
	}
	return false, s.write.one(ctx, func(ctx context.Context, c conn) error {
		_, err := c.Exec(ctx, `UPDATE chunks SET next_at = NULL WHERE edition = $1 AND NOT (`+pending+inHand+`)`, number)
		return err
	})
}

func (s *core) muster(ctx context.Context, number uint32, now time.Time) (m digest.Mustered, err error) {
	var next sql.NullInt64
	var stopped string
	err = s.read.QueryRow(ctx, `SELECT count(next_at), count(*) FILTER (WHERE next_at <= $1), min(next_at),
			coalesce(max(stopped) FILTER (WHERE next_at IS NOT NULL), ''), CAST(coalesce(sum(answered), 0) AS BIGINT),
			CAST(coalesce(sum(accepted), 0) AS BIGINT), EXISTS (SELECT 1 FROM editions WHERE number = $2 AND pause = 'desk'),
			(SELECT count(*) FROM machines WHERE `+alive+`)
		FROM chunks WHERE edition = $2`, now.Unix(), number).
		Scan(&m.Open, &m.Due, &next, &stopped, &m.Answered, &m.Accepted, &m.Halted, &m.Machines)
	m.Next = instant(next)
	if err == nil && stopped != "" {
		err = json.Unmarshal([]byte(stopped), &m.Stopped)
	}
	if err != nil || m.Due == 0 {
		return m, err
	}
	if stopped != "" {
		err = s.write.one(ctx, func(ctx context.Context, c conn) error {
			_, err := c.Exec(ctx, `UPDATE chunks SET stopped = '' WHERE edition = $1 AND stopped <> ''`, number)
			return err
		})
		if err != nil {
			return m, err
		}
	}
	rows, err := s.read.Query(ctx, `SELECT k.number FROM chunks k LEFT JOIN `+s.server.jobs.table()+` j ON j.id = k.job
		WHERE k.edition = $1 AND k.next_at <= $2 AND k.worker <> $3 AND (
			k.worker <> '' AND k.worker NOT IN (SELECT owner FROM machines WHERE `+alive+`)
			OR coalesce(j.state IN ('completed', 'cancelled', 'discarded'), true)) ORDER BY k.number`,
		number, now.Unix(), s.owner)
	err = each(rows, err, func(scan scanner) error {
		c := digest.Chunk{Edition: number}
		err := scan(&c.Number)
		m.Left = append(m.Left, c)
		return err
	})
	return m, err
}

// wokenAtOnce is how many jobs are woken at each look: more than all machines have in hand, and few enough that
// the look is soon over.
const wokenAtOnce = 200

// wake has River begin with the jobs of chunks that are due and were put off: the edition goes on,
// or the clock that counts is ahead of the server's. River itself begins with those whose time has come only
// every five seconds. One that was worked on a moment ago was put off for a reason.
func (s *core) wake(ctx context.Context, number uint32, now time.Time) error {
	var ids []int64
	rows, err := s.read.Query(ctx, `SELECT j.id FROM chunks k JOIN `+s.server.jobs.table()+` j ON j.id = k.job
		WHERE k.edition = $1 AND k.next_at <= $2 AND j.state = 'scheduled'
			AND coalesce(j.attempted_at, 'epoch') < now() - interval '2 seconds'
		ORDER BY k.next_at, k.number LIMIT $3`, number, now.Unix(), wokenAtOnce)
	err = each(rows, err, func(scan scanner) error {
		var id int64
		err := scan(&id)
		ids = append(ids, id)
		return err
	})
	for _, id := range ids {
		if err != nil {
			break
		}
		_, err = s.server.jobs.client.JobRetry(ctx, id)
	}
	return err
}

// onServersClock gives when River is to look at what is due: its clock is the server's.
func onServersClock(due int64, now time.Time) time.Time {
	return time.Now().Add(max(0, time.Unix(due, 0).Sub(now)))
}
