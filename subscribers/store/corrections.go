package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"vesper/digest"
)

// ofDay finds the opened editions of a day and slot, from the first one to its last
// correction.
const ofDay = ` WHERE e.date = $1 AND e.slot = $2 AND e.number IS NOT NULL ORDER BY e.sequence`

// superseded is why a delivery was skipped that another edition of the day has taken over.
const superseded = `'superseded'`

// toldBy are the variants, in SQL, of a letter on what was wrong.
const toldBy = `('` + digest.CorrectionDesigned + `', '` + digest.CorrectionPlain + `')`

// Sequence implements publish.Corrections.
func (s *Book) Sequence(ctx context.Context, id digest.ID) ([]digest.Record, error) {
	all, err := sequence(ctx, s.read, id)
	if err != nil {
		return nil, fmt.Errorf("read edition %s and its corrections: %w", id, err)
	}
	return all, nil
}

func sequence(ctx context.Context, c conn, id digest.ID) (all []digest.Record, err error) {
	rows, err := c.Query(ctx, `SELECT `+record+` FROM editions e`+ofDay, id.Date.String(), id.Slot)
	err = each(rows, err, func(scan scanner) error {
		r, err := scanRecord(scan)
		all = append(all, r)
		return err
	})
	if err == nil && len(all) == 0 {
		err = digest.ErrNotFound
	}
	return all, err
}

// Toward implements publish.Corrections.
func (s *Book) Toward(ctx context.Context, id digest.ID) (digest.Toward, error) {
	var t digest.Toward
	err := s.read.QueryRow(ctx, `WITH day AS (SELECT number FROM editions
			WHERE date = $1 AND slot = $2 AND number IS NOT NULL),
		whole AS (SELECT DISTINCT subscriber FROM `+everyRow(s.read)+` AS deliveries WHERE edition IN (SELECT number FROM day)
			AND step = 'pending' AND variant NOT IN `+toldBy+` AND `+readersStatus+` = 'active')
		SELECT (SELECT count(*) FROM whole),
			(SELECT count(DISTINCT subscriber) FROM deliveries WHERE edition IN (SELECT number FROM day)
				AND step IN ('sent', 'unknown') AND subscriber NOT IN (SELECT subscriber FROM whole)
				AND `+readersStatus+` = 'active'),
			(SELECT count(*) FROM deliveries WHERE edition IN (SELECT number FROM day) AND step = 'attempting')`,
		id.Date.String(), id.Slot).Scan(&t.Whole, &t.Told, &t.OnTheWire)
	if err != nil {
		return t, fmt.Errorf("count whom a correction of edition %s goes to: %w", id, err)
	}
	return t, nil
}

// OpenCorrection implements publish.Corrections: the point of no return of a correction. In
// one transaction it is opened, and takes over who was not sent the edition before.
func (s *Book) OpenCorrection(ctx context.Context, o digest.Opening, a digest.Act) (digest.Tallied, error) {
	err := s.write.whole(ctx, func(ctx context.Context, c conn) error {
		number, err := s.openCorrection(ctx, c, o, a)
		if err == nil {
			err = s.shareOut(ctx, c, number)
		}
		return err
	})
	if err != nil {
		return digest.Tallied{}, fmt.Errorf("open edition %s: %w", o.Edition.ID, err)
	}
	ctx = context.WithoutCancel(ctx)
	s.takeSpace(ctx)
	return s.Tallied(ctx, o.Edition.ID)
}

