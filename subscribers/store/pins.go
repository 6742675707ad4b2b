package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"vesper/digest"
)

// Pins gives the articles that an editor pinned for a slot, in their order.
func (s *Book) Pins(ctx context.Context, slot string) ([]string, error) {
	ids, err := pinsOf(ctx, s.read, slot)
	if err != nil {
		return nil, fmt.Errorf("read the pins of slot %s: %w", slot, err)
	}
	return ids, nil
}

func pinsOf(ctx context.Context, c conn, slot string) ([]string, error) {
	var ids []string
	rows, err := c.Query(ctx, `SELECT article_id FROM pins WHERE slot = $1 ORDER BY place`, slot)
	err = each(rows, err, func(scan scanner) error {
		var id string
		err := scan(&id)
		ids = append(ids, id)
		return err
	})
	return ids, err
}

// SetPins keeps these pins in place of those before, if those are still the ones that the
// caller saw. Else it is digest.ErrRepinned, and nothing is changed.
func (s *Book) SetPins(ctx context.Context, slot string, was, ids []string, now time.Time) error {
	err := s.write.whole(ctx, func(ctx context.Context, c conn) error {
		if pins, err := pinsOf(ctx, c, slot); err != nil || !slices.Equal(pins, was) {
			return cmp.Or(err, digest.ErrRepinned)
		}
		if _, err := c.Exec(ctx, `DELETE FROM pins WHERE slot = $1`, slot); err != nil {
			return err
		}
		for i, id := range ids {
			if _, err := c.Exec(ctx, `INSERT INTO pins (slot, article_id, place, at) VALUES ($1, $2, $3, $4)`,
				slot, id, i+1, now.Unix()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("keep the pins of slot %s: %w", slot, err)
	}
	return nil
}

// endPins ends the pins of what an edition prints, for every slot: none prints it again.
func endPins(ctx context.Context, c conn, o digest.Opening) error {
	for _, a := range o.Edition.Articles {
		if _, err := c.Exec(ctx, `DELETE FROM pins WHERE article_id = $1`, a.ID); err != nil {
			return err
		}
	}
	return nil
}
