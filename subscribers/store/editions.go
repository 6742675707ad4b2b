package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"vesper/digest"
)

// OpenEdition implements publish.Book: the point of no return.
func (s *Book) OpenEdition(ctx context.Context, o digest.Opening) (digest.Tallied, error) {
	id := o.Edition.ID
	readers := 0
	err := s.write.whole(ctx, func(ctx context.Context, c conn) error {
		number, err := s.enterEdition(ctx, c, o)
		if err != nil {
			return err
		}
		if kept, err := wordsOn(ctx, c, id); err != nil || kept != o.Kept {
			return cmp.Or(err, digest.ErrReworded)
		}
		if pins, err := pinsOf(ctx, c, id.Slot); err != nil || !slices.Equal(pins, o.Pins) {
			return cmp.Or(err, digest.ErrRepinned)
		}
		if !o.Due.IsZero() {
			if err := keepUndo(ctx, c, number, o); err != nil {
				return err
			}
		}
		if err := endPins(ctx, c, o); err != nil {
			return err
		}
		if err := enterContent(ctx, c, number, o); err != nil {
			return err
		}
		if err := enterLooks(ctx, c, number, o); err != nil {
			return err
		}
		readers, err = s.enterReaders(ctx, c, number, o)
		return err
	})
	if err != nil {
		return digest.Tallied{}, fmt.Errorf("open edition %s: %w", id, err)
	}
	ctx = context.WithoutCancel(ctx)
	s.takeSpace(ctx)
	r, err := s.Record(ctx, id)
	return digest.Tallied{Record: r, Tally: digest.Tally{Opened: readers, Pending: readers}}, err
}

// enterEdition gives the edition its number and its row, or takes over the row
// of a day that had none.
func (s *core) enterEdition(ctx context.Context, c conn, o digest.Opening) (uint32, error) {
	id := o.Edition.ID
	var state digest.State
	err := c.QueryRow(ctx, `SELECT state FROM editions`+byID, keyOf(id)...).Scan(&state)
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
	if err := cmp.Or(checkNumber(ctx, c, o), unpass(ctx, c, id)); err != nil {
		return 0, err
	}
	number, err := s.nextNumber(ctx, c)
	if err != nil {
		return 0, err
	}
	_, err = c.Exec(ctx, `INSERT INTO editions (date, slot, sequence, number, title, state, entered_at,
			window_from, cut_off, opened_at, link_key, content_hash, until,
			signing_domain, signing_selector, signing_keys, looks, due_at, paper_number)
		VALUES ($1, $2, $3, $4, $5, 'open', $6, $7, $8, $6, $9, $10, $11, $12, $13, $14, $15, $16, $17)
		ON CONFLICT (date, slot, sequence) DO UPDATE SET number = excluded.number, title = excluded.title,
			state = excluded.state, reason = '', missed_from = '', window_from = excluded.window_from,
			cut_off = excluded.cut_off, opened_at = excluded.opened_at, link_key = excluded.link_key,
			content_hash = excluded.content_hash, until = excluded.until,
			signing_domain = excluded.signing_domain, signing_selector = excluded.signing_selector,
			signing_keys = excluded.signing_keys,
			looks = excluded.looks, due_at = excluded.due_at, undo = '', paper_number = excluded.paper_number`,
		append(keyOf(id), number, o.Edition.Title, o.At.Unix(), o.Edition.Window.From.Unix(),
			o.Edition.Window.To.Unix(), link.ID, o.Hash().Bytes(),
			int64(max(o.Until, time.Second)/time.Second),
			o.Signing.Domain, o.Signing.Selector, o.Signing.Keys, len(o.Looks), seconds(o.Due),
			sql.NullInt64{Int64: int64(o.Edition.PaperNumber), Valid: o.Edition.PaperNumber > 0})...)
	return number, err
}

// checkNumber refuses a paper number that was right when the edition was decided, and is
// not any more: it is printed in the messages. A correction has its edition's.
func checkNumber(ctx context.Context, c conn, o digest.Opening) error {
	id, number := o.Edition.ID, o.Edition.PaperNumber
	if number == 0 {
		return nil
	}
	if id.Sequence > 1 {
		id.Sequence = 1
		first, err := paperNumber(ctx, c, byID, keyOf(id)...)
		if err == nil && first != number {
			err = digest.ErrRenumbered
		}
		return err
	}
	last, err := paperNumber(ctx, c, ` WHERE slot = $1 AND sequence = 1`, id.Slot)
	if err == nil && (last != o.Before || number <= last) {
		err = digest.ErrRenumbered
	}
	return err
}

// paperNumber gives the highest paper number of some editions, 0 if none has one.
func paperNumber(ctx context.Context, q conn, which string, args ...any) (uint32, error) {
	var n uint32
	err := q.QueryRow(ctx, `SELECT coalesce(max(paper_number), 0) FROM editions`+which, args...).Scan(&n)
	return n, err
}

