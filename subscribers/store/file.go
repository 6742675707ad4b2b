// Package store keeps readers, editions, deliveries and letters in one SQLite
// file. Editions live beside the readers because two transactions touch both: an
// edition that is opened enters its readers in its ledger, and a reader who leaves
// is taken off every ledger in the same moment. All the program's SQL is here.
// Start with schema.sql, where the promises are.
//
// A [File] has four parts: itself, the [List] of readers, the [Book] of editions,
// and what is sent from, the [Ledger] of one edition and the [Outbox] of letters.
// Writes go through one writer that commits whatever has queued up, so that a
// ledger written message by message costs one fsync for many. It waits up to a minute
// for other processes that write. Nothing here asks
// the time, renders, or knows SMTP, and no rules stand here: those are in packages
// digest and subscribers.
package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Options are what the program decides about its database.
type Options struct {
	// Lease is how long a row that is under way belongs to the process that
	// attempts it. Zero means [DefaultLease].
	Lease time.Duration
	// New makes a database even where another was sent from before.
	New bool
	// Waits is told when a write has waited for another process's for a while. It may
	// be nil.
	Waits func()
	// Upgraded is told when a database of an older version was brought up, and where a
	// copy of it as it was lies, which of one on a server there is none. It may be nil.
	Upgraded func(from, to int, before string)
	// Program names this program and its version. It is written into a database whose form
	// it makes or changes: an older program tells by it who can read that.
	Program string
	// Elsewhere opens a database too that was moved elsewhere: see [Move].
	Elsewhere bool
	// Chunk is how many readers a chunk has at most where the database is on a server; zero
	// means 5,000.
	Chunk int
	// Volume is how many deliveries a volume of the ledger has on a server before the next one begins;
	// zero means a hundred millions.
	Volume int64
	// Now is the clock. It says when a new database's keys were made, and since when
	// somebody has the lock. Nil means the machine's.
	Now func() time.Time
	// Machine is the machine's clock, which is compared with the server's. Nil means time.Now.
	Machine func() time.Time
	// further are steps of a later program than this one. A test has them.
	further []step
}

// DefaultLease is the lease of a row where no other is asked for: longer than
// SMTP's longest time-out, which is 10 minutes (RFC 5321 4.5.3.2).
const DefaultLease = 15 * time.Minute

// File is one database. Any number of goroutines and processes may use the same
// file.
type File struct{ *core }

// List gives the part of the database that is about readers.
func (s *File) List() *List { return &List{s.core} }

// Feeds gives the part about where stories come from.
func (s *File) Feeds() *Feeds { return &Feeds{s.core} }

// Alarms gives the part about what somebody has to look at.
func (s *File) Alarms() *Alarms { return &Alarms{s.core} }

// Mailboxes gives the part that remembers how far mailboxes were read.
func (s *File) Mailboxes() *Mailboxes { return &Mailboxes{s.core} }

// Tests gives the part that remembers messages to ourselves.
func (s *File) Tests() *Tests { return &Tests{s.core} }

// Topics gives the part that remembers the topics of Amazon SNS.
func (s *File) Topics() *Topics { return &Topics{s.core} }

// Book gives the part that is about editions.
func (s *File) Book() *Book { return &Book{s.core} }

// Ledger gives the deliveries of the opened edition with this number.
func (s *File) Ledger(number uint32) *Ledger { return newLedger(s.core, number, 0) }

// Outbox gives the letters.
func (s *File) Outbox() *Outbox { return newOutbox(s.core) }

// Made says whether Open made the database.
func (s *File) Made() bool { return s.made }

// Close waits for the writes under way and closes the database.
func (s *File) Close() error {
	s.isNoted()
	err := errors.Join(s.reads.close(), s.write.close())
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
	if s.server != nil {
		_, err := tablesIn(ctx, s.read)
		return err
	}
	var result string
	if err := s.read.QueryRow(ctx, `PRAGMA quick_check(1)`).Scan(&result); err != nil {
		return fmt.Errorf("check the database: %w", err)
	}
	if result != "ok" {
		return fmt.Errorf("check the database: %s", result)
	}
	return nil
}

// Stats is what the store counts for metrics.
type Stats struct {
	// Commits is how many transactions were made durable, Writes how many
	// callers' writes they held.
	Commits, Writes int64
}

// Stats gives the counts since Open.
func (s *File) Stats() Stats {
	return s.write.stats()
}
