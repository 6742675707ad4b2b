package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
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

// patient is how long one waits at the gate, in PostgreSQL's words. Who has passed it waits for
// others' transactions only for aTurn, gives the gate back, and tries again until waits is over, which is
// longer than a process of ours that was stopped keeps its transaction. So a row which somebody else
// holds keeps nobody else waiting. A turn is longer than the second after which PostgreSQL takes a lock
// from its own vacuum. While somebody here waits in turns, others may come for rows that the same one holds, as
// readers do after a change of all of them: each of these is within for aMoment before its turns begin.
const (
	patient = "60s"
	aTurn   = "2s"
	aMoment = "200ms"
	pause   = time.Second
	waits   = 75 * time.Second
)

// longestGate is more than one may wait for the two locks, patient for each, and for a server that is away.
const longestGate = 4 * away

// turns is the number of the lock in PostgreSQL of the one transaction of all machines that tries again what others
// have barred: with one of each machine at the gate, one after another, it would hardly ever be free.
const turns = 0x5673_7072_0005

// A process that is stopped within a transaction loses it, or nobody else could write.
const (
	beginPlain = "BEGIN ISOLATION LEVEL READ COMMITTED"
	beginWith  = beginPlain + "; SET LOCAL lock_timeout = '" + patient + "'; SELECT "
	atTheGate  = "(" + ofPaper + "); SET LOCAL lock_timeout = '" + aTurn + "'" +
		"; SET LOCAL idle_in_transaction_session_timeout = '" + patient + "'"
	beginWhole = beginWith + "pg_advisory_xact_lock" + atTheGate
	beginOne   = beginWith + "pg_advisory_xact_lock_shared" + atTheGate
)

// ofPaper is SQL for a lock by its number. Another paper, in another schema of the same database,
// has locks of its own.
const ofPaper = "hashtextextended(coalesce(current_schema(), ''), %d)"

// paperLock gives, in SQL, the lock of this paper that has this number.
func paperLock(number int64) string { return fmt.Sprintf(ofPaper, number) }

func (sv *server) one(ctx context.Context, do func(ctx context.Context, c conn) error) error {
	return sv.transact(ctx, beginOne+formAsked, do)
}

func (sv *server) whole(ctx context.Context, do func(ctx context.Context, c conn) error) error {
	return sv.transact(ctx, beginWhole+formAsked, do)
}

// deadlocks is how often a transaction is done that PostgreSQL undid in favour of another one.
const deadlocks = 5

func (sv *server) transact(
	ctx context.Context, begin string, do func(ctx context.Context, c conn) error,
) error {
	err := sv.unlessUndone(ctx, begin, func(ctx context.Context, c conn) error {
		if len(sv.turn) > 0 {
			if _, err := c.Exec(ctx, `SET LOCAL lock_timeout = '`+aMoment+`'`); err != nil {
				return err
			}
		}
		return do(ctx, c)
	})
	if barred(err) {
		err = sv.inTurns(ctx, begin, do)
	}
	if errors.Is(err, digest.ErrBusy) {
		return sv.busy(ctx)
	}
	return err
}

func (sv *server) unlessUndone(
	ctx context.Context, begin string, do func(ctx context.Context, c conn) error,
) error {
	for tries := 1; ; tries++ {
		if err := sv.transactOnce(ctx, begin, do); !undone(err) || tries == deadlocks || ctx.Err() != nil {
			return err
		}
	}
}

// inTurns tries again what others' transactions have barred: one at a time in the house, with a
// pause after each, in which everybody else passes the gate.
func (sv *server) inTurns(
	ctx context.Context, begin string, do func(ctx context.Context, c conn) error,
) error {
	waiting, cancel := context.WithTimeoutCause(ctx, sv.waits, digest.ErrBusy)
	defer cancel()
	begin = beginWith + "pg_advisory_xact_lock(" + paperLock(turns) + "); SELECT " + strings.TrimPrefix(begin, beginWith)
	for again := false; ; again = true {
		if err := sv.takeTurn(waiting, again); err != nil {
			return err
		}
		err := sv.unlessUndone(ctx, begin, do)
		if barred(err) {
			select {
			case <-time.After(pause):
			case <-waiting.Done():
			}
		}
		if <-sv.turn; !barred(err) {
			return err
		}
	}
}

