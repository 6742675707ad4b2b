package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"vesper/subscribers"
)

// Record implements returns.Store: it writes reports in one transaction, and gives how
// many of them are new. A report whose door and key are there already stays as it is.
func (s *List) Record(ctx context.Context, all []subscribers.Report) (int, error) {
	total := 0
	write := func(ctx context.Context, c conn) error {
		total = 0
		for _, r := range all {
			n, err := s.record(ctx, c, r)
			if err != nil {
				return err
			}
			total += n
		}
		return nil
	}
	var err error
	switch len(all) {
	case 0:
		return 0, nil
	case 1:
		// Most messages are one report, which shares a commit with others' writes.
		err = s.write.one(ctx, write)
	default:
		err = s.write.whole(ctx, write)
	}
	if err != nil {
		return 0, fmt.Errorf("record what came back: %w", err)
	}
	return total, nil
}

// record enters one report. Of a reader who is gone it keeps no word that could name
// somebody.
func (s *core) record(ctx context.Context, c conn, r subscribers.Report) (int, error) {
	if r.Door == "" || r.Key == "" {
		return 0, errors.New("a report has no name")
	}
	address, raw := "", r.Raw[:min(len(r.Raw), subscribers.MaxRaw)]
	switch {
	case r.Proof == subscribers.NotProven:
		r.Subscriber, r.Edition, r.State = 0, 0, subscribers.ReportUnproven
		var err error
		if address, err = s.notGone(ctx, c, r.Address); err != nil {
			return 0, err
		}
		if address == "" && r.Address != "" {
			raw, r.Diagnostic = nil, ""
		}
	case r.Subscriber == 0:
		// A server's words may have the part before the @ in them.
		raw, r.Diagnostic = nil, ""
	}
	var kept any
	if len(raw) > 0 {
		kept = raw
	}
	n, err := c.Exec(ctx, `INSERT INTO reports (door, key, kind, proof, subscriber, edition, address, at,
			class, cause, rule, status, code, diagnostic, state, raw)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
		ON CONFLICT (door, key) DO NOTHING`,
		r.Door, r.Key, r.Kind, r.Proof, r.Subscriber, r.Edition, address, r.At.Unix(),
		r.Class, r.Cause, plain(r.Rule), plain(r.Status), r.Code, unnamed(r.Diagnostic), r.State, kept)
	return int(n), err
}

// notGone gives an address as it is compared by, "" if it was on the list and is not any
// more: nothing would come of a report about it.
func (s *core) notGone(ctx context.Context, c conn, address string) (string, error) {
	a, err := subscribers.ParseAddress(address)
	if err != nil {
		return plain(address), nil
	}
	there, err := has(ctx, c, `SELECT 1 FROM subscribers WHERE address_key = $1`, a.Key())
	if err != nil || there {
		return a.Key(), err
	}
	gone, err := has(ctx, c, `SELECT 1 FROM suppressions WHERE address_hash = $1`, s.hidden(a.Key()))
	if err != nil || gone {
		return "", err
	}
	return a.Key(), nil
}

// unnamed gives what is kept of a server's words: none of the mailboxes that they quote.
func unnamed(said string) string { return plain(veiled(said)) }

const selectReport = `SELECT r.id, r.door, r.key, r.kind, r.proof, r.subscriber, r.edition,
		coalesce((SELECT e.date || '-' || e.slot || CASE WHEN e.sequence > 1 THEN '-' || e.sequence ELSE '' END
			FROM editions e WHERE e.number = r.edition), ''), r.address, r.at,
		r.class, r.cause, r.rule, r.status, r.code, r.diagnostic, r.state, r.decided_at, r.why`

func scanReport(scan scanner, rest ...any) (subscribers.Report, error) {
	var r subscribers.Report
	var at int64
	var decided sql.NullInt64
	err := scan(append([]any{
		&r.ID, &r.Door, &r.Key, &r.Kind, &r.Proof, &r.Subscriber, &r.Edition, &r.EditionID, &r.Address, &at,
		&r.Class, &r.Cause, &r.Rule, &r.Status, &r.Code, &r.Diagnostic, &r.State, &decided, &r.Why,
	}, rest...)...)
	r.At, r.Decided = time.Unix(at, 0).UTC(), instant(decided)
	return r, err
}

// Reports gives the reports that a filter chooses, the newest first, without what came
// as it came: see [List.Raw].
func (s *List) Reports(ctx context.Context, f subscribers.ReportFilter) ([]subscribers.Report, error) {
	all, err := s.reports(ctx, s.read, f)
	if err != nil {
		return nil, fmt.Errorf("read what came back: %w", err)
	}
	return all, nil
}

