package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"vesper/digest"
)

// Pause implements publish.Course: it stops an edition that is open, sending or
// paused. Begin counts the starts anew after it. What somebody paused stays so, whatever the
// relay says.
func (s *Book) Pause(ctx context.Context, number uint32, kind digest.Pause, reason string, now time.Time) error {
	err := s.write.whole(ctx, func(ctx context.Context, c conn) error {
		if _, err := onTheWay(ctx, c, number); err != nil {
			return err
		}
		_, err := c.Exec(ctx, `UPDATE editions SET state = 'paused', pause = $1, reason = $2, starts = 0,
				stood = stood + `+pausedFor(3)+`, paused_at = $3
			WHERE number = $4 AND NOT (pause = 'desk' AND $1 <> 'desk')`, kind, reason, now.Unix(), number)
		return err
	})
	if err != nil {
		return fmt.Errorf("pause edition with ledger number %d: %w", number, err)
	}
	return nil
}

// pausedFor gives, in SQL, for how long a person has paused an edition by now, the
// parameter of this number, from when it was due on.
func pausedFor(n int) string {
	from := `(` + greater(`paused_at`, `coalesce(due_at, 0)`) + `)`
	return fmt.Sprintf(`CASE WHEN pause = 'desk' AND `+from+` < $%d THEN $%d - `+from+` ELSE 0 END`, n, n)
}

// Resume implements publish.Course: an edition that is paused, open or sending is
// sending then. Begin counts the starts anew after it.
func (s *Book) Resume(ctx context.Context, number uint32, until time.Duration, now time.Time) error {
	err := s.write.whole(ctx, func(ctx context.Context, c conn) error {
		if _, err := onTheWay(ctx, c, number); err != nil {
			return err
		}
		if err := resume(ctx, c, number, now); err != nil {
			return err
		}
		return prolong(ctx, c, number, until, now)
	})
	if err != nil {
		return fmt.Errorf("resume edition with ledger number %d: %w", number, err)
	}
	return nil
}

// prolong lets messages of an edition be begun until this long from now; 0 changes nothing.
func prolong(ctx context.Context, c conn, number uint32, until time.Duration, now time.Time) error {
	if until == 0 {
		return nil
	}
	_, err := c.Exec(ctx, `UPDATE editions SET until = `+
		greater(`$1 - coalesce(due_at, opened_at) - stood`, `1`)+`
		WHERE number = $2`, now.Add(until).Unix(), number)
	return err
}

func resume(ctx context.Context, c conn, number uint32, now time.Time) error {
	n, err := c.Exec(ctx, `UPDATE editions SET stood = stood + `+pausedFor(1)+`, state = 'sending', pause = '',
			reason = '', starts = 0, paused_at = NULL
		WHERE number = $2 AND cancel_at IS NULL`, now.Unix(), number)
	if err == nil && n == 0 {
		err = errors.New("it is being cancelled")
	}
	return err
}

// Revive implements publish.Course.
func (s *Book) Revive(ctx context.Context, number uint32, now time.Time) error {
	err := s.write.whole(ctx, func(ctx context.Context, c conn) error {
		byHand, err := has(ctx, c, `SELECT 1 FROM editions WHERE number = $1 AND pause = 'desk'`, number)
		if err != nil || byHand {
			return err
		}
		if _, err := onTheWay(ctx, c, number); err != nil {
			return err
		}
		return resume(ctx, c, number, now)
	})
	if err != nil {
		return fmt.Errorf("resume edition %d: %w", number, err)
	}
	return nil
}

