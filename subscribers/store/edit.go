package store

import (
	"context"
	"fmt"

	"vesper/subscribers"
)

// Edit changes the row of an address by an admin's word, in one transaction with the look at
// it, so that what the reader chooses meanwhile is not undone. It gives the reader before and
// after. What is in the ledger already stays as it is. Nobody there: digest.ErrNotFound.
func (s *List) Edit(ctx context.Context, a subscribers.Address, e subscribers.Edit,
) (was, is subscribers.Subscriber, err error) {
	if err := e.Check(); err != nil {
		return was, is, fmt.Errorf("edit a reader: %w", err)
	}
	err = s.write.whole(ctx, func(ctx context.Context, c conn) (err error) {
		if was, err = s.find(ctx, c, ` WHERE address_key = $1`, a.Key()); err != nil {
			return err
		}
		if is = e.After(was); len(subscribers.Edited(was, is)) == 0 {
			return nil
		}
		tags, err := writeTags(is.Tags)
		if err != nil {
			return err
		}
		return oneRow(c.Exec(ctx, `UPDATE subscribers SET name = $1, timezone = $2, evenings = $3, variant = $4,
			tags = $5 WHERE id = $6`, is.Name, is.Timezone, is.Evenings.Whole(), is.Variant, tags, is.ID))
	})
	if err != nil {
		return was, is, fmt.Errorf("edit a reader: %w", err)
	}
	return was, is, nil
}
