package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"vesper/digest"
)

// The words of an operator on deliveries of an edition. None is heard while another
// process is delivering it: that is digest.ErrRunning. Stored sums follow.

// dropped is what is kept of a delivery that an operator has given up.
const dropped = "given up by the admin; it may have arrived"

// Resolve is an operator's word on an edition's unknown deliveries, and gives how
// many there were. With resend each is owed again now, is counted as a possible
// duplicate, and a done edition goes back to sending; otherwise each has failed.
// A cancelled edition is not sent again.
func (s *Book) Resolve(ctx context.Context, number uint32, resend bool, now time.Time) (int, error) {
	return s.resolve(ctx, number, resend, func(ctx context.Context, c conn) (int64, error) {
		if resend {
			return resendUnknown(ctx, c, number, now)
		}
		return drop(ctx, c, number, now)
	})
}

// resolve does what an operator says, unless the edition's state forbids it, and gives
// how many deliveries that changed.
func (s *Book) resolve(
	ctx context.Context, number uint32, resend bool, do func(context.Context, conn) (int64, error),
) (int, error) {
	var n int64
	err := s.write.whole(ctx, func(ctx context.Context, c conn) error {
		var state digest.State
		starts := 0
		err := c.QueryRow(ctx, `SELECT state, starts FROM editions WHERE number = $1`, number).Scan(&state, &starts)
		under := state == digest.Open || state == digest.Sending
		switch {
		case err != nil:
			return missing(err)
		case under && starts > 0 && !s.locked.Load():
			return digest.ErrRunning
		case resend && state == digest.Cancelled:
			return errors.New("it is cancelled")
		}
		if resend {
			if err := notCorrected(ctx, c, number); err != nil {
				return err
			}
		}
		n, err = do(ctx, c)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("resolve edition with ledger number %d: %w", number, err)
	}
	return int(n), nil
}

func drop(ctx context.Context, c conn, number uint32, now time.Time) (int64, error) {
	n, err := c.Exec(ctx, `UPDATE deliveries SET step = 'failed', code = 0, enhanced = '', queue_id = '', quotes = 0,
		reply = $1, at = $2 WHERE edition = $3 AND step = 'unknown'`, dropped, now.Unix(), number)
	if err != nil || n == 0 {
		return n, err
	}
	// The sums of an edition that is not over are NULL, and stay so.
	_, err = c.Exec(ctx, `UPDATE editions SET failed = failed + $1, unknown = unknown - $1
		WHERE number = $2`, n, number)
	return n, err
}

func resendUnknown(ctx context.Context, c conn, number uint32, now time.Time) (int64, error) {
	n, err := c.Exec(ctx, `UPDATE deliveries
		SET step = 'pending', suspect = '', doubts = doubts + 1, deaths = 0, due_at = $1, resumed_at = $1,
			deferred_at = NULL, at = $1
		WHERE edition = $2 AND step = 'unknown'`, now.Unix(), number)
	if err != nil || n == 0 {
		return n, err
	}
	return n, reopen(ctx, c, number)
}

// reopen makes a done edition sending again.
func reopen(ctx context.Context, c conn, number uint32) error {
	_, err := c.Exec(ctx, `UPDATE editions SET state = 'sending', done_at = NULL, starts = 0,
		sent = NULL, failed = NULL, expired = NULL, skipped = NULL, unknown = NULL, doubts = NULL
		WHERE number = $1 AND state = 'done'`, number)
	return err
}

// refusedSuspect is the condition of the rows that a relay refused for good and that
// have not failed.
const refusedSuspect = ` step = 'pending' AND suspect IN ('address', 'ours', 'message')`

// Suspects counts the deliveries of an edition that a relay refused for good, and that
// have not failed since it may have refused us and not the reader.
func (s *Book) Suspects(ctx context.Context, number uint32) (int, error) {
	n := 0
	err := s.read.QueryRow(ctx, `SELECT count(*) FROM deliveries WHERE edition = $1 AND`+refusedSuspect, number).
		Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count the suspects of edition with ledger number %d: %w", number, err)
	}
	return n, nil
}

