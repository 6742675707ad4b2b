package main

import (
	"context"
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vesper/subscribers"
)

// owing is how it stands with a message, a delivery's or a letter's.
type owing struct {
	address, step, reason string
	// edition is the edition's ID, and messageID the left part of its Message-ID;
	// a letter has neither.
	edition, messageID string
	// link leaves the list with one click.
	link   string
	doubts int
}

// owings gives all deliveries and letters.
func (n *newsroom) owings(t *testing.T) []owing {
	t.Helper()
	db := n.database(t)
	defer db.Close()
	names, links := currentKey(t, db, "message-id"), currentKey(t, db, "link")
	rows, err := db.QueryContext(t.Context(), `
		SELECT s.address, s.id, s.public_id, d.step, d.reason, d.doubts, d.edition, e.date || '-' || e.slot
		FROM deliveries d JOIN subscribers s ON s.id = d.subscriber JOIN editions e ON e.number = d.edition
		UNION ALL
		SELECT s.address, s.id, s.public_id, l.step, l.reason, l.doubts, 0, ''
		FROM letters l JOIN subscribers s ON s.id = l.subscriber`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []owing
	for rows.Next() {
		var o owing
		var id, public, number int64
		if err := rows.Scan(&o.address, &id, &public, &o.step, &o.reason, &o.doubts, &number, &o.edition); err != nil {
			t.Fatal(err)
		}
		if number > 0 {
			o.messageID = names.MessageID(uint32(number), id)
		}
		o.link = "/u/" + links.Link(subscribers.ToUnsubscribe, uint64(public), time.Time{})
		all = append(all, o)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// database opens the newsroom's beside whoever works with it.
func (n *newsroom) database(t *testing.T) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(n.dir, "vesper.db")+"?_busy_timeout=60000")
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func currentKey(t *testing.T, db *sql.DB, purpose string) (k subscribers.Key) {
	t.Helper()
	err := db.QueryRowContext(context.Background(), `SELECT id, secret FROM keys WHERE purpose = $1 AND current = 1`,
		purpose).Scan(&k.ID, &k.Secret)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// holding is what the ledger says of what a reader has of an edition, or of letters.
type holding struct {
	// sent is how many messages were sent, kinds how many may have come, and most how
	// many copies in all.
	sent, kinds, most int
}

// add counts a message: one that was in doubt may have come once more each time.
func (h *holding) add(o owing) {
	h.most += o.doubts
	switch o.step {
	case "sent":
		h.sent++
		h.most++
	case "unknown":
		h.most++
	}
	if o.step == "sent" || o.step == "unknown" || o.doubts > 0 {
		h.kinds++
	}
}

// account holds the ledger and the outbox to what the relays took. Who was sent a
// message has a copy, each further copy was known to be possible, all are the same
// bytes, and nobody else has any. Nobody is owed anything any more.
func (n *newsroom) account(t *testing.T, ws witnesses) {
	t.Helper()
	type post struct{ address, edition string }
	all := n.owings(t)
	editions, want := map[string]string{}, map[post]*holding{}
	for _, o := range all {
		if o.step == "pending" || o.step == "attempting" {
			t.Errorf("%s is still owed %s: %s", o.address, o.edition, o.step)
		}
		editions[o.messageID] = o.edition
		p := post{o.address, o.edition}
		if want[p] == nil {
			want[p] = &holding{}
		}
		want[p].add(o)
	}
	copies, kinds, bytes := map[post]int{}, map[post]int{}, map[string]string{}
	for _, line := range ws.taken(t) {
		f := strings.Fields(line)
		id, _, _ := strings.Cut(strings.Trim(f[1], "<>"), "@")
		p := post{f[0], editions[id]}
		copies[p]++
		if bytes[id] == "" {
			kinds[p]++
			bytes[id] = f[2]
		}
		if bytes[id] != f[2] {
			t.Errorf("%s has a repeat of %s that is not the same bytes", p.address, p.edition)
		}
		if want[p] == nil {
			t.Errorf("%s has a copy of %q, and the ledger knows nothing of it", p.address, p.edition)
		}
	}
	for p, h := range want {
		if kinds[p] < h.sent || kinds[p] > h.kinds || copies[p] > h.most {
			t.Errorf("%s has %d copies of %q, of %d messages; the ledger says %+v", p.address, copies[p], p.edition,
				kinds[p], *h)
		}
	}
}
