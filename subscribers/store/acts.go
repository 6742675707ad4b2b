package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"vesper/digest"
)

// Act implements publish.Acts. It is one transaction with the edition's state: whoever opens
// the edition, or begins a message of it, comes before or after it.
func (s *Book) Act(ctx context.Context, a digest.Act, title string) (was, is digest.Record, err error) {
	err = s.write.whole(ctx, func(ctx context.Context, c conn) error {
		one := func() (digest.Record, error) {
			r, err := scanRecord(c.QueryRow(ctx, `SELECT `+record+` FROM editions e`+byID, keyOf(a.Edition)...).Scan)
			if err = missing(err); errors.Is(err, digest.ErrNotFound) {
				return digest.Record{ID: a.Edition, State: digest.Due, Title: title}, nil
			}
			return r, err
		}
		if was, err = one(); err != nil {
			return err
		}
		if err := act(ctx, c, was, a); err != nil {
			return err
		}
		var hash []byte
		if a.Kind == digest.Approve {
			hash = a.Hash.Bytes()
		}
		var key int64
		err := c.QueryRow(ctx, `INSERT INTO acts (date, slot, sequence, act, by_whom, reason, at, content_hash)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id`,
			append(keyOf(a.Edition), a.Kind, a.By, a.Reason, a.At.Unix(), hash)...).Scan(&key)
		if err == nil && a.Kind == digest.Approve {
			err = approve(ctx, c, a, key)
		}
		if err != nil {
			return err
		}
		is, err = one()
		return err
	})
	if err != nil {
		return was, was, fmt.Errorf("%s edition %s: %w", a.Kind, a.Edition, err)
	}
	return was, is, nil
}

// act changes the state of an edition as an act wants it.
func act(ctx context.Context, c conn, r digest.Record, a digest.Act) error {
	after, err := r.After(a.Kind)
	if err != nil {
		return err
	}
	switch {
	case a.Kind == digest.Approve, a.Kind == digest.Edit:
		return nil
	case after == digest.Held:
		return enterDay(ctx, c, r, digest.Held, a.Said(), a)
	case after == digest.Due:
		_, err := c.Exec(ctx, `DELETE FROM editions`+byID, keyOf(r.ID)...)
		return err
	case after == digest.Sending && a.Until == 0 && r.TooOld(a.At):
		return digest.ErrTooOld
	case after == digest.Sending:
		return cmp.Or(resume(ctx, c, r.Number, a.At), prolong(ctx, c, r.Number, a.Until, a.At))
	case a.Kind == digest.Cancel:
		return cancel(ctx, c, r, a)
	}
	return halt(ctx, c, r, a.Said(), a)
}

// halt pauses an edition by somebody's word.
func halt(ctx context.Context, c conn, r digest.Record, reason string, a digest.Act) error {
	_, err := c.Exec(ctx, `UPDATE editions SET state = 'paused', pause = 'desk', reason = $1, starts = 0,
			stood = stood + `+pausedFor(2)+`, paused_at = $2
		WHERE number = $3`, reason, a.At.Unix(), r.Number)
	return err
}

// cancel takes an edition back of which nothing was begun, and its day is a missed one. Of
// any other it begins nothing more.
func cancel(ctx context.Context, c conn, r digest.Record, a digest.Act) error {
	reason := a.Kept()
	later, err := has(ctx, c, `SELECT 1 FROM editions WHERE slot = $1 AND number > $2`, r.ID.Slot, r.Number)
	switch {
	case err != nil:
		return err
	case !r.State.Opened():
		return cmp.Or(unapprove(ctx, c, r.ID), enterDay(ctx, c, r, digest.Missed, reason, a))
	case r.Ahead() && !later:
		return cmp.Or(discard(ctx, c, r), unapprove(ctx, c, r.ID), enterDay(ctx, c, r, digest.Missed, reason, a))
	}
	if _, err := c.Exec(ctx, `UPDATE editions SET cancel_at = $1 WHERE number = $2`, a.At.Unix(), r.Number); err != nil {
		return err
	}
	return halt(ctx, c, r, reason, a)
}

// enterDay enters a day whose edition is not opened.
func enterDay(
	ctx context.Context, c conn, r digest.Record, state digest.State, reason string, a digest.Act,
) error {
	_, err := c.Exec(ctx, `INSERT INTO editions (date, slot, sequence, title, state, reason, entered_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (date, slot, sequence) DO UPDATE SET state = excluded.state, reason = excluded.reason,
			entered_at = excluded.entered_at`,
		append(keyOf(r.ID), r.Title, state, reason, a.At.Unix())...)
	return err
}

// Acts implements publish.Acts.
func (s *Book) Acts(ctx context.Context, id digest.ID) ([]digest.Act, error) {
	var all []digest.Act
	rows, err := s.read.Query(ctx, `SELECT act, by_whom, reason, at, content_hash FROM acts`+byID+` ORDER BY id`,
		keyOf(id)...)
	err = each(rows, err, func(scan scanner) error {
		a := digest.Act{Edition: id}
		var at int64
		var hash []byte
		err := scan(&a.Kind, &a.By, &a.Reason, &at, &hash)
		copy(a.Hash[:], hash)
		a.At = time.Unix(at, 0).UTC()
		all = append(all, a)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read what was done to edition %s: %w", id, err)
	}
	return all, nil
}
