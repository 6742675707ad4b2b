package sqlite

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"time"

	"vesper/digest"
	"vesper/subscribers"
)

// enrolment adds readers within one transaction.
type enrolment struct {
	store *core
	conn  conn
	now   time.Time
	// empty says that nobody is suppressed: nothing needs to be looked up.
	empty bool
}

func (s *core) openEnrolment(ctx context.Context, c conn, now time.Time) (*enrolment, error) {
	in := &enrolment{store: s, conn: c, now: now}
	err := c.QueryRow(ctx, `SELECT NOT EXISTS (SELECT 1 FROM suppressions)`).Scan(&in.empty)
	return in, err
}

const insertSubscriber = `INSERT INTO subscribers (public_id, address, address_key, name, status,
	timezone, variant, evenings, slots, paused_until, created_at, confirmed_at, asked_at, asked_from, consent_at,
	consent_from, source, source_hash, source_row, tags, reason, left_at)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

const fillSubscriber = `UPDATE subscribers SET
	confirmed_at = CASE WHEN ?1 = 'active' AND status = 'unconfirmed' THEN ?2 ELSE confirmed_at END,
	invited_at = CASE WHEN ?1 = 'active' THEN NULL ELSE invited_at END,
	status = CASE WHEN ?1 = 'active' THEN ?1 ELSE status END,
	asked_from = CASE WHEN asked_at IS NULL AND ?3 IS NOT NULL THEN ?4 ELSE asked_from END, asked_at = coalesce(asked_at, ?3),
	consent_from = CASE WHEN consent_at IS NULL AND ?5 IS NOT NULL THEN ?6 ELSE consent_from END,
	consent_at = coalesce(consent_at, ?5)
	WHERE address_key = ?7`

func (in *enrolment) enrol(ctx context.Context, row Enrol) (verdict, error) {
	add := row.Subscriber
	add.Reason, add.Left = "", time.Time{}
	if err := row.check(); err != nil {
		return 0, err
	}
	key := add.Address.Key()
	if row.barred() {
		in.empty = false
		return suppressed, in.bar(ctx, row)
	}
	is, err := scanStanding(in.conn.QueryRow(ctx, known, key).Scan)
	if err == nil && !in.empty {
		is, err = in.store.barred(ctx, in.conn, key, is)
	}
	if err != nil {
		return 0, err
	}
	add.Confirmed = confirmed(add, in.now)
	what, _ := judge(is, row)
	switch what {
	case added:
		err = in.enter(ctx, add)
	case changed:
		_, err = in.conn.Exec(ctx, fillSubscriber, add.Status, seconds(add.Confirmed),
			seconds(add.Consent.AskedAt), add.Consent.AskedFrom, seconds(add.Consent.ConfirmedAt), add.Consent.ConfirmedFrom, key)
	}
	return what, err
}

// bar enters what stands against an address, and its row where that is kept.
func (in *enrolment) bar(ctx context.Context, row Enrol) error {
	key, since := row.Subscriber.Address.Key(), in.now
	before, err := in.store.reasons(ctx, in.conn, key)
	if err != nil {
		return err
	}
	is, err := scanStanding(in.conn.QueryRow(ctx, known, key).Scan)
	if err != nil {
		return err
	}
	enter := row.Keep && is.status == "" && len(before) == 0
	if left := row.Subscriber.Left; enter && !left.IsZero() && left.Before(since) {
		since = left
	}
	for _, reason := range row.Reasons() {
		if _, err := in.store.suppress(ctx, in.conn, key, reason, since); err != nil {
			return err
		}
	}
	if !enter {
		return nil
	}
	return in.enter(ctx, row.off(since))
}

// off gives the reader of a row that is kept, off the list since then unless the
// row knows better.
func (row Enrol) off(since time.Time) subscribers.Subscriber {
	r := row.Subscriber
	if r.Left.IsZero() {
		r.Left = since
	}
	if r.Status != subscribers.Unsubscribed {
		r.Status, r.Reason = subscribers.Suppressed, row.Reasons()[0]
	} else if r.Reason == "" {
		r.Reason = byTheReader
	}
	return r
}

// confirmed gives since when a reader counts as confirmed.
func confirmed(s subscribers.Subscriber, now time.Time) time.Time {
	switch {
	case s.Status != subscribers.Active || !s.Confirmed.IsZero():
		return s.Confirmed
	case !s.Consent.ConfirmedAt.IsZero():
		return s.Consent.ConfirmedAt
	}
	return now
}

func (in *enrolment) enter(ctx context.Context, add subscribers.Subscriber) error {
	var random [8]byte
	rand.Read(random[:])
	if add.Created.IsZero() {
		add.Created = in.now
	}
	if add.Variant == "" {
		add.Variant = digest.Designed
	}
	if add.Provenance.Source == "" {
		add.Provenance.Source = subscribers.FromAdmin
	}
	tags, err := writeTags(add.Tags)
	if err != nil {
		return err
	}
	_, err = in.conn.Exec(ctx, insertSubscriber, int64(binary.BigEndian.Uint64(random[:])), add.Address.String(), add.Address.Key(),
		add.Name, add.Status, add.Timezone, add.Variant, add.Evenings.Whole(), join(add.Slots), add.PausedUntil,
		add.Created.Unix(), seconds(add.Confirmed), seconds(add.Consent.AskedAt), add.Consent.AskedFrom,
		seconds(add.Consent.ConfirmedAt), add.Consent.ConfirmedFrom,
		add.Provenance.Source, add.Provenance.SHA256, add.Provenance.Row, tags,
		add.Reason, seconds(add.Left))
	return err
}
