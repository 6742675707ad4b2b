package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/mattn/go-sqlite3"
)

// together is how many writes share a commit at most: enough to make the fsync
// cheap, few enough that nobody waits long for others' statements.
const together = 256

var errClosed = errors.New("the database is closed")

// writer owns the one connection that writes. Requests come by a channel without a
// buffer: whoever waits there has not been taken yet and may still walk away.
type writer struct {
	db   *sql.DB
	conn *prepared
	// waiting is how it waits for other processes.
	waiting waiting

	requests chan *request
	quit     chan struct{}
	once     sync.Once
	ended    chan struct{}
	// there says why nothing is to be written: the file is not where it was.
	there func() error
	// full says that the disk was full at the last write.
	full bool

	commits, writes atomic.Int64
}

// request is one caller's write.
type request struct {
	ctx context.Context
	do  func(ctx context.Context, c conn) error
	// alone asks for a transaction of its own, which do may fill with any number
	// of statements: all of them hold or none. Otherwise one statement of do
	// changes something, and it undoes itself when it fails.
	alone  bool
	result chan error
}

// startWriter has one connection of db write. It takes over both.
func startWriter(db *sql.DB, c *prepared, wait waiting, there func() error) *writer {
	w := &writer{
		db: db, conn: c, waiting: wait, there: there,
		requests: make(chan *request), quit: make(chan struct{}), ended: make(chan struct{}),
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
	return w.submit(&request{ctx: ctx, do: do, result: make(chan error, 1)})
}

// whole has do committed in a transaction of its own.
func (w *writer) whole(ctx context.Context, do func(ctx context.Context, c conn) error) error {
	return w.submit(&request{ctx: ctx, do: do, alone: true, result: make(chan error, 1)})
}

// submit honours ctx while the request waits for its turn, or for other processes.
// Once its transaction has begun, it waits for the result: a write that holds must not be reported as one that
// doesn't.
func (w *writer) submit(r *request) error {
	if err := r.ctx.Err(); err != nil {
		return err
	}
	select {
	case <-w.quit:
		return errClosed
	case <-r.ctx.Done():
		return r.ctx.Err()
	case w.requests <- r:
		return <-r.result
	}
}

func (w *writer) run() {
	defer close(w.ended)
	var next *request
	for {
		first := next
		next = nil
		if first == nil {
			select {
			case <-w.quit:
				return
			case first = <-w.requests:
			}
		}
		if first.alone {
			first.result <- w.commitOne(first)
			continue
		}
		requests := []*request{first}
		for yielded := false; next == nil && len(requests) < together; {
			r := w.next()
			if r == nil && !yielded {
				// Those whose writes were just committed come again in a moment: who comes
				// too late for this commit waits for all of it.
				runtime.Gosched()
				yielded = true
				continue
			}
			if r == nil {
				break
			}
			yielded = false
			if r.alone {
				next = r
				break
			}
			requests = append(requests, r)
		}
		w.commitAll(requests)
	}
}

// next takes the next request if there is one.
func (w *writer) next() *request {
	select {
	case r := <-w.requests:
		return r
	default:
		return nil
	}
}

func (w *writer) commitOne(r *request) error {
	err := w.begin(func() error { return r.ctx.Err() })
	if err == nil {
		err = commit(r.ctx, w.conn, func() error { return r.do(r.ctx, w.conn) })
	}
	if err == nil {
		w.count(1)
	}
	w.makeRoom(err)
	return err
}

// commitAll commits the requests in one transaction. A statement that fails
// fails its caller only; a commit that fails fails them all. No caller's context
// reaches the statements, because an interrupted one takes the transaction with
// it.
func (w *writer) commitAll(requests []*request) {
	ctx := context.Background()
	err := w.begin(func() error {
		requests = abandoned(requests)
		if len(requests) == 0 {
			return context.Canceled
		}
		return nil
	})
	results := make([]error, len(requests))
	if err == nil {
		err = commit(ctx, w.conn, func() error {
			for i, r := range requests {
				if results[i] = r.do(ctx, w.conn); results[i] != nil && w.rolledBack() {
					return results[i]
				}
			}
			return nil
		})
	}
	if err == nil {
		w.count(len(requests))
	}
	for i, r := range requests {
		if err != nil {
			results[i] = err
		}
		r.result <- results[i]
	}
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
		// Its error says only that SQLite was first.
		_, _ = w.conn.Exec(context.Background(), "ROLLBACK")
	}
	return err
}

// abandoned takes out the requests whose callers don't wait any more.
func abandoned(requests []*request) []*request {
	return slices.DeleteFunc(requests, func(r *request) bool {
		err := r.ctx.Err()
		if err != nil {
			r.result <- err
		}
		return err != nil
	})
}

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

// The rows of an import are spread all over the indexes. With 64 MB of cache and of
// write-ahead log, a page is read and moved once for many rows. Otherwise a million
// readers cost ten gigabytes of writing.
const (
	roomy = `PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 16384`
	usual = `PRAGMA cache_size = -2000; PRAGMA wal_autocheckpoint = 1000; PRAGMA shrink_memory`
)

func (s *core) widen(ctx context.Context, pragmas string) error {
	return s.write.whole(ctx, func(ctx context.Context, c conn) error {
		_, err := c.Exec(ctx, pragmas)
		return err
	})
}
