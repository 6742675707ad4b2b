package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"vesper/digest"
)

// undo is what an opening ahead of its time changes beside the edition's own rows, as it
// was before.
type undo struct {
	Pins  []undonePin  `json:"pins"`
	Looks []undoneLook `json:"looks"`
}

type undonePin struct {
	Slot  string `json:"slot"`
	ID    string `json:"id"`
	Place int    `json:"place"`
	At    int64  `json:"at"`
}

// undoneLook is a look as it was; Edition is 0 if there was none.
type undoneLook struct {
	ID        string `json:"id"`
	Edition   uint32 `json:"edition"`
	Verdict   string `json:"verdict"`
	Published int64  `json:"published"`
	Text      []byte `json:"text"`
}

// keepUndo keeps the pins and looks that an edition is about to change.
func keepUndo(ctx context.Context, c conn, number uint32, o digest.Opening) error {
	var u undo
	printed := map[string]bool{}
	for _, a := range o.Edition.Articles {
		printed[a.ID] = true
	}
	rows, err := c.Query(ctx, `SELECT slot, article_id, place, at FROM pins ORDER BY slot, place`)
	err = each(rows, err, func(scan scanner) error {
		var p undonePin
		err := scan(&p.Slot, &p.ID, &p.Place, &p.At)
		if printed[p.ID] {
			u.Pins = append(u.Pins, p)
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, look := range o.Looks {
		l := undoneLook{ID: look.ArticleID}
		err := c.QueryRow(ctx, `SELECT edition, verdict, published_at, text FROM looks
			WHERE slot = $1 AND article_id = $2`, o.Edition.ID.Slot, l.ID).
			Scan(&l.Edition, &l.Verdict, &l.Published, &l.Text)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		u.Looks = append(u.Looks, l)
	}
	kept, err := json.Marshal(u)
	if err == nil {
		_, err = c.Exec(ctx, `UPDATE editions SET undo = $1 WHERE number = $2`, string(kept), number)
	}
	return err
}

// Discard takes an edition back that was opened ahead of its time, as if it had not been:
// it may be opened anew, under another number. After its first run has begun, or when a
// later edition of its slot was opened, it is digest.ErrExists.
func (s *Book) Discard(ctx context.Context, id digest.ID) error {
	err := s.write.whole(ctx, func(ctx context.Context, c conn) error {
		r, err := scanRecord(c.QueryRow(ctx, `SELECT `+record+` FROM editions e`+byID, keyOf(id)...).Scan)
		if err != nil {
			return missing(err)
		}
		later, err := has(ctx, c, `SELECT 1 FROM editions WHERE slot = $1 AND number > $2`, id.Slot, r.Number)
		if err != nil || !r.Ahead() || later {
			return cmp.Or(err, digest.ErrExists)
		}
		return cmp.Or(discard(ctx, c, r), unapprove(ctx, c, id))
	})
	if err != nil {
		return fmt.Errorf("discard edition %s: %w", id, err)
	}
	return nil
}

func discard(ctx context.Context, c conn, r digest.Record) error {
	var kept string
	if err := c.QueryRow(ctx, `SELECT undo FROM editions WHERE number = $1`, r.Number).Scan(&kept); err != nil {
		return err
	}
	var u undo
	if err := json.Unmarshal([]byte(kept), &u); err != nil {
		return fmt.Errorf("what it changed can't be read: %w", err)
	}
	for _, p := range u.Pins {
		// Another slot's pins stay as the desk has set them since.
		if _, err := c.Exec(ctx, `INSERT INTO pins (slot, article_id, place, at) SELECT $1, $2, $3, $4
			WHERE $1 = $5 OR NOT EXISTS (SELECT 1 FROM pins WHERE slot = $1 AND at > $6)
			ON CONFLICT DO NOTHING`, p.Slot, p.ID, p.Place, p.At, r.ID.Slot, r.OpenedAt.Unix()); err != nil {
			return err
		}
	}
	if err := undoLooks(ctx, c, r.ID.Slot, u.Looks); err != nil {
		return err
	}
	tables := []string{`deliveries`, `waves`, `edition_articles`, `web_views`, `edition_messages`}
	if isServer(c) {
		tables = append([]string{`chunks`}, tables...)
	}
	for _, table := range tables {
		if _, err := c.Exec(ctx, `DELETE FROM `+table+` WHERE edition = $1`, r.Number); err != nil {
			return err
		}
	}
	_, err := c.Exec(ctx, `DELETE FROM editions WHERE number = $1`, r.Number)
	return err
}

func undoLooks(ctx context.Context, c conn, slot string, looks []undoneLook) error {
	for _, l := range looks {
		_, err := c.Exec(ctx, `DELETE FROM looks WHERE slot = $1 AND article_id = $2`, slot, l.ID)
		if err == nil && l.Edition != 0 {
			_, err = c.Exec(ctx, `INSERT INTO looks (slot, article_id, edition, verdict, published_at, text)
				VALUES ($1, $2, $3, $4, $5, $6)`, slot, l.ID, l.Edition, l.Verdict, l.Published, l.Text)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Hasten implements publish.Course.
func (s *Book) Hasten(ctx context.Context, number uint32, now time.Time) error {
	err := s.write.whole(ctx, func(ctx context.Context, c conn) error {
		var due int64
		err := c.QueryRow(ctx, `SELECT due_at FROM editions WHERE number = $1
			AND state IN ('open', 'sending', 'paused') AND due_at > $2`, number, now.Unix()).Scan(&due)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err == nil {
			_, err = c.Exec(ctx, `UPDATE editions SET due_at = `+greater(`opened_at`, `$1`)+` WHERE number = $2`,
				now.Unix(), number)
		}
		if err != nil {
			return err
		}
		// Who is due later than the others, by a wave, still is.
		_, err = c.Exec(ctx, `UPDATE deliveries SET due_at = $1, first_due_at = $1
			WHERE edition = $2 AND step = 'pending' AND first_due_at = $3`, now.Unix(), number, due)
		if err == nil && isServer(c) {
			// What was signed ahead has entered its chunks. Those whose readers have all left stay closed.
			_, err = c.Exec(ctx, `UPDATE chunks SET due_at = $1, next_at = $1
				WHERE edition = $2 AND due_at = $3 AND next_at IS NOT NULL`, now.Unix(), number, due)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("make edition with ledger number %d due: %w", number, err)
	}
	return nil
}

// joined gives the readers who want an edition and have no delivery of it.
func (s *Book) joined(ctx context.Context, id digest.ID, number uint32) ([]int64, error) {
	var all []int64
	rows, err := s.read.Query(ctx, `SELECT id FROM subscribers WHERE `+wantedFrom(1)+`
		AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.edition = $4 AND d.subscriber = subscribers.id)`+
		andNotWaiting(s.read),
		append(wantedBy(id), number)...)
	err = each(rows, err, func(scan scanner) error {
		var reader int64
		err := scan(&reader)
		all = append(all, reader)
		return err
	})
	return all, err
}

// shareOutJoined brings who has joined into chunks, or everybody where an edition has none, since it was opened in
// a file. All others have been in theirs since it was opened.
func (s *core) shareOutJoined(ctx context.Context, c conn, number uint32, joined []int64) error {
	if !isServer(c) {
		return nil
	}
	shared, err := has(ctx, c, `SELECT 1 FROM chunks WHERE edition = $1`, number)
	switch {
	case err != nil:
		return err
	case !shared:
		return s.shareOut(ctx, c, number)
	case len(joined) > 0:
		return s.shareOut(ctx, c, number, joined...)
	}
	return nil
}

// thaw makes an edition ready for its first run: it has no way back, and the readers who
// have joined are entered, as far as they want it still. It gives how many they were.
func (s *Book) thaw(ctx context.Context, c conn, r digest.Record, joined []int64, now time.Time) (int, error) {
	all := 0
	who, batches := `(SELECT id, variant, timezone FROM subscribers WHERE `+wanted+` AND id = $7) s`,
		make([]any, 0, len(joined))
	for _, reader := range joined {
		batches = append(batches, reader)
	}
	if isServer(c) && len(joined) > 0 {
		// Nobody passes the gate meanwhile: they are entered at once.
		who, batches = `unnest(CAST($7 AS BIGINT[])) AS r (reader) CROSS JOIN LATERAL (SELECT id, variant, timezone
			FROM subscribers WHERE `+wanted+` AND id = r.reader OFFSET 0) s`, []any{joined}
	}
	for _, readers := range batches {
		n, err := c.Exec(ctx, `INSERT INTO deliveries (edition, subscriber, variant, step, due_at, first_due_at, at)
			SELECT $1, s.id, `+variantOf+`, 'pending', `+inWaves+`, `+inWaves+`, $3
			FROM `+who+waveOf+`
			WHERE true ON CONFLICT DO NOTHING`,
			append(append([]any{r.Number, r.Begins().Unix(), now.Unix()}, wantedBy(r.ID)...), readers)...)
		if err != nil {
			return 0, fmt.Errorf("who has joined: %w", err)
		}
		all += int(n)
	}
	err := s.shareOutJoined(ctx, c, r.Number, joined)
	if err != nil {
		return 0, err
	}
	_, err = c.Exec(ctx, `UPDATE editions SET undo = '', opened = opened + $1 WHERE number = $2`, all, r.Number)
	return all, err
}
