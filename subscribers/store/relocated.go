package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"vesper/digest"
)

// relocation is that a database was moved elsewhere.
type relocation struct {
	at    time.Time
	place string
}

// relocated gives where this database is now; false if it is here.
func relocated(ctx context.Context, c conn) (r relocation, is bool, err error) {
	var at sql.NullInt64
	err = c.QueryRow(ctx, `SELECT moved_at, place FROM relocations WHERE accepted_at IS NULL
		ORDER BY id DESC LIMIT 1`).Scan(&at, &r.place)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return r, false, nil
	case err != nil:
		return r, false, fmt.Errorf("look whether the database was moved: %w", err)
	}
	r.at = instant(at)
	return r, true, nil
}

// movedAway gives digest.ErrMoved for a database that is elsewhere now.
func (s *core) movedAway(ctx context.Context) error {
	r, is, err := relocated(ctx, s.read)
	if err != nil || !is {
		return err
	}
	return fmt.Errorf("%w to %s at %s", digest.ErrMoved, r.place, r.at.Format(time.RFC3339))
}

// isHere refuses a database that is elsewhere now, unless the options want it all the same.
func (s *core) isHere(ctx context.Context, o Options) error {
	if o.Elsewhere || s.message.Secret == nil {
		return nil
	}
	return s.movedAway(ctx)
}

// takeBack is an admin's word that a database which was moved is the one to go on with.
func takeBack(ctx context.Context, c conn, now time.Time) error {
	_, err := c.Exec(ctx, `UPDATE relocations SET accepted_at = $1 WHERE accepted_at IS NULL`, now.Unix())
	return err
}

// relocate marks a database as moved.
func relocate(ctx context.Context, c conn, place string, now time.Time) error {
	_, err := c.Exec(ctx, `INSERT INTO relocations (moved_at, place) VALUES ($1, $2)`, now.Unix(), place)
	return err
}
