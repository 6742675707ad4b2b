package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"vesper/subscribers"
)

// keepForm keeps the words of a form when somebody first signs up with them. Of a form
// whose words are not known there is nothing to keep.
func keepForm(ctx context.Context, c conn, form subscribers.Form, now time.Time) error {
	if form.Words == "" {
		return nil
	}
	_, err := c.Exec(ctx, `INSERT INTO forms (version, words, first_used) VALUES ($1, $2, $3)
		ON CONFLICT (version) DO NOTHING`, form.Version, form.Words, now.Unix())
	return err
}

// Form gives the words of a version of the sign-up form, and when somebody first signed
// up with them, or digest.ErrNotFound: it may be another site's, or from another database.
func (s *List) Form(ctx context.Context, version string) (subscribers.Form, error) {
	form := subscribers.Form{Version: version}
	var first sql.NullInt64
	row := s.read.QueryRow(ctx, `SELECT words, first_used FROM forms WHERE version = $1`, version)
	if err := row.Scan(&form.Words, &first); err != nil {
		return form, fmt.Errorf("look up the words of form %s: %w", version, missing(err))
	}
	form.FirstUsed = instant(first)
	return form, nil
}
