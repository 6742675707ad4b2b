package store

import (
	"context"
	"fmt"

	"vesper/digest"
)

// recent is in how many of the latest editions readers are looked for who were sent to.
const recent = 5

// Taken gives up to limit deliveries that a relay took, of the latest edition that has
// any: a relay that refuses others can be asked for these readers. Who is not active is
// not among them.
func (s *Book) Taken(ctx context.Context, limit int) ([]digest.Delivery, error) {
	numbers, err := s.read.Query(ctx, `SELECT number FROM editions WHERE number IS NOT NULL ORDER BY number DESC`+
		fmt.Sprintf(` LIMIT %d`, recent))
	var latest []uint32
	err = each(numbers, err, func(scan scanner) error {
		var n uint32
		err := scan(&n)
		latest = append(latest, n)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look for editions that were sent: %w", err)
	}
	for _, n := range latest {
		taken, err := newLedger(s.core, n, 0).taken(ctx, limit)
		if err != nil || len(taken) > 0 {
			return taken, err
		}
	}
	return nil, nil
}

func (q *queue) taken(ctx context.Context, limit int) ([]digest.Delivery, error) {
	read, err := q.reading(ctx)
	if err != nil {
		return nil, fmt.Errorf("who was sent %s: %w", q.name, err)
	}
	where := `step = 'sent'` + q.within(1) + ` ORDER BY ` + q.key + ` LIMIT $2`
	all, err := q.list(ctx, nil, read, where, append(q.with(), limit)...)
	if err != nil {
		return nil, fmt.Errorf("who was sent %s: %w", q.name, err)
	}
	return all, nil
}
