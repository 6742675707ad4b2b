package store

import (
	"context"
	"fmt"
	"time"
)

// shareOut brings those deliveries of an edition that are in no chunk into new ones, with their
// jobs: those of these readers, whom no chunk has, or of all where none is named. Where chunks have most of them, to
// look whether they have one takes long.
func (s *core) shareOut(ctx context.Context, c conn, number uint32, only ...int64) error {
	if !isServer(c) {
		return nil
	}
	size, err := s.chunkSize(ctx, c)
	if err != nil {
		return err
	}
	from, args := `deliveries d WHERE d.edition = $1 AND d.step = 'pending' AND NOT EXISTS (SELECT 1 FROM chunks k
		WHERE k.edition = $1 AND d.subscriber BETWEEN k.low AND k.high AND d.subscriber = ANY (k.ids))`, []any{number, size}
	if len(only) > 0 {
		// They are looked up one after another: see ofChunk.
		from, args = `unnest(CAST($3 AS BIGINT[])) AS r (id) CROSS JOIN LATERAL (SELECT subscriber, variant, due_at, step
			FROM `+s.volumeOf(number)+` WHERE edition = $1 AND subscriber = r.id OFFSET 0) d
			WHERE d.step = 'pending'`, append(args, only)
	}
	if _, err := c.Exec(ctx, `INSERT INTO chunks
			(edition, number, variant, due_at, next_at, entered_at, low, high, ids, readers)
		SELECT $1, (SELECT coalesce(max(number), 0) FROM chunks WHERE edition = $1)
				+ row_number() OVER (ORDER BY due_at, low, variant),
			variant, due_at, due_at, due_at, low, high, ids, readers
		FROM (SELECT variant, due_at, min(id) AS low, max(id) AS high, array_agg(id) AS ids, count(*) AS readers
			FROM (SELECT d.subscriber AS id, d.variant, d.due_at,
					(row_number() OVER (PARTITION BY d.variant, d.due_at ORDER BY d.subscriber) - 1) / $2 AS part
				FROM `+from+`) readers
			GROUP BY variant, due_at, part) grouped`, args...); err != nil {
		return fmt.Errorf("its chunks: %w", err)
	}
	return s.putJobs(ctx, c, number)
}

// openAgain has the machines send what is due of an edition that no due chunk has: somebody has it sent again.
// Its chunks are opened again, with a job each. What is in no chunk, since the edition was opened in a file,
// comes into new ones. It says whether there was any.
func (s *core) openAgain(ctx context.Context, number uint32, now time.Time) (bool, error) {
	due, err := has(ctx, s.read, `SELECT 1 FROM deliveries WHERE edition = $1 AND step = 'pending' AND due_at <= $2`,
		number, now.Unix())
	if err != nil || !due {
		return false, err
	}
	chunks, err := s.chunksThatOwe(ctx, number, now)
	if err != nil {
		return false, err
	}
	return true, s.write.whole(ctx, func(ctx context.Context, c conn) error {
		if len(chunks) == 0 {
			return s.shareOut(ctx, c, number)
		}
		// A job that has not ended finds the chunk open when its time comes, or is woken.
		_, err := c.Exec(ctx, `UPDATE chunks k SET next_at = least(next_at, $1), stopped = '', job = (
				SELECT j.id FROM `+s.server.jobs.table()+` j
				WHERE j.id = k.job AND j.state NOT IN ('completed', 'cancelled', 'discarded'))
			WHERE k.edition = $2 AND k.number = ANY ($3)`, now.Unix(), number, chunks)
		if err != nil {
			return err
		}
		return s.putJobs(ctx, c, number)
	})
}

// chunksThatOwe gives the chunks of an edition with a message that is due. Their readers' rows are looked up
// until one is found: for why it is no plain join see ofChunk.
func (s *core) chunksThatOwe(ctx context.Context, number uint32, now time.Time) (all []int64, err error) {
	volume := s.volumeOf(number)
	rows, err := s.read.Query(ctx, `WITH due AS MATERIALIZED (SELECT min(subscriber) AS low, max(subscriber) AS high
			FROM (SELECT subscriber FROM `+volume+` WHERE edition = $1 AND step = 'pending' AND due_at <= $2 OFFSET 0) d)
		SELECT k.number FROM chunks k
		WHERE k.edition = $1 AND k.low <= (SELECT high FROM due) AND k.high >= (SELECT low FROM due)
			AND EXISTS (SELECT 1 FROM unnest(k.ids) AS r (id) CROSS JOIN LATERAL (
				SELECT step, due_at FROM `+volume+` WHERE edition = k.edition AND subscriber = r.id OFFSET 0) d
			WHERE d.step = 'pending' AND d.due_at <= $2)`, number, now.Unix())
	err = each(rows, err, func(scan scanner) error {
		var chunk int64
		err := scan(&chunk)
		all = append(all, chunk)
		return err
	})
	return all, err
}