func enterContent(ctx context.Context, c conn, number uint32, o digest.Opening) error {
	for _, m := range o.Messages {
		if _, err := c.Exec(ctx, `INSERT INTO edition_messages (edition, variant, subject, bytes)
			VALUES ($1, $2, $3, $4)`, number, m.Variant, m.Subject, m.Bytes); err != nil {
			return fmt.Errorf("its %s message: %w", m.Variant, err)
		}
	}
	for i, a := range o.Edition.Articles {
		body, err := json.Marshal(a)
		if err != nil {
			return fmt.Errorf("its article %s: %w", a.ID, err)
		}
		if _, err := c.Exec(ctx, `INSERT INTO edition_articles (edition, position, article_id, headline, url, body)
			VALUES ($1, $2, $3, $4, $5, $6)`, number, i+1, a.ID, a.Headline, a.URL, string(body)); err != nil {
			return fmt.Errorf("its article %s: %w", a.ID, err)
		}
	}
	page := o.WebView
	if page == nil {
		page = []byte{}
	}
	if _, err := c.Exec(ctx, `INSERT INTO web_views (edition, bytes) VALUES ($1, $2)`, number, page); err != nil {
		return fmt.Errorf("its web view: %w", err)
	}
	return nil
}

// variantOf is the variant that a reader s is sent of the edition $1, in SQL. Nearly all have the
// designed one, for which no message is looked up.
const variantOf = `CASE WHEN s.variant = 'designed' THEN s.variant ELSE
			coalesce((SELECT m.variant FROM edition_messages m
			WHERE m.edition = $1 AND m.variant = s.variant), 'designed') END`

// enterReaders makes the ledger of those who want the edition, or its chunks, and gives how
// many they are. A reader whose variant the edition has not is sent the designed one.
func (s *Book) enterReaders(ctx context.Context, c conn, number uint32, o digest.Opening) (int, error) {
	first, from := `$2`, ``
	if len(o.Waves) > 0 {
		if err := enterWaves(ctx, c, number, o.Waves); err != nil {
			return 0, fmt.Errorf("its waves: %w", err)
		}
		first, from = inWaves, waveOf
	}
	var n int64
	var err error
	if isServer(c) {
		var size int
		if size, err = s.chunkSize(ctx, c); err == nil {
			n, err = openChunks(ctx, c, size, first, from,
				append([]any{number, o.Begins().Unix()}, wantedBy(o.Edition.ID)...))
		}
	} else {
		n, err = c.Exec(ctx, `INSERT INTO deliveries (edition, subscriber, variant, step, due_at, first_due_at, at)
			SELECT $1, s.id, `+variantOf+`, 'pending', `+first+`, `+first+`, $3
			FROM (SELECT id, variant, timezone FROM subscribers WHERE `+wanted+`) s`+from+` ORDER BY s.id`,
			append([]any{number, o.Begins().Unix(), o.At.Unix()}, wantedBy(o.Edition.ID)...)...)
	}
	if err != nil {
		return 0, fmt.Errorf("its readers: %w", err)
	}
	if n == 0 {
		return 0, digest.ErrNobody
	}
	if isServer(c) {
		if err := s.putJobs(ctx, c, number); err != nil {
			return 0, err
		}
	}
	_, err = c.Exec(ctx, `UPDATE editions SET opened = $1,
			last_due_at = (SELECT max(w.due_at) FROM waves w WHERE w.edition = $2) WHERE number = $2`, n, number)
	return int(n), err
}

// Enter implements publish.Book. What was recorded later than now, by a clock that
// was wrong, is no record, and a day that was held has ended unheld.
func (s *Book) Enter(ctx context.Context, r digest.Record, passed []digest.Look, now time.Time) error {
	if r.State != digest.Empty && r.State != digest.Missed {
		return fmt.Errorf("enter edition %s: a day without an edition is not %q", r.ID, r.State)
	}
	err := s.write.whole(ctx, func(ctx context.Context, c conn) error {
		from := ""
		if r.MissedFrom != (digest.Date{}) {
			from = r.MissedFrom.String()
		}
		n, err := c.Exec(ctx, `INSERT INTO editions (date, slot, sequence, title, state, reason, entered_at, missed_from)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			ON CONFLICT (date, slot, sequence) DO UPDATE SET state = excluded.state, reason = excluded.reason,
				entered_at = excluded.entered_at, missed_from = excluded.missed_from
			WHERE editions.number IS NULL AND (editions.entered_at > excluded.entered_at
				OR editions.state = 'held' AND excluded.state = 'missed')`,
			append(keyOf(r.ID), r.Title, r.State, r.Reason, now.Unix(), from)...)
		if err != nil || n == 0 {
			return err
		}
		return enterPassed(ctx, c, r.ID, passed)
	})
	if err != nil {
		return fmt.Errorf("enter edition %s: %w", r.ID, err)
	}
	return nil
}