// ResolveSuspects is an operator's word on an edition's suspects, and gives how many
// there were. With resend nothing is suspected of them any more, and they are owed now,
// for so long from now on as until says; 0 leaves that as it was. Otherwise each has
// failed with its own reply.
func (s *Book) ResolveSuspects(
	ctx context.Context, number uint32, resend bool, until time.Duration, now time.Time,
) (int, error) {
	return s.resolve(ctx, number, resend, func(ctx context.Context, c conn) (int64, error) {
		if !resend {
			return c.Exec(ctx, `UPDATE deliveries SET suspect = '', step = 'failed', at = $1
				WHERE edition = $2 AND`+refusedSuspect, now.Unix(), number)
		}
		n, err := c.Exec(ctx, `UPDATE deliveries SET suspect = '', due_at = $1, at = $1
			WHERE edition = $2 AND`+refusedSuspect, now.Unix(), number)
		if err != nil || n == 0 || until == 0 {
			return n, err
		}
		return n, extend(ctx, c, number, now.Add(until))
	})
}

// extend has an edition's deliveries be begun until then, and no shorter than before.
func extend(ctx context.Context, c conn, number uint32, ends time.Time) error {
	_, err := c.Exec(ctx, `UPDATE editions SET until = `+
		greater(`until`, `$1 - coalesce(due_at, opened_at) - stood`)+`
		WHERE number = $2`,
		ends.Unix(), number)
	return err
}

// Refused gives each delivery of an edition that failed since a relay refused it for
// good, and whether its reader may still be mailed: who has left, is suppressed or has
// paused may not. An error of do ends it.
func (s *Book) Refused(ctx context.Context, number uint32, do func(f digest.Failure, active bool) error) error {
	rows, err := s.read.Query(ctx, `SELECT deliveries.subscriber, coalesce(r.address, ''), deliveries.step,
			deliveries.code, deliveries.enhanced, deliveries.reply, deliveries.at, `+readersStatus+`
		FROM deliveries LEFT JOIN subscribers r ON r.id = deliveries.subscriber
		WHERE deliveries.edition = $1 AND deliveries.step = 'failed' AND deliveries.code <> 0
		ORDER BY deliveries.subscriber`, number)
	err = each(rows, err, func(scan scanner) error {
		var f digest.Failure
		var at int64
		var status string
		if err := scan(&f.Subscriber, &f.Address, &f.Step, &f.Code, &f.Enhanced, &f.Reply, &at, &status); err != nil {
			return err
		}
		f.At = time.Unix(at, 0).UTC()
		return do(f, status == "active")
	})
	if err != nil {
		return fmt.Errorf("read who was refused edition with ledger number %d: %w", number, err)
	}
	return nil
}

// ResendRefused is an operator's word that an edition is sent again to these readers,
// whom a relay refused. It gives to how many: those who have left meanwhile, and those
// whose delivery has not failed, stay as they are. A done edition goes back to sending.
// For so long from now on its deliveries may be begun, and no shorter than before.
func (s *Book) ResendRefused(
	ctx context.Context, number uint32, readers []int64, until time.Duration, now time.Time,
) (int, error) {
	return s.resolve(ctx, number, true, func(ctx context.Context, c conn) (int64, error) {
		all := int64(0)
		for _, reader := range readers {
			n, err := c.Exec(ctx, `UPDATE deliveries SET step = 'pending', suspect = '', attempts = 0, deaths = 0, due_at = $1,
					resumed_at = NULL, deferred_at = NULL, at = $1
				WHERE edition = $2 AND subscriber = $3 AND step = 'failed' AND code <> 0
					AND `+readersStatus+` = 'active'`, now.Unix(), number, reader)
			if err != nil {
				return 0, err
			}
			all += n
		}
		if all == 0 {
			return 0, nil
		}
		if err := extend(ctx, c, number, now.Add(until)); err != nil {
			return 0, err
		}
		return all, reopen(ctx, c, number)
	})
}
