package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"vesper/digest"
)

// Variant gives the form of edition that the reader with this public ID gets; for
// nobody, the designed one.
func (s *Store) Variant(ctx context.Context, publicID uint64) (string, error) {
	variant := digest.Designed
	err := s.read.QueryRowContext(ctx, `SELECT variant FROM subscribers WHERE public_id = ?`, int64(publicID)).Scan(&variant)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("look up a reader's form: %w", err)
	}
	return variant, nil
}

// Prefer has the reader with this public ID get editions in this form from the
// next one on: what is in the ledger already stays as it is. For nobody it does
// nothing.
func (s *Store) Prefer(ctx context.Context, publicID uint64, variant string) error {
	if variant != digest.Designed && variant != digest.Plain {
		return fmt.Errorf("a reader's form: there is no variant %q", variant)
	}
	err := s.write.one(ctx, func(ctx context.Context, c *sql.Conn) error {
		_, err := c.ExecContext(ctx, `UPDATE subscribers SET variant = ? WHERE public_id = ?`, variant, int64(publicID))
		return err
	})
	if err != nil {
		return fmt.Errorf("keep a reader's form: %w", err)
	}
	return nil
}