// takeTurn waits for a turn. Of those that have had one only the next waits beside who has not: their rows stay
// held, and his may be free by now.
func (sv *server) takeTurn(waiting context.Context, again bool) error {
	if again {
		select {
		case sv.again <- struct{}{}:
			defer func() { <-sv.again }()
		case <-waiting.Done():
			return context.Cause(waiting)
		}
	}
	select {
	case sv.turn <- struct{}{}:
		return nil
	case <-waiting.Done():
		return context.Cause(waiting)
	}
}

// undone says that PostgreSQL undid a transaction since two waited for each other, or what one
// read another one had changed, or that nobody may write any more over its connection.
func undone(err error) bool {
	const deadlock, serialization = "40P01", "40001"
	failed, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (failed.Code == deadlock || failed.Code == serialization || failed.Code == readOnly)
}

func (sv *server) transactOnce(
	ctx context.Context, begin string, do func(ctx context.Context, c conn) error,
) error {
	select {
	case sv.seats <- struct{}{}:
		defer func() { <-sv.seats }()
	case <-ctx.Done():
		return ctx.Err()
	}
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
	return err
}

// begin gives a connection with a transaction that has begun. Where the server is away for a
// moment, it waits for it: nothing is done yet. When this process is to end, it waits no more, at the gate neither.
func (sv *server) begin(ctx context.Context, begin string) (held *pgxpool.Conn, err error) {
	ctx, release := sv.within(ctx, longestGate)
	defer release()
	err = sv.patiently(ctx, func() (err error) {
		if held, err = sv.acquire(ctx); err != nil {
			return err
		}
		answers, err := held.Conn().PgConn().Exec(ctx, begin).ReadAll()
		if err == nil {
			err = sv.heardForm(answers)
		}
		if err != nil {
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

// barred says that a wait for another transaction was too long.
func barred(err error) bool {
	const lockNotAvailable = "55P03"
	failed, ok := errors.AsType[*pgconn.PgError](err)
	return ok && failed.Code == lockNotAvailable
}

// said gives digest.ErrBusy for a wait that was too long.
func said(err error) error {
	if barred(err) {
		return digest.ErrBusy
	}
	return err
}

// busy says whose transaction is the oldest of those that have written or locked rows, where PostgreSQL
// shows that to this user: that is who is waited for, or who holds up the one that is. One that only reads,
// as a backup does for hours, is named where there is no other.
func (sv *server) busy(ctx context.Context) error {
	oldest := &digest.BlockedError{}
	err := sv.pool.QueryRow(ctx, `SELECT application_name, pid, xact_start FROM pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
			AND xact_start IS NOT NULL
		ORDER BY backend_xid IS NULL, xact_start LIMIT 1`).Scan(&oldest.Program, &oldest.PID, &oldest.Since)
	if err != nil {
		return digest.ErrBusy
	}
	return oldest
}

// vacuum has the server take what was deleted out of the tables that have addresses in them.
// So it has of the ledger what has these editions. Its own log and its backups have it for as long
// as they are kept. Without the word of indexes it would leave them as they are for a few rows.
func (sv *server) vacuum(ctx context.Context, editions []uint32) error {
	tables := []string{`subscribers`, `moves`, `letters`, `reports`, `signups`, `editions`}
	for _, edition := range editions {
		tables = append(tables, volumeName(edition/volumeNumbers))
	}
	slices.Sort(tables)
	tables = slices.Compact(tables)
	if _, err := sv.pool.Exec(ctx, `VACUUM (INDEX_CLEANUP ON) `+strings.Join(tables, `, `)); err != nil {
		return fmt.Errorf("it is deleted, but not taken out of the tables: %w", err)
	}
	return nil
}
