package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"strings"

	"vesper/digest"
	"vesper/subscribers"
)

// Ledger is the deliveries of one edition. It implements deliver.Ledger; a row's
// key is its subscriber.
type Ledger struct{ *queue }

// readersStatus is the status of a delivery's reader, or 'paused' for an active one
// who wants no edition of that day any more, and 'held' for one of whom a report is held.
// A reader whose row is gone was erased.
const readersStatus = `coalesce((SELECT CASE WHEN s.status = 'active' AND s.paused_until <> '' AND s.paused_until >
			(SELECT e.date FROM editions e WHERE e.number = deliveries.edition) THEN 'paused'
			WHEN s.status = 'active' AND EXISTS (SELECT 1 FROM reports h WHERE h.state = 'held' AND h.subscriber = s.id)
				THEN 'held'
			ELSE s.status END
		FROM subscribers s WHERE s.id = deliveries.subscriber), 'erased')`

// newLedger gives the deliveries of an edition, or of one of its chunks.
func newLedger(c *core, number uint32, chunk int64) *Ledger {
	q := &queue{
		core: c, name: fmt.Sprintf("edition %d", number), row: "subscriber",
		table: "deliveries", volume: c.volumeOf(number), key: "subscriber", edition: []any{number},
		chunk:   chunk,
		status:  readersStatus,
		patient: `coalesce(resumed_at, first_due_at)`, old: "edition too old",
		values: []string{
			`d.subscriber`, withLength(`d.variant`), `d.due_at`, `d.first_due_at`, `d.resumed_at`, `d.deferred_at`,
			`d.attempts`, `d.doubts`, withLength(`d.suspect`), withLength(`s.address`),
			withLength(`CASE WHEN s.address_key = s.address THEN '' ELSE s.address_key END`), `s.confirmed_at`, `s.public_id`,
		},
		reading: func(ctx context.Context) (func(scan scanner) (digest.Delivery, error), error) {
			by, err := signingOf(ctx, c, number)
			return by.reader(), err
		},
	}
	q.owed = `FROM ` + q.found(`d`) + ` JOIN subscribers s ON s.id = d.subscriber WHERE s.status = 'active' AND `
	return &Ledger{q.ready()}
}

// signing is what an edition gives each of its deliveries.
type signing struct {
	edition uint32
	// message makes Message-IDs; link is the key that the edition was opened with.
	message, link key
	// ids and tokens make those of many deliveries, one after another.
	ids    func(dst []byte, edition uint32, subscriber int64) []byte
	tokens *subscribers.Tokens
}

func signingOf(ctx context.Context, c *core, number uint32) (signing, error) {
	by := signing{edition: number, message: c.message}
	err := c.read.QueryRow(ctx, `SELECT k.id, k.secret FROM editions e JOIN keys k ON k.id = e.link_key
		WHERE e.number = $1`, number).Scan(&by.link.ID, &by.link.Secret)
	by.ids, by.tokens = by.message.MessageIDs(), by.link.Many()
	return by, missing(err)
}

// reader gives what reads rows of Owed, one after another. The same row always gives the
// same tokens.
func (by signing) reader() func(scan scanner) (digest.Delivery, error) {
	// What a row is read into is made once for all.
	var d digest.Delivery
	var due, firstDue, resumed, deferred, confirmed sql.NullInt64
	var variant, suspect, given, normal string
	var public int64
	into := []any{
		&d.Key, &variant, &due, &firstDue, &resumed, &deferred, &d.Attempts, &d.Doubts, &suspect, &given,
		&normal, &confirmed, &public,
	}
	var own []byte
	return func(scan scanner) (digest.Delivery, error) {
		if err := scan(into...); err != nil {
			return d, err
		}
		// An address that the grammar has come to refuse is tried in the form that it
		// is compared by: the relay decides, and nobody else waits for it.
		address := cmp.Or(normal, given)
		if a, err := subscribers.ParseAddress(given); err == nil {
			address = a.Mailbox()
		}
		// Nothing may be part of what was read: that is many rows, and a reader's domain is
		// remembered for long.
		own = by.ids(append(own[:0], address...), by.edition, d.Key)
		both := string(own)
		d.Address, d.MessageID = both[:len(address)], both[len(address):]
		d.Variant = ownWord(d.Variant, variant)
		d.Suspect = digest.Suspect(ownWord(string(d.Suspect), suspect))
		d.Due, d.FirstDue, d.Resumed, d.Since = instant(due), instant(firstDue), instant(resumed), instant(confirmed)
		d.Deferred = instant(deferred)
		in := by.tokens.Copy(uint64(public), by.edition)
		d.Unsubscribe, d.Preferences, d.ReturnPath, d.Leave = in.Unsubscribe, in.Preferences, in.ReturnPath, in.Leave
		return d, nil
	}
}

// ownWord gives a word as one of its own: that of the row before, where it is the same.
func ownWord(before, word string) string {
	if before == word {
		return before
	}
	return strings.Clone(word)
}
