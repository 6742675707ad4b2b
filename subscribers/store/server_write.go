package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"vesper/digest"
)

// gate is the number of the lock in PostgreSQL that transactions of several statements
// take: what one of them has read is still true when it writes. Those of a single statement
// take it together. The intents and outcomes of messages, whose one row decides, pass beside it.
const gate = 0x5673_7072_0001

// patient is how long one waits for others' transactions, in PostgreSQL's words.
const patient = "60s"

// A process that is stopped within a transaction loses it, or nobody else could write.
const (
	beginWith  = "BEGIN; SET LOCAL lock_timeout = '" + patient + "'; SELECT "
	atTheGate  = "(%d); SET LOCAL lock_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = '" + patient + "'"
	beginWhole = beginWith + "pg_advisory_xact_lock" + atTheGate
	beginOne   = beginWith + "pg_advisory_xact_lock_shared" + atTheGate
)

func (sv *server) one(ctx context.Context, do func(ctx context.Context, c conn) error) error {
	return sv.transact(ctx, beginOne, do)
}

func (sv *server) whole(ctx context.Context, do func(ctx context.Context, c conn) error) error {
	return sv.transact(ctx, beginWhole, do)
}

// deadlocks is how often a transaction is done that PostgreSQL undid in favour of another one.
const deadlocks = 5

func (sv *server) transact(
	ctx context.Context, begin string, do func(ctx context.Context, c conn) error,
) error {
	select {
	case sv.seats <- struct{}{}:
		defer func() { <-sv.seats }()
	case <-ctx.Done():
		return ctx.Err()
	}
	for tries := 1; ; tries++ {
		if err := sv.transactOnce(ctx, begin, do); !undone(err) || tries == deadlocks || ctx.Err() != nil {
			return err
		}
	}
}

// undone says that PostgreSQL undid a transaction since two waited for each other, or what one
// read another one had changed.
func undone(err error) bool {
	const deadlock, serialization = "40P01", "40001"
	failed, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (failed.Code == deadlock || failed.Code == serialization)
}

func (sv *server) transactOnce(
	ctx context.Context, begin string, do func(ctx context.Context, c conn) error,
) error {
	held, err := sv.begin(ctx, fmt.Sprintf(begin, int64(gate)))
	if err != nil {
		return said(err)
	}
	defer held.Release()
	t := &transaction{c: held.Conn()}
	err = do(ctx, t)
	if err == nil {
		var tag pgconn.CommandTag
		// Of a transaction in which a statement has failed PostgreSQL says so to a commit.
		heard, release := sv.within(context.WithoutCancel(ctx), away)
		defer release()
		if tag, err = t.c.Exec(heard, "COMMIT"); err == nil && tag.String() == "COMMIT" {
			sv.committed(t.departed, 1)
			return nil
		}
		return fmt.Errorf("commit: %w", cmp.Or(err, errors.New("a statement has failed")))
	}
	sv.rollback(t.c)
	return said(err)
}

// begin gives a connection with a transaction that has begun. Where the server is away for a
// moment, it waits for it: nothing is done yet.
func (sv *server) begin(ctx context.Context, begin string) (held *pgxpool.Conn, err error) {
	err = sv.patiently(ctx, func() (err error) {
		if held, err = sv.acquire(ctx); err != nil {
			return err
		}
		if _, err = held.Conn().PgConn().Exec(ctx, begin).ReadAll(); err != nil {
			sv.rollback(held.Conn())
			held.Release()
		}
		return err
	})
	return held, err
}

// rollback gives the connection back as it was. One that can't be is closed by that.
func (sv *server) rollback(c *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_, _ = c.Exec(ctx, "ROLLBACK")
}

// committed counts a commit, and tells who waits that somebody has left in it.
func (sv *server) committed(departed bool, writes int) {
	sv.commits.Add(1)
	sv.writes.Add(int64(writes))
	if departed {
		select {
		case sv.left <- struct{}{}:
		default:
		}
	}
}

// said gives digest.ErrBusy for a wait that was too long.
func said(err error) error {
	const lockNotAvailable = "55P03"
	if failed, ok := errors.AsType[*pgconn.PgError](err); ok && failed.Code == lockNotAvailable {
		return digest.ErrBusy
	}
	return err
}

// vacuum has the server take what was deleted out of the tables that have addresses in them.
// Its own log and its backups have it for as long as they are kept.
func (sv *server) vacuum(ctx context.Context) error {
	if _, err := sv.pool.Exec(ctx, `VACUUM subscribers, moves, letters, reports`); err != nil {
		return fmt.Errorf("it is deleted, but not taken out of the tables: %w", err)
	}
	return nil
}
