package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"vesper/subscribers"
)

// CountByStatus gives how many readers are on the list in each status.
func (s *List) CountByStatus(ctx context.Context) (map[subscribers.Status]int, error) {
	all, err := countBy[subscribers.Status](ctx, s.read, `SELECT status, count(*) FROM subscribers GROUP BY status`)
	if err != nil {
		return nil, fmt.Errorf("count the subscribers: %w", err)
	}
	return all, nil
}

// CountByReason gives how many addresses are suppressed for each reason, whether
// or not they are on the list. An address may be for several.
func (s *List) CountByReason(ctx context.Context) (map[string]int, error) {
	all, err := countBy[string](ctx, s.read, `SELECT reason, count(*) FROM suppressions GROUP BY reason`)
	if err != nil {
		return nil, fmt.Errorf("count the suppressions: %w", err)
	}
	return all, nil
}

// countBy reads rows of a word and a number.
func countBy[K ~string](ctx context.Context, q conn, query string) (map[K]int, error) {
	all := map[K]int{}
	rows, err := q.Query(ctx, query)
	err = each(rows, err, func(scan scanner) error {
		var word K
		var n int
		err := scan(&word, &n)
		all[word] = n
		return err
	})
	return all, err
}

// ActiveDomains gives the domains of the active readers, those with most first.
func (s *List) ActiveDomains(ctx context.Context) ([]subscribers.Domain, error) {
	return s.domains(ctx, `status = 'active'`)
}

// Growth gives the months in which readers came, confirmed or left, the oldest
// first.
func (s *List) Growth(ctx context.Context, zone *time.Location) ([]subscribers.Month, error) {
	calendar := subscribers.NewCalendar(zone)
	rows, err := s.read.Query(ctx, `SELECT created_at, confirmed_at, left_at FROM subscribers`)
	err = each(rows, err, func(scan scanner) error {
		var created, confirmed, left sql.NullInt64
		err := scan(&created, &confirmed, &left)
		calendar.Count(instant(created), instant(confirmed), instant(left))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read how the list grew: %w", err)
	}
	return calendar.Months(), nil
}

// ActiveAt gives how many of those who are on the list now had confirmed and not left at each
// of these moments, which stand in their order. Who was removed or erased since is in none.
func (s *List) ActiveAt(ctx context.Context, moments []time.Time) ([]int, error) {
	active := make([]int, len(moments)+1)
	from := func(seconds int64) int {
		i, _ := slices.BinarySearchFunc(moments, seconds, func(t time.Time, s int64) int { return cmp.Compare(t.Unix(), s) })
		return i
	}
	rows, err := s.read.Query(ctx, `SELECT confirmed_at, left_at FROM subscribers WHERE confirmed_at IS NOT NULL`)
	err = each(rows, err, func(scan scanner) error {
		var confirmed, left sql.NullInt64
		err := scan(&confirmed, &left)
		active[from(confirmed.Int64)]++
		if left.Valid {
			active[from(max(left.Int64, confirmed.Int64))]--
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read how the list grew: %w", err)
	}
	for i := range active[1:] {
		active[i+1] += active[i]
	}
	return active[:len(moments)], nil
}
