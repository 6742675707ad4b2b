package store

import (
	"database/sql"
	"os"
	"sync"
	"sync/atomic"
	"time"

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
	write *writer
	// message makes Message-IDs, hide the names of addresses among suppressions.
	message, hide key
	// owner names this process in the rows that it attempts.
	owner string
	lease time.Duration
	now   func() time.Time
	// replaying says that what is done was recorded as a departure before.
	replaying bool
	// locked says that this process has the lock: it alone delivers.
	locked atomic.Bool

	// noted is when a run was last noted that goes on, in nanoseconds. marking is held by
	// who writes that beside the database: the file never gets older.
	noted   atomic.Int64
	marking sync.Mutex
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
