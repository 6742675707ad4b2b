package store

import (
	"context"

	"vesper/subscribers"
)

// naming finds the reports after one that have an address in them, as they came, in what
// they speak of or in what a server said. It also gives the last report that it looked at.
func (s *core) naming(ctx context.Context, q conn, a subscribers.Address, after int64) ([]int64, int64, error) {
	var all []int64
	last := after
	mentioned := mentioning(a)
	rows, err := q.Query(ctx, `SELECT id, address || ' ' || diagnostic || ' ' || rule || ' ' || key, raw FROM reports
		WHERE id > $1 ORDER BY id`, after)
	err = each(rows, err, func(scan scanner) error {
		var id int64
		var text string
		var raw []byte
		err := scan(&id, &text, &raw)
		last = id
		if mentioned(text) || mentioned(string(raw)) {
			all = append(all, id)
		}
		return err
	})
	return all, last, err
}

// reports takes the address out of what came back: what is not proven goes altogether,
// of the others what quotes it. Those are known that had come before this began; what came
// since is looked at here.
func (e *erasure) reports(ctx context.Context, naming []int64, last int64) error {
	since, _, err := e.store.naming(ctx, e.conn, e.address, last)
	if err != nil {
		return err
	}
	for _, id := range append(naming, since...) {
		e.found = true
		n, err := e.conn.Exec(ctx, `DELETE FROM reports WHERE id = $1 AND proof = ''`, id)
		if err == nil && n == 0 {
			err = e.quiet(ctx, id)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// ownReports makes the reader's reports ones of nobody: they go on counting for their
// editions.
func (e *erasure) ownReports(ctx context.Context) error {
	var own []int64
	rows, err := e.conn.Query(ctx, `SELECT id FROM reports WHERE subscriber = $1 AND subscriber <> 0`, e.id)
	if err = each(rows, err, func(scan scanner) error {
		var id int64
		err := scan(&id)
		own = append(own, id)
		return err
	}); err != nil {
		return err
	}
	for _, id := range own {
		if err := e.quiet(ctx, id); err != nil {
			return err
		}
		if _, err := e.conn.Exec(ctx, `UPDATE reports SET subscriber = 0,
				state = CASE WHEN state IN ('new', 'held') THEN 'noted' ELSE state END,
				decided_at = coalesce(decided_at, $1) WHERE id = $2`, e.now.Unix(), id); err != nil {
			return err
		}
	}
	return nil
}

// quiet forgets a report as it came, and takes the address out of what was said.
func (e *erasure) quiet(ctx context.Context, id int64) error {
	var diagnostic, rule string
	var own bool
	err := e.conn.QueryRow(ctx, `SELECT diagnostic, rule, subscriber = $1 FROM reports WHERE id = $2`, e.id, id).
		Scan(&diagnostic, &rule, &own)
	if err != nil {
		return missing(err)
	}
	_, err = e.conn.Exec(ctx, `UPDATE reports SET raw = NULL, diagnostic = $1, rule = $2 WHERE id = $3`,
		scrub(diagnostic, e.address, own), scrub(rule, e.address, own), id)
	return err
}
