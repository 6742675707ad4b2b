package sqlite

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"time"

	"vesper/digest"
	"vesper/subscribers"
)

// ErrSuppressed says that an address must not be put on the list by anybody but
// its reader: the reader has left, or mail to it has done harm.
var ErrSuppressed = errors.New("the reader has left or must not be mailed")

// byAdmin is the source of a subscriber that was not in a file.
const byAdmin = "added by the admin"

// chunk is how many rows of an import share a transaction.
const chunk = 2000

// Counts is what became of the rows of an import. Changed rows were unconfirmed
// and are active now; suppressed ones were left off the list.
type Counts struct{ Added, Changed, Unchanged, Suppressed int }

// Add puts a reader on the list as Active or Unconfirmed, and gives the row as
// it is then and whether it is new. An active reader stays as is, an unconfirmed
// one becomes active when added as such. For a reader who has left or is
// suppressed it gives what is known with ErrSuppressed. IDs, Created and a zero
// Confirmed are set here.
func (s *Store) Add(ctx context.Context, add subscribers.Subscriber, now time.Time) (subscribers.Subscriber, bool, error) {
	var is subscribers.Subscriber
	var what verdict
	err := s.write.whole(ctx, func(ctx context.Context, c *sql.Conn) (err error) {
		in, err := s.openEnrolment(ctx, c, byAdmin, now)
		if err != nil {
			return err
		}
		defer in.close()
		what, is, err = in.add(ctx, add)
		return err
	})
	if err == nil && what == suppressed {
		err = ErrSuppressed
	}
	if err != nil {
		return is, false, fmt.Errorf("add a subscriber: %w", err)
	}
	return is, what == added, nil
}

