package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"

	"vesper/subscribers"
)

const selectSubscriber = `SELECT id, public_id, address, name, status, reason, timezone, variant,
	created_at, confirmed_at FROM subscribers`

// scanSubscriber reads a row. When the address is one that the grammar refuses
// by now, the error says whose it is.
func scanSubscriber(scan scanner) (subscribers.Subscriber, error) {
	var s subscribers.Subscriber
	var address string
	var public int64
	var created, confirmed sql.NullInt64
	if err := scan(&s.ID, &public, &address, &s.Name, &s.Status, &s.Reason, &s.Timezone, &s.Variant, &created, &confirmed); err != nil {
		return s, err
	}
	s.PublicID, s.Created, s.Confirmed = uint64(public), instant(created), instant(confirmed)
	var err error
	if s.Address, err = subscribers.ParseAddress(address); err != nil {
		return s, fmt.Errorf("subscriber %d: its address is not one that mail can be sent to", s.ID)
	}
	return s, nil
}

func findSubscriber(ctx context.Context, q querier, addressKey string) (subscribers.Subscriber, error) {
	s, err := scanSubscriber(q.QueryRowContext(ctx, selectSubscriber+` WHERE address_key = ?`, addressKey).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		err = subscribers.ErrNotFound
	}
	return s, err
}

// Subscriber gives the reader with this address, or subscribers.ErrNotFound.
func (s *Store) Subscriber(ctx context.Context, a subscribers.Address) (subscribers.Subscriber, error) {
	found, err := findSubscriber(ctx, s.read, a.Key())
	if err != nil {
		return found, fmt.Errorf("find a subscriber: %w", err)
	}
	return found, nil
}

// Subscribers gives everybody on the list in the order of their addresses, one
// at a time. An error ends it.
func (s *Store) Subscribers(ctx context.Context) iter.Seq2[subscribers.Subscriber, error] {
	return func(yield func(subscribers.Subscriber, error) bool) {
		rows, err := s.read.QueryContext(ctx, selectSubscriber+` ORDER BY address_key`)
		if err != nil {
			yield(subscribers.Subscriber{}, fmt.Errorf("list the subscribers: %w", err))
			return
		}
		defer rows.Close()
		for rows.Next() {
			found, err := scanSubscriber(rows.Scan)
			if err != nil {
				yield(found, fmt.Errorf("list the subscribers: %w", err))
				return
			}
			if !yield(found, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(subscribers.Subscriber{}, fmt.Errorf("list the subscribers: %w", err))
		}
	}
}

// Count gives how many readers are active: whom an edition opened now goes to.
func (s *Store) Count(ctx context.Context) (int, error) {
	var n int
	if err := s.read.QueryRowContext(ctx, `SELECT count(*) FROM subscribers WHERE status = 'active'`).Scan(&n); err != nil {
		return 0, fmt.Errorf("count the subscribers: %w", err)
	}
	return n, nil
}

// Domain is how many active readers have their mailbox at a domain.
type Domain struct {
	Name   string
	Active int
}

// Domains gives the domains of the active readers, those with most first.
func (s *Store) Domains(ctx context.Context) ([]Domain, error) {
	var domains []Domain
	rows, err := s.read.QueryContext(ctx, `SELECT substr(address_key, instr(address_key, '@') + 1) AS domain, count(*) AS active
		FROM subscribers WHERE status = 'active' GROUP BY domain ORDER BY active DESC, domain`)
	err = each(rows, err, func(scan scanner) error {
		var d Domain
		err := scan(&d.Name, &d.Active)
		domains = append(domains, d)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count the subscribers by domain: %w", err)
	}
	return domains, nil
}
