package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"

	"vesper/digest"
	"vesper/subscribers"
)

// SignUp enters that an address is asked to confirm, and posts the letter that asks.
// The caller has read the facts, and the rule [subscribers.Facts.Ask] has said
// yes. The letter is written for a reader with this public ID: that of the row, or a
// new one if there is no row.
//
// The transaction asks the same rule once more. If it says no by now, or if the letter
// is another reader's, nothing changes and the error is subscribers.ErrMeanwhile.
func (s *List) SignUp(ctx context.Context, a subscribers.Address, q subscribers.Asking, publicID uint64,
	letter digest.Letter,
) error {
	err := s.write.whole(ctx, func(ctx context.Context, c conn) error {
		is, err := s.facts(ctx, c, a)
		if err != nil {
			return err
		}
		change, refused := is.Ask(q)
		if refused != subscribers.NotRefused || is.ID != 0 && is.PublicID != publicID {
			return subscribers.ErrMeanwhile
		}
		change.After.PublicID = publicID
		if err := s.apply(ctx, c, a.Key(), change, q.At); err != nil {
			return err
		}
		var id int64
		row := c.QueryRow(ctx, `SELECT id FROM subscribers WHERE public_id = $1`, int64(publicID))
		if err := row.Scan(&id); err != nil {
			return err
		}
		if q.SignUp != 0 {
			// It may have been answered, or erased.
			if waited, err := closeSignUp(ctx, c, q.SignUp, "posted"); err != nil || !waited {
				return cmp.Or(err, subscribers.ErrMeanwhile)
			}
		}
		_, err = post(ctx, c, letter, id, q.At)
		return err
	})
	if err != nil {
		return fmt.Errorf("sign up: %w", err)
	}
	return nil
}

// Confirmations gives the confirmation letters that an address was sent in the last 30
// days or so, the oldest first, and those that it is sent once.
func (s *List) Confirmations(ctx context.Context, a subscribers.Address) ([]subscribers.Confirmation, error) {
	all, err := s.confirmations(ctx, s.read, a.Key())
	if err != nil {
		return nil, fmt.Errorf("look up confirmations: %w", err)
	}
	return all, nil
}

func (s *core) confirmations(ctx context.Context, q conn, addressKey string) ([]subscribers.Confirmation, error) {
	var all []subscribers.Confirmation
	rows, err := q.Query(ctx, selectConfirmation+`WHERE address_hash = $1 ORDER BY sent_at`, s.hidden(addressKey))
	err = each(rows, err, func(scan scanner) error {
		one, err := scanConfirmation(scan)
		all = append(all, one)
		return err
	})
	return all, err
}

// elsewhere gives the confirmations to other spellings of an address's mailbox.
func (s *core) elsewhere(ctx context.Context, q conn, a subscribers.Address) ([]subscribers.Confirmation, error) {
	var all []subscribers.Confirmation
	rows, err := q.Query(ctx, selectConfirmation+`WHERE mailbox_hash = $1 AND address_hash <> $2 ORDER BY sent_at`,
		s.hidden(a.Box()), s.hidden(a.Key()))
	err = each(rows, err, func(scan scanner) error {
		one, err := scanConfirmation(scan)
		all = append(all, one)
		return err
	})
	return all, err
}

const selectConfirmation = `SELECT sent_at, asked_from, form, used_at IS NOT NULL, answered = 1, once = 1
	FROM confirmations `

func scanConfirmation(scan scanner) (one subscribers.Confirmation, err error) {
	var sent sql.NullInt64
	err = scan(&sent, &one.AskedFrom, &one.Form, &one.Used, &one.Answered, &one.Once)
	one.SentAt = instant(sent)
	return one, err
}
