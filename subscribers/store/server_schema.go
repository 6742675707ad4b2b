package store

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"

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

// upToDate makes the tables of an empty database, and brings those of an older program up. Those of a newer one
// are refused, unless this program may work on them.
func (sv *server) upToDate(ctx context.Context, s *core, o Options) error {
	there, err := tablesIn(ctx, idle{sv.pool})
	if err == nil && there.version == 0 {
		if err = sv.makeTables(ctx, s, o); err == nil {
			// Another program may have been first.
			there, err = tablesIn(ctx, idle{sv.pool})
		}
	}
	if err == nil && there.version < sv.known {
		if err = sv.bringUp(ctx, o); err == nil {
			there, err = tablesIn(ctx, idle{sv.pool})
		}
	}
	if err != nil || there.worksWith <= sv.known {
		return err
	}
	return there.mayBeUsed(sv.known, reader(ctx, idle{sv.pool}))
}

// makeTables makes the tables, unless another process was first.
func (sv *server) makeTables(ctx context.Context, s *core, o Options) error {
	if err := emptied(s.path); err != nil && !o.New {
		return err
	}
	if err := cmp.Or(takesAllTexts(ctx, idle{sv.pool}), makeJobs(ctx, sv.pool)); err != nil {
		return mayNot(err)
	}
	return sv.transact(ctx, beginWhole, func(ctx context.Context, c conn) error {
		if there, err := tablesIn(ctx, c); err != nil || there.version > 0 {
			return err
		}
		if _, err := c.(*transaction).c.PgConn().Exec(ctx, serverSchema).ReadAll(); err != nil {
			return err
		}
		_, err := c.Exec(ctx, `INSERT INTO form ("only", version, works_with) VALUES (1, $1, $1)`, newest())
		if err != nil {
			return err
		}
		if _, err := c.Exec(ctx, `INSERT INTO program ("only", version) VALUES (1, $1)`, o.Program); err != nil {
			return err
		}
		sv.made = true
		return errors.Join(makeKeys(ctx, c, s.now()), beginDepartures(ctx, c, s.now()))
	})
}

// emptied gives digest.ErrGone for an empty database in the place of one that was sent from here.
// What is there may be another server, or another database of it.
func emptied(path string) error {
	err := sentFrom(path)
	if err != nil {
		err = fmt.Errorf("there are no tables: %w", err)
	}
	return err
}

// tablesIn gives which form the tables have that are there. Those of another program are digest.ErrForeign.
func tablesIn(ctx context.Context, c conn) (there tables, err error) {
	var many int
	ours := false
	// Those that this user may not see are there too.
	err = c.QueryRow(ctx, `SELECT count(*), coalesce(bool_or(relname = 'form'), false) FROM pg_class
		WHERE relkind IN ('r', 'p') AND relnamespace = CAST(current_schema() AS regnamespace)`).Scan(&many, &ours)
	switch {
	case err != nil || many == 0:
		return there, err
	case !ours:
		return there, digest.ErrForeign
	}
	err = c.QueryRow(ctx, `SELECT version, works_with FROM form WHERE "only" = 1`).Scan(&there.version, &there.worksWith)
	if err == nil && there.version < 0 {
		err = digest.ErrUnfinished
	}
	return there, err
}
