package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"vesper/digest"
	"vesper/subscribers"
)

// Erase forgets an address everywhere, and says whether anything was known of it:
// the row with all that stands in it, letters, confirmations, and what relays
// said where they quote it. What is pending is skipped, and editions go on adding
// up, with a number in place of the reader. Of an address that was known, a
// suppression stays (an HMAC): no import brings it back, a new confirmation of the
// reader's own does.
//
// Where a newer program has brought the database further, the error is digest.ErrNewer: what is new in it may have the
// address too. When it returns without an error, the address is not in the bytes of the
// database or of its write-ahead log any more.
func (s *List) Erase(ctx context.Context, a subscribers.Address, now time.Time) (found bool, err error) {
	if err := s.knowsAll(ctx); err != nil {
		return false, fmt.Errorf("erase an address: %w", err)
	}
	var quoting []quote
	// Reading the whole ledger keeps nobody from writing.
	if quoting, err = s.quoting(ctx, everyReply, a); err != nil {
		return false, fmt.Errorf("erase an address: %w", err)
	}
	naming, last, err := s.naming(ctx, s.read, a, 0)
	if err != nil {
		return false, fmt.Errorf("erase an address: %w", err)
	}
	var name, given string
	var mended []uint32
	err = s.write.whole(ctx, func(ctx context.Context, c conn) error {
		e := &erasure{store: s.core, conn: c, address: a, now: now}
		err := errors.Join(e.reader(ctx), e.letters(ctx), e.replies(ctx, quoting), e.reasons(ctx),
			e.confirmations(ctx), e.reports(ctx, naming, last))
		mended = e.mended
		if found, name, given = e.found, e.name, e.given; err != nil || !found {
			return err
		}
		if err := s.depart(ctx, c, subscribers.Erased, s.hidden(a.Key()), now, ""); err != nil {
			return err
		}
		all, err := s.reasons(ctx, c, a.Key())
		if err == nil && len(all) == 0 {
			_, err = s.bar(ctx, c, a.Key(), subscribers.ByReader, now)
		}
		return err
	})
	if err == nil {
		err = s.eraseFromFile(context.WithoutCancel(ctx), traces(a, given, name), mended)
	}
	if err != nil {
		return false, fmt.Errorf("erase an address: %w", err)
	}
	return found, nil
}

// erasure is one address being forgotten within a transaction.
type erasure struct {
	store   *core
	conn    conn
	address subscribers.Address
	now     time.Time
	// id, name and the address as it was given are those of the row, if there was
	// one.
	id          int64
	name, given string
	found       bool
	// mended are the editions in whose deliveries the address was quoted.
	mended []uint32
}

func (e *erasure) reader(ctx context.Context) error {
	err := e.conn.QueryRow(ctx, `DELETE FROM subscribers WHERE address_key = $1 RETURNING id, name, address`,
		e.address.Key()).Scan(&e.id, &e.name, &e.given)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	e.found = true
	editions, err := unfinished(ctx, e.conn)
	if err != nil {
		return err
	}
	if err := skipDeliveries(ctx, e.conn, editions, e.id, erased, e.now); err != nil {
		return err
	}
	var own []quote
	rows, err := e.conn.Query(ctx, selectQuote+`editions e JOIN deliveries d ON d.edition = +e.number
		AND d.subscriber = $1`, e.id)
	if err = each(rows, err, func(scan scanner) error {
		q, err := scanQuote(scan)
		own = append(own, q)
		return err
	}); err != nil {
		return err
	}
	if err := e.replies(ctx, own); err != nil {
		return err
	}
	return e.ownReports(ctx)
}

// cutByErasure is what is kept of a letter that was on the wire when its address
// was erased: nobody will know.
const cutByErasure = "erased while it was under way"

