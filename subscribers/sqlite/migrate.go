package sqlite

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"time"
)

// schema is the newest form of the database. A new file is made by executing
// it, so that the page with the promises is the whole truth and not the sum of
// a history.
//
//go:embed schema.sql
var schema string

// application marks a file as ours (PRAGMA application_id): "Vspr".
const application = 0x56737072

//go:embed step2.sql
var step2 string

//go:embed step3.sql
var step3 string

//go:embed step4.sql
var step4 string

//go:embed step5.sql
var step5 string

// steps brings an older database up: steps[i] leads from version i+1 to i+2.
// It only ever grows at its end, and the oldest form is kept in a test. This and
// PRAGMA user_version are all that is wanted of a migration library: we go
// forward only, in one transaction, and refuse what is newer than we are.
func steps() []string { return []string{step2, step3, step4, step5} }

// newest is the version that this program reads and writes.
func newest() int { return 1 + len(steps()) }

// identity is what a database file says of itself.
type identity struct{ version, application, tables int }

func identify(ctx context.Context, q conn) (identity, error) {
	var id identity
	err := q.QueryRow(ctx, `SELECT user_version, application_id, (SELECT count(*) FROM sqlite_schema)
		FROM pragma_user_version, pragma_application_id`).Scan(&id.version, &id.application, &id.tables)
	return id, err
}

// check refuses what is not ours to write to.
func (id identity) check() error {
	switch {
	case id.fresh():
		return nil
	case id.application != application:
		return errors.New("it is a database of another program")
	case id.version < 1 || id.version > newest():
		return fmt.Errorf("its schema is version %d and this program knows versions 1 to %d: a newer program made it",
			id.version, newest())
	}
	return nil
}

// fresh says that nothing has been written to the file yet.
func (id identity) fresh() bool { return id == identity{} }

// migrate makes a new database, or brings an older one up, in one transaction:
// of two processes that come at once the second finds it done.
func migrate(ctx context.Context, c conn, now time.Time, w waiting) error {
	// Nothing to do needs no lock, and no room on the disk.
	if id, err := identify(ctx, c); err != nil || id == (identity{newest(), application, id.tables}) {
		return err
	}
	if err := w.begin(c, ctx.Err); err != nil {
		return err
	}
	return commit(ctx, c, func() error {
		id, err := identify(ctx, c)
		if err != nil {
			return err
		}
		if err := id.check(); err != nil {
			return err
		}
		if id.fresh() {
			if _, err := c.Exec(ctx, schema); err != nil {
				return err
			}
			return stamp(ctx, c, makeKeys(ctx, c, now))
		}
		for _, step := range steps()[id.version-1:] {
			if _, err := c.Exec(ctx, step); err != nil {
				return fmt.Errorf("migrate from version %d: %w", id.version, err)
			}
		}
		return stamp(ctx, c, nil)
	})
}

// stamp writes the version and the mark, unless something went wrong before.
func stamp(ctx context.Context, c conn, err error) error {
	if err == nil {
		_, err = c.Exec(ctx, fmt.Sprintf("PRAGMA user_version = %d; PRAGMA application_id = %d",
			newest(), application))
	}
	return err
}

// makeKeys gives a new database its secrets.
func makeKeys(ctx context.Context, c conn, now time.Time) error {
	for i, purpose := range []string{forLinks, forMessageIDs, forSuppressions} {
		if err := makeKey(ctx, c, i+1, purpose, now); err != nil {
			return err
		}
	}
	return nil
}
