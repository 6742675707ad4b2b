package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"vesper/digest"
	"vesper/subscribers"
)

// caseOf gives all that the rules look at of a report, and the key of its reader's
// address.
func (w *weighing) caseOf(ctx context.Context, r subscribers.Report) (k subscribers.Case, key string, err error) {
	k.Report = r
	var confirmed, lifted sql.NullInt64
	err = missing(w.conn.QueryRow(ctx, `SELECT status, confirmed_at, lifted_at, address_key FROM subscribers
		WHERE id = $1`, r.Subscriber).Scan(&k.Status, &confirmed, &lifted, &key))
	if errors.Is(err, digest.ErrNotFound) {
		return k, "", nil
	}
	if err != nil {
		return k, "", err
	}
	if k.Since = instant(confirmed); instant(lifted).After(k.Since) {
		k.Since = instant(lifted)
	}
	if k.Sent, err = w.sentAt(ctx, r); err != nil {
		return k, "", err
	}
	if r.Class != subscribers.ClassRemove && r.Class != subscribers.ClassCount {
		return k, key, nil
	}
	if k.Sendings, err = w.sendings(ctx, r); err == nil {
		k.Flood, err = w.flood(ctx, r, key)
	}
	return k, key, err
}

// sentAt gives when the message went out that a report is about: to be sure, one that it
// does not name, or a letter, is the last one that may be meant. It is zero if that is not known.
func (w *weighing) sentAt(ctx context.Context, r subscribers.Report) (time.Time, error) {
	var at sql.NullInt64
	var err error
	switch {
	case r.Edition != 0:
		err = w.conn.QueryRow(ctx, `SELECT max(at) FROM deliveries WHERE edition = $1 AND subscriber = $2
			AND step IN ('sent', 'failed')`, r.Edition, r.Subscriber).Scan(&at)
		if err == nil && !at.Valid {
			err = w.conn.QueryRow(ctx, `SELECT max(opened_at) FROM editions WHERE number = $1`, r.Edition).Scan(&at)
		}
	case r.Proof == subscribers.ByReturnPath || r.Proof == subscribers.ByRelayItself:
		err = w.conn.QueryRow(ctx, `SELECT max(first_due_at) FROM letters WHERE subscriber = $1 AND first_due_at <= $2`,
			r.Subscriber, r.At.Unix()).Scan(&at)
	case r.Proof == subscribers.ByWebhookSecret || r.Proof == subscribers.ByLink:
		err = w.conn.QueryRow(ctx, `SELECT max(at) FROM (
				SELECT d.at FROM (SELECT number FROM editions WHERE number IS NOT NULL ORDER BY number DESC LIMIT $1) e
					JOIN deliveries d ON d.edition = e.number AND d.subscriber = $2
					WHERE d.step IN ('sent', 'failed') AND d.at <= $3
				UNION ALL
				SELECT first_due_at FROM letters WHERE subscriber = $2 AND first_due_at <= $3) AS last`,
			lookBack, r.Subscriber, r.At.Unix()).Scan(&at)
	}
	return instant(at), err
}

// sendings gives the last editions that went to the reader of a report, with what came
// back for each.
func (w *weighing) sendings(ctx context.Context, r subscribers.Report) ([]subscribers.Sending, error) {
	came := map[uint32][]subscribers.Report{}
	rows, err := w.conn.Query(ctx, selectReport+` FROM reports r WHERE r.subscriber = $1 AND r.subscriber <> 0
		AND r.edition <> 0
		ORDER BY r.edition DESC LIMIT 1000`, r.Subscriber)
	if err := each(rows, err, func(scan scanner) error {
		one, err := scanReport(scan)
		if one.ID == r.ID {
			one = r
		}
		came[one.Edition] = append(came[one.Edition], one)
		return err
	}); err != nil {
		return nil, err
	}
	var all []subscribers.Sending
	rows, err = w.conn.Query(ctx, `SELECT e.number, e.date, d.at, d.step
		FROM (SELECT number, date FROM editions WHERE number IS NOT NULL ORDER BY number DESC LIMIT $1) e
		JOIN deliveries d ON d.edition = e.number AND d.subscriber = $2
		WHERE d.step IN ('sent', 'failed') ORDER BY e.number DESC`, lookBack, r.Subscriber)
	err = each(rows, err, func(scan scanner) error {
		var number uint32
		var date string
		var at int64
		var step digest.Step
		if err := scan(&number, &date, &at, &step); err != nil {
			return err
		}
		day, err := digest.ParseDate(date)
		all = append(all, subscribers.Sending{
			Day: day.In(time.UTC), At: time.Unix(at, 0).UTC(), Accepted: step == digest.Sent, Reports: came[number],
		})
		return err
	})
	return all, err
}

// flood is what was counted of an edition.
type flood struct {
	opened int
	first  bool
	// removed has who was taken off or is held, with their domains; at counts these.
	removed map[int64]bool
	at      map[string]int
}

