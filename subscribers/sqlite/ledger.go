package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"vesper/digest"
	"vesper/subscribers"
)

// Ledger is the deliveries of one edition: it implements deliver.Ledger.
type Ledger struct {
	*core
	number uint32
}

// standing is a reader's status, 'erased' once the row is gone.
const standing = `coalesce((SELECT s.status FROM subscribers s WHERE s.id = deliveries.subscriber), 'erased')`

// inRange has the three places of a digest.Range.
const inRange = `edition = ? AND subscriber BETWEEN ? AND ?`

// givenUpFrom is when the patience with a delivery began: an operator's word to
// send it again is worth an attempt, however old the edition is.
const givenUpFrom = `coalesce(resumed_at, first_due_at)`

// Sweep implements deliver.Ledger. It looks before it writes, so that sweeping
// when nothing has changed costs the writer nothing.
func (s *Ledger) Sweep(ctx context.Context, r digest.Range, now, gaveUp time.Time) (time.Time, error) {
	next, err := s.sweep(ctx, r, now, gaveUp)
	if err != nil {
		return time.Time{}, fmt.Errorf("sweep edition %d: %w", s.number, err)
	}
	return next, nil
}

func (s *Ledger) sweep(ctx context.Context, r digest.Range, now, gaveUp time.Time) (time.Time, error) {
	var idle bool
	err := s.read.QueryRow(ctx, `SELECT NOT EXISTS (SELECT 1 FROM deliveries
		WHERE `+inRange+` AND step = 'pending' AND (`+givenUpFrom+` <= ? OR `+standing+` <> 'active'))`,
		s.number, r.Low, r.High, gaveUp.Unix()).Scan(&idle)
	if err != nil {
		return time.Time{}, err
	}
	if !idle {
		if err := s.write.whole(ctx, func(ctx context.Context, c conn) error {
			_, err := c.Exec(ctx, `UPDATE deliveries SET step = 'skipped', reason = `+standing+`, at = ?
				WHERE `+inRange+` AND step = 'pending' AND `+standing+` <> 'active'`,
				now.Unix(), s.number, r.Low, r.High)
			if err != nil {
				return err
			}
			_, err = c.Exec(ctx, `UPDATE deliveries SET step = 'expired', at = ?
				WHERE `+inRange+` AND step = 'pending' AND `+givenUpFrom+` <= ?`,
				now.Unix(), s.number, r.Low, r.High, gaveUp.Unix())
			return err
		}); err != nil {
			return time.Time{}, err
		}
	}
	return s.NextDue(ctx, r)
}

// NextDue tells when the next pending row of r is due; the zero time means that
// none is pending.
func (s *Ledger) NextDue(ctx context.Context, r digest.Range) (time.Time, error) {
	var next sql.NullInt64
	err := s.read.QueryRow(ctx, `SELECT min(due_at) FROM deliveries WHERE `+inRange+` AND step = 'pending'`,
		s.number, r.Low, r.High).Scan(&next)
	if err != nil {
		return time.Time{}, fmt.Errorf("look when edition %d is owed again: %w", s.number, err)
	}
	return instant(next), nil
}

