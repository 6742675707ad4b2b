package store

import (
	"context"
	"database/sql"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"vesper/digest"
	"vesper/subscribers"
)

type key = subscribers.Key

// List is who is on the list, and all that is known of them.
type List struct{ *core }

// Book is the editions, and the days without one.
type Book struct{ *core }

// core is what the four parts share.
type core struct {
	path string
	// place is which file that was when it was opened; made says that there was none.
	place place
	made  bool
	// db has the connections that only read. A single statement goes through read.
	db    *sql.DB
	read  conn
	reads connections
	write writes
	// writer is what writes to a file, and server what the database lies on. One is nil.
	writer *writer
	server *server
	// left has a value after a transaction in which somebody left.
	left chan struct{}
	// message makes Message-IDs, hide the names of addresses among suppressions.
	message, hide key
	// owner names this process in the rows that it attempts.
	owner string
	lease time.Duration
	// skew is how many seconds the server's clock is ahead of this machine's: leases end by the server's.
	skew atomic.Int64
	// inChunk is how many readers are opened together on a server.
	inChunk int
	// inVolume is how many deliveries a volume of the ledger has on a server before the next one begins.
	inVolume int64
	now      func() time.Time
	// replaying says that what is done was recorded as a departure before.
	replaying bool
	// locked says that this process has the lock: it alone delivers.
	locked atomic.Bool

	// noted is when a run was last noted that goes on, in nanoseconds. marking is held by
	// who writes that beside the database: the file never gets older.
	noted   atomic.Int64
	marking sync.Mutex
	// unnoted is why that could not be written when it was last tried; nil: it was.
	unnoted atomic.Pointer[error]
	// noting is held while that is noted beside what is sent.
	noting sync.Mutex

	// searching is held by who compares a Message-ID with those of whole editions.
	searching sync.Mutex

	// domainsOf remembers how many readers of a domain an edition had.
	domainMu  sync.Mutex
	domainsOf map[struct {
		edition uint32
		domain  string
	}]ofDomain

	// raw is the file itself, once it was looked at: see countBytes.
	rawMu sync.Mutex
	raw   *os.File
}

// connections are those that read.
type connections interface {
	hold(ctx context.Context) (held, error)
	close() error
}

// held is a connection for many questions.
type held interface {
	conn
	close() error
}

// writes is how changes are made durable.
type writes interface {
	// one has a single statement committed, together with those of others.
	one(ctx context.Context, do func(ctx context.Context, c conn) error) error
	// whole has do committed in a transaction of its own, beside which nobody else changes
	// what it reads. Where a server undoes it, do is called again.
	whole(ctx context.Context, do func(ctx context.Context, c conn) error) error
	hotWrites
	// departs says that somebody leaves in the transaction that has this connection.
	departs(c conn)
	// hasNobodyLeft says that nobody has ever left, where that is known.
	hasNobodyLeft() bool
	stats() Stats
	// close lets what has begun finish.
	close() error
}

// hotWrites are what each message needs twice. They are made durable in the order in which
// they come.
type hotWrites interface {
	// intend has an intent written: see [queue.IntendInTurn].
	intend(ctx context.Context, q *queue, d digest.Delivery, now time.Time, looked func(taken bool),
		durable func(err error))
	// settle has an outcome written: see [queue.SettleInTurn].
	settle(ctx context.Context, q *queue, d digest.Delivery, s digest.Settlement, said reply, durable func(err error))
	// settleAndWait is settle for who waits, and gives how many rows had the outcome.
	settleAndWait(ctx context.Context, q *queue, d digest.Delivery, s digest.Settlement, said reply) (int64, error)
	// drops forgets a message that was in hand and gets no outcome from here.
	drops(q *queue, key int64)
}

// seconds gives what is stored for an instant, NULL for none.
func seconds(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.Unix()
}

// instant reads what seconds gave.
func instant(n sql.NullInt64) time.Time {
	if !n.Valid {
		return time.Time{}
	}
	return time.Unix(n.Int64, 0).UTC()
}
