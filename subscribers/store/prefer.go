package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"vesper/subscribers"
)

// Prefer keeps what the reader with this public ID chooses. It holds from the next
// edition on: what is in the ledger already stays as it is. A pause alone holds at once:
// what is not sent yet is skipped when its turn comes. For nobody it does nothing.
func (s *List) Prefer(ctx context.Context, publicID uint64, p subscribers.Preferences) error {
	if err := p.CheckChosen(); err != nil {
		return fmt.Errorf("a reader's preferences: %w", err)
	}
	err := s.write.whole(ctx, func(ctx context.Context, c conn) error {
		if err := s.pause(ctx, c, publicID, p.PausedUntil); err != nil {
			return err
		}
		_, err := c.Exec(ctx, `UPDATE subscribers SET evenings = $1, slots = $2, variant = $3, timezone = $4,
				paused_until = $5 WHERE public_id = $6`,
			p.Evenings.Whole(), join(p.Slots), p.Variant, p.Timezone, p.PausedUntil, int64(publicID))
		return err
	})
	if err != nil {
		return fmt.Errorf("keep a reader's preferences: %w", err)
	}
	return nil
}

// pause records that a reader chooses another day from which on editions come again.
func (s *core) pause(ctx context.Context, c conn, publicID uint64, until string) error {
	var key, before string
	err := c.QueryRow(ctx, `SELECT address_key, paused_until FROM subscribers WHERE public_id = $1`, int64(publicID)).
		Scan(&key, &before)
	if errors.Is(err, sql.ErrNoRows) || err == nil && before == until {
		return nil
	}
	if err != nil {
		return err
	}
	return s.depart(ctx, c, subscribers.Paused, s.hidden(key), s.now(), until)
}
