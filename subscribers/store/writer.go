package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mattn/go-sqlite3"
)

var errClosed = errors.New("the database is closed")

// writer owns the one connection that writes. While it has nothing to do with that, others
// use it, see door.
type writer struct {
	db   *sql.DB
	conn *prepared
	// waiting is how it waits for other processes.
	waiting waiting

	requests requests
	door
	// hands are the messages under way, whose connections write soon.
	hands hands
	quit  chan struct{}
	once  sync.Once
	ended chan struct{}
	// there says why nothing is to be written: the file is not where it was.
	there func() error
	// full says that the disk was full at the last write.
	full bool
	// timer is for the wait for company.
	timer *time.Timer
	// company is how long a wait for it takes.
	company time.Duration
	// crowd says whether company is to be had.
	crowd crowd
	// departed says that somebody leaves in the transaction under way. Who waits for left is
	// told once it is committed.
	departed bool
	left     chan<- struct{}
	// nobodyLeft says that nobody has ever left when the transaction under way began.
	nobodyLeft bool

	commits, writes atomic.Int64
}

// startWriter has one connection of db write. It takes over both.
func startWriter(db *sql.DB, c *prepared, wait waiting, there func() error, left chan<- struct{}) *writer {
	w := &writer{
		db: db, conn: c, waiting: wait, there: there,
		requests: requests{more: make(chan struct{}, 1)},
		quit:     make(chan struct{}), ended: make(chan struct{}), timer: time.NewTimer(0),
		company: company, left: left,
	}
	go w.run()
	return w
}

// close lets the writes that have been taken finish.
func (w *writer) close() error {
	w.once.Do(func() { close(w.quit) })
	<-w.ended
	return errors.Join(w.conn.close(), w.db.Close())
}

// one has a single statement committed, together with those of others.
func (w *writer) one(ctx context.Context, do func(ctx context.Context, c conn) error) error {
	return w.submit(newRequest(ctx, do))
}

// whole has do committed in a transaction of its own.
func (w *writer) whole(ctx context.Context, do func(ctx context.Context, c conn) error) error {
	r := newRequest(ctx, do)
	r.alone = true
	return w.submit(r)
}

// submit honours the request's context while it waits for its turn, or for other
// processes.
func (w *writer) submit(r *request) error {
	if err := w.put(r); err != nil {
		return err
	}
	return r.wait()
}

// put gives a request its place in the line.
func (w *writer) put(r *request) error {
	if err := r.ctx.Err(); err != nil {
		return err
	}
	return w.requests.put(r)
}

func (w *writer) run() {
	defer close(w.ended)
	defer w.requests.close()
	for {
		select {
		case <-w.quit:
			return
		default:
		}
		switch r, _ := w.requests.take(false); {
		case r == nil:
			if p := w.rest(); p != nil {
				w.commitAll(p.next)
			}
		case r.alone:
			r.result <- w.commitOne(r)
		default:
			if err := w.begin(r.ctx.Err); err != nil {
				r.result <- err
				w.makeRoom(err)
				continue
			}
			p := party{writer: w, first: r}
			w.commitAll(p.next)
		}
	}
}

// rest waits until there is something to do. It gives the party that a guest has begun, if
// one has.
func (w *writer) rest() *party {
	w.unlock(nil)
	select {
	case <-w.quit:
	case <-w.requests.more:
	}
	return w.lock()
}

func (w *writer) commitOne(r *request) error {
	err := w.begin(func() error { return r.ctx.Err() })
	if err == nil {
		err = commit(r.ctx, w.conn, func() error { return r.do(r.ctx, w.conn) })
	}
	if err == nil {
		w.count(1)
	}
	w.tellLeft(err)
	w.makeRoom(err)
	return err
}

// departs says that somebody leaves in the transaction under way.
func (w *writer) departs(conn) { w.departed, w.nobodyLeft = true, false }

// hasNobodyLeft says that nobody has ever left.
func (w *writer) hasNobodyLeft() bool { return w.nobodyLeft }

func (w *writer) stats() Stats { return Stats{Commits: w.commits.Load(), Writes: w.writes.Load()} }

// tellLeft says that somebody has left, once that is committed.
func (w *writer) tellLeft(err error) {
	if w.departed && err == nil {
		select {
		case w.left <- struct{}{}:
		default:
		}
	}
	w.departed, w.nobodyLeft = false, false
}

