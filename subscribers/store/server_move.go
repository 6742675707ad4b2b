package store

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"vesper/digest"
)

const serverSize = `SELECT pg_database_size(current_database())`

// serverEnd is a PostgreSQL of a move.
type serverEnd struct {
	transaction
	now time.Time
	// later has the statements that make again what was taken away while rows are filled in.
	later []string
	// completes says that all is committed, and that nobody finds it yet.
	completes bool
}

var errHeld = errors.New("another process has the right to deliver")

// openServerEnd connects, and takes the right to deliver.
func openServerEnd(ctx context.Context, url string, now time.Time) (*serverEnd, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, errNoURL
	}
	config.RuntimeParams["application_name"] = signature("move", now)
	c, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	s := &serverEnd{transaction: transaction{c: c}, now: now}
	err = s.soon(ctx, errHeld, func() (got bool, err error) {
		err = c.QueryRow(ctx, `SELECT pg_try_advisory_lock($1)`, int64(rightToDeliver)).Scan(&got)
		return got, err
	})
	if errors.Is(err, errHeld) {
		held, asked := holderOf(ctx, s)
		if err = cmp.Or(held, &digest.HeldError{}); asked != nil {
			err = asked
		}
	}
	if err == nil {
		_, err = c.PgConn().Exec(ctx, fmt.Sprintf(beginWhole, int64(gate))).ReadAll()
	}
	if err != nil {
		return nil, errors.Join(said(err), s.close())
	}
	return s, nil
}

