package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"vesper/digest"
	"vesper/subscribers"
)

// Unweighed gives reports after one that wait for the rules, in the order in which they
// came.
func (s *List) Unweighed(ctx context.Context, after int64, limit int) ([]subscribers.Report, error) {
	var all []subscribers.Report
	rows, err := s.read.Query(ctx, selectReport+` FROM reports r WHERE r.state = 'new' AND r.id > $1
		ORDER BY r.id LIMIT $2`, after, limit)
	err = each(rows, err, func(scan scanner) error {
		r, err := scanReport(scan)
		all = append(all, r)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read what came back: %w", err)
	}
	return all, nil
}

// Weigh does what the rules say of these reports, one after another in one transaction,
// and keeps their class, cause and rule as they are given. The judgement of one that
// does not wait any more is the zero one.
func (s *List) Weigh(ctx context.Context, all []subscribers.Report, rules subscribers.Rules, now time.Time,
) ([]subscribers.Judgement, error) {
	var judged []subscribers.Judgement
	err := s.write.whole(ctx, func(ctx context.Context, c conn) error {
		w := s.weighing(c, rules, now)
		judged = make([]subscribers.Judgement, len(all))
		for i, r := range all {
			waits, err := has(ctx, c, `SELECT 1 FROM reports WHERE id = $1 AND state = 'new'`, r.ID)
			if err != nil {
				return err
			}
			if waits {
				if judged[i], err = w.weigh(ctx, r, false); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("weigh what came back: %w", err)
	}
	return judged, nil
}

// Apply has the chosen reports that are held or unproven do what they ask for, by an
// admin's word: what is not proven is as if it were, for the reader who has the address,
// and that it is many at once holds up nothing. It gives the reports as they are then.
func (s *List) Apply(ctx context.Context, f subscribers.ReportFilter, rules subscribers.Rules, now time.Time,
) ([]subscribers.Report, error) {
	return s.decide(ctx, f, false, s.applying(rules, now))
}

// WouldApply gives the reports as Apply would leave them, and changes nothing.
func (s *List) WouldApply(ctx context.Context, f subscribers.ReportFilter, rules subscribers.Rules, now time.Time,
) ([]subscribers.Report, error) {
	return s.decide(ctx, f, true, s.applying(rules, now))
}

func (s *core) applying(rules subscribers.Rules, now time.Time,
) func(context.Context, conn, subscribers.Report) error {
	return func(ctx context.Context, c conn, r subscribers.Report) error {
		if r.State == subscribers.ReportUnproven {
			r.Proof, r.State = subscribers.ByAdmin, subscribers.ReportNew
			err := missing(c.QueryRow(ctx, `SELECT id FROM subscribers WHERE address_key = $1`, r.Address).
				Scan(&r.Subscriber))
			if err != nil && !errors.Is(err, digest.ErrNotFound) {
				return err
			}
			if _, err := c.Exec(ctx, `UPDATE reports SET state = 'new', proof = $1, subscriber = $2, address = '',
					raw = CASE WHEN CAST($2 AS BIGINT) <> 0 THEN raw END WHERE id = $3`, r.Proof, r.Subscriber, r.ID); err != nil {
				return err
			}
		}
		_, err := s.weighing(c, rules, now).weigh(ctx, r, true)
		return err
	}
}

// Discard sets the chosen reports aside that are held or unproven: they change nobody,
// and their readers get editions again. It gives the reports as they are then.
func (s *List) Discard(ctx context.Context, f subscribers.ReportFilter, now time.Time) ([]subscribers.Report, error) {
	return s.decide(ctx, f, false, func(ctx context.Context, c conn, r subscribers.Report) error {
		_, err := c.Exec(ctx, `UPDATE reports SET state = 'discarded', decided_at = $1, why = $2, address = '',
			raw = CASE WHEN proof <> '' THEN raw END WHERE id = $3`, now.Unix(), "set aside by the admin", r.ID)
		return err
	})
}

// decide does something with each of the chosen reports that wait for an admin's word,
// the oldest first, in one transaction. A trial is undone.
func (s *List) decide(ctx context.Context, f subscribers.ReportFilter, trial bool,
	do func(context.Context, conn, subscribers.Report) error,
) ([]subscribers.Report, error) {
	if len(f.States) == 0 {
		f.States = []subscribers.ReportState{subscribers.ReportHeld, subscribers.ReportUnproven}
	}
	var all []subscribers.Report
	err := s.write.whole(ctx, func(ctx context.Context, c conn) error {
		chosen, err := s.reports(ctx, c, f)
		if err != nil {
			return err
		}
		ids := []int64{}
		for i := len(chosen) - 1; i >= 0; i-- {
			r := chosen[i]
			if r.State != subscribers.ReportHeld && r.State != subscribers.ReportUnproven {
				continue
			}
			ids = append(ids, r.ID)
			if err := do(ctx, c, r); err != nil {
				return err
			}
		}
		if all, err = s.reports(ctx, c, subscribers.ReportFilter{IDs: ids}); err == nil && trial {
			err = errTrial
		}
		return err
	})
	if err != nil && !errors.Is(err, errTrial) {
		return nil, fmt.Errorf("decide on what came back: %w", err)
	}
	return all, nil
}

// errTrial undoes what was only tried.
var errTrial = errors.New("it was a trial")

// weighing weighs reports within a transaction.
type weighing struct {
	*core
	conn  conn
	rules subscribers.Rules
	now   time.Time
	// floods has what was counted of each edition, with what these reports add.
	floods map[uint32]*flood
}

func (s *core) weighing(c conn, rules subscribers.Rules, now time.Time) *weighing {
	return &weighing{s, c, rules, now, map[uint32]*flood{}}
}

// weigh does what the rules say of one report.
func (w *weighing) weigh(ctx context.Context, r subscribers.Report, word bool) (subscribers.Judgement, error) {
	k, key, err := w.caseOf(ctx, r)
	if err != nil {
		return subscribers.Judgement{}, err
	}
	k.Word = word
	j := w.rules.Weigh(k)
	if j.Suppress != "" {
		if err := w.takeOff(ctx, r, j); err != nil {
			return j, err
		}
	}
	if j.State == subscribers.ReportHeld || j.Suppress == subscribers.HardBounce {
		w.counted(r.Edition, r.Subscriber, key)
	}
	_, err = w.conn.Exec(ctx, `UPDATE reports SET state = $1, decided_at = $2, why = $3, class = $4, cause = $5, rule = $6
		WHERE id = $7`, j.State, w.now.Unix(), j.Why, r.Class, r.Cause, plain(r.Rule), r.ID)
	return j, err
}

// takeOff takes the reader off the list. What else is held for the reader is settled by
// that.
func (w *weighing) takeOff(ctx context.Context, r subscribers.Report, j subscribers.Judgement) error {
	is, key, err := scanFacts(w.conn.QueryRow(ctx, selectFacts+` WHERE id = $1`, r.Subscriber).Scan)
	if err != nil {
		return err
	}
	if err := w.addWords(ctx, w.conn, key, &is); err != nil {
		return err
	}
	if err := w.apply(ctx, w.conn, key, is.Suppress(j.Suppress, w.now), w.now); err != nil {
		return err
	}
	_, err = w.conn.Exec(ctx, `UPDATE reports SET state = 'noted', decided_at = $1, why = $2
		WHERE subscriber = $3 AND state = 'held' AND id <> $4`,
		w.now.Unix(), "the reader was taken off by another report", r.Subscriber, r.ID)
	return err
}
