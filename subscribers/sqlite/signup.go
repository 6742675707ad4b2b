package sqlite

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"vesper/digest"
	"vesper/subscribers"
)

// How often one address may be sent a confirmation, whoever asks for it.
const (
	aDay       = 24 * time.Hour
	manyDays   = 30 * aDay
	inManyDays = 3
)

// SignUp takes an address that somebody gave as theirs. It enters it as
// unconfirmed, or finds the reader, and posts the letter that asks to confirm:
// letter writes it with the key that signs links now, for the reader with this
// public ID. Consent says when and from where it was asked.
//
// Nothing is posted and nothing changes for an active reader, for an address that
// is suppressed as a hard bounce or by an admin, and for one that has been sent a
// confirmation within 24 hours, or three within 30 days: posted is false, and the
// caller must not let the difference be seen. One who has left or complained gets
// the letter and stays off the list until the reader confirms.
func (s *List) SignUp(ctx context.Context, a subscribers.Address, consent subscribers.Consent, now time.Time,
	letter func(subscribers.Key, uint64) (digest.Letter, error),
) (posted bool, err error) {
	err = s.write.whole(ctx, func(ctx context.Context, c conn) error {
		may, err := s.mayInvite(ctx, c, a.Key(), now)
		if err != nil || !may {
			return err
		}
		id, publicID, err := s.invited(ctx, c, a, consent, now)
		if err != nil || id == 0 {
			return err
		}
		if _, err := c.Exec(ctx, `INSERT INTO confirmations (address_hash, sent_at, asked_from) VALUES (?, ?, ?)`,
			s.hidden(a.Key()), now.Unix(), consent.AskedFrom); err != nil {
			return err
		}
		link, err := currentKey(ctx, c, forLinks)
		if err != nil {
			return err
		}
		l, err := letter(link, publicID)
		if err != nil {
			return err
		}
		posted = true
		_, err = post(ctx, c, l, id, now)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("sign up: %w", err)
	}
	return posted, nil
}

// Confirmations gives when an address was sent confirmations in the last 30 days or
// so, the oldest first, and from which IP address each was asked for where that is
// still known.
func (s *List) Confirmations(ctx context.Context, a subscribers.Address) ([]subscribers.Consent, error) {
	var all []subscribers.Consent
	rows, err := s.read.Query(ctx, `SELECT sent_at, asked_from FROM confirmations WHERE address_hash = ? ORDER BY sent_at`, s.hidden(a.Key()))
	err = each(rows, err, func(scan scanner) error {
		var one subscribers.Consent
		var sent sql.NullInt64
		err := scan(&sent, &one.AskedFrom)
		one.AskedAt = instant(sent)
		all = append(all, one)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look up confirmations: %w", err)
	}
	return all, nil
}

// mayInvite says whether an address may be sent a confirmation now.
func (s *core) mayInvite(ctx context.Context, c conn, addressKey string, now time.Time) (bool, error) {
	if barred, err := s.barredByOthers(ctx, c, addressKey); err != nil || barred {
		return false, err
	}
	var today, lately int
	err := c.QueryRow(ctx, `SELECT count(*) FILTER (WHERE sent_at > ?), count(*) FROM confirmations
		WHERE address_hash = ? AND sent_at > ?`, now.Add(-aDay).Unix(), s.hidden(addressKey), now.Add(-manyDays).Unix()).
		Scan(&today, &lately)
	return today == 0 && lately < inManyDays, err
}

// invited gives the row of an address that is to be asked, which it makes if there
// is none; id is 0 for a reader who is active already. What is known of a reader
// who has left, or came otherwise, stays as it is: anybody may have asked.
func (s *core) invited(ctx context.Context, c conn, a subscribers.Address, consent subscribers.Consent, now time.Time) (id int64, publicID uint64, err error) {
	var public int64
	var status subscribers.Status
	err = c.QueryRow(ctx, `SELECT id, public_id, status FROM subscribers WHERE address_key = ?`, a.Key()).Scan(&id, &public, &status)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		var random [8]byte
		rand.Read(random[:])
		publicID = binary.BigEndian.Uint64(random[:])
		err = c.QueryRow(ctx, `INSERT INTO subscribers (public_id, address, address_key, status, created_at,
				invited_at, asked_at, asked_from, source)
			VALUES (?1, ?2, ?3, 'unconfirmed', ?4, ?4, ?5, ?6, ?7) RETURNING id`, int64(publicID), a.String(), a.Key(), now.Unix(),
			asked(consent, now), consent.AskedFrom, subscribers.FromSignUp).Scan(&id)
		return id, publicID, err
	case err != nil || status == subscribers.Active:
		return 0, 0, err
	case status == subscribers.Unconfirmed:
		_, err = c.Exec(ctx, `UPDATE subscribers SET invited_at = ?1,
				asked_at = CASE source WHEN ?4 THEN ?2 ELSE asked_at END, asked_from = CASE source WHEN ?4 THEN ?3 ELSE asked_from END
			WHERE id = ?5`, now.Unix(), asked(consent, now), consent.AskedFrom, subscribers.FromSignUp, id)
	}
	return id, uint64(public), err
}

func asked(consent subscribers.Consent, now time.Time) int64 {
	if consent.AskedAt.IsZero() {
		return now.Unix()
	}
	return consent.AskedAt.Unix()
}
