package store

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"vesper/subscribers"
)

// Departures gives up to limit departures after one, in their order.
func (s *List) Departures(ctx context.Context, after int64, limit int) ([]subscribers.Departure, error) {
	all, err := s.departures(ctx, s.read, after, limit)
	if err != nil {
		return nil, fmt.Errorf("read the departures: %w", err)
	}
	return all, nil
}

func (s *core) departures(ctx context.Context, c conn, after int64, limit int) ([]subscribers.Departure, error) {
	var all []subscribers.Departure
	rows, err := c.Query(ctx, `SELECT id, kind, at, address_hash, until FROM departures WHERE id > $1
		ORDER BY id LIMIT $2`, after, limit)
	err = each(rows, err, func(scan scanner) error {
		var d subscribers.Departure
		var at sql.NullInt64
		err := scan(&d.ID, &d.Kind, &at, &d.Hash, &d.Until)
		d.At = instant(at)
		all = append(all, d)
		return err
	})
	return all, err
}

// LastDeparture gives the ID of the last departure, 0 if there is none.
func (s *List) LastDeparture(ctx context.Context) (int64, error) {
	last, err := lastDeparture(ctx, s.read)
	if err != nil {
		return 0, fmt.Errorf("read the last departure: %w", err)
	}
	return last, nil
}

func lastDeparture(ctx context.Context, c conn) (last int64, err error) {
	err = c.QueryRow(ctx, `SELECT coalesce(max(id), 0) FROM departures`).Scan(&last)
	return last, err
}

// Departed is sent to after a transaction of this process in which somebody left.
func (s *File) Departed() <-chan struct{} { return s.left }

// JournalKey gives the key of the journals of departures. It is the same in all backups of
// this database, and tells nothing of the one that names addresses.
func (s *File) JournalKey() []byte { return s.journalKey() }

func (s *core) journalKey() []byte {
	h := hmac.New(sha256.New, s.hide.Secret)
	h.Write([]byte("vesper journal of departures"))
	return h.Sum(nil)
}

// depart records a departure in the transaction that it belongs to.
func (s *core) depart(ctx context.Context, c conn, kind subscribers.DepartureKind, hash []byte, at time.Time,
	until string,
) error {
	if s.replaying {
		return nil
	}
	s.write.departs(c)
	_, err := c.Exec(ctx, `INSERT INTO departures (kind, at, address_hash, until) VALUES ($1, $2, $3, $4)`,
		kind, at.Unix(), hash, until)
	return err
}

// undepart records what a change takes back of former departures.
func (s *core) undepart(ctx context.Context, c conn, addressKey string, change subscribers.Change, now time.Time,
) error {
	switch active := change.After.Status == subscribers.Active; {
	case active && (change.Enter || change.Update):
		return s.comeBack(ctx, c, addressKey, now)
	case slices.ContainsFunc(change.Lift, subscribers.Liftable):
		return s.depart(ctx, c, subscribers.Lifted, s.hidden(addressKey), now, "")
	}
	return nil
}

// comeBack records that a reader is active whose last word was another. Of most there is
// none.
func (s *core) comeBack(ctx context.Context, c conn, addressKey string, at time.Time) error {
	if s.replaying || s.write.hasNobodyLeft() {
		return nil
	}
	hash := s.hidden(addressKey)
	var last subscribers.DepartureKind
	err := c.QueryRow(ctx, `SELECT kind FROM departures WHERE address_hash = $1 AND kind <> 'paused'
		ORDER BY id DESC LIMIT 1`, hash).Scan(&last)
	if errors.Is(err, sql.ErrNoRows) || err == nil && last == subscribers.Returned {
		return nil
	}
	if err != nil {
		return err
	}
	return s.depart(ctx, c, subscribers.Returned, hash, at, "")
}

// beginDepartures records that departures are recorded from now on.
func beginDepartures(ctx context.Context, c conn, now time.Time) error {
	_, err := c.Exec(ctx, `INSERT INTO departures (kind, at) VALUES ('begun', $1)`, now.Unix())
	return err
}
