package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"time"

	"vesper/digest"
)

// cutShort is what is kept of an attempt that nobody saw the end of.
const cutShort = `owner = '', lease_until = NULL, code = 0, enhanced = '', queue_id = '',
	reply = 'the attempt was cut short; it may have arrived'`

// Recover deals with what an earlier process left under way in r, or in the
// whole book and the outbox when r is zero, and gives how many that were. Nobody
// knows whether those messages arrived: each is owed again and counted as a
// possible duplicate, or, with hold, becomes unknown. Only who has the lock may
// call it.
func (s *Store) Recover(ctx context.Context, r digest.Range, hold bool, now time.Time) (int, error) {
	var deliveries, letters int64
	err := s.write.whole(ctx, func(ctx context.Context, c *sql.Conn) (err error) {
		all := r == (digest.Range{})
		if all || r.Edition != 0 {
			if deliveries, err = recoverDeliveries(ctx, c, r, hold, now); err != nil {
				return err
			}
		}
		if all {
			r.High = math.MaxInt64
		}
		if r.Edition == 0 {
			letters, err = recoverLetters(ctx, c, r, hold, now)
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("recover the ledger: %w", err)
	}
	return int(deliveries + letters), nil
}

func recoverDeliveries(ctx context.Context, c *sql.Conn, r digest.Range, hold bool, now time.Time) (int64, error) {
	where, args := `edition IN (SELECT number FROM editions WHERE state <> 'done')`, []any{now.Unix()}
	if r.Edition != 0 {
		where, args = inRange, append(args, r.Edition, r.Low, r.High)
	}
	to := `step = 'pending', doubts = doubts + 1, `
	if hold {
		to = `step = 'unknown', `
	}
	return rowsOf(c.ExecContext(ctx, `UPDATE deliveries SET `+to+cutShort+`, at = ? WHERE step = 'attempting' AND `+where, args...))
}

func recoverLetters(ctx context.Context, c *sql.Conn, r digest.Range, hold bool, now time.Time) (int64, error) {
	to := `step = 'pending', doubts = doubts + 1, `
	if hold {
		to = `step = 'unknown', ` + forget + `, `
	}
	return rowsOf(c.ExecContext(ctx, `UPDATE letters SET `+to+cutShort+`, at = ?
		WHERE step = 'attempting' AND id BETWEEN ? AND ?`, now.Unix(), r.Low, r.High))
}
