package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"vesper/digest"
)

// OwedReports implements publish.Reports: what is over and has no report yet, the oldest
// first.
func (s *Book) OwedReports(ctx context.Context) ([]digest.OwedReport, error) {
	var all []digest.OwedReport
	rows, err := s.read.Query(ctx, `SELECT date, slot, sequence, id, state, title, reason, missed_from, ended_at
		FROM run_reports WHERE facts = '' ORDER BY id`)
	err = each(rows, err, func(scan scanner) error {
		var e digest.OwedReport
		var from string
		var at sql.NullInt64
		id, err := scanID(func(rest ...any) error {
			return scan(append(rest, &e.Key, &e.State, &e.Title, &e.Reason, &from, &at)...)
		})
		e.ID, e.At = id, instant(at)
		if err == nil && from != "" {
			e.MissedFrom, err = digest.ParseDate(from)
		}
		all = append(all, e)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read which editions to report on: %w", err)
	}
	return all, nil
}

// OwePaused implements publish.Reports: of an edition that is paused a report is owed, once.
func (s *Book) OwePaused(ctx context.Context, number uint32, now time.Time) error {
	told, err := has(ctx, s.read, `SELECT 1 FROM run_reports k JOIN editions e ON k.date = e.date AND k.slot = e.slot
		AND k.sequence = e.sequence AND k.state = 'paused' WHERE e.number = $1`, number)
	if err == nil && !told {
		err = s.write.one(ctx, func(ctx context.Context, c conn) error {
			_, err := c.Exec(ctx, `INSERT INTO run_reports (date, slot, sequence, state, title, reason, missed_from, ended_at)
				SELECT date, slot, sequence, state, title, reason, missed_from, $1
				FROM editions WHERE number = $2 AND state = 'paused' ON CONFLICT DO NOTHING`, now.Unix(), number)
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("owe a report on edition with ledger number %d: %w", number, err)
	}
	return nil
}

// KeepReport implements publish.Reports: a report and its letters are there together, or
// not at all. It is digest.ErrExists where it was kept before.
func (s *Book) KeepReport(
	ctx context.Context, key int64, r digest.RunReport, letters []digest.Letter, now time.Time,
) error {
	facts, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("keep the report on edition %s: %w", r.ID, err)
	}
	err = s.write.whole(ctx, func(ctx context.Context, c conn) error {
		n, err := c.Exec(ctx, `UPDATE run_reports SET facts = $1, written_at = $2, heard = $3
			WHERE id = $4 AND facts = ''`, string(facts), now.Unix(), r.CameBack.Last, key)
		if err == nil && n == 0 {
			err = digest.ErrExists
		}
		for _, l := range letters {
			if err == nil {
				_, err = post(ctx, c, l, nil, now)
			}
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("keep the report on edition %s: %w", r.ID, err)
	}
	return nil
}

// RunReports gives the reports that are kept on the last editions and days without one, the
// newest first: as many as limit, or all if it is 0.
func (s *Book) RunReports(ctx context.Context, limit int) ([]digest.RunReport, error) {
	if limit == 0 {
		limit = math.MaxInt64
	}
	return s.runReports(ctx, `1 = 1 ORDER BY date DESC, ended_at DESC, id DESC LIMIT $1`, limit)
}

// RunReport gives the reports that are kept on an edition, the newest first: one that was
// missed may have been sent by hand after all. It may be none.
func (s *Book) RunReport(ctx context.Context, id digest.ID) ([]digest.RunReport, error) {
	return s.runReports(ctx, `date = $1 AND slot = $2 AND sequence = $3 ORDER BY ended_at DESC, id DESC`, keyOf(id)...)
}

func (s *core) runReports(ctx context.Context, which string, args ...any) ([]digest.RunReport, error) {
	var all []digest.RunReport
	rows, err := s.read.Query(ctx, `SELECT facts FROM run_reports WHERE facts <> '' AND `+which, args...)
	err = each(rows, err, func(scan scanner) error {
		var facts string
		if err := scan(&facts); err != nil {
			return err
		}
		var r digest.RunReport
		err := json.Unmarshal([]byte(facts), &r)
		all = append(all, r)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the reports: %w", err)
	}
	return all, nil
}

// NotSent gives each reader who was not sent an edition. An error of do ends it.
func (s *Book) NotSent(ctx context.Context, number uint32, do func(digest.NotSent) error) error {
	rows, err := s.read.Query(ctx, `SELECT d.step, d.code, d.enhanced, d.reply, d.reason, d.quotes, coalesce(s.address, '')
		FROM deliveries d LEFT JOIN subscribers s ON s.id = d.subscriber
		WHERE d.edition = $1 AND d.step IN ('failed', 'expired', 'skipped', 'unknown')
		ORDER BY d.subscriber`, number)
	err = each(rows, err, func(scan scanner) error {
		var n digest.NotSent
		var quotes int
		var address string
		if err := scan(&n.Step, &n.Code, &n.Enhanced, &n.Reply, &n.Reason, &quotes, &address); err != nil {
			return err
		}
		n.Said = n.Reply
		if address != "" {
			n.Said = without(n.Said, address, true)
		}
		n.Said = unnamed(n.Said)
		if quotes == quotesOthers {
			// The part before the @ of whoever that is may stand there by itself too.
			n.Said = ""
		}
		return do(n)
	})
	if err != nil {
		return fmt.Errorf("read who was not sent edition with ledger number %d: %w", number, err)
	}
	return nil
}

// CameBack counts what came back since the last report that is kept.
func (s *Book) CameBack(ctx context.Context) (digest.CameBack, error) {
	var back digest.CameBack
	var since sql.NullInt64
	// Readers who are gone count one for each report.
	const reader = `count(DISTINCT CASE WHEN r.subscriber <> 0 THEN r.subscriber ELSE -r.id END) FILTER (WHERE `
	err := s.read.QueryRow(ctx, `SELECT k.at, coalesce(max(r.id), k.heard),
			`+reader+`r.kind <> 'refusal' AND r.class IN ('remove', 'count')),
			`+reader+`r.class = 'complaint'),
			`+reader+`r.class IN ('remove', 'count') AND r.state = 'acted'),
			`+reader+`r.state = 'held'),
			count(*) FILTER (WHERE r.state = 'unproven'),
			`+reader+`r.class = 'sender'),
			count(*) FILTER (WHERE r.rule = 'it was sent to postmaster'),
			count(*) FILTER (WHERE r.rule = 'it was sent to abuse'),
			count(*) FILTER (WHERE r.kind = 'reply' AND r.rule NOT LIKE 'it was sent to %')
		FROM (SELECT max(written_at) AS at, coalesce(max(heard), 0) AS heard FROM run_reports) k
			LEFT JOIN reports r ON r.id > k.heard AND r.state <> 'discarded'
		GROUP BY k.at, k.heard`).
		Scan(&since, &back.Last, &back.Bounced, &back.Complained, &back.Removed, &back.Held, &back.Unproven,
			&back.Refused, &back.Postmaster, &back.Abuse, &back.Replies)
	back.Since = instant(since)
	if err != nil {
		return back, fmt.Errorf("count what came back: %w", err)
	}
	return back, nil
}

// LeftOut counts the articles that an edition saw on the desk and did not print, by what it
// decided of each.
func (s *Book) LeftOut(ctx context.Context, number uint32) (map[string]int, error) {
	all := map[string]int{}
	rows, err := s.read.Query(ctx, `SELECT verdict, count(*) FROM looks
		WHERE edition = $1 AND verdict NOT IN ('printed', 'elsewhere') GROUP BY verdict`, number)
	err = each(rows, err, func(scan scanner) error {
		var verdict string
		var n int
		err := scan(&verdict, &n)
		all[verdict] = n
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count what edition with ledger number %d left out: %w", number, err)
	}
	return all, nil
}