func (s *core) reports(ctx context.Context, q conn, f subscribers.ReportFilter) ([]subscribers.Report, error) {
	where, args := chosen(f)
	limit := ``
	if f.Limit > 0 {
		limit = fmt.Sprintf(` LIMIT $%d`, len(args)+1)
		args = append(args, f.Limit)
	}
	var all []subscribers.Report
	rows, err := q.Query(ctx, selectReport+` FROM reports r WHERE `+where+` ORDER BY r.id DESC`+limit, args...)
	err = each(rows, err, func(scan scanner) error {
		r, err := scanReport(scan)
		all = append(all, r)
		return err
	})
	return all, err
}

// chosen gives the condition of a filter, and its parameters.
func chosen(f subscribers.ReportFilter) (where string, args []any) {
	var all []string
	next := func(value any) string {
		args = append(args, value)
		return fmt.Sprintf(`$%d`, len(args))
	}
	if f.IDs != nil {
		// No list is empty in PostgreSQL: 0 is no report's.
		ids := []string{`0`}
		for _, id := range f.IDs {
			ids = append(ids, fmt.Sprint(id))
		}
		all = append(all, `r.id IN (`+strings.Join(ids, ", ")+`)`)
	}
	named := f.Address.String() != ""
	switch byAddress := `r.address = `; {
	case f.Reader != 0 && named:
		all = append(all, `(r.subscriber = `+next(f.Reader)+` OR `+byAddress+next(f.Address.Key())+`)`)
	case f.Reader != 0:
		all = append(all, `r.subscriber = `+next(f.Reader)+` AND r.subscriber <> 0`)
	case named:
		all = append(all, byAddress+next(f.Address.Key()))
	}
	if f.Edition != 0 {
		all = append(all, `r.edition = `+next(f.Edition))
	}
	if f.Class != "" {
		all = append(all, `r.class = `+next(f.Class))
	}
	if f.Kind != "" {
		all = append(all, `r.kind = `+next(f.Kind))
	}
	if len(f.States) > 0 {
		var states []string
		for _, state := range f.States {
			states = append(states, next(state))
		}
		all = append(all, `r.state IN (`+strings.Join(states, ", ")+`)`)
	}
	if len(all) == 0 {
		return `1 = 1`, args
	}
	return strings.Join(all, ` AND `), args
}

// Raw gives a report as it came, nil if that is not kept any more, or
// digest.ErrNotFound.
func (s *List) Raw(ctx context.Context, id int64) ([]byte, error) {
	var raw []byte
	err := s.read.QueryRow(ctx, `SELECT raw FROM reports WHERE id = $1`, id).Scan(&raw)
	if err != nil {
		return nil, fmt.Errorf("read report %d: %w", id, missing(err))
	}
	return raw, nil
}

// ReportSums gives what came back of an edition.
func (s *List) ReportSums(ctx context.Context, edition uint32) (subscribers.ReportSums, error) {
	var sums subscribers.ReportSums
	// Readers who are gone count one for each report.
	const reader = `count(DISTINCT CASE WHEN r.subscriber <> 0 THEN r.subscriber ELSE -r.id END) FILTER (WHERE `
	err := s.read.QueryRow(ctx, `SELECT
			coalesce((SELECT coalesce(e.sent, e.opened) FROM editions e WHERE e.number = $1), 0),
			`+reader+`r.class IN ('remove', 'count') AND coalesce(d.step, `+stepOfNone(s.read)+`) = 'sent'),
			`+reader+`r.class = 'complaint'),
			`+reader+`r.class = 'remove'),
			`+reader+`r.class IN ('remove', 'count') AND r.state = 'acted'),
			`+reader+`r.state = 'held'),
			`+reader+`r.class = 'sender')
		FROM reports r LEFT JOIN deliveries d ON d.edition = r.edition AND d.subscriber = r.subscriber
		WHERE r.edition = $1 AND r.state <> 'discarded'`, edition).
		Scan(&sums.Of, &sums.Bounced, &sums.Complained, &sums.Dead, &sums.Removed, &sums.Held, &sums.Sender)
	if err != nil {
		return sums, fmt.Errorf("count what came back of edition with ledger number %d: %w", edition, err)
	}
	return sums, nil
}

// Caution implements publish.Cautions: what came back of the last edition may be a reason
// to look before the next.
func (s *List) Caution(ctx context.Context) (string, error) {
	var last sql.NullInt64
	err := s.read.QueryRow(ctx, `SELECT max(number) FROM editions`).Scan(&last)
	if err != nil || !last.Valid {
		return "", err
	}
	sums, err := s.ReportSums(ctx, uint32(last.Int64))
	return sums.Caution(), err
}

// ForgetRaw forgets what came before a time as it came, and whom unproven reports speak
// of. It gives how many reports that were.
func (s *List) ForgetRaw(ctx context.Context, before time.Time) (int, error) {
	var n int64
	err := s.write.one(ctx, func(ctx context.Context, c conn) (err error) {
		n, err = c.Exec(ctx, `UPDATE reports SET raw = NULL, address = ''
			WHERE at < $1 AND (raw IS NOT NULL OR address <> '')`, before.Unix())
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("forget what came back long ago: %w", err)
	}
	return int(n), nil
}
