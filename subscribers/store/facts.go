package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"vesper/digest"
	"vesper/subscribers"
)

// Facts gives what is known of an address, as far as the rules of package
// subscribers ask. An address without a row has only what stands against it and
// the confirmations that it was sent.
func (s *List) Facts(ctx context.Context, a subscribers.Address) (subscribers.Facts, error) {
	is, err := s.facts(ctx, s.read, a)
	if err != nil {
		return is, fmt.Errorf("read a reader: %w", err)
	}
	return is, nil
}

// FactsOf gives what is known of the reader with this public ID, or
// digest.ErrNotFound.
func (s *List) FactsOf(ctx context.Context, publicID uint64) (subscribers.Facts, error) {
	is, _, err := s.factsOf(ctx, s.read, publicID)
	if err != nil {
		return is, fmt.Errorf("read a reader: %w", err)
	}
	return is, nil
}

func (s *core) facts(ctx context.Context, q conn, a subscribers.Address) (subscribers.Facts, error) {
	key := a.Key()
	is, _, err := scanFacts(q.QueryRow(ctx, selectFacts+` WHERE address_key = $1`, key).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		is.Address, err = a, nil
	}
	if err != nil {
		return is, err
	}
	return is, s.addWords(ctx, q, key, &is)
}

// factsOf also gives the key of the reader's address.
func (s *core) factsOf(ctx context.Context, q conn, publicID uint64) (subscribers.Facts, string, error) {
	is, key, err := scanFacts(q.QueryRow(ctx, selectFacts+` WHERE public_id = $1`, int64(publicID)).Scan)
	if err != nil {
		return is, key, missing(err)
	}
	return is, key, s.addWords(ctx, q, key, &is)
}

const selectFacts = `SELECT ` + subscriberColumns + `, invited_at, address_key FROM subscribers`

// scanFacts reads a row even if the grammar refuses its address by now: its reader
// must be able to leave.
func scanFacts(scan scanner) (is subscribers.Facts, key string, err error) {
	var invited sql.NullInt64
	var address string
	is.Subscriber, address, err = scanRow(scan, &invited, &key)
	if err == nil {
		is.Invited = instant(invited)
		is.Address, _ = subscribers.ParseAddress(address)
	}
	return is, key, err
}

// addWords adds what was said of an address: the suppressions and the
// confirmations, which outlive its row.
func (s *core) addWords(ctx context.Context, q conn, addressKey string, is *subscribers.Facts) (err error) {
	if is.Suppressions, err = s.reasons(ctx, q, addressKey); err != nil {
		return err
	}
	if is.Confirmations, err = s.confirmations(ctx, q, addressKey); err != nil {
		return err
	}
	is.Elsewhere, err = s.elsewhere(ctx, q, is.Address)
	return err
}

// apply writes a change of the reader with this address.
func (s *core) apply(ctx context.Context, c conn, addressKey string, change subscribers.Change, now time.Time) error {
	if err := s.applyWords(ctx, c, addressKey, change, now); err != nil {
		return err
	}
	r := change.After
	switch {
	case change.Enter:
		if _, err := enterRow(ctx, c, r, ""); err != nil {
			return err
		}
	case change.Update:
		if _, err := c.Exec(ctx, `UPDATE subscribers SET status = $1, reason = $2, confirmed_at = $3, invited_at = $4,
				left_at = $5, asked_at = $6, asked_from = $7, consent_at = $8, consent_from = $9, source = $10, form = $11
				WHERE id = $12`,
			r.Status, r.Reason, seconds(r.Confirmed), seconds(r.Invited), seconds(r.Left), seconds(r.Consent.AskedAt),
			r.Consent.AskedFrom, seconds(r.Consent.ConfirmedAt), r.Consent.ConfirmedFrom, r.Provenance.Source,
			r.Consent.Form, r.ID); err != nil {
			return err
		}
	}
	if change.Skip == "" {
		return nil
	}
	return skipWaiting(ctx, c, r.ID, change.Skip, now)
}

// applyWords writes what a change does beside the row: to suppressions and
// confirmations.
func (s *core) applyWords(ctx context.Context, c conn, addressKey string, change subscribers.Change, now time.Time,
) error {
	for _, reason := range change.Bar {
		if _, err := s.enterReason(ctx, c, addressKey, reason, change.Since); err != nil {
			return err
		}
	}
	for _, reason := range change.Lift {
		if _, err := c.Exec(ctx, `DELETE FROM suppressions WHERE address_hash = $1 AND reason = $2`,
			s.hidden(addressKey), reason); err != nil {
			return err
		}
	}
	if err := s.undepart(ctx, c, addressKey, change, now); err != nil {
		return err
	}
	if change.Void {
		if err := s.void(ctx, c, addressKey, now); err != nil {
			return err
		}
	}
	if change.Answered {
		if _, err := c.Exec(ctx, `UPDATE confirmations SET answered = 1 WHERE address_hash = $1`,
			s.hidden(addressKey)); err != nil {
			return err
		}
	}
	if sent := change.Sent; !sent.SentAt.IsZero() {
		// One of the same second was answered, or the rule would have said no.
		_, err := c.Exec(ctx, `INSERT INTO confirmations (address_hash, sent_at, asked_from, mailbox_hash, once, form)
			VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (address_hash, sent_at)
			DO UPDATE SET asked_from = excluded.asked_from, form = excluded.form, used_at = NULL, answered = 0`,
			s.hidden(addressKey), sent.SentAt.Unix(), sent.AskedFrom, s.hidden(change.After.Address.Box()),
			asNumber(sent.Once), sent.Form)
		return err
	}
	return nil
}

// void marks the confirmations of an address as used: their links do nothing any
// more.
func (s *core) void(ctx context.Context, c conn, addressKey string, now time.Time) error {
	return voidOf(ctx, c, s.hidden(addressKey), now)
}

func voidOf(ctx context.Context, c conn, hash []byte, now time.Time) error {
	_, err := c.Exec(ctx, `UPDATE confirmations SET used_at = $1 WHERE address_hash = $2 AND used_at IS NULL`,
		now.Unix(), hash)
	return err
}

// differs gives subscribers.ErrMeanwhile if a letter goes to another address than the
// reader's.
func differs(is subscribers.Facts, letter digest.Letter) error {
	if is.Address.Mailbox() != letter.Address {
		return subscribers.ErrMeanwhile
	}
	return nil
}
