package store

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"vesper/digest"
)

// schema is the newest form of the database. A new file is made by executing
// it, so that the page with the promises is the whole truth and not the sum of
// a history.
//
//go:embed schema.sql
var schema string

// application marks a file as ours (PRAGMA application_id): "Vspr".
const application = 0x56737072

// identity is what a database file says of itself.
type identity struct{ version, application, tables int }

func identify(ctx context.Context, q conn) (identity, error) {
	var id identity
	err := q.QueryRow(ctx, `SELECT user_version, application_id, (SELECT count(*) FROM sqlite_schema)
		FROM pragma_user_version, pragma_application_id`).Scan(&id.version, &id.application, &id.tables)
	return id, err
}

// check refuses what is not ours to write to.
func (id identity) check(ctx context.Context, q conn) error {
	switch {
	case id.fresh():
		return nil
	case id.application != application:
		return digest.ErrForeign
	case id.version < 1 || id.version > newest():
		return fmt.Errorf("its schema is version %d and this program knows versions 1 to %d: %w%s",
			id.version, newest(), digest.ErrNewer, reader(ctx, q))
	}
	return nil
}

// reader names the program that can read a database which is newer than this one, where
// that is written in it.
func reader(ctx context.Context, q conn) string {
	name := ""
	if err := q.QueryRow(ctx, `SELECT version FROM program`).Scan(&name); err != nil || name == "" {
		return ""
	}
	return ": " + name
}

// fresh says that nothing has been written to the file yet.
func (id identity) fresh() bool { return id == identity{} }

// migrate makes a new database, or brings an older one up, in one transaction:
// of two processes that come at once the second finds it done. Of an older one a copy is
// made first, while nobody else can write.
func migrate(ctx context.Context, path string, c conn, now time.Time, o Options, w waiting) error {
	// Nothing to do needs no lock, and no room on the disk.
	if id, err := identify(ctx, c); err != nil || id == (identity{newest(), application, id.tables}) {
		return err
	}
	if err := w.begin(c, ctx.Err); err != nil {
		return err
	}
	var from identity
	before := ""
	err := commit(ctx, c, func() (err error) {
		if from, err = identify(ctx, c); err != nil {
			return err
		}
		if err := from.check(ctx, c); err != nil {
			return err
		}
		if from.fresh() {
			if _, err := c.Exec(ctx, schema); err != nil {
				return err
			}
			return stamp(ctx, c, o.Program, errors.Join(makeKeys(ctx, c, now), beginDepartures(ctx, c, now)))
		}
		if from.version == newest() {
			return nil
		}
		if before, err = keep(ctx, path, from.version, now); err != nil {
			return fmt.Errorf("copy it before it is brought up to version %d: %w", newest(), err)
		}
		for _, step := range steps()[from.version-1:] {
			if _, err := c.Exec(ctx, step.file); err != nil {
				return fmt.Errorf("migrate from version %d: %w", from.version, err)
			}
		}
		if from.version < withDepartures {
			err = beginDepartures(ctx, c, now)
		}
		return stamp(ctx, c, o.Program, err)
	})
	switch {
	case err != nil && before != "":
		os.Remove(before)
	case before != "" && o.Upgraded != nil:
		o.Upgraded(from.version, newest(), before)
	}
	return err
}

// keep copies a database that is about to be brought up, and gives the copy's name, which
// lies beside it. What nobody has committed is not in it.
func keep(ctx context.Context, path string, version int, now time.Time) (string, error) {
	name, err := unused(fmt.Sprintf("%s.version-%d-%s", path, version, now.UTC().Format("20060102T150405Z")))
	if err != nil {
		return "", err
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", err
	}
	defer f.Close()
	db, err := sql.Open("sqlite3", dsn(path, asking))
	if err == nil {
		// SQLite writes into an empty file, and leaves its mode.
		_, err = db.ExecContext(ctx, `VACUUM INTO $1`, name)
		err = errors.Join(err, db.Close())
	}
	if err = errors.Join(err, f.Sync(), giveTo(name, path)); err == nil {
		err = syncDir(filepath.Dir(path))
	}
	if err != nil {
		os.Remove(name)
		return "", err
	}
	return name, nil
}

// stamp writes the version, the mark and the program's name, unless something went wrong
// before.
func stamp(ctx context.Context, c conn, program string, err error) error {
	if err == nil {
		_, err = c.Exec(ctx, fmt.Sprintf("PRAGMA user_version = %d; PRAGMA application_id = %d",
			newest(), application))
	}
	if err == nil {
		_, err = c.Exec(ctx, `INSERT INTO program ("only", version) VALUES (1, $1)
			ON CONFLICT ("only") DO UPDATE SET version = excluded.version`, program)
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