// AddAll adds many readers as Add does, a few thousand a transaction, and counts
// them. Source says where they come from, such as a file's name. What it counted
// before an error is on the list; doing it all again is harmless.
func (s *Store) AddAll(ctx context.Context, source string, rows iter.Seq[subscribers.Subscriber], now time.Time) (Counts, error) {
	var total Counts
	var waiting []subscribers.Subscriber
	flush := func() error {
		counts, err := s.addChunk(ctx, source, waiting, now)
		total.Added += counts.Added
		total.Changed += counts.Changed
		total.Unchanged += counts.Unchanged
		total.Suppressed += counts.Suppressed
		waiting = waiting[:0]
		return err
	}
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

func (s *Store) addChunk(ctx context.Context, source string, rows []subscribers.Subscriber, now time.Time) (Counts, error) {
	var counts Counts
	if len(rows) == 0 {
		return counts, nil
	}
	err := s.write.whole(ctx, func(ctx context.Context, c *sql.Conn) error {
		in, err := s.openEnrolment(ctx, c, source, now)
		if err != nil {
			return err
		}
		defer in.close()
		for _, row := range rows {
			what, _, err := in.add(ctx, row)
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

// Plan counts what AddAll would do with these rows now, and changes nothing. It
// remembers the new addresses among them, about 100 bytes each.
func (s *Store) Plan(ctx context.Context, rows iter.Seq[subscribers.Subscriber]) (Counts, error) {
	var counts Counts
	seen := map[string]subscribers.Status{}
	for row := range rows {
		key := row.Address.Key()
		status, ok := seen[key]
		if !ok {
			is, err := findSubscriber(ctx, s.read, key)
			if err != nil && !errors.Is(err, subscribers.ErrNotFound) {
				return counts, fmt.Errorf("plan an import: %w", err)
			}
			status = is.Status
			if status == "" {
				if status, _, err = s.suppression(ctx, s.read, key); err != nil {
					return counts, fmt.Errorf("plan an import: %w", err)
				}
			}
		}
		what := judge(status, row.Status)
		if what == added || what == changed {
			seen[key] = row.Status
		}
		counts.count(what)
	}
	return counts, nil
}

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

// judge compares the standing that a reader has ("" for none) with the one that
// is asked for.
func judge(is, asked subscribers.Status) verdict {
	switch {
	case is == "":
		return added
	case is == subscribers.Unsubscribed || is == subscribers.Suppressed:
		return suppressed
	case is == subscribers.Unconfirmed && asked == subscribers.Active:
		return changed
	}
	return unchanged
}

// suppression gives the standing of an address that has no row: Suppressed with
// the reason, or "" when nothing speaks against it.
func (s *Store) suppression(ctx context.Context, q querier, addressKey string) (subscribers.Status, string, error) {
	var reason string
	err := q.QueryRowContext(ctx, `SELECT reason FROM suppressions WHERE address_hash = ?`, s.hidden(addressKey)).Scan(&reason)
	if errors.Is(err, sql.ErrNoRows) {
		return "", "", nil
	}
	return subscribers.Suppressed, reason, err
}

// enrolment adds readers within one transaction.
type enrolment struct {
	store                  *Store
	conn                   *sql.Conn
	source                 string
	now                    time.Time
	find, insert, activate *sql.Stmt
}

func (s *Store) openEnrolment(ctx context.Context, c *sql.Conn, source string, now time.Time) (*enrolment, error) {
	in := &enrolment{store: s, conn: c, source: source, now: now}
	var errs [3]error
	in.find, errs[0] = c.PrepareContext(ctx, selectSubscriber+` WHERE address_key = ?`)
	in.insert, errs[1] = c.PrepareContext(ctx, `INSERT INTO subscribers
		(public_id, address, address_key, name, status, timezone, variant, created_at, confirmed_at, source)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`)
	in.activate, errs[2] = c.PrepareContext(ctx, `UPDATE subscribers SET status = 'active', confirmed_at = ? WHERE id = ?`)
	if err := errors.Join(errs[:]...); err != nil {
		in.close()
		return nil, err
	}
	return in, nil
}

func (in *enrolment) close() {
	for _, s := range []*sql.Stmt{in.find, in.insert, in.activate} {
		if s != nil {
			s.Close()
		}
	}
}

func (in *enrolment) add(ctx context.Context, add subscribers.Subscriber) (verdict, subscribers.Subscriber, error) {
	if add.Status != subscribers.Active && add.Status != subscribers.Unconfirmed {
		return 0, add, fmt.Errorf("nobody is added as %q", add.Status)
	}
	if add.Address == (subscribers.Address{}) {
		return 0, add, errors.New("the address is empty")
	}
	if add.Status == subscribers.Active && add.Confirmed.IsZero() {
		add.Confirmed = in.now
	}
	is, err := scanSubscriber(in.find.QueryRowContext(ctx, add.Address.Key()).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return in.enter(ctx, add)
	}
	if err != nil {
		return 0, is, err
	}
	what := judge(is.Status, add.Status)
	if what == changed {
		is.Status, is.Confirmed = subscribers.Active, add.Confirmed.UTC().Truncate(time.Second)
		_, err = in.activate.ExecContext(ctx, is.Confirmed.Unix(), is.ID)
	}
	return what, is, err
}

func (in *enrolment) enter(ctx context.Context, add subscribers.Subscriber) (verdict, subscribers.Subscriber, error) {
	status, reason, err := in.store.suppression(ctx, in.conn, add.Address.Key())
	if err != nil {
		return 0, add, err
	}
	if status != "" {
		add.Status, add.Reason = status, reason
		return suppressed, add, nil
	}
	var random [8]byte
	rand.Read(random[:])
	add.PublicID = binary.BigEndian.Uint64(random[:])
	add.Created = in.now.UTC().Truncate(time.Second)
	if !add.Confirmed.IsZero() {
		add.Confirmed = add.Confirmed.UTC().Truncate(time.Second)
	}
	if add.Variant == "" {
		add.Variant = digest.Designed
	}
	err = in.insert.QueryRowContext(ctx, int64(add.PublicID), add.Address.String(), add.Address.Key(), add.Name, add.Status,
		add.Timezone, add.Variant, add.Created.Unix(), seconds(add.Confirmed), in.source).Scan(&add.ID)
	return added, add, err
}
