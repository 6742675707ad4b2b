package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

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
// When it returns without an error, the address is not in the bytes of the
// database or of its write-ahead log any more.
func (s *List) Erase(ctx context.Context, a subscribers.Address, now time.Time) (found bool, err error) {
	var quoting []quote
	// Reading the whole ledger keeps nobody from writing.
	if quoting, err = s.quotes(ctx, a); err != nil {
		return false, fmt.Errorf("erase an address: %w", err)
	}
	var name, given string
	err = s.write.whole(ctx, func(ctx context.Context, c conn) error {
		e := &erasure{store: s.core, conn: c, address: a, now: now}
		err := errors.Join(e.reader(ctx), e.letters(ctx), e.replies(ctx, quoting), e.reasons(ctx), e.confirmations(ctx))
		if found, name, given = e.found, e.name, e.given; err != nil || !found {
			return err
		}
		all, err := s.reasons(ctx, c, a.Key())
		if err == nil && len(all) == 0 {
			_, err = s.bar(ctx, c, a.Key(), subscribers.ByReader, now)
		}
		return err
	})
	if err == nil {
		err = s.scour(context.WithoutCancel(ctx), traces(a, given, name))
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
}

func (e *erasure) reader(ctx context.Context) error {
	err := e.conn.QueryRow(ctx, `DELETE FROM subscribers WHERE address_key = ? RETURNING id, name, address`, e.address.Key()).
		Scan(&e.id, &e.name, &e.given)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	e.found = true
	if _, err := e.conn.Exec(ctx, skipOwed, "erased", e.now.Unix(), e.id); err != nil {
		return err
	}
	var own []quote
	rows, err := e.conn.Query(ctx, `SELECT d.edition, d.subscriber, d.reply, d.queue_id
		FROM editions e CROSS JOIN deliveries d ON d.edition = e.number AND d.subscriber = ?`, e.id)
	if err = each(rows, err, func(scan scanner) error {
		var q quote
		err := scan(&q.edition, &q.subscriber, &q.reply, &q.queueID)
		own = append(own, q)
		return err
	}); err != nil {
		return err
	}
	return e.replies(ctx, own)
}

// erasedOnTheWay is what is kept of a letter that was on the wire when its
// address was erased: nobody will know.
const erasedOnTheWay = "erased while it was under way"

func (e *erasure) letters(ctx context.Context) error {
	type letter struct {
		id                      int64
		step                    digest.Step
		address, reply, queueID string
		own                     bool
	}
	var all []letter
	rows, err := e.conn.Query(ctx, `SELECT id, step, address, reply, queue_id, coalesce(subscriber = ?, FALSE) FROM letters`, e.id)
	if err = each(rows, err, func(scan scanner) error {
		var l letter
		err := scan(&l.id, &l.step, &l.address, &l.reply, &l.queueID, &l.own)
		if l.own = l.own || isTo(l.address, e.address); l.own || mentions(l.reply+" "+l.queueID, e.address) {
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
			set, reply = `step = 'unknown', owner = '', lease_until = NULL, `+forget+`, `, erasedOnTheWay
		}
		if _, err := e.conn.Exec(ctx, `UPDATE letters SET `+set+`reply = ?, queue_id = ?, at = ?,
				subscriber = CASE WHEN subscriber = ? THEN NULL ELSE subscriber END WHERE id = ?`,
			reply, scrub(l.queueID, e.address, l.own), e.now.Unix(), e.id, l.id); err != nil {
			return err
		}
	}
	return nil
}

// quote is a row of the ledger in which a relay may have quoted an address.
type quote struct {
	edition        uint32
	subscriber     int64
	reply, queueID string
}

// quotes finds the rows in which an address is quoted, whosesoever they are.
func (s *core) quotes(ctx context.Context, a subscribers.Address) ([]quote, error) {
	var all []quote
	rows, err := s.read.Query(ctx, `SELECT edition, subscriber, reply, queue_id FROM deliveries
		WHERE instr(reply, '@') > 0 OR instr(queue_id, '@') > 0`)
	err = each(rows, err, func(scan scanner) error {
		var q quote
		err := scan(&q.edition, &q.subscriber, &q.reply, &q.queueID)
		if mentions(q.reply+" "+q.queueID, a) {
			all = append(all, q)
		}
		return err
	})
	return all, err
}

func (e *erasure) replies(ctx context.Context, quoting []quote) error {
	for _, q := range quoting {
		own := q.subscriber == e.id
		reply, queueID := scrub(q.reply, e.address, own), scrub(q.queueID, e.address, own)
		if reply == q.reply && queueID == q.queueID {
			continue
		}
		e.found = true
		if _, err := e.conn.Exec(ctx, `UPDATE deliveries SET reply = ?, queue_id = ? WHERE edition = ? AND subscriber = ?`,
			reply, queueID, q.edition, q.subscriber); err != nil {
			return err
		}
	}
	return nil
}

// reasons takes the address out of what made an edition pause.
func (e *erasure) reasons(ctx context.Context) error {
	found := map[int64]string{}
	rows, err := e.conn.Query(ctx, `SELECT id, reason FROM editions WHERE instr(reason, '@') > 0`)
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
		if _, err := e.conn.Exec(ctx, `UPDATE editions SET reason = ? WHERE id = ?`, reason, id); err != nil {
			return err
		}
	}
	return nil
}

func (e *erasure) confirmations(ctx context.Context) error {
	n, err := e.conn.Exec(ctx, `DELETE FROM confirmations WHERE address_hash = ?`, e.store.hidden(e.address.Key()))
	e.found = e.found || n > 0
	return err
}

// isTo says whether a mailbox is that of an address.
func isTo(mailbox string, a subscribers.Address) bool {
	return slices.ContainsFunc(a.Forms(), func(form string) bool { return strings.EqualFold(form, mailbox) })
}

// mentions says whether a text has an address in it, in any case of its letters.
func mentions(text string, a subscribers.Address) bool { return scrub(text, a, false) != text }

// scrub takes an address out of a text: each form of it becomes "…". With alone,
// its local part goes too where it stands by itself, as in "no mailbox ines here".
func scrub(text string, a subscribers.Address, alone bool) string {
	forms := a.Forms()
	for _, form := range forms {
		text = replaceFold(text, form, false)
	}
	if !alone {
		return text
	}
	for _, form := range forms {
		local, _, _ := strings.Cut(form, "@")
		text = replaceFold(text, local, true)
	}
	return text
}

// replaceFold replaces what equals old in any case by "…"; with word only where
// neither a letter nor a digit stands beside it.
func replaceFold(text, old string, word bool) string {
	if old == "" {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); {
		n := foldedPrefix(text[i:], old)
		before, _ := utf8.DecodeLastRuneInString(text[:i])
		after, _ := utf8.DecodeRuneInString(text[i+n:])
		if n > 0 && !(word && (inWord(before) || inWord(after))) {
			b.WriteString("…")
			i += n
			continue
		}
		_, size := utf8.DecodeRuneInString(text[i:])
		b.WriteString(text[i : i+size])
		i += size
	}
	return b.String()
}

// foldedPrefix gives how many bytes of text equal old but for case, 0 if they do
// not.
func foldedPrefix(text, old string) int {
	n := 0
	for _, want := range old {
		got, size := utf8.DecodeRuneInString(text[n:])
		if size == 0 || unicode.ToLower(got) != unicode.ToLower(want) {
			return 0
		}
		n += size
	}
	return n
}

func inWord(r rune) bool { return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) }