func (e *erasure) letters(ctx context.Context) error {
	type letter struct {
		id                      int64
		step                    digest.Step
		address, reply, queueID string
		own                     bool
	}
	var all []letter
	mentioned := mentioning(e.address)
	rows, err := e.conn.Query(ctx, `SELECT id, step, address, reply, queue_id, coalesce(subscriber = $1, FALSE)
		FROM letters`, e.id)
	if err = each(rows, err, func(scan scanner) error {
		var l letter
		err := scan(&l.id, &l.step, &l.address, &l.reply, &l.queueID, &l.own)
		if l.own = l.own || isTo(l.address, e.address); l.own || mentioned(l.reply+" "+l.queueID) {
			all = append(all, l)
		}
		return err
	}); err != nil {
		return err
	}
	for _, l := range all {
		e.found = true
		set := ``
		reply := scrub(l.reply, e.address, l.own)
		switch {
		case l.own && l.step == digest.Pending:
			set = `step = 'skipped', reason = 'erased', ` + forget + `, `
		case l.own && l.step == digest.Attempting:
			set, reply = `step = 'unknown', `+unowned+`, `+forget+`, `, cutByErasure
		}
		queueID := scrub(l.queueID, e.address, l.own)
		if _, err := e.conn.Exec(ctx, `UPDATE letters SET `+set+`reply = $1, queue_id = $2, quotes = $3, at = $4,
				subscriber = CASE WHEN subscriber = $5 THEN NULL ELSE subscriber END WHERE id = $6`,
			reply, queueID, stillQuotes(l.step, reply, queueID), e.now.Unix(), e.id, l.id); err != nil {
			return err
		}
	}
	return nil
}

func (e *erasure) replies(ctx context.Context, quoting []quote) error {
	for _, q := range quoting {
		own := q.subscriber == e.id
		reply, queueID := scrub(q.reply, e.address, own), scrub(q.queueID, e.address, own)
		if reply == q.reply && queueID == q.queueID {
			continue
		}
		e.found, e.mended = true, append(e.mended, q.edition)
		if _, err := e.conn.Exec(ctx, `UPDATE deliveries SET reply = $1, queue_id = $2, quotes = $3
				WHERE edition = $4 AND subscriber = $5`,
			reply, queueID, stillQuotes(q.step, reply, queueID), q.edition, q.subscriber); err != nil {
			return err
		}
	}
	return nil
}

// stillQuotes says what a row quotes once an address is out of it.
func stillQuotes(step digest.Step, reply, queueID string) int {
	if step == digest.Sent || !strings.Contains(reply+queueID, "@") {
		return quotesNobody
	}
	return quotesOthers
}

// reasons takes the address out of what made an edition pause.
func (e *erasure) reasons(ctx context.Context) error {
	found := map[int64]string{}
	rows, err := e.conn.Query(ctx, `SELECT id, reason FROM editions WHERE reason LIKE '%@%'`)
	if err = each(rows, err, func(scan scanner) error {
		var id int64
		var reason string
		err := scan(&id, &reason)
		if mentions(reason, e.address) {
			found[id] = scrub(reason, e.address, false)
		}
		return err
	}); err != nil {
		return err
	}
	for id, reason := range found {
		e.found = true
		if _, err := e.conn.Exec(ctx, `UPDATE editions SET reason = $1 WHERE id = $2`, reason, id); err != nil {
			return err
		}
	}
	return nil
}

func (e *erasure) confirmations(ctx context.Context) error {
	n, err := e.conn.Exec(ctx, `DELETE FROM confirmations WHERE address_hash = $1`, e.store.hidden(e.address.Key()))
	if err != nil {
		return err
	}
	signups, err := e.conn.Exec(ctx, `DELETE FROM signups WHERE mailbox_hash = $1`, e.store.hidden(e.address.Box()))
	if err != nil {
		return err
	}
	moves, err := e.conn.Exec(ctx, `DELETE FROM moves WHERE address_key = $1 OR former_key = $1`, e.address.Key())
	e.found = e.found || n+signups+moves > 0
	return err
}
