package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"vesper/digest"
)

// byID finds an edition by its ID, of which keyOf gives the three parameters.
const byID = ` WHERE date = $1 AND slot = $2 AND sequence = $3`

func keyOf(id digest.ID) []any { return []any{id.Date.String(), id.Slot, id.Sequence} }

// byNumber finds an opened edition.
const byNumber = ` WHERE e.number = $1`

// latest is the order of a list of editions.
const latest = ` ORDER BY e.date DESC, coalesce(e.opened_at, e.entered_at) DESC, e.id DESC`

// record is what scanRecord reads.
const record = `e.date, e.slot, e.sequence, coalesce(e.number, 0), e.title, e.state, e.pause, e.reason,
		e.cut_off, e.opened_at, e.done_at, e.recovered, e.missed_from, e.until, e.stood, e.paused_at,
		e.signing_domain, e.signing_selector, e.signing_keys, e.run_at, e.due_at, coalesce(e.paper_number, 0), e.cancel_at,
		e.last_due_at`

func scanRecord(scan scanner, rest ...any) (digest.Record, error) {
	var r digest.Record
	var date, missedFrom string
	var cutOff, opened, done, paused, ran, due, cancel, last sql.NullInt64
	var until, stood int64
	err := scan(append([]any{
		&date, &r.ID.Slot, &r.ID.Sequence, &r.Number, &r.Title, &r.State, &r.Pause, &r.Reason,
		&cutOff, &opened, &done, &r.Recovered, &missedFrom, &until, &stood, &paused,
		&r.Signing.Domain, &r.Signing.Selector, &r.Signing.Keys, &ran, &due, &r.PaperNumber, &cancel, &last,
	}, rest...)...)
	if err != nil {
		return r, err
	}
	r.CutOff, r.OpenedAt, r.DoneAt, r.PausedAt = instant(cutOff), instant(opened), instant(done), instant(paused)
	r.RanAt, r.DueAt, r.CancelAt = instant(ran), instant(due), instant(cancel)
	r.LastDueAt = instant(last)
	if r.State.Opened() {
		r.Until, r.Stood = time.Duration(until)*time.Second, time.Duration(stood)*time.Second
	}
	if missedFrom != "" {
		if r.MissedFrom, err = digest.ParseDate(missedFrom); err != nil {
			return r, err
		}
	}
	r.ID.Date, err = digest.ParseDate(date)
	return r, err
}

// Record gives an edition, or a recorded day without one, or digest.ErrNotFound.
func (s *Book) Record(ctx context.Context, id digest.ID) (digest.Record, error) {
	r, err := scanRecord(s.read.QueryRow(ctx, `SELECT `+record+` FROM editions e`+byID, keyOf(id)...).Scan)
	if err != nil {
		return digest.Record{}, fmt.Errorf("read edition %s: %w", id, missing(err))
	}
	return r, nil
}

