package sqlite

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"vesper/digest"
	"vesper/subscribers"
)

// ErrSuppressed is that of package subscribers. What a Store gives is a
// [subscribers.Barred], which has the reason.
var ErrSuppressed = subscribers.ErrSuppressed

// chunk is how many rows of an import share a transaction.
const chunk = 5000

// Enrol is a row of an import: a reader to add as Active or Unconfirmed or, where
// there is a reason, an address that must not be mailed.
type Enrol struct {
	Subscriber subscribers.Subscriber
	// Suppress and Suppressions are the reasons: one or many, it doesn't matter
	// where.
	Suppress     string
	Suppressions []string
	// Keep enters also the row of an address that must not be mailed, as
	// Unsubscribed or Suppressed with all that is known of its reader. Otherwise
	// nothing is kept of it but the suppression. It is not entered where something
	// stood against the address before: whoever was removed or erased here does
	// not come back by an old file.
	Keep bool
}

// Reasons gives why the address must not be mailed, the gravest first; none for a
// reader to add.
func (row Enrol) Reasons() []string {
	return subscribers.ByGravity(append([]string{row.Suppress}, row.Suppressions...))
}

// barred says whether there is a reason, known or not.
func (row Enrol) barred() bool { return row.Suppress != "" || len(row.Suppressions) > 0 }

// Counts is what became of the rows of an import. Changed rows were unconfirmed
// and are active now, or have a proof of consent that they had not; suppressed
// ones were left off the list, or taken off it.
type Counts struct{ Added, Changed, Unchanged, Suppressed int }

// Add puts a reader on the list as Active or Unconfirmed, and gives the row as
// it is then and whether it is new. An active reader stays as is, an unconfirmed
// one becomes active when added as such. For a reader who has left or is
// suppressed it gives what is known with ErrSuppressed. IDs, and a zero Created
// and Confirmed, are set here; without a source the admin is it.
func (s *List) Add(ctx context.Context, add subscribers.Subscriber, now time.Time) (subscribers.Subscriber, bool, error) {
	is := add
	var what verdict
	var reason string
	err := s.write.whole(ctx, func(ctx context.Context, c conn) (err error) {
		in, err := s.openEnrolment(ctx, c, now)
		if err != nil {
			return err
		}
		if what, err = in.enrol(ctx, Enrol{Subscriber: add}); err != nil {
			return err
		}
		if reason, err = s.suppressedFor(ctx, c, add.Address.Key()); err != nil {
			return err
		}
		is, err = findSubscriber(ctx, c, add.Address.Key())
		if what == suppressed && errors.Is(err, digest.ErrNotFound) {
			is = add
			is.Status, is.Reason, err = subscribers.Suppressed, reason, nil
		}
		return err
	})
	if err == nil && what == suppressed {
		err = subscribers.Barred{Reason: reason}
	}
	if err != nil {
		return is, false, fmt.Errorf("add a subscriber: %w", err)
	}
	return is, what == added, nil
}

// EnrolAll adds many readers as Add does and suppresses others as Suppress does,
// a few thousand a transaction, and counts them. A reader who is there already
// keeps what is known and gains only a confirmation or a proof of consent that
// was missing. What it counted before an error holds; doing it all again is
// harmless.
func (s *List) EnrolAll(ctx context.Context, rows iter.Seq[Enrol], now time.Time) (Counts, error) {
	var total Counts
	var waiting []Enrol
	wide := false
	flush := func() error {
		if !wide && len(waiting) == chunk {
			wide = true
			if err := s.widen(ctx, roomy); err != nil {
				return err
			}
		}
		counts, err := s.enrolChunk(ctx, waiting, now)
		total.Added += counts.Added
		total.Changed += counts.Changed
		total.Unchanged += counts.Unchanged
		total.Suppressed += counts.Suppressed
		waiting = waiting[:0]
		return err
	}
	defer func() {
		if wide {
			// Where this fails, the memory is given back when the program ends.
			_ = s.widen(context.WithoutCancel(ctx), usual)
		}
	}()
	for row := range rows {
		if waiting = append(waiting, row); len(waiting) < chunk {
			continue
		}
		if err := flush(); err != nil {
			return total, fmt.Errorf("import subscribers: %w", err)
		}
	}
	if err := flush(); err != nil {
		return total, fmt.Errorf("import subscribers: %w", err)
	}
	return total, nil
}

// The rows of an import are all over the indexes. With 64 MB of cache and of
// write-ahead log a page is read and moved once for many of them; otherwise a
// million readers are ten gigabytes of writing.
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

func (s *core) enrolChunk(ctx context.Context, rows []Enrol, now time.Time) (Counts, error) {
	var counts Counts
	if len(rows) == 0 {
		return counts, nil
	}
	err := s.write.whole(ctx, func(ctx context.Context, c conn) error {
		in, err := s.openEnrolment(ctx, c, now)
		if err != nil {
			return err
		}
		for _, row := range rows {
			what, err := in.enrol(ctx, row)
			if err != nil {
				return err
			}
			counts.count(what)
		}
		return nil
	})
	if err != nil {
		return Counts{}, err
	}
	return counts, nil
}
