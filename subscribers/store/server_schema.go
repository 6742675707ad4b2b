package store

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"time"

	"vesper/digest"
)

// tablesOnServer have the promises of schema.sql.
//
//go:embed schema_postgres.sql
var tablesOnServer string

// chunkSchema is what a server has besides.
//
//go:embed server_chunks.sql
var chunkSchema string

// serverSchema is the newest form of the database on a server.
var serverSchema = tablesOnServer + chunkSchema + houseSchema

// upToDate makes the tables of an empty database. One of an older version is brought up.
func (sv *server) upToDate(ctx context.Context, now time.Time, program string) error {
	version, err := versionOf(ctx, idle{sv.pool})
	if err != nil || version == newest() {
		return err
	}
	if version == 0 {
		if err := cmp.Or(takesAllTexts(ctx, idle{sv.pool}), makeJobs(ctx, sv.pool)); err != nil {
			return mayNot(err)
		}
	}
	return sv.whole(ctx, func(ctx context.Context, c conn) error {
		// Another process may have been first.
		version, err := versionOf(ctx, c)
		switch {
		case err != nil || version == newest():
			return err
		case version > newest():
			return fmt.Errorf("its schema is version %d and this program knows up to %d: %w%s", version, newest(),
				digest.ErrNewer, reader(ctx, c))
		case version > 0:
			return fmt.Errorf("its schema is version %d, which never was on a server", version)
		}
		if _, err := c.(*transaction).c.PgConn().Exec(ctx, serverSchema).ReadAll(); err != nil {
			return err
		}
		if _, err := c.Exec(ctx, `INSERT INTO form ("only", version) VALUES (1, $1)`, newest()); err != nil {
			return err
		}
		if _, err := c.Exec(ctx, `INSERT INTO program ("only", version) VALUES (1, $1)`, program); err != nil {
			return err
		}
		sv.made = true
		return errors.Join(makeKeys(ctx, c, now), beginDepartures(ctx, c, now))
	})
}

// versionOf gives the version of the tables that are there, 0 for none. Those of another
// program are digest.ErrForeign.
func versionOf(ctx context.Context, c conn) (version int, err error) {
	var tables int
	ours := false
	// Those that this user may not see are there too.
	err = c.QueryRow(ctx, `SELECT count(*), coalesce(bool_or(relname = 'form'), false) FROM pg_class
		WHERE relkind IN ('r', 'p') AND relnamespace = CAST(current_schema() AS regnamespace)`).Scan(&tables, &ours)
	switch {
	case err != nil || tables == 0:
		return 0, err
	case !ours:
		return 0, digest.ErrForeign
	}
	err = c.QueryRow(ctx, `SELECT version FROM form WHERE "only" = 1`).Scan(&version)
	if err == nil && version < 0 {
		err = digest.ErrUnfinished
	}
	return version, err
}