func (s *core) openCorrection(ctx context.Context, c conn, o digest.Opening, a digest.Act) (uint32, error) {
	before, err := sequence(ctx, c, o.Edition.ID)
	if err != nil {
		return 0, err
	}
	last := before[len(before)-1]
	if last.ID.Sequence+1 != o.Edition.ID.Sequence {
		return 0, digest.ErrExists
	}
	if err := last.Correctable(); err != nil {
		return 0, err
	}
	for _, r := range before {
		onTheWire, err := has(ctx, c, `SELECT 1 FROM deliveries WHERE edition = $1 AND step = 'attempting'`, r.Number)
		if err != nil {
			return 0, err
		}
		if onTheWire {
			return 0, digest.ErrRunning
		}
	}
	number, err := s.enterEdition(ctx, c, o)
	if err != nil {
		return 0, err
	}
	note := o.Edition.Correction.Note
	// It looked at what its edition had looked at: what comes next begins there.
	if _, err := c.Exec(ctx, `UPDATE editions SET correction = $1,
			looks = (SELECT f.looks FROM editions f WHERE f.number = $2) WHERE number = $3`,
		note, before[0].Number, number); err != nil {
		return 0, err
	}
	if err := enterContent(ctx, c, number, o); err != nil {
		return 0, err
	}
	if err := enterLooks(ctx, c, number, o); err != nil {
		return 0, err
	}
	if err := takeOverReaders(ctx, c, number, before, note != "", o.At); err != nil {
		return 0, err
	}
	if err := endCorrected(ctx, c, last, o.At); err != nil {
		return 0, err
	}
	_, err = c.Exec(ctx, `INSERT INTO acts (date, slot, sequence, act, by_whom, reason, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`, append(keyOf(last.ID), a.Kind, a.By, a.Reason, a.At.Unix())...)
	return number, err
}

// takeOverReaders makes the ledger of a correction. Who was sent none of the editions before gets
// the whole one: those deliveries are skipped. What may have arrived is not said to be. If
// readers are told, all who were sent one are, and no older letter of that kind goes on.
// Nobody who has left is in it.
func takeOverReaders(
	ctx context.Context, c conn, number uint32, before []digest.Record, told bool, now time.Time,
) error {
	for _, r := range before {
		if err := takeOverPending(ctx, c, number, r.Number, told, now); err != nil {
			return fmt.Errorf("its readers: %w", err)
		}
	}
	for _, r := range before {
		if !told {
			break
		}
		if _, err := c.Exec(ctx, `INSERT INTO deliveries (edition, subscriber, variant, step, due_at, first_due_at, at)
			SELECT $1, deliveries.subscriber, CASE WHEN s.variant = $2 THEN $3 ELSE $4 END, 'pending', $5, $5, $5
			FROM deliveries JOIN subscribers s ON s.id = deliveries.subscriber
			WHERE deliveries.edition = $6 AND deliveries.step IN ('sent', 'unknown') AND `+readersStatus+` = 'active'
			ON CONFLICT DO NOTHING`,
			number, digest.Plain, digest.CorrectionPlain, digest.CorrectionDesigned, now.Unix(), r.Number); err != nil {
			return fmt.Errorf("who is told: %w", err)
		}
	}
	var n int64
	err := c.QueryRow(ctx, `SELECT count(*) FROM deliveries WHERE edition = $1`, number).Scan(&n)
	if err == nil && n == 0 {
		err = digest.ErrNobody
	}
	if err == nil {
		_, err = c.Exec(ctx, `UPDATE editions SET opened = $1, last_due_at = (SELECT max(d.first_due_at)
			FROM deliveries d WHERE d.edition = $2 AND d.first_due_at > $3) WHERE number = $2`, n, number, now.Unix())
	}
	return err
}

