package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"vesper/digest"
)

// Paced implements publish.Paces.
func (s *Book) Paced(ctx context.Context, number uint32, run digest.RunPace) error {
	err := s.write.one(ctx, func(ctx context.Context, c conn) error {
		_, err := c.Exec(ctx, `INSERT INTO paces (edition, messages, took) VALUES ($1, $2, $3)
			ON CONFLICT (edition) DO UPDATE SET messages = paces.messages + excluded.messages,
				took = paces.took + excluded.took`, number, run.Messages, max(run.Took.Milliseconds(), 1))
		return err
	})
	if err != nil {
		return fmt.Errorf("keep how fast edition with ledger number %d was sent: %w", number, err)
	}
	return nil
}

// Pace implements publish.Paces: large editions count more than small ones.
func (s *Book) Pace(ctx context.Context) (digest.RunPace, error) {
	var p digest.RunPace
	var took int64
	err := s.read.QueryRow(ctx, fmt.Sprintf(`SELECT coalesce(sum(messages), 0), coalesce(sum(took), 0)
		FROM (SELECT messages, took FROM paces ORDER BY edition DESC LIMIT %d) AS latest`, recent)).
		Scan(&p.Messages, &took)
	if err != nil {
		return p, fmt.Errorf("read how fast editions were sent: %w", err)
	}
	p.Took = time.Duration(took) * time.Millisecond
	return p, nil
}

// PaceOf gives how fast one edition was sent; the zero RunPace if that is not known.
func (s *Book) PaceOf(ctx context.Context, number uint32) (digest.RunPace, error) {
	var p digest.RunPace
	var took int64
	err := s.read.QueryRow(ctx, `SELECT messages, took FROM paces WHERE edition = $1`, number).Scan(&p.Messages, &took)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return p, fmt.Errorf("read how fast edition with ledger number %d was sent: %w", number, err)
	}
	p.Took = time.Duration(took) * time.Millisecond
	return p, nil
}

// SetRelays keeps how it stands with the relays, in place of what was so before.
func (s *Book) SetRelays(ctx context.Context, all []digest.RelayState) error {
	err := s.write.whole(ctx, func(ctx context.Context, c conn) error {
		if _, err := c.Exec(ctx, `DELETE FROM relays`); err != nil {
			return err
		}
		for _, r := range all {
			if _, err := c.Exec(ctx, `INSERT INTO relays (name, down, retry_at, connections, seen_at)
				VALUES ($1, $2, $3, $4, $5) ON CONFLICT (name) DO NOTHING`,
				r.Name, r.Down, seconds(r.RetryAt), r.Connections, r.Seen.Unix()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("keep how it stands with the relays: %w", err)
	}
	return nil
}

// Relays gives what was last kept of the relays.
func (s *Book) Relays(ctx context.Context) ([]digest.RelayState, error) {
	var all []digest.RelayState
	rows, err := s.read.Query(ctx, `SELECT name, down, retry_at, connections, seen_at FROM relays ORDER BY name`)
	err = each(rows, err, func(scan scanner) error {
		var r digest.RelayState
		var retry, seen sql.NullInt64
		err := scan(&r.Name, &r.Down, &retry, &r.Connections, &seen)
		r.RetryAt, r.Seen = instant(retry), instant(seen)
		all = append(all, r)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read how it stands with the relays: %w", err)
	}
	return all, nil
}
