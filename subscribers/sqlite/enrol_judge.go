package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"hash/maphash"
	"iter"
	"slices"

	"vesper/subscribers"
)

// verdict is what adding a reader comes to.
type verdict int

const (
	unchanged verdict = iota
	added
	changed
	suppressed
)

func (c *Counts) count(v verdict) {
	switch v {
	case unchanged:
		c.Unchanged++
	case added:
		c.Added++
	case changed:
		c.Changed++
	case suppressed:
		c.Suppressed++
	}
}

// check refuses a row that no import may have.
func (row Enrol) check() error {
	s := row.Subscriber
	switch {
	case s.Address == (subscribers.Address{}):
		return errors.New("the address is empty")
	case row.barred():
		return errors.Join(row.checkReasons(), row.checkKept())
	case s.Status != subscribers.Active && s.Status != subscribers.Unconfirmed:
		return fmt.Errorf("nobody is added as %q", s.Status)
	}
	return s.Preferences.Check()
}

func (row Enrol) checkReasons() error {
	var errs []error
	for _, reason := range append([]string{row.Suppress}, row.Suppressions...) {
		if reason != "" {
			errs = append(errs, checkReason(reason))
		}
	}
	if len(errs) == 0 {
		return errors.New("it must not be mailed, and there is no reason")
	}
	return errors.Join(errs...)
}

// checkKept refuses what the row of an address that is kept may not have.
func (row Enrol) checkKept() error {
	if !row.Keep {
		return nil
	}
	return row.Subscriber.Preferences.Check()
}

func checkReason(reason string) error {
	if !slices.Contains(subscribers.Reasons, reason) {
		return fmt.Errorf("nobody is suppressed as %q", reason)
	}
	return nil
}

// place is what counts of a reader when a row comes that names the same address:
// the standing, "" for none, and which proofs of consent there are.
type place struct {
	status           subscribers.Status
	asked, consented bool
}

const known = `SELECT status, asked_at IS NOT NULL, consent_at IS NOT NULL FROM subscribers WHERE address_key = ?`

func scanStanding(scan scanner) (place, error) {
	var is place
	err := scan(&is.status, &is.asked, &is.consented)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return is, err
}

// judge compares what there is with what a row brings, and gives what there is
// after it.
func judge(is place, row Enrol) (verdict, place) {
	s := row.Subscriber
	then := place{is.status, is.asked || !s.Consent.AskedAt.IsZero(), is.consented || !s.Consent.ConfirmedAt.IsZero()}
	switch {
	case row.barred(), is.status == subscribers.Unsubscribed, is.status == subscribers.Suppressed:
		return suppressed, place{status: subscribers.Suppressed}
	case is.status == "":
		then.status = s.Status
		return added, then
	case s.Status == subscribers.Active:
		then.status = s.Status
	}
	if then == is {
		return unchanged, is
	}
	return changed, then
}

// EnrolPlan counts what EnrolAll would do with these rows now, and changes
// nothing. It remembers the addresses among them that would not stay as they are,
// some 30 bytes each.
func (s *List) EnrolPlan(ctx context.Context, rows iter.Seq[Enrol]) (Counts, error) {
	var counts Counts
	seen, seed := map[uint64]place{}, maphash.MakeSeed()
	for row := range rows {
		if err := row.check(); err != nil {
			return counts, fmt.Errorf("plan an import: %w", err)
		}
		key := row.Subscriber.Address.Key()
		hash := maphash.String(seed, key)
		is, ok := seen[hash]
		var err error
		if !ok {
			if is, err = scanStanding(s.read.QueryRow(ctx, known, key).Scan); err == nil {
				is, err = s.barred(ctx, s.read, key, is)
			}
			if err != nil {
				return counts, fmt.Errorf("plan an import: %w", err)
			}
		}
		what, then := judge(is, row)
		if then != is {
			seen[hash] = then
		}
		counts.count(what)
	}
	return counts, nil
}