// Owed implements deliver.Ledger. Rows of readers who are not active are left
// to Sweep. Tokens are signed with the key that the edition was opened with. The
// index is named because the planner prefers the primary key, which leads past
// everybody who was served.
func (s *Ledger) Owed(ctx context.Context, r digest.Range, now time.Time, after int64, limit int) ([]digest.Delivery, error) {
	var link key
	err := s.read.QueryRow(ctx, `SELECT k.id, k.secret FROM editions e JOIN keys k ON k.id = e.link_key
		WHERE e.number = ?`, s.number).Scan(&link.ID, &link.Secret)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("edition %d: %w", s.number, digest.ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("who is owed edition %d: %w", s.number, err)
	}
	var owed []digest.Delivery
	rows, err := s.read.Query(ctx, `SELECT d.subscriber, d.variant, d.first_due_at, d.resumed_at, d.attempts,
			s.address, s.address_key, s.confirmed_at, s.public_id
		FROM deliveries d INDEXED BY deliveries_pending JOIN subscribers s ON s.id = d.subscriber
		WHERE d.edition = ? AND d.subscriber BETWEEN max(?, ?) AND ?
			AND d.step = 'pending' AND d.due_at <= ? AND s.status = 'active'
		ORDER BY d.subscriber LIMIT ?`, s.number, r.Low, after+1, r.High, now.Unix(), limit)
	err = each(rows, err, func(scan scanner) error {
		d, err := s.scanDelivery(scan, s.number, link)
		owed = append(owed, d)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("who is owed edition %d: %w", s.number, err)
	}
	return owed, nil
}

func (s *core) scanDelivery(scan scanner, edition uint32, link key) (digest.Delivery, error) {
	d := digest.Delivery{Lease: s.lease}
	var firstDue, resumed, confirmed sql.NullInt64
	var given, normal string
	var public int64
	if err := scan(&d.Key, &d.Variant, &firstDue, &resumed, &d.Attempts, &given, &normal, &confirmed, &public); err != nil {
		return d, err
	}
	// An address that the grammar has come to refuse is tried in the form that it
	// is compared by: the relay decides, and nobody else waits for it.
	d.Address = normal
	if a, err := subscribers.ParseAddress(given); err == nil {
		d.Address = a.Mailbox()
	}
	d.FirstDue, d.Resumed, d.Since = instant(firstDue), instant(resumed), instant(confirmed)
	d.MessageID = s.message.MessageID(edition, d.Key)
	d.Unsubscribe = link.Link(subscribers.ToUnsubscribe, uint64(public), time.Time{})
	d.Preferences = link.Link(subscribers.ToPrefer, uint64(public), time.Time{})
	d.ReturnPath = link.ReturnPath(uint64(public), edition)
	return d, nil
}

// intend decides and records in one statement: between a reader's word and the
// attempt there is no moment for the other to slip in. One with RETURNING would
// tell the two ends apart, and costs fifteen times as much.
const intend = `UPDATE deliveries SET step = 'attempting', owner = ?1, lease_until = ?2, at = ?3
	WHERE edition = ?4 AND subscriber = ?5 AND step = 'pending'
		AND (SELECT status FROM subscribers WHERE id = ?5) = 'active'`

// withdraw is for the few that intend left alone.
const withdraw = `UPDATE deliveries SET step = 'skipped', reason = ` + standing + `, at = ?
	WHERE edition = ? AND subscriber = ? AND step = 'pending' AND ` + standing + ` <> 'active'`

// Intend implements deliver.Ledger. A row that is not pending any more, because
// the reader's leaving or another process was first, gives false as well.
func (s *Ledger) Intend(ctx context.Context, d digest.Delivery, now time.Time) (bool, error) {
	var n int64
	err := s.write.one(ctx, func(ctx context.Context, c conn) (err error) {
		n, err = c.Exec(ctx, intend, s.owner, now.Add(s.lease).Unix(), now.Unix(), s.number, d.Key)
		if err == nil && n == 0 {
			_, err = c.Exec(ctx, withdraw, now.Unix(), s.number, d.Key)
		}
		return err
	})
	if err != nil {
		return false, fmt.Errorf("intend edition %d for subscriber %d: %w", s.number, d.Key, err)
	}
	return n == 1, nil
}

const settle = `UPDATE deliveries SET
		step = ?, due_at = coalesce(?, due_at), attempts = attempts + ?, doubts = doubts + ?,
		code = ?, enhanced = ?, reply = ?, queue_id = ?, reason = '', owner = '', lease_until = NULL, at = ?
	WHERE edition = ? AND subscriber = ? AND step IN ('attempting', 'pending')`

// Settle implements deliver.Ledger. What is known of a row whose intent has
// been taken back meanwhile is recorded too; a row at its end stays as it is,
// and settling it again is an error.
func (s *Ledger) Settle(ctx context.Context, d digest.Delivery, t digest.Settlement) error {
	var due any
	switch t.Step {
	case digest.Pending:
		due = seconds(t.Due)
	case digest.Sent, digest.Failed, digest.Expired, digest.Unknown:
	default:
		return fmt.Errorf("settle edition %d for subscriber %d: an attempt does not end as %q", s.number, d.Key, t.Step)
	}
	reply := t.Outcome.Reply
	clean := cleaned(reply, d.Address)
	err := s.write.one(ctx, func(ctx context.Context, c conn) error {
		if clean != reply {
			// Of a reader who was erased meanwhile the address stays nowhere.
			if err := c.QueryRow(ctx, `SELECT CASE WHEN EXISTS (SELECT 1 FROM subscribers WHERE id = ?) THEN ? ELSE ? END`,
				d.Key, reply, clean).Scan(&reply); err != nil {
				return err
			}
		}
		return oneRow(c.Exec(ctx, settle, t.Step, due, t.Counted, t.Doubted,
			t.Outcome.Code, plain(t.Outcome.Enhanced), plain(reply), plain(t.Outcome.QueueID), t.At.Unix(), s.number, d.Key))
	})
	if err != nil {
		return fmt.Errorf("settle edition %d for subscriber %d: %w", s.number, d.Key, err)
	}
	return nil
}

// cleaned gives a reply without the recipient, whom relays like to quote.
func cleaned(reply, mailbox string) string {
	local, _, _ := strings.Cut(mailbox, "@")
	if !strings.Contains(strings.ToLower(reply), strings.ToLower(local)) {
		return reply
	}
	a, err := subscribers.ParseAddress(mailbox)
	if err != nil {
		return reply
	}
	return scrub(reply, a, true)
}

// oneRow gives digest.ErrNotFound for a statement that found no row.
func oneRow(n int64, err error) error {
	if err == nil && n == 0 {
		err = digest.ErrNotFound
	}
	return err
}

// longest is how much is kept of what a relay says, in characters.
const longest = 500

// plain makes foreign text fit for a row and a terminal: a line of at most 500
// characters, control characters as spaces.
func plain(text string) string {
	kept := 0
	var b strings.Builder
	for _, r := range text {
		if kept++; kept > longest {
			break
		}
		if unicode.IsControl(r) {
			r = ' '
		}
		b.WriteRune(r)
	}
	return b.String()
}
