package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"vesper/subscribers"
)

// Standing gives how many are on the list in each standing.
func (s *List) Standing(ctx context.Context) (map[subscribers.Status]int, error) {
	standing := map[subscribers.Status]int{}
	rows, err := s.read.Query(ctx, `SELECT status, count(*) FROM subscribers GROUP BY status`)
	err = each(rows, err, func(scan scanner) error {
		var status subscribers.Status
		var n int
		err := scan(&status, &n)
		standing[status] = n
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count the subscribers: %w", err)
	}
	return standing, nil
}

// Suppressed gives how many addresses stand suppressed for each reason, whether
// or not they are on the list. An address may stand for several.
func (s *List) Suppressed(ctx context.Context) (map[string]int, error) {
	suppressed := map[string]int{}
	rows, err := s.read.Query(ctx, `SELECT reason, count(*) FROM suppressions GROUP BY reason`)
	err = each(rows, err, func(scan scanner) error {
		var reason string
		var n int
		err := scan(&reason, &n)
		suppressed[reason] = n
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count the suppressions: %w", err)
	}
	return suppressed, nil
}

// ActiveDomains gives the domains of the active readers, those with most first.
func (s *List) ActiveDomains(ctx context.Context) ([]Domain, error) {
	return s.domains(ctx, `status = 'active'`)
}

// Month is how the list grew in one: the readers who are on it and came,
// confirmed or left then. Who was removed or erased is in no month.
type Month struct {
	// Name is as 2026-11, by the clock of the zone that was asked for.
	Name                   string
	Added, Confirmed, Left int
}

// Growth gives the months in which anything happened, the oldest first.
func (s *List) Growth(ctx context.Context, zone *time.Location) ([]Month, error) {
	months := map[string]*Month{}
	in := func(t sql.NullInt64) *Month {
		name := instant(t).In(zone).Format("2006-01")
		if months[name] == nil {
			months[name] = &Month{Name: name}
		}
		return months[name]
	}
	rows, err := s.read.Query(ctx, `SELECT created_at, confirmed_at, left_at FROM subscribers`)
	err = each(rows, err, func(scan scanner) error {
		var created, confirmed, left sql.NullInt64
		if err := scan(&created, &confirmed, &left); err != nil {
			return err
		}
		in(created).Added++
		if confirmed.Valid {
			in(confirmed).Confirmed++
		}
		if left.Valid {
			in(left).Left++
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read how the list grew: %w", err)
	}
	var all []Month
	for _, m := range months {
		all = append(all, *m)
	}
	slices.SortFunc(all, func(a, b Month) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}