// Records gives every edition, and every recorded day without one, newest first.
func (s *Book) Records(ctx context.Context) ([]digest.Record, error) {
	var all []digest.Record
	rows, err := s.read.Query(ctx, `SELECT `+record+` FROM editions e`+latest)
	err = each(rows, err, func(scan scanner) error {
		r, err := scanRecord(scan)
		all = append(all, r)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the editions: %w", err)
	}
	return all, nil
}

// Unfinished implements publish.Book: the editions that are open, sending or
// paused, the oldest first. However many deliveries are deferred, it reads one.
func (s *Book) Unfinished(ctx context.Context) ([]digest.Unfinished, error) {
	var all []digest.Unfinished
	rows, err := s.read.Query(ctx, `SELECT `+record+`, `+nextDue(s.read)+`
		FROM editions e WHERE e.state IN ('open', 'sending', 'paused') ORDER BY e.number`)
	err = each(rows, err, func(scan scanner) error {
		var next sql.NullInt64
		r, err := scanRecord(scan, &next)
		all = append(all, digest.Unfinished{Record: r, Next: instant(next)})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the unfinished editions: %w", err)
	}
	return all, nil
}

// counted counts deliveries by step, in the order of digest.Tally. It is countedUntil what is
// pending, what unentered adds to that, and countedFrom there on.
const (
	countedUntil = `count(*) FILTER (WHERE d.step = 'sent'), count(*) FILTER (WHERE d.step = 'failed'),
		count(*) FILTER (WHERE d.step = 'expired'), count(*) FILTER (WHERE d.step = 'skipped'),
		count(*) FILTER (WHERE d.step = 'unknown'), count(*) FILTER (WHERE d.step = 'pending')`
	countedFrom = `, count(*) FILTER (WHERE d.step = 'attempting'), coalesce(sum(d.doubts), 0)`
	counted     = countedUntil + countedFrom
)

// sums has what counted counts of one edition e in one text: a question that is asked within
// another for some of its rows gives one value.
func sums(c conn) string {
	return `(SELECT count(*) FILTER (WHERE d.step = 'sent') || ' ' || count(*) FILTER (WHERE d.step = 'failed')
		|| ' ' || count(*) FILTER (WHERE d.step = 'expired') || ' ' || count(*) FILTER (WHERE d.step = 'skipped')
		|| ' ' || count(*) FILTER (WHERE d.step = 'unknown')
		|| ' ' || (count(*) FILTER (WHERE d.step = 'pending')` + unentered(c) + `)
		|| ' ' || count(*) FILTER (WHERE d.step = 'attempting') || ' ' || coalesce(sum(d.doubts), 0)
	FROM deliveries d WHERE d.edition = e.number)`
}

// tallied reads editions with their sums in one statement, and so at one moment.
// The sums of what is over are stored; only of other editions the deliveries are
// counted. (A join with them would have PostgreSQL pass those of all editions.)
func tallied(c conn) string {
	return `SELECT ` + record + `, e.opened, coalesce(e.sent, 0), coalesce(e.failed, 0),
		coalesce(e.expired, 0), coalesce(e.skipped, 0), coalesce(e.unknown, 0), 0, 0, coalesce(e.doubts, 0),
		CASE WHEN e.sent IS NULL AND e.number IS NOT NULL THEN ` + sums(c) + ` ELSE '' END
	FROM editions e`
}

// Tallied gives an edition with its sums, or digest.ErrNotFound.
func (s *Book) Tallied(ctx context.Context, id digest.ID) (digest.Tallied, error) {
	all, err := s.tallied(ctx, byID, keyOf(id)...)
	if err != nil {
		return digest.Tallied{}, fmt.Errorf("read edition %s: %w", id, err)
	}
	if len(all) == 0 {
		return digest.Tallied{}, fmt.Errorf("edition %s: %w", id, digest.ErrNotFound)
	}
	return all[0], nil
}

// Tallies gives every edition with its sums, and every recorded day without one,
// newest first.
func (s *Book) Tallies(ctx context.Context) ([]digest.Tallied, error) {
	all, err := s.tallied(ctx, latest)
	if err != nil {
		return nil, fmt.Errorf("read the editions: %w", err)
	}
	return all, nil
}

func (s *core) tallied(ctx context.Context, rest string, args ...any) ([]digest.Tallied, error) {
	var all []digest.Tallied
	rows, err := s.read.Query(ctx, tallied(s.read)+rest, args...)
	err = each(rows, err, func(scan scanner) error {
		var t digest.Tallied
		var counts string
		var err error
		t.Record, err = scanRecord(scan, append(into(&t.Tally), &counts)...)
		if err == nil && counts != "" {
			_, err = fmt.Sscan(counts, into(&t.Tally)[1:]...)
		}
		all = append(all, t)
		return err
	})
	return all, err
}

// into gives where the opened readers and the sums of counted are read to.
func into(t *digest.Tally) []any {
	return []any{
		&t.Opened, &t.Sent, &t.Failed, &t.Expired, &t.Skipped,
		&t.Unknown, &t.Pending, &t.Attempting, &t.PossibleDuplicates,
	}
}

// Newest gives the edition that was opened last, or the day that was recorded last; the
// error is digest.ErrNotFound if there is none. A day after today that is cancelled already is
// passed over: the evening before it is still the last one.
func (s *Book) Newest(ctx context.Context, today digest.Date) (digest.Record, error) {
	r, err := scanRecord(s.read.QueryRow(ctx, `SELECT `+record+` FROM editions e
		WHERE e.state <> 'held' AND (e.number IS NOT NULL OR e.date <= $1)
		ORDER BY coalesce(e.opened_at, e.entered_at) DESC, e.id DESC LIMIT 1`, today.String()).Scan)
	if err != nil {
		return digest.Record{}, fmt.Errorf("read the last edition: %w", missing(err))
	}
	return r, nil
}

// NewestOf gives the edition of a slot that was opened last, or its day that was recorded
// last, and when it was finished, opened or recorded; the error is digest.ErrNotFound if
// there is none. What was done after now, by a clock that was ahead, is passed over, and so is a
// day after that of now, in its time zone, that is cancelled already.
func (s *Book) NewestOf(ctx context.Context, slot string, now time.Time) (digest.Record, time.Time, error) {
	var at sql.NullInt64
	row := s.read.QueryRow(ctx, `SELECT `+record+`, coalesce(e.done_at, e.opened_at, e.entered_at) FROM editions e
		WHERE e.slot = $1 AND coalesce(e.opened_at, e.entered_at) <= $2 AND e.state <> 'held'
			AND (e.number IS NOT NULL OR e.date <= $3)
		ORDER BY coalesce(e.opened_at, e.entered_at) DESC, e.id DESC LIMIT 1`,
		slot, now.Unix(), digest.DateOf(now).String())
	r, err := scanRecord(row.Scan, &at)
	if err != nil {
		return digest.Record{}, time.Time{}, fmt.Errorf("read the last edition of slot %s: %w", slot, missing(err))
	}
	return r, instant(at), nil
}