// commitAll commits the requests that next gives in the transaction that has begun, with
// what guests do meanwhile. Each is done as it comes. A statement that fails fails its
// caller only; a commit that fails fails them all. No caller's context reaches the
// statements, because an interrupted one takes the transaction with it.
func (w *writer) commitAll(next func() *request) {
	ctx := context.Background()
	var all []*request
	var results []error
	err := commit(ctx, w.conn, func() error {
		for r := next(); r != nil; r = next() {
			all = append(all, r)
			results = append(results, r.do(ctx, w.conn))
			if err := results[len(results)-1]; err != nil && w.rolledBack() {
				return err
			}
		}
		return w.broken
	})
	if err == nil {
		w.count(len(all) + len(w.guests))
	}
	for i, r := range all {
		if err != nil {
			results[i] = err
		}
		r.result <- results[i]
	}
	w.leave(err)
	w.makeRoom(err)
}

// begin takes the write lock, unless nobody waits for that any more, or the file is
// not where it was: it may have gone while we waited.
func (w *writer) begin(given func() error) error {
	err := w.waiting.begin(w.conn, func() error {
		select {
		case <-w.quit:
			return errClosed
		default:
			return given()
		}
	})
	if err != nil {
		return err
	}
	if err = w.there(); err != nil {
		w.rollback()
	}
	return err
}

// rollback undoes a transaction. Its error says only that SQLite was first.
func (w *writer) rollback() { _, _ = w.conn.Exec(context.Background(), "ROLLBACK") }

// makeRoom lets the space of the WAL be used again when err says that the disk is
// full, and once more at the first write that the disk takes after that. By
// itself SQLite looks at the WAL only when it has grown to four megabytes, for
// which there may never be room.
func (w *writer) makeRoom(err error) {
	failed, ok := errors.AsType[sqlite3.Error](err)
	full := ok && failed.Code == sqlite3.ErrFull
	if full || w.full {
		// Where the disk refuses this too, the next write tries again.
		_, _ = w.conn.Exec(context.Background(), "PRAGMA wal_checkpoint(PASSIVE)")
	}
	w.full = full
}

// takeSpace moves what was just written into the file, so that the file has the
// space for it: on a disk that fills up while an edition is sent, its outcomes then
// need no more than the WAL, which makeRoom empties. If the space can't be had,
// what was written holds all the same.
func (s *core) takeSpace(ctx context.Context) {
	if s.server != nil {
		return
	}
	_, _ = s.read.Exec(ctx, "PRAGMA wal_checkpoint(PASSIVE)")
}

// rolledBack says whether SQLite has undone the transaction by itself, as it may
// on a full disk: what came after would be committed statement by statement.
func (w *writer) rolledBack() bool {
	gone := true
	err := w.conn.Raw(func(c any) error {
		gone = c.(*sqlite3.SQLiteConn).AutoCommit()
		return nil
	})
	return err != nil || gone
}

func (w *writer) count(writes int) {
	w.commits.Add(1)
	w.writes.Add(int64(writes))
}

// commit runs do in a transaction that has begun, and commits it; after an error
// nothing of it holds.
func commit(ctx context.Context, c conn, do func() error) error {
	err := do()
	if err == nil {
		if _, err = c.Exec(context.WithoutCancel(ctx), "COMMIT"); err == nil {
			return nil
		}
		err = fmt.Errorf("commit: %w", err)
	}
	// Its error says only that SQLite was first.
	_, _ = c.Exec(context.WithoutCancel(ctx), "ROLLBACK")
	return err
}

// The rows of an import are spread all over the indexes. With 8 MB of cache and 64 MB of
// write-ahead log, a page is read and moved once for several rows. More cache would save
// some reading, for as much memory as all the rest of the program has.
const (
	roomy = `PRAGMA cache_size = -8192; PRAGMA wal_autocheckpoint = 16384`
	usual = `PRAGMA cache_size = -2000; PRAGMA wal_autocheckpoint = 1000; PRAGMA shrink_memory`
)

func (s *core) widen(ctx context.Context, pragmas string) error {
	if s.server != nil {
		return nil
	}
	return s.write.whole(ctx, func(ctx context.Context, c conn) error {
		_, err := c.Exec(ctx, pragmas)
		return err
	})
}
