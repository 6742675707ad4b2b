package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"vesper/digest"
)

// rightToDeliver is the number of the lock in PostgreSQL that who delivers has. It belongs to
// a connection: the server takes it back from a process or a machine that dies.
const rightToDeliver = 0x5673_7072_0002

// nameLimit is how long an application's name may be on a server.
const nameLimit = 63

// right is the right to deliver, as long as its connection lasts.
type right struct {
	config *pgx.ConnConfig
	conn   *pgx.Conn
	// backend is the server's process of the connection that had it last, 0 before it was had.
	backend int64
	stop    context.CancelFunc
	ended   chan struct{}
	// lost is closed when another process has it.
	lost chan struct{}
	// answered is when the connection last did, in nanoseconds.
	answered atomic.Int64
}

// looksEvery is how often one looks whether the connection lasts, and patience how long it may
// take to answer.
const (
	looksEvery = 2 * time.Second
	patience   = 10 * time.Second
)

// takeRight takes the right to deliver, for a process of this role. When another process has
// it, the error is a *digest.HeldError. Where the connection breaks it is taken anew; lost is
// closed where another process was first.
func (sv *server) takeRight(ctx context.Context, role string, now time.Time) (lost <-chan struct{}, err error) {
	r := &right{
		config: sv.pool.Config().ConnConfig.Copy(), ended: make(chan struct{}), lost: make(chan struct{}),
	}
	r.config.RuntimeParams["application_name"] = signature(role, now)
	got := false
	// Where the server is away for a moment nobody has it, and whoever stands by goes on.
	err = sv.patiently(ctx, func() (err error) {
		got, err = r.take(ctx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("lock the database: %w", unreached(err))
	}
	if !got {
		held, err := sv.holder(ctx)
		if err == nil {
			// Whoever had it is gone by now, and was on another machine.
			err = cmp.Or(held, &digest.HeldError{Host: "another machine"})
		}
		return nil, err
	}
	sv.rightMu.Lock()
	defer sv.rightMu.Unlock()
	sv.right = r
	ctx, r.stop = context.WithCancel(context.Background())
	go r.watch(ctx)
	return r.lost, nil
}

// take connects and asks for the right.
func (r *right) take(ctx context.Context) (got bool, err error) {
	if r.conn, err = pgx.ConnectConfig(ctx, r.config); err != nil {
		return false, err
	}
	got, backend, err := r.ask(ctx)
	if !got && err == nil && r.backend != 0 {
		if err = r.endFormer(ctx); err == nil {
			got, backend, err = r.ask(ctx)
		}
	}
	if !got || err != nil {
		return false, errors.Join(err, r.conn.Close(ctx))
	}
	r.backend = backend
	r.answered.Store(time.Now().UnixNano())
	return true, nil
}

func (r *right) ask(ctx context.Context) (got bool, backend int64, err error) {
	err = r.conn.QueryRow(ctx, `SELECT pg_try_advisory_lock(`+paperLock(rightToDeliver)+`),
		CAST(pg_backend_pid() AS BIGINT)`).Scan(&got, &backend)
	return got, backend, err
}

// endFormer has the server end this process's former connection, if that is what has the right:
// where the way to it fell silent, the server takes it to be there for half a minute yet.
func (r *right) endFormer(ctx context.Context) error {
	ended := true
	err := r.conn.QueryRow(ctx, `SELECT coalesce(bool_and(pg_terminate_backend(a.pid, $1)), true)
		FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
		WHERE l.locktype = 'advisory' AND l.granted AND a.datname = current_database()
			AND (CAST(l.classid AS BIGINT) << 32) | CAST(l.objid AS BIGINT) = `+paperLock(rightToDeliver)+`
			AND l.pid = $2 AND a.application_name = current_setting('application_name')`,
		goes.Milliseconds(), r.backend).Scan(&ended)
	if err == nil && !ended {
		err = errors.New("the server keeps the former connection")
	}
	return err
}

// watch takes the right anew where its connection broke, until it was given back.
func (r *right) watch(ctx context.Context) {
	defer close(r.ended)
	tick := time.NewTicker(looksEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			r.giveBack()
			return
		case <-tick.C:
		}
		if r.lasts(ctx) || ctx.Err() != nil {
			continue
		}
		r.giveBack()
		// While the server is away, nobody has it.
		if got, err := r.take(ctx); err == nil && !got {
			close(r.lost)
			return
		}
	}
}

// lasts says whether the connection is there. One that says nothing is not.
func (r *right) lasts(ctx context.Context) bool {
	if r.conn == nil {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if r.conn.Ping(ctx) != nil {
		return false
	}
	r.answered.Store(time.Now().UnixNano())
	return true
}

// giveBack gives the right back and closes the connection. One that is broken has lost the
// right already.
func (r *right) giveBack() {
	if r.conn == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	// The server sees a little later that a connection is closed, and who is next is here now.
	_, _ = r.conn.Exec(ctx, `SELECT pg_advisory_unlock(`+paperLock(rightToDeliver)+`)`)
	_ = r.conn.Close(ctx)
}

// LockAnswers says whether this process has the lock over a connection that PostgreSQL answers: then it takes
// that from nobody, whatever becomes of the others.
func (s *File) LockAnswers() bool {
	// While it is taken or given back, nobody waits for that.
	if s.server == nil || !s.server.rightMu.TryLock() {
		return false
	}
	defer s.server.rightMu.Unlock()
	r := s.server.right
	return r != nil && time.Since(time.Unix(0, r.answered.Load())) < patience
}

// giveBack gives the right back, if this process has it.
func (sv *server) giveBack() {
	sv.rightMu.Lock()
	defer sv.rightMu.Unlock()
	if r := sv.right; r != nil {
		r.stop()
		<-r.ended
		sv.right = nil
	}
}

// signature says who has the right, and since when, in what the server shows of a connection.
func signature(role string, now time.Time) string {
	s := fmt.Sprintf("vesper %s %d %s %s", role, os.Getpid(), now.UTC().Format(time.RFC3339), hostname())
	return s[:min(len(s), nameLimit)]
}

// holder gives who has the right to deliver; nil if nobody has.
func (sv *server) holder(ctx context.Context) (*digest.HeldError, error) {
	return holderOf(ctx, awaiting{idle{sv.pool}, sv})
}

func holderOf(ctx context.Context, c conn) (*digest.HeldError, error) {
	var name string
	err := missing(c.QueryRow(ctx, `SELECT a.application_name
		FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid JOIN pg_database d ON d.oid = l.database
		WHERE l.locktype = 'advisory' AND l.granted AND d.datname = current_database()
			AND (CAST(l.classid AS BIGINT) << 32) | CAST(l.objid AS BIGINT) = `+paperLock(rightToDeliver)).Scan(&name))
	if errors.Is(err, digest.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look who has the database: %w", unreached(err))
	}
	fields := strings.Fields(name)
	if len(fields) < 4 {
		return &digest.HeldError{}, nil
	}
	held := &digest.HeldError{Role: fields[1]}
	if len(fields) > 4 {
		held.Host = fields[4]
	}
	if held.PID, err = strconv.Atoi(fields[2]); err == nil {
		held.Since, err = time.Parse(time.RFC3339, fields[3])
	}
	if err != nil {
		// Another program's connection can't have it: what it says is not for us to judge.
		return &digest.HeldError{}, nil
	}
	return held, nil
}
