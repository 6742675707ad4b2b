package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"vesper/digest"
)

// One process writes at a time, and a large edition is opened in one transaction.
// The others wait for it.
const (
	// aMinute is how long.
	aMinute = time.Minute
	// quiet is how long one waits before it is said.
	quiet = 2 * time.Second
	// turn is how long SQLite waits by itself, in milliseconds. The longer it waits,
	// the more seldom it looks, up to 100 ms: beside a process that writes one
	// transaction after the other it would hardly ever find the lock free. So it begins
	// anew after each turn.
	turn = "250"
	// between is the time from one turn to the next. Sometimes SQLite says that the
	// database is locked and does not wait: while another process makes it, or is the
	// last to leave it.
	between = 5 * time.Millisecond
)

// waiting is how one waits for other processes.
type waiting struct {
	patience time.Duration
	// says is told once, when the wait is not short.
	says func()
}

// until does something until no other process is in its way. The error is
// digest.ErrBusy when patience ends, and that of given as soon as it gives one.
func (w waiting) until(given func() error, do func() error) error {
	start, said := time.Now(), false
	for {
		err := do()
		if !busy(err) {
			return err
		}
		if err := given(); err != nil {
			return err
		}
		waited := time.Since(start)
		if waited >= w.patience {
			return digest.ErrBusy
		}
		if !said && waited >= quiet {
			said = true
			w.says()
		}
		time.Sleep(between)
	}
}

// beginSQL takes the write lock. IMMEDIATE takes it before the first read, so that what
// is read is still true when it is written.
const beginSQL = "BEGIN IMMEDIATE"

// begin takes the write lock. No context breaks the statement off: it
// could have begun all the same.
func (w waiting) begin(c conn, given func() error) error {
	err := w.until(given, func() error {
		_, err := c.Exec(context.Background(), beginSQL)
		return err
	})
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	return nil
}

// aside does one statement over a connection of its own.
func (s *core) aside(ctx context.Context, do func(db conn) error) error {
	db, err := sql.Open("sqlite3", dsn(s.path, writing))
	if err != nil {
		return err
	}
	err = s.writer.waiting.until(ctx.Err, func() error { return do(plainly{db}) })
	return errors.Join(err, db.Close())
}
