package sqlite

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"vesper/digest"
)

// OpenEdition implements publish.Book: the point of no return.
func (s *Book) OpenEdition(ctx context.Context, o digest.Opening) (digest.Tallied, error) {
	id := o.Edition.ID
	err := s.write.whole(ctx, func(ctx context.Context, c conn) error {
		number, err := enterEdition(ctx, c, o)
		if err != nil {
			return err
		}
		if err := enterContent(ctx, c, number, o); err != nil {
			return err
		}
		return enterReaders(ctx, c, number, o)
	})
	if err != nil {
		return digest.Tallied{}, fmt.Errorf("open edition %s: %w", id, err)
	}
	ctx = context.WithoutCancel(ctx)
	// The file takes the ledger's space now: on a disk that fills up while the
	// edition is sent, outcomes then need no more than the WAL, which makeRoom
	// empties. If it can't be had, the edition is open all the same.
	_, _ = s.read.Exec(ctx, "PRAGMA wal_checkpoint(PASSIVE)")
	return s.Tallied(ctx, id)
}

// enterEdition gives the edition its number and its row, or takes over the row
// of a day that had none.
func enterEdition(ctx context.Context, c conn, o digest.Opening) (uint32, error) {
	id := o.Edition.ID
	var state digest.State
	err := c.QueryRow(ctx, `SELECT state FROM editions WHERE date = ? AND slot = ? AND sequence = ?`,
		id.Date.String(), id.Slot, id.Sequence).Scan(&state)
	switch {
	case err != nil && !errors.Is(err, sql.ErrNoRows):
		return 0, err
	case state.Opened():
		return 0, digest.ErrExists
	case err == nil && state != digest.Empty && state != digest.Missed:
		return 0, fmt.Errorf("it is %s", state)
	}
	link, err := currentKey(ctx, c, forLinks)
	if err != nil {
		return 0, err
	}
	var number uint32
	if err := c.QueryRow(ctx, `UPDATE numbers SET last = last + 1 RETURNING last`).Scan(&number); err != nil {
		return 0, err
	}
	_, err = c.Exec(ctx, `INSERT INTO editions (date, slot, sequence, number, title, state, entered_at,
			window_from, cut_off, opened_at, link_key, content_hash, web_view)
		VALUES (?, ?, ?, ?, ?, 'open', ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (date, slot, sequence) DO UPDATE SET number = excluded.number, title = excluded.title,
			state = excluded.state, reason = '', window_from = excluded.window_from, cut_off = excluded.cut_off,
			opened_at = excluded.opened_at, link_key = excluded.link_key, content_hash = excluded.content_hash,
			web_view = excluded.web_view`,
		id.Date.String(), id.Slot, id.Sequence, number, o.Edition.Title, o.At.Unix(), o.Edition.Window.From.Unix(),
		o.Edition.Window.To.Unix(), o.At.Unix(), link.ID, contentHash(o), o.WebView)
	return number, err
}

func enterContent(ctx context.Context, c conn, number uint32, o digest.Opening) error {
	for _, m := range o.Messages {
		if _, err := c.Exec(ctx, `INSERT INTO edition_messages (edition, variant, subject, bytes) VALUES (?, ?, ?, ?)`,
			number, m.Variant, m.Subject, m.Bytes); err != nil {
			return fmt.Errorf("its %s message: %w", m.Variant, err)
		}
	}
	for i, a := range o.Edition.Articles {
		body, err := json.Marshal(a)
		if err != nil {
			return fmt.Errorf("its article %s: %w", a.ID, err)
		}
		if _, err := c.Exec(ctx, `INSERT INTO edition_articles (edition, position, article_id, headline, url, body)
			VALUES (?, ?, ?, ?, ?, ?)`, number, i+1, a.ID, a.Headline, a.URL, string(body)); err != nil {
			return fmt.Errorf("its article %s: %w", a.ID, err)
		}
	}
	return nil
}

// enterReaders makes the ledger of those who want the edition. A reader whose
// variant the edition has not is sent the designed one.
func enterReaders(ctx context.Context, c conn, number uint32, o digest.Opening) error {
	n, err := c.Exec(ctx, `INSERT INTO deliveries (edition, subscriber, variant, step, due_at, first_due_at, at)
		SELECT ?1, s.id, coalesce((SELECT m.variant FROM edition_messages m WHERE m.edition = ?1 AND m.variant = s.variant),
			'designed'), 'pending', ?2, ?2, ?2
		FROM (SELECT id, variant FROM subscribers WHERE `+wanted+`) s ORDER BY s.id`,
		append([]any{number, o.At.Unix()}, wantedBy(o.Edition.ID)...)...)
	if err != nil {
		return fmt.Errorf("its readers: %w", err)
	}
	if n == 0 {
		return digest.ErrNobody
	}
	_, err = c.Exec(ctx, `UPDATE editions SET opened = ? WHERE number = ?`, n, number)
	return err
}