// formerServer opens the database that is moved, in a transaction beside which nobody changes
// anything. Nobody else may be connected: what somebody has open would be changed afterwards.
func formerServer(ctx context.Context, url string, now time.Time) (*serverEnd, error) {
	s, err := openServerEnd(ctx, url, now)
	if err != nil {
		return nil, err
	}
	err = errors.Join(s.isAlone(ctx), s.lockTables(ctx))
	if err == nil {
		// A file has no chunks.
		err = enterEverybody(ctx, s, now)
	}
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// goes is how long a connection that was closed may be seen yet.
const goes = 5 * time.Second

// soon asks until the answer is yes, for as long as what was closed may be seen. Then the error
// is refusal.
func (s *serverEnd) soon(ctx context.Context, refusal error, ask func() (yes bool, err error)) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for began := time.Now(); ; {
		switch yes, err := ask(); {
		case err != nil || yes:
			return err
		case time.Since(began) > goes:
			return refusal
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// isAlone refuses while another process of ours is connected.
func (s *serverEnd) isAlone(ctx context.Context) error {
	return s.soon(ctx, ErrInUse, func() (bool, error) {
		// What it sees would be kept for as long as the transaction lasts.
		if _, err := s.Exec(ctx, `SELECT pg_stat_clear_snapshot()`); err != nil {
			return false, err
		}
		others, err := has(ctx, s, `SELECT 1 FROM pg_stat_activity WHERE datname = current_database()
			AND application_name LIKE 'vesper%' AND pid <> pg_backend_pid()`)
		return !others, err
	})
}

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

func (s *serverEnd) lockTables(ctx context.Context) error {
	return s.statements(ctx, `SELECT format('LOCK TABLE %I IN EXCLUSIVE MODE', table_name)
		FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'
		ORDER BY table_name`)
}

// newServerEnd makes the tables in an empty database, in a transaction, and takes away what
// would slow the rows down or do twice what was done where they come from: foreign keys, which
// are looked at together at the end, and triggers.
func newServerEnd(ctx context.Context, url string, now time.Time) (*serverEnd, error) {
	s, err := openServerEnd(ctx, url, now)
	if err != nil {
		return nil, err
	}
	if err = s.isEmpty(ctx); errors.Is(err, digest.ErrUnfinished) {
		// What a move has made that was broken off goes.
		err = s.clear(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	if _, err := s.c.PgConn().Exec(ctx, serverSchema+";DELETE FROM numbers").ReadAll(); err != nil {
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
	encoding := ""
	if err := s.QueryRow(ctx, `SELECT current_setting('server_encoding')`).Scan(&encoding); err != nil {
		return err
	}
	if encoding != "UTF8" {
		return fmt.Errorf("its encoding is %s, and UTF8 is needed: createdb --encoding=UTF8 --template=template0", encoding)
	}
	version, err := versionOf(ctx, s)
	switch {
	case err != nil:
		return err
	case version > newest():
		return fmt.Errorf("its schema is version %d and this program knows up to %d: %w%s", version, newest(),
			digest.ErrNewer, reader(ctx, s))
	case version != 0:
		return fmt.Errorf("%w: it has Vesper's tables already", ErrOccupied)
	}
	return nil
}

// mayNot says what to do where the user may make no tables.
func mayNot(err error) error {
	const insufficientPrivilege = "42501"
	if failed, ok := errors.AsType[*pgconn.PgError](err); ok && failed.Code == insufficientPrivilege {
		return fmt.Errorf("%w: the user must own the database: createdb --owner=USER NAME", err)
	}
	return err
}

// clear takes away what a move has made.
func (s *serverEnd) clear(ctx context.Context) error {
	return s.statements(ctx, `SELECT * FROM (
			SELECT format('DROP TABLE IF EXISTS %I CASCADE', table_name) FROM information_schema.tables
				WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' ORDER BY table_name) t
		UNION ALL SELECT DISTINCT format('DROP FUNCTION IF EXISTS %s', CAST(tgfoid AS regprocedure))
			FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
			WHERE NOT tgisinternal AND relnamespace = CAST(current_schema() AS regnamespace)`)
}

func (s *serverEnd) read(ctx context.Context, t table, each func(row []byte) error) error {
	split := &splitter{each: each}
	_, err := s.c.PgConn().CopyTo(ctx, split, "COPY (SELECT "+t.names()+" FROM "+asName(t.name)+
		") TO STDOUT (FORMAT binary)")
	if err == nil && !split.ended {
		err = io.ErrUnexpectedEOF
	}
	return err
}

func (s *serverEnd) fill(ctx context.Context, t table) (put func([]byte) error, done func(error) error, err error) {
	r, w := io.Pipe()
	b := bufio.NewWriterSize(w, 1<<16)
	ended := make(chan error, 1)
	go func() {
		_, err := s.c.PgConn().CopyFrom(ctx, r, "COPY "+asName(t.name)+" ("+t.names()+") FROM STDIN (FORMAT binary)")
		// Who puts a row must not wait for ever.
		r.CloseWithError(errors.Join(err, io.ErrClosedPipe))
		ended <- err
	}()
	put = func(row []byte) error {
		_, err := b.Write(row)
		return err
	}
	done = func(err error) error {
		if err == nil {
			_, err = b.WriteString(copyEnd)
		}
		if err == nil {
			err = b.Flush()
		}
		w.CloseWithError(err) // nil is the end
		failed := <-ended
		if err == nil || errors.Is(err, io.ErrClosedPipe) {
			// It says more than that nobody takes the rows.
			return failed
		}
		return err
	}
	_, err = b.WriteString(copyHead)
	return put, done, err
}

func (s *serverEnd) last(ctx context.Context, t table) (n int64, err error) {
	name, err := s.sequence(ctx, t)
	if err != nil {
		return 0, err
	}
	query := `SELECT coalesce(max(id), 0) FROM ` + asName(t.name)
	if name != "" {
		query = `SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM ` + name
	}
	return n, s.QueryRow(ctx, query).Scan(&n)
}

// sequence gives the name of what numbers a table, written as in a statement; "" for none.
func (s *serverEnd) sequence(ctx context.Context, t table) (name string, err error) {
	err = s.QueryRow(ctx, `SELECT coalesce(pg_get_serial_sequence($1, 'id'), '')`, asName(t.name)).Scan(&name)
	return name, err
}

func (s *serverEnd) setLast(ctx context.Context, t table, n int64) error {
	name, err := s.sequence(ctx, t)
	if err != nil || name == "" {
		return err
	}
	var is int64
	return s.QueryRow(ctx, `SELECT setval(CAST(CAST($1 AS TEXT) AS regclass), $2)`, name, n).Scan(&is)
}

func (s *serverEnd) commit(ctx context.Context) error {
	tag, err := s.c.Exec(ctx, "COMMIT")
	if err == nil && tag.String() != "COMMIT" {
		err = errors.New("commit: a statement has failed")
	}
	return err
}

func (s *serverEnd) completed(ctx context.Context) error {
	for _, text := range append(s.later, `ANALYZE`) {
		if _, err := s.Exec(ctx, text); err != nil {
			return err
		}
	}
	// A version below 0 opens to nobody.
	if _, err := s.Exec(ctx, `INSERT INTO form ("only", version) VALUES (1, $1)`, -newest()); err != nil {
		return err
	}
	s.completes = true
	return s.commit(ctx)
}

func (s *serverEnd) publish(ctx context.Context) error {
	_, err := s.Exec(ctx, `UPDATE form SET version = $1 WHERE version = $2`, newest(), -newest())
	return err
}

func (s *serverEnd) undo() error {
	if !s.completes {
		return s.close()
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_, _ = s.Exec(ctx, "ROLLBACK")
	_, err := s.Exec(ctx, "BEGIN")
	if err == nil {
		err = s.clear(ctx)
	}
	if err == nil {
		err = s.commit(ctx)
	}
	return errors.Join(err, s.close())
}

func (s *serverEnd) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	// The server hears of a connection's end a moment later: who comes next is not to wait for
	// it. What a broken one says is of no use.
	_, _ = s.c.PgConn().Exec(ctx, "ROLLBACK; SELECT pg_advisory_unlock_all()").ReadAll()
	_ = s.c.Close(ctx)
	return nil
}

// reopenedServer connects to the database that a move has made.
func reopenedServer(ctx context.Context, url string, now time.Time) (*serverEnd, error) {
	s, err := openServerEnd(ctx, url, now)
	if err != nil {
		return nil, err
	}
	version, err := versionOf(ctx, s)
	if errors.Is(err, digest.ErrUnfinished) {
		err = nil
	}
	if err == nil && version == 0 {
		err = errors.New(`there is no database any more where it was moved to`)
	}
	if err == nil {
		// What follows is one statement.
		err = s.commit(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}
