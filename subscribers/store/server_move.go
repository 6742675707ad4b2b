package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"vesper/digest"
)

const serverSize = `SELECT pg_database_size(current_database())`

// serverEnd is a PostgreSQL of a move.
type serverEnd struct {
	transaction
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
		return nil, ErrNoURL
	}
	config.RuntimeParams["application_name"] = signature("move", now)
	ours(config)
	c, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, unreached(err)
	}
	s := &serverEnd{transaction: transaction{c: c}}
	err = s.soon(ctx, errHeld, func() (got bool, err error) {
		err = c.QueryRow(ctx, `SELECT pg_try_advisory_lock(`+paperLock(rightToDeliver)+`)`).Scan(&got)
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

func (s *serverEnd) lockTables(ctx context.Context) error {
	return s.statements(ctx, `SELECT format('LOCK TABLE %I IN EXCLUSIVE MODE', table_name)
		FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'
		ORDER BY table_name`)
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
	_, err := s.Exec(ctx, `INSERT INTO form ("only", version, works_with) VALUES (1, $1, $2)`, -newest(), newest())
	if err != nil {
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
	_, err := s.Exec(ctx, beginPlain)
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
	_, _ = s.Exec(ctx, "ROLLBACK")
	_, _ = s.Exec(ctx, "SELECT pg_advisory_unlock_all()")
	_ = s.c.Close(ctx)
	return nil
}

// reopenedServer connects to the database that a move has made.
func reopenedServer(ctx context.Context, url string, now time.Time) (*serverEnd, error) {
	s, err := openServerEnd(ctx, url, now)
	if err != nil {
		return nil, err
	}
	there, err := tablesIn(ctx, s)
	if errors.Is(err, digest.ErrUnfinished) {
		err = nil
	}
	if err == nil && there.version == 0 {
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
