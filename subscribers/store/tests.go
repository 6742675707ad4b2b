package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"vesper/subscribers"
)

// Tests are messages to ourselves.
type Tests struct{ *core }

// Sent records that a test of this number goes to an address, with "{token}" in it.
func (s *Tests) Sent(ctx context.Context, number uint64, address string, now time.Time) error {
	err := s.write.one(ctx, func(ctx context.Context, c conn) error {
		_, err := c.Exec(ctx, `INSERT INTO tests (id, address, sent_at) VALUES ($1, $2, $3)`,
			int64(number), address, now.Unix())
		return err
	})
	if err != nil {
		return fmt.Errorf("record a test: %w", err)
	}
	return nil
}

// CameBack records that a test came in by a door, or that a report came instead which says
// that it failed. What came first stays; one that is not known is passed over. One that
// comes when its time is over counts for nothing.
func (s *Tests) CameBack(ctx context.Context, number uint64, door, failed string, now time.Time) error {
	err := s.write.one(ctx, func(ctx context.Context, c conn) error {
		_, err := c.Exec(ctx, `UPDATE tests SET came_at = $1, door = $2, failed = $3
			WHERE id = $4 AND came_at IS NULL AND sent_at >= $5`, now.Unix(), door, unnamed(failed), int64(number),
			now.Add(-subscribers.TestWithin).Unix())
		return err
	})
	if err != nil {
		return fmt.Errorf("record that a test came back: %w", err)
	}
	return nil
}

// Test gives a test, or digest.ErrNotFound.
func (s *Tests) Test(ctx context.Context, number uint64) (subscribers.Test, error) {
	return scanTest(s.read.QueryRow(ctx, `SELECT address, sent_at, came_at, door, failed FROM tests WHERE id = $1`,
		int64(number)))
}

// Last gives the last test of an address that has come to an end, or digest.ErrNotFound.
func (s *Tests) Last(ctx context.Context, address string, now time.Time) (subscribers.Test, error) {
	return scanTest(s.read.QueryRow(ctx, `SELECT address, sent_at, came_at, door, failed FROM tests
		WHERE address = $1 AND (came_at IS NOT NULL OR sent_at < $2)
		ORDER BY sent_at DESC, came_at DESC NULLS LAST LIMIT 1`, address, now.Add(-subscribers.TestWithin).Unix()))
}

func scanTest(row interface{ Scan(...any) error }) (subscribers.Test, error) {
	var t subscribers.Test
	var sent int64
	var came sql.NullInt64
	err := row.Scan(&t.Address, &sent, &came, &t.Door, &t.Failed)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return t, fmt.Errorf("look for a test: %w", err)
	}
	t.Sent, t.Came = time.Unix(sent, 0).UTC(), instant(came)
	return t, missing(err)
}