// flood gives how much came back for the edition of a report. What is about no edition is
// counted against the last one.
func (w *weighing) flood(ctx context.Context, r subscribers.Report, key string) (subscribers.Flood, error) {
	f, ok := w.floods[r.Edition]
	if !ok {
		var err error
		if f, err = w.count(ctx, r); err != nil {
			return subscribers.Flood{}, err
		}
		w.floods[r.Edition] = f
	}
	domain := domainOf(key)
	got := subscribers.Flood{Opened: f.opened, First: f.first, Removed: len(f.removed)}
	got.At.Removed = f.at[domain]
	if f.removed[r.Subscriber] {
		got.Removed--
		got.At.Removed--
	}
	if r.Edition == 0 || got.At.Removed+1 < subscribers.HeldAtDomain {
		return got, nil
	}
	of, err := w.atDomain(ctx, r.Edition, domain)
	got.At.Readers, got.At.WasGood = of.readers, of.wasGood
	return got, err
}

// counted adds one who was taken off or is held.
func (w *weighing) counted(edition uint32, reader int64, key string) {
	if f := w.floods[edition]; f != nil && !f.removed[reader] {
		f.removed[reader] = true
		f.at[domainOf(key)]++
	}
}

// count counts what came back of an edition before these reports.
func (w *weighing) count(ctx context.Context, r subscribers.Report) (*flood, error) {
	f := &flood{removed: map[int64]bool{}, at: map[string]int{}}
	err := w.conn.QueryRow(ctx, `SELECT coalesce(e.sent, e.opened),
			NOT EXISTS (SELECT 1 FROM editions WHERE number < e.number)
		FROM editions e WHERE e.number = CASE WHEN CAST($1 AS BIGINT) <> 0 THEN $1
			ELSE (SELECT max(number) FROM editions) END`,
		r.Edition).Scan(&f.opened, &f.first)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	rows, err := w.conn.Query(ctx, `SELECT r.subscriber, coalesce(s.address_key, '')
		FROM reports r LEFT JOIN subscribers s ON s.id = r.subscriber
		WHERE r.edition = $1 AND r.at > $2 AND r.state IN ('acted', 'held') AND r.class IN ('remove', 'count')`,
		r.Edition, r.At.Add(-subscribers.FloodWithin).Unix())
	return f, each(rows, err, func(scan scanner) error {
		var reader int64
		var key string
		err := scan(&reader, &key)
		if !f.removed[reader] {
			f.removed[reader] = true
			f.at[domainOf(key)]++
		}
		return err
	})
}

// domainOf gives the domain of an address's key, "" of none.
func domainOf(key string) string { return key[strings.LastIndexByte(key, '@')+1:] }

// ofDomain is how many readers of a domain an edition had, and whether most of those of
// the slot's former edition got that.
type ofDomain struct {
	readers int
	wasGood bool
}

// mostDomains is how many domains are remembered.
const mostDomains = 1000

// atDomain counts the readers at a domain, which takes a look at all: it is remembered.
func (s *core) atDomain(ctx context.Context, edition uint32, domain string) (ofDomain, error) {
	type name = struct {
		edition uint32
		domain  string
	}
	s.domainMu.Lock()
	defer s.domainMu.Unlock()
	if of, ok := s.domainsOf[name{edition, domain}]; ok {
		return of, nil
	}
	var of ofDomain
	var former, came int
	err := s.read.QueryRow(ctx, `SELECT
			count(*) FILTER (WHERE EXISTS (SELECT 1 FROM deliveries d
				WHERE d.edition = $1 AND d.subscriber = s.id AND d.step <> 'skipped')),
			count(*) FILTER (WHERE EXISTS (SELECT 1 FROM deliveries d
				WHERE d.edition = f.number AND d.subscriber = s.id AND d.step IN ('sent', 'failed'))),
			count(*) FILTER (WHERE EXISTS (SELECT 1 FROM reports r WHERE r.subscriber = s.id AND r.subscriber <> 0
				AND r.edition = f.number AND r.class IN ('remove', 'count')))
		FROM subscribers s, (SELECT max(e.number) AS number FROM editions e
			WHERE e.number < $1 AND e.slot = (SELECT slot FROM editions WHERE number = $1)) f
		WHERE `+endsWith(s.read, `s.address_key`, `$2`), edition, "@"+domain).Scan(&of.readers, &former, &came)
	if err == nil && isServer(s.read) {
		waiting := 0
		err = s.read.QueryRow(ctx, `SELECT count(*) FROM waiting w JOIN subscribers s ON s.id = w.subscriber
			WHERE w.edition = $1 AND `+endsWith(s.read, `s.address_key`, `$2`), edition, "@"+domain).Scan(&waiting)
		of.readers += waiting
	}
	if err != nil {
		return of, err
	}
	of.wasGood = former > 0 && 2*came < former
	if len(s.domainsOf) >= mostDomains || s.domainsOf == nil {
		s.domainsOf = map[name]ofDomain{}
	}
	s.domainsOf[name{edition, domain}] = of
	return of, nil
}