// takeOverPending takes what is owed of an edition over into its correction.
func takeOverPending(ctx context.Context, c conn, number, of uint32, told bool, now time.Time) error {
	taken := ` AND variant NOT IN ` + toldBy
	if told {
		taken = ``
	}
	if err := takeOverChunks(ctx, c, number, of, now); err != nil {
		return err
	}
	if _, err := c.Exec(ctx, `UPDATE deliveries SET step = 'skipped', reason = `+readersStatus+`, suspect = '', at = $1
		WHERE edition = $2 AND step = 'pending' AND `+readersStatus+` <> 'active'`, now.Unix(), of); err != nil {
		return err
	}
	// What is due later, by its wave or since it was deferred, is so still.
	if _, err := c.Exec(ctx, `INSERT INTO deliveries (edition, subscriber, variant, step, due_at, first_due_at, at)
		SELECT $1, d.subscriber, d.variant, 'pending', `+greater(`d.due_at`, `$2`)+`, `+greater(`d.first_due_at`, `$2`)+`, $2
		FROM deliveries d WHERE d.edition = $3 AND d.step = 'pending' AND d.variant NOT IN `+toldBy,
		number, now.Unix(), of); err != nil {
		return err
	}
	_, err := c.Exec(ctx, `UPDATE deliveries SET step = CASE WHEN doubts > 0 THEN 'unknown' ELSE 'skipped' END,
			reason = CASE WHEN doubts > 0 THEN '' ELSE `+superseded+` END, suspect = '', at = $1
		WHERE edition = $2 AND step = 'pending'`+taken, now.Unix(), of)
	return err
}

// endCorrected ends the edition that was corrected or, where letters on an earlier mistake are
// still owed, lets it go on.
func endCorrected(ctx context.Context, c conn, r digest.Record, now time.Time) error {
	if r.State == digest.Done {
		return nil
	}
	if err := resume(ctx, c, r.Number, now); err != nil {
		return err
	}
	t, err := count(ctx, c, r.Number)
	switch {
	case err != nil || t.Owed() > 0:
		return err
	case !t.Balanced():
		return digest.ErrUnbalanced
	}
	return end(ctx, c, r.Number, t, now)
}

// notCorrected gives digest.ErrCorrected for an edition that was corrected.
func notCorrected(ctx context.Context, c conn, number uint32) error {
	corrected, err := has(ctx, c, `SELECT 1 FROM editions e JOIN editions l ON l.date = e.date AND l.slot = e.slot
		AND l.sequence > e.sequence AND l.number IS NOT NULL WHERE e.number = $1`, number)
	if err == nil && corrected {
		err = digest.ErrCorrected
	}
	return err
}

// Corrections gives the corrections that readers were given last, at most n of them, the
// newest first.
func (s *Book) Corrections(ctx context.Context, n int) ([]digest.Corrected, error) {
	all, err := s.corrections(ctx, ` ORDER BY e.number DESC LIMIT $1`, n)
	if err != nil {
		return nil, fmt.Errorf("read the corrections: %w", err)
	}
	return all, nil
}

// CorrectionsOf gives the corrections of an edition that came after it, the first one first.
func (s *Book) CorrectionsOf(ctx context.Context, id digest.ID) ([]digest.Corrected, error) {
	all, err := s.corrections(ctx, ` AND e.date = $1 AND e.slot = $2 AND e.sequence > $3 ORDER BY e.sequence`,
		keyOf(id)...)
	if err != nil {
		return nil, fmt.Errorf("read the corrections of edition %s: %w", id, err)
	}
	return all, nil
}

func (s *Book) corrections(ctx context.Context, rest string, args ...any) (all []digest.Corrected, err error) {
	rows, err := s.read.Query(ctx, `SELECT coalesce(e.paper_number, 0), e.title, m.subject, e.correction, e.opened_at,
			e.date, e.slot, e.sequence
		FROM editions e JOIN edition_messages m ON m.edition = e.number AND m.variant = '`+digest.Designed+`'
		WHERE e.sequence > 1 AND `+appeared+rest, args...)
	err = each(rows, err, func(scan scanner) error {
		var p digest.Corrected
		var at sql.NullInt64
		id, err := scanID(func(rest ...any) error {
			return scan(append([]any{&p.PaperNumber, &p.Title, &p.Subject, &p.Note, &at}, rest...)...)
		})
		p.ID, p.CorrectedAt, p.Correction.At = id, instant(at), instant(at)
		all = append(all, p)
		return err
	})
	return all, err
}

// appearedAs is appeared for an edition of another name, in SQL.
func appearedAs(name string) string { return strings.ReplaceAll(appeared, "e.", name+".") }
