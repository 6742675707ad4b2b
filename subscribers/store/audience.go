package store

import (
	"context"
	"fmt"
	"time"

	"vesper/digest"
	"vesper/subscribers"
)

// wantedFrom is the condition for the readers of an edition: active ones whose
// preferences want it, and of whom no report is held. But for that it is
// subscribers.Preferences.Declines in SQL. Mostly no report is held at all, which
// is looked up once and not for each reader. Its three parameters are those of
// wantedBy, numbered from n on.
func wantedFrom(n int) string {
	return fmt.Sprintf(`status = 'active' AND evenings & $%d <> 0
		AND (slots = '' OR replace(slots, $%d, '') <> slots) AND paused_until <= $%d
		AND (NOT EXISTS (SELECT 1 FROM reports WHERE state = 'held' AND subscriber > 0)
			OR NOT EXISTS (SELECT 1 FROM reports h WHERE h.state = 'held' AND h.subscriber = subscribers.id))`, n, n+1, n+2)
}

// wanted is the condition where three parameters stand before it.
var wanted = wantedFrom(4)

func wantedBy(id digest.ID) []any {
	return []any{1 << id.Date.In(time.UTC).Weekday(), join([]string{id.Slot}), id.Date.String()}
}

// Count gives how many readers an edition with this ID would have if it were opened
// now.
func (s *List) Count(ctx context.Context, id digest.ID) (int, error) {
	var n int
	err := s.read.QueryRow(ctx, `SELECT count(*) FROM subscribers WHERE `+wantedFrom(1), wantedBy(id)...).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count the readers of edition %s: %w", id, err)
	}
	return n, nil
}

// Domains gives the domains of the readers whom an edition with this ID would have if
// it were opened now, those with most first.
func (s *List) Domains(ctx context.Context, id digest.ID) ([]subscribers.Domain, error) {
	return s.domains(ctx, wantedFrom(1), wantedBy(id)...)
}

func (s *core) domains(ctx context.Context, where string, args ...any) ([]subscribers.Domain, error) {
	var domains []subscribers.Domain
	// What stands before the @, and the @, is what rtrim leaves of the key when it takes
	// away all that is no @. Other words for it are one database's own.
	rows, err := s.read.Query(ctx, `SELECT substr(address_key,
			length(rtrim(address_key, replace(address_key, '@', ''))) + 1) AS domain, count(*) AS readers
		FROM subscribers WHERE `+where+` GROUP BY domain ORDER BY readers DESC, domain`, args...)
	err = each(rows, err, func(scan scanner) error {
		var d subscribers.Domain
		err := scan(&d.Name, &d.Readers)
		domains = append(domains, d)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count the readers by domain: %w", err)
	}
	return domains, nil
}
