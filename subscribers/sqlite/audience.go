package sqlite

import (
	"context"
	"fmt"
	"time"

	"vesper/digest"
)

// wanted is whom an edition is opened for: the active readers whose preferences
// want it. It is subscribers.Preferences.Declines in SQL; its three places are
// those of wantedBy.
const wanted = `status = 'active' AND evenings & ? <> 0 AND (slots = '' OR instr(slots, ?) > 0) AND paused_until <= ?`

func wantedBy(id digest.ID) []any {
	return []any{1 << id.Date.In(time.UTC).Weekday(), join([]string{id.Slot}), id.Date.String()}
}

// Count gives how many readers an edition with this ID would have, were it opened
// now.
func (s *List) Count(ctx context.Context, id digest.ID) (int, error) {
	var n int
	if err := s.read.QueryRow(ctx, `SELECT count(*) FROM subscribers WHERE `+wanted, wantedBy(id)...).Scan(&n); err != nil {
		return 0, fmt.Errorf("count the readers of edition %s: %w", id, err)
	}
	return n, nil
}

// Domain is how many readers have their mailbox at a domain.
type Domain struct {
	Name    string
	Readers int
}

// Domains gives the domains of the readers whom an edition with this ID would
// have, were it opened now, those with most first.
func (s *List) Domains(ctx context.Context, id digest.ID) ([]Domain, error) {
	return s.domains(ctx, wanted, wantedBy(id)...)
}

func (s *core) domains(ctx context.Context, where string, args ...any) ([]Domain, error) {
	var domains []Domain
	rows, err := s.read.Query(ctx, `SELECT substr(address_key, instr(address_key, '@') + 1) AS domain, count(*) AS readers
		FROM subscribers WHERE `+where+` GROUP BY domain ORDER BY readers DESC, domain`, args...)
	err = each(rows, err, func(scan scanner) error {
		var d Domain
		err := scan(&d.Name, &d.Readers)
		domains = append(domains, d)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count the readers by domain: %w", err)
	}
	return domains, nil
}