// Cancel implements publish.Course: a cancelled edition's rows that were not begun are
// skipped, and its sums are stored. It does nothing while any row is under way.
func (s *Book) Cancel(ctx context.Context, number uint32, now time.Time) (done bool, err error) {
	if err := s.skipCancelled(ctx, number, now); err != nil {
		return false, fmt.Errorf("cancel edition %d: %w", number, err)
	}
	err = s.write.whole(ctx, func(ctx context.Context, c conn) error {
		waits, err := mayEnd(ctx, c, number)
		if err != nil || !waits {
			return err
		}
		for _, end := range []string{
			// What may have arrived is not said to be skipped.
			`step = 'unknown', suspect = '', at = $1 WHERE doubts > 0`,
			`step = 'skipped', reason = ` + cancelled + `, suspect = '', at = $1 WHERE true`,
		} {
			_, err := c.Exec(ctx, `UPDATE deliveries SET `+end+` AND edition = $2 AND step = 'pending'`, now.Unix(), number)
			if err != nil {
				return err
			}
		}
		t, err := count(ctx, c, number)
		switch {
		case err != nil:
			return err
		case t.Balanced() && t.Owed() > 0:
			return nil // another machine has begun or given back one meanwhile
		case !t.Balanced():
			return digest.ErrUnbalanced
		}
		done = true
		_, err = c.Exec(ctx, `UPDATE editions SET state = 'cancelled', pause = '', paused_at = NULL, undo = '',
			sent = $1, failed = $2, expired = $3, skipped = $4, unknown = $5, doubts = $6 WHERE number = $7`,
			t.Sent, t.Failed, t.Expired, t.Skipped, t.Unknown, t.PossibleDuplicates, number)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("cancel edition %d: %w", number, err)
	}
	return done, nil
}

// cancelled is why a delivery of a cancelled edition was skipped, in SQL.
const cancelled = `'cancelled'`

// mayEnd says whether an edition is cancelled and nothing of it is under way.
func mayEnd(ctx context.Context, c conn, number uint32) (bool, error) {
	return has(ctx, c, `SELECT 1 FROM editions WHERE number = $1 AND cancel_at IS NOT NULL
		AND state = 'paused' AND NOT EXISTS (SELECT 1 FROM deliveries d
			WHERE d.edition = editions.number AND d.step = 'attempting')`, number)
}

// Close implements publish.Course: a sending edition is done if the equation holds
// with nobody owed, and otherwise it is digest.ErrUnbalanced, or what says who is owed. Its sums are stored
// in the transaction that has looked at them. One that is done stays so.
func (s *Book) Close(ctx context.Context, number uint32, now time.Time) error {
	err := s.write.whole(ctx, func(ctx context.Context, c conn) error {
		state, err := stateOf(ctx, c, number)
		if err != nil || state == digest.Done {
			return err
		}
		if state != digest.Sending {
			return fmt.Errorf("it is %s", state)
		}
		t, err := count(ctx, c, number)
		if err != nil {
			return err
		}
		switch {
		case t.Balanced() && t.Attempting > 0 && t.Owed() == t.Attempting:
			return s.inHandOf(ctx, c, number, t.Attempting)
		case t.Balanced() && t.Owed() > 0:
			return &digest.OwedError{Messages: t.Owed()}
		case !t.Balanced():
			return digest.ErrUnbalanced
		}
		return end(ctx, c, number, t, now)
	})
	if err != nil {
		return fmt.Errorf("close edition with ledger number %d: %w", number, err)
	}
	return nil
}

// InHand says what of an edition is under way, and until when at most it is its process's; nil for
// nothing.
func (s *Book) InHand(ctx context.Context, number uint32) (*digest.InHandError, error) {
	n := 0
	err := s.read.QueryRow(ctx, `SELECT count(*) FROM deliveries WHERE edition = $1 AND step = 'attempting'`, number).
		Scan(&n)
	if err == nil && n > 0 {
		err = s.inHandOf(ctx, s.read, number, n)
	}
	if is, ok := errors.AsType[*digest.InHandError](err); ok {
		return is, nil
	}
	return nil, err
}

// inHandOf gives the error for an edition of which so many messages are under way, and no more
// is owed.
func (s *core) inHandOf(ctx context.Context, c conn, number uint32, messages int) error {
	var until sql.NullInt64
	err := c.QueryRow(ctx, `SELECT max(`+s.onMachine(`lease_until`)+`) FROM deliveries
		WHERE edition = $1 AND step = 'attempting'`, number).Scan(&until)
	if err != nil {
		return err
	}
	return &digest.InHandError{Messages: messages, Until: instant(until)}
}

// end makes an edition done that adds up, and of which nothing is owed.
func end(ctx context.Context, c conn, number uint32, t digest.Tally, now time.Time) error {
	_, err := c.Exec(ctx, `UPDATE editions SET state = 'done', reason = '', done_at = $1, sent = $2, failed = $3,
		expired = $4, skipped = $5, unknown = $6, doubts = $7 WHERE number = $8`,
		now.Unix(), t.Sent, t.Failed, t.Expired, t.Skipped, t.Unknown, t.PossibleDuplicates, number)
	return err
}

// count counts the deliveries of an edition, whatever sums are stored of it.
func count(ctx context.Context, c conn, number uint32) (digest.Tally, error) {
	var t digest.Tally
	err := c.QueryRow(ctx, `SELECT e.opened, `+countedUntil+unentered(c)+countedFrom+`
		FROM editions e LEFT JOIN deliveries d ON d.edition = e.number`+byNumber+` GROUP BY e.id`, number).
		Scan(into(&t)...)
	return t, missing(err)
}

// stateOf gives where an opened edition stands.
func stateOf(ctx context.Context, c conn, number uint32) (digest.State, error) {
	var state digest.State
	err := c.QueryRow(ctx, `SELECT state FROM editions WHERE number = $1`, number).Scan(&state)
	return state, missing(err)
}

// onTheWay gives where an edition stands that is not over. Any other is an error.
func onTheWay(ctx context.Context, c conn, number uint32) (digest.State, error) {
	state, err := stateOf(ctx, c, number)
	switch {
	case err != nil:
		return state, err
	case state.UnderWay():
		return state, nil
	}
	return state, fmt.Errorf("it is %s", state)
}

// TooOld counts the readers who did not get an edition since it was too old.
func (s *Book) TooOld(ctx context.Context, number uint32) (int, error) {
	n := 0
	err := s.read.QueryRow(ctx, `SELECT count(*) FROM deliveries WHERE edition = $1 AND step = 'expired'
		AND reply LIKE 'edition too old%'`, number).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count who did not get edition with ledger number %d: %w", number, err)
	}
	return n, nil
}