// contentHash is SHA-256 over each message's variant, subject and bytes, and the
// web view, each with its length before it.
func contentHash(o digest.Opening) []byte {
	h := sha256.New()
	add := func(b []byte) {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(b))))
		h.Write(b)
	}
	for _, m := range o.Messages {
		add([]byte(m.Variant))
		add([]byte(m.Subject))
		add(m.Bytes)
	}
	add(o.WebView)
	return h.Sum(nil)
}

// Enter implements publish.Book.
func (s *Book) Enter(ctx context.Context, r digest.Record, now time.Time) error {
	if r.State != digest.Empty && r.State != digest.Missed {
		return fmt.Errorf("enter edition %s: a day without an edition is not %q", r.ID, r.State)
	}
	err := s.write.one(ctx, func(ctx context.Context, c conn) error {
		_, err := c.Exec(ctx, `INSERT INTO editions (date, slot, sequence, title, state, reason, entered_at)
			VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (date, slot, sequence) DO NOTHING`,
			r.ID.Date.String(), r.ID.Slot, r.ID.Sequence, r.Title, r.State, r.Reason, now.Unix())
		return err
	})
	if err != nil {
		return fmt.Errorf("enter edition %s: %w", r.ID, err)
	}
	return nil
}

// Mark implements publish.Book. Sending and Paused come after Open, Sending or
// Paused, Done after Sending or itself; what else is asked for is an error. After
// the word to go on, or to stop, Begin counts its starts anew.
func (s *Book) Mark(ctx context.Context, number uint32, state digest.State, reason string, now time.Time) error {
	err := s.write.whole(ctx, func(ctx context.Context, c conn) error {
		var from digest.State
		err := c.QueryRow(ctx, `SELECT state FROM editions WHERE number = ?`, number).Scan(&from)
		if errors.Is(err, sql.ErrNoRows) {
			return digest.ErrNotFound
		}
		if err != nil {
			return err
		}
		onTheWay := from == digest.Open || from == digest.Sending || from == digest.Paused
		switch {
		case state == digest.Done && from == digest.Done:
			return nil
		case state == digest.Done && from == digest.Sending:
			return finish(ctx, c, number, now)
		case state == digest.Sending && onTheWay:
			reason = ""
		case state == digest.Paused && onTheWay:
		default:
			return fmt.Errorf("it is %s", from)
		}
		if from == digest.Paused && state == digest.Sending {
			// The time of a pause is not held against the readers.
			if _, err := c.Exec(ctx, `UPDATE deliveries SET resumed_at = ? WHERE edition = ? AND step = 'pending'`, now.Unix(), number); err != nil {
				return err
			}
		}
		_, err = c.Exec(ctx, `UPDATE editions SET state = ?, reason = ?, starts = 0 WHERE number = ?`, state, reason, number)
		return err
	})
	if err != nil {
		return fmt.Errorf("mark edition %d as %s: %w", number, state, err)
	}
	return nil
}

// finish marks the edition as done if the equation holds with nobody owed.
func finish(ctx context.Context, c conn, number uint32, now time.Time) error {
	err := oneRow(c.Exec(ctx, `UPDATE editions SET state = 'done', reason = '', done_at = ?
		WHERE number = ? AND (opened, 0) = (
			SELECT count(*) FILTER (WHERE step IN ('sent', 'failed', 'expired', 'skipped', 'unknown')),
				count(*) FILTER (WHERE step IN ('pending', 'attempting'))
			FROM deliveries WHERE edition = editions.number)`, now.Unix(), number))
	if errors.Is(err, digest.ErrNotFound) {
		return digest.ErrUnbalanced
	}
	return err
}

// Started records that the service ran with these slots at now. The first time
// of each slot stays.
func (s *Book) Started(ctx context.Context, slots []string, now time.Time) error {
	err := s.write.whole(ctx, func(ctx context.Context, c conn) error {
		for _, slot := range slots {
			if _, err := c.Exec(ctx, `INSERT INTO slots (name, since) VALUES (?, ?) ON CONFLICT (name) DO NOTHING`,
				slot, now.Unix()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("record the slots: %w", err)
	}
	return nil
}
