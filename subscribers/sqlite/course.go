package sqlite

import (
	"context"
	"fmt"
	"time"

	"vesper/digest"
)

// Pause implements publish.Course: it stops an edition that is open, sending or
// paused. Begin counts the starts anew after it.
func (s *Book) Pause(ctx context.Context, number uint32, kind digest.Pause, reason string, now time.Time) error {
	err := s.write.whole(ctx, func(ctx context.Context, c conn) error {
		if _, err := onTheWay(ctx, c, number); err != nil {
			return err
		}
		_, err := c.Exec(ctx, `UPDATE editions SET state = 'paused', pause = $1, reason = $2, starts = 0
			WHERE number = $3`, kind, reason, number)
		return err
	})
	if err != nil {
		return fmt.Errorf("pause edition %d: %w", number, err)
	}
	return nil
}

// Resume implements publish.Course: an edition that is paused, open or sending is
// sending then. The time of a pause is not held against the readers. Begin counts
// the starts anew after it.
func (s *Book) Resume(ctx context.Context, number uint32, now time.Time) error {
	err := s.write.whole(ctx, func(ctx context.Context, c conn) error {
		state, err := onTheWay(ctx, c, number)
		if err != nil {
			return err
		}
		var resumed any
		if state == digest.Paused {
			resumed = now.Unix()
		}
		_, err = c.Exec(ctx, `UPDATE editions SET state = 'sending', pause = '', reason = '', starts = 0,
			resumed_at = coalesce($1, resumed_at) WHERE number = $2`, resumed, number)
		return err
	})
	if err != nil {
		return fmt.Errorf("resume edition %d: %w", number, err)
	}
	return nil
}

// Close implements publish.Course: a sending edition is done if the equation holds
// with nobody owed, and otherwise it is digest.ErrUnbalanced. Its sums are stored
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
		if !t.Balanced() || t.Owed() != 0 {
			return digest.ErrUnbalanced
		}
		_, err = c.Exec(ctx, `UPDATE editions SET state = 'done', reason = '', done_at = $1, sent = $2, failed = $3,
			expired = $4, skipped = $5, unknown = $6, doubts = $7 WHERE number = $8`,
			now.Unix(), t.Sent, t.Failed, t.Expired, t.Skipped, t.Unknown, t.PossibleDuplicates, number)
		return err
	})
	if err != nil {
		return fmt.Errorf("close edition %d: %w", number, err)
	}
	return nil
}

// count counts the deliveries of an edition, whatever sums are stored of it.
func count(ctx context.Context, c conn, number uint32) (digest.Tally, error) {
	var t digest.Tally
	err := c.QueryRow(ctx, `SELECT e.opened, `+counted+`
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
	case state == digest.Open || state == digest.Sending || state == digest.Paused:
		return state, nil
	}
	return state, fmt.Errorf("it is %s", state)
}
