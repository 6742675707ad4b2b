package sqlite

import (
	"context"
	"errors"
	"fmt"
	"time"

	"vesper/digest"
)

// fruitless is how many runs of an edition may begin in a row without an orderly
// end and without progress.
const fruitless = 5

// Begin records that a run of an opened edition begins: open or sending it is
// sending afterwards. Where the last five began in vain, it becomes paused with
// the reason "crash loop" instead. A paused edition stays as it is. The
// record says which; an edition in another state is an error.
func (s *Book) Begin(ctx context.Context, number uint32, now time.Time) (digest.Tallied, error) {
	err := s.write.whole(ctx, func(ctx context.Context, c conn) error {
		if err := begin(ctx, c, number, now); err != nil {
			return err
		}
		return countRun(ctx, c)
	})
	if err == nil {
		err = s.noteSent(ctx)
	}
	if err != nil {
		return digest.Tallied{}, fmt.Errorf("begin edition %d: %w", number, err)
	}
	found, err := s.records(context.WithoutCancel(ctx), ` WHERE e.number = ? GROUP BY e.id`, number)
	if err != nil {
		return digest.Tallied{}, fmt.Errorf("begin edition %d: %w", number, err)
	}
	return found[0], nil
}

// begin takes as progress only what an attempt or the passing of time has
// brought to an end: readers leave of their own will, and what a crash made
// unknown is the very thing to be stopped.
func begin(ctx context.Context, c conn, number uint32, now time.Time) error {
	var state digest.State
	var starts, ended, ends int
	err := c.QueryRow(ctx, `SELECT state, starts, ended, (SELECT count(*) FROM deliveries
			WHERE edition = editions.number AND step IN ('sent', 'failed', 'expired'))
		FROM editions WHERE number = ?`, number).Scan(&state, &starts, &ended, &ends)
	switch {
	case err != nil:
		return missing(err)
	case state == digest.Paused:
		return nil
	case state != digest.Open && state != digest.Sending:
		return fmt.Errorf("it is %s", state)
	}
	if ends != ended {
		starts = 0
	}
	if starts >= fruitless {
		_, err = c.Exec(ctx, `UPDATE editions SET state = 'paused', reason = ?, run_at = ? WHERE number = ?`,
			"crash loop", now.Unix(), number)
		return err
	}
	_, err = c.Exec(ctx, `UPDATE editions SET state = 'sending', reason = '', starts = ?, ended = ?, run_at = ?
		WHERE number = ?`, starts+1, ends, now.Unix(), number)
	return err
}

// Rest records that a run has come to an orderly end, whatever the edition's
// state is then: Begin counts anew.
func (s *Book) Rest(ctx context.Context, number uint32, now time.Time) error {
	err := s.write.whole(ctx, func(ctx context.Context, c conn) error {
		if err := oneRow(c.Exec(ctx, `UPDATE editions SET starts = 0, run_at = ? WHERE number = ?`, now.Unix(), number)); err != nil {
			return err
		}
		return countRun(ctx, c)
	})
	if err == nil {
		err = s.noteSent(ctx)
	}
	if err != nil {
		return fmt.Errorf("rest edition %d: %w", number, err)
	}
	return nil
}

func countRun(ctx context.Context, c conn) error {
	_, err := c.Exec(ctx, `UPDATE numbers SET runs = runs + 1`)
	return err
}

// Resolve is an operator's word on an edition's unknown deliveries, and gives how
// many there were. With resend each is owed again now, is counted as a possible
// duplicate, and a done edition goes back to sending; otherwise each has failed.
// A cancelled edition is not sent again.
func (s *Book) Resolve(ctx context.Context, number uint32, resend bool, now time.Time) (int, error) {
	var n int64
	err := s.write.whole(ctx, func(ctx context.Context, c conn) (err error) {
		n, err = resolve(ctx, c, number, resend, now)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("resolve edition %d: %w", number, err)
	}
	return int(n), nil
}

func resolve(ctx context.Context, c conn, number uint32, resend bool, now time.Time) (int64, error) {
	var state digest.State
	if err := c.QueryRow(ctx, `SELECT state FROM editions WHERE number = ?`, number).Scan(&state); err != nil {
		return 0, missing(err)
	}
	to := `step = 'failed', code = 0, enhanced = '', queue_id = '', reply = 'dropped by the operator; it may have arrived'`
	if resend {
		if state == digest.Cancelled {
			return 0, errors.New("it is cancelled")
		}
		to = `step = 'pending', doubts = doubts + 1, due_at = ?1, resumed_at = ?1`
	}
	n, err := c.Exec(ctx, `UPDATE deliveries SET `+to+`, at = ?1 WHERE edition = ?2 AND step = 'unknown'`, now.Unix(), number)
	if err != nil || n == 0 || !resend {
		return n, err
	}
	_, err = c.Exec(ctx, `UPDATE editions SET state = 'sending', done_at = NULL, starts = 0 WHERE number = ? AND state = 'done'`, number)
	return n, err
}
