package store

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"time"

	"vesper/digest"
)

// houseSchema is what the machines of a house agree on.
//
//go:embed server_house.sql
var houseSchema string

// House is what the machines of a house agree on, that have one database on a server.
type House struct{ *core }

// House gives that of a database on a server; nil for a file.
func (s *File) House() *House {
	if s.server == nil {
		return nil
	}
	return &House{s.core}
}

// ID names the house. It is no secret, and moves along with the database.
func (s *House) ID() string { return s.name() }

// Fingerprint gives what a part of a machine's configuration is known by to the others. It gives
// nothing away of that, and says nothing to another house.
func (s *House) Fingerprint(part string, has []byte) string {
	h := hmac.New(sha256.New, s.message.Secret)
	fmt.Fprintf(h, "alike %s\n%s", part, has)
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// Marked gives the kinds of shared folders that have a marker.
func (s *House) Marked(ctx context.Context) (kinds []string, err error) {
	all, err := s.read.Query(ctx, `SELECT kind FROM markers ORDER BY kind`)
	err = each(all, err, func(scan scanner) error {
		kind := ""
		err := scan(&kind)
		kinds = append(kinds, kind)
		return err
	})
	return kinds, err
}

// Mark enters that shared folders of a kind have a marker.
func (s *House) Mark(ctx context.Context, kind string, now time.Time) error {
	return s.write.one(ctx, func(ctx context.Context, c conn) error {
		_, err := c.Exec(ctx, `INSERT INTO markers (kind, made_at) VALUES ($1, $2) ON CONFLICT DO NOTHING`,
			kind, now.Unix())
		return err
	})
}

// Timelines gives the timeline that the database is on now, whose Seen is zero if nobody knew
// of it, and the last one that somebody knew of besides; the zero Timeline if there is none.
func (s *House) Timelines(ctx context.Context) (now, before digest.Timeline, err error) {
	// What was written is on this one, and so is what will be.
	err = s.read.QueryRow(ctx, `SELECT CAST(system_identifier AS TEXT),
			CAST('x' || lpad(substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8), 16, '0') AS BIT(64))::BIGINT
		FROM pg_control_system()`).Scan(&now.Server, &now.Number)
	if err != nil {
		return now, before, fmt.Errorf("ask for the server's timeline: %w", err)
	}
	var at int64
	err = missing(s.read.QueryRow(ctx, `SELECT seen_at FROM timelines WHERE server = $1 AND timeline = $2`,
		now.Server, now.Number).Scan(&at))
	switch {
	case err == nil:
		now.Seen = time.Unix(at, 0).UTC()
	case !errors.Is(err, digest.ErrNotFound):
		return now, before, err
	}
	err = missing(s.read.QueryRow(ctx, `SELECT server, timeline, seen_at FROM timelines
		WHERE id < coalesce((SELECT id FROM timelines WHERE server = $1 AND timeline = $2), $3)
		ORDER BY id DESC LIMIT 1`, now.Server, now.Number, int64(math.MaxInt64)).
		Scan(&before.Server, &before.Number, &at))
	if err == nil {
		before.Seen = time.Unix(at, 0).UTC()
	} else if errors.Is(err, digest.ErrNotFound) {
		err = nil
	}
	return now, before, err
}

// SawTimeline enters that a timeline was seen.
func (s *House) SawTimeline(ctx context.Context, t digest.Timeline, at time.Time) error {
	return s.write.one(ctx, func(ctx context.Context, c conn) error {
		_, err := c.Exec(ctx, `INSERT INTO timelines (server, timeline, seen_at) VALUES ($1, $2, $3)
			ON CONFLICT DO NOTHING`, t.Server, t.Number, at.Unix())
		return err
	})
}
