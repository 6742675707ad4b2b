// Package sqlite keeps readers, editions, deliveries and letters in one SQLite
// file. Editions live beside the readers because two transactions touch both: an
// edition that is opened enters its readers in its ledger, and a reader who leaves
// is taken off every ledger in the same moment. All the program's SQL is here.
// Start with schema.sql, where the promises are.
//
// A [File] has four parts: itself, the [List] of readers, the [Book] of editions,
// and what is sent from, the [Ledger] of one edition and the [Outbox] of letters.
// Writes go through one writer that commits whatever has queued up, so that a
// ledger written message by message costs one fsync for many. Nothing here asks
// the time, renders, or knows SMTP, and no rules stand here: those are in packages
// digest and subscribers.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// Options are what the program decides about its database.
type Options struct {
	// Lease is how long a row that is under way belongs to the process that
	// attempts it. Zero means [DefaultLease].
	Lease time.Duration
	// Now is the clock. It says when a new database's keys were made, and since when
	// somebody has the lock. Nil means the machine's.
	Now func() time.Time
}

// DefaultLease is the lease of a row where no other is asked for: longer than
// SMTP's longest time-out, which is 10 minutes (RFC 5321 4.5.3.2).
const DefaultLease = 15 * time.Minute

// File is one database. Any number of goroutines and processes may use the same
// file.
type File struct{ *core }

// List gives the part of the database that is about readers.
func (s *File) List() *List { return &List{s.core} }

// Book gives the part that is about editions.
func (s *File) Book() *Book { return &Book{s.core} }

// Ledger gives the deliveries of the opened edition with this number.
func (s *File) Ledger(number uint32) *Ledger { return newLedger(s.core, number) }

// Outbox gives the letters.
func (s *File) Outbox() *Outbox { return newOutbox(s.core) }

// List is who is on the list, and all that is known of them.
type List struct{ *core }

// Book is the editions, and the days without one.
type Book struct{ *core }

// core is what the four parts share.
type core struct {
	path string
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
	// locked says that this process has the lock: it alone delivers.
	locked atomic.Bool

	// raw is the file itself, once it was looked at: see countBytes.
	rawMu sync.Mutex
	raw   *os.File
}

// Close waits for the writes under way and closes the database.
func (s *File) Close() error {
	err := errors.Join(s.db.Close(), s.write.close())
	s.rawMu.Lock()
	defer s.rawMu.Unlock()
	if s.raw != nil {
		err = errors.Join(err, s.raw.Close())
		s.raw = nil
	}
	return err
}

// Check says whether the database can be read and is whole (doctor).
func (s *File) Check(ctx context.Context) error {
	var result string
	if err := s.read.QueryRow(ctx, `PRAGMA quick_check(1)`).Scan(&result); err != nil {
		return fmt.Errorf("check the database: %w", err)
	}
	if result != "ok" {
		return fmt.Errorf("check the database: %s", result)
	}
	return nil
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
