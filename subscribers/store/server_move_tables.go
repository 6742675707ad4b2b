package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"vesper/digest"
)

// statements has a query give statements, and runs them.
func (s *serverEnd) statements(ctx context.Context, query string) error {
	r, err := s.Query(ctx, query)
	return each(r, err, func(scan scanner) error {
		text := ""
		if err := scan(&text); err != nil {
			return err
		}
		_, err := s.Exec(ctx, text)
		return err
	})
}

// newServerEnd makes the tables in an empty database, in a transaction, and takes away what
// would slow the rows down or do twice what was done where they come from: foreign keys, which
// are looked at together at the end, and triggers.
func newServerEnd(ctx context.Context, url string, now time.Time) (*serverEnd, error) {
	s, err := tabledServer(ctx, url, now)
	if err != nil {
		return nil, err
	}
	// They are committed at once. Who may not make ours has changed nothing until here.
	if err = makeJobsAt(ctx, url); err == nil {
		_, err = s.Exec(ctx, `DELETE FROM numbers`)
	}
	if err != nil {
		return nil, errors.Join(mayNot(err), s.close())
	}
	for _, of := range []string{foreignKeys, ownTriggers} {
		r, err := s.Query(ctx, of)
		err = each(r, err, func(scan scanner) error {
			var away, again string
			if err := scan(&away, &again); err != nil {
				return err
			}
			s.later = append(s.later, again)
			_, err := s.Exec(ctx, away)
			return err
		})
		if err != nil {
			return nil, errors.Join(err, s.close())
		}
	}
	return s, nil
}

// tabledServer makes our tables in an empty database, in a transaction that is open yet.
func tabledServer(ctx context.Context, url string, now time.Time) (*serverEnd, error) {
	s, err := openServerEnd(ctx, url, now)
	if err != nil {
		return nil, err
	}
	if err = s.isEmpty(ctx); errors.Is(err, digest.ErrUnfinished) {
		// What a move has made that was broken off goes.
		err = s.clear(ctx)
	}
	if err == nil {
		_, err = s.c.PgConn().Exec(ctx, serverSchema).ReadAll()
	}
	if err == nil {
		err = s.ownJobs(ctx)
	}
	if err != nil {
		return nil, errors.Join(occupied(mayNot(err)), s.close())
	}
	return s, nil
}

// makeJobsAt makes River's tables in the database at a URL.
func makeJobsAt(ctx context.Context, url string) error {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return ErrNoURL
	}
	ours(config.ConnConfig)
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return err
	}
	defer pool.Close()
	return makeJobs(ctx, pool)
}

// Each gives a statement that takes something away, and one that makes it again.
const (
	foreignKeys = `SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname),
			format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
		FROM pg_constraint WHERE contype = 'f' AND conparentid = 0
			AND connamespace = CAST(current_schema() AS regnamespace) ORDER BY conname`
	ownTriggers = `SELECT format('ALTER TABLE %s DISABLE TRIGGER %I', tgrelid::regclass, tgname),
			format('ALTER TABLE %s ENABLE TRIGGER %I', tgrelid::regclass, tgname)
		FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
		WHERE NOT tgisinternal AND relnamespace = CAST(current_schema() AS regnamespace) ORDER BY tgname`
)

// isEmpty refuses a database that has tables in it.
func (s *serverEnd) isEmpty(ctx context.Context) error {
	if err := takesAllTexts(ctx, s); err != nil {
		return err
	}
	there, err := tablesIn(ctx, s)
	if errors.Is(mayNot(err), digest.ErrNoRight) {
		return fmt.Errorf("%w: another user's tables are there: %w", ErrOccupied, err)
	}
	if err != nil || there.version == 0 {
		return err
	}
	if err := there.mayBeUsed(newest(), reader(ctx, s)); err != nil {
		return fmt.Errorf("%w: %w", ErrOccupied, err)
	}
	return fmt.Errorf("%w: it has Vesper's tables already", ErrOccupied)
}

// takesAllTexts refuses a database in which not every text can be.
func takesAllTexts(ctx context.Context, c conn) error {
	encoding := ""
	if err := c.QueryRow(ctx, `SELECT current_setting('server_encoding')`).Scan(&encoding); err != nil {
		return err
	}
	if encoding != "UTF8" {
		return fmt.Errorf("its encoding is %s, and UTF8 is needed: createdb --encoding=UTF8 --template=template0", encoding)
	}
	return nil
}

// mayNot gives digest.ErrNoRight where the user may make no tables.
func mayNot(err error) error {
	const insufficientPrivilege, noSchema = "42501", "3F000"
	failed, ok := errors.AsType[*pgconn.PgError](err)
	if ok && (failed.Code == insufficientPrivilege || failed.Code == noSchema) {
		return fmt.Errorf("%w: %w", digest.ErrNoRight, err)
	}
	return err
}

// occupied gives ErrOccupied where something has a name that a table of ours, its type or a function is to have.
func occupied(err error) error {
	const table, object, function = "42P07", "42710", "42723"
	failed, ok := errors.AsType[*pgconn.PgError](err)
	if ok && (failed.Code == table || failed.Code == object || failed.Code == function) {
		return fmt.Errorf("%w: %w", ErrOccupied, err)
	}
	return err
}

// clear takes away what a move has made. River's tables stay: no job is in them.
func (s *serverEnd) clear(ctx context.Context) error {
	return s.statements(ctx, `SELECT * FROM (
			SELECT format('DROP TABLE IF EXISTS %I CASCADE', table_name) FROM information_schema.tables
				WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' ORDER BY table_name) t
		UNION ALL SELECT DISTINCT format('DROP FUNCTION IF EXISTS %s', CAST(tgfoid AS regprocedure))
			FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
			WHERE NOT tgisinternal AND relnamespace = CAST(current_schema() AS regnamespace)`)
}
