package sqlite

import (
	"context"
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
	err := s.write.one(ctx, func(ctx context.Context, c conn) error {
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
