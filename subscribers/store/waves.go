package store

import (
	"context"
	"fmt"
	"time"

	"vesper/digest"
)

// inWaves is when a reader s is first due of the edition $1 that the others get at $2, in SQL,
// beside waveOf.
const inWaves = `coalesce(w.due_at, $2)`

const waveOf = ` LEFT JOIN waves w ON w.edition = $1 AND w.timezone = s.timezone`

// enterWaves keeps which time zones get an edition later, for those who join it too.
func enterWaves(ctx context.Context, c conn, number uint32, waves map[string]time.Time) error {
	for zone, due := range waves {
		if _, err := c.Exec(ctx, `INSERT INTO waves (edition, timezone, due_at) VALUES ($1, $2, $3)`,
			number, zone, due.Unix()); err != nil {
			return err
		}
	}
	return nil
}

// Zones implements publish.Counts: the time zones of the readers whom an edition with this ID
// would have if it were opened now.
func (s *List) Zones(ctx context.Context, id digest.ID) ([]digest.Zone, error) {
	var all []digest.Zone
	rows, err := s.read.Query(ctx, `SELECT timezone, count(*) FROM subscribers WHERE `+wantedFrom(1)+`
		GROUP BY timezone ORDER BY timezone`, wantedBy(id)...)
	err = each(rows, err, func(scan scanner) error {
		var z digest.Zone
		err := scan(&z.Name, &z.Readers)
		all = append(all, z)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count the readers of edition %s by time zone: %w", id, err)
	}
	return all, nil
}

// Waves gives an edition's deliveries by when they are first due, the first ones first.
func (s *Book) Waves(ctx context.Context, number uint32) ([]digest.Wave, error) {
	var all []digest.Wave
	rows, err := s.read.Query(ctx, byWave(s.read)+` ORDER BY first_due_at`, number)
	err = each(rows, err, func(scan scanner) error {
		var w digest.Wave
		var due int64
		err := scan(&due, &w.Readers, &w.Owed)
		w.Due = time.Unix(due, 0).UTC()
		all = append(all, w)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the waves of edition with ledger number %d: %w", number, err)
	}
	return all, nil
}
