package main

import (
	"context"
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // a newsroom's database may be on a server

	"vesper/subscribers"
)

// owing is how it stands with a message, a delivery's or a letter's.
type owing struct {
	// address is empty if the reader is gone.
	address, step, reply string
	// edition is the edition's ID, and messageID the left part of its Message-ID;
	// a letter has neither.
	edition, messageID string
	doubts             int
}

// owings gives all deliveries and letters.
func (n *newsroom) owings(t *testing.T) []owing {
	t.Helper()
	db := n.database(t)
	defer db.Close()
	names := currentKey(t, db, "message-id")
	rows, err := db.QueryContext(t.Context(), `
		SELECT coalesce(s.address, ''), d.subscriber, d.step, d.reply, d.doubts, d.edition, e.date || '-' || e.slot
		FROM deliveries d JOIN editions e ON e.number = d.edition LEFT JOIN subscribers s ON s.id = d.subscriber
		UNION ALL
		SELECT coalesce(s.address, ''), 0, l.step, l.reply, l.doubts, 0, ''
		FROM letters l LEFT JOIN subscribers s ON s.id = l.subscriber`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []owing
	for rows.Next() {
		var o owing
		var id, number int64
		if err := rows.Scan(&o.address, &id, &o.step, &o.reply, &o.doubts, &number, &o.edition); err != nil {
			t.Fatal(err)
		}
		if number > 0 {
			o.messageID = names.MessageID(uint32(number), id)
		}
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
	driver, name := "sqlite3", "file:"+filepath.Join(n.dir, "vesper.db")+"?_busy_timeout=60000"
	if n.url != "" {
		driver, name = "pgx", n.url
	}
	db, err := sql.Open(driver, name)
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
// bytes, and nobody else has any. Nobody is owed anything any more. It gives how many
// copies there are.
func (n *newsroom) account(t *testing.T, ws witnesses) int {
	t.Helper()
	// An edition's message is known by its ID. A letter is one of its reader's, or of
	// those who are gone.
	want, addressed, here := map[string]*holding{}, map[string]string{}, map[string]bool{}
	for _, o := range n.owings(t) {
		if o.step == "pending" || o.step == "attempting" {
			t.Errorf("%s is still owed %q: %s", o.address, o.edition, o.step)
		}
		what := o.messageID
		if what == "" {
			what = "a letter to " + o.address
		}
		if want[what] == nil {
			want[what] = &holding{}
		}
		want[what].add(o)
		addressed[what], here[o.address] = o.address, true
	}
	copies, kinds, first := map[string]int{}, map[string]int{}, map[string]string{}
	taken := n.taken(t, ws)
	for _, c := range taken {
		what := c.id
		if want[what] == nil {
			what = "a letter to "
			if here[c.address] {
				what += c.address
			}
		}
		copies[what]++
		if first[c.id] == "" {
			kinds[what]++
			first[c.id] = c.hash
		}
		if first[c.id] != c.hash {
			t.Errorf("%s has a repeat that is not the same bytes", c.address)
		}
		if to := addressed[what]; want[what] == nil || to != "" && to != c.address {
			t.Errorf("%s has a copy of %s, which is not for this reader", c.address, what)
		}
	}
	for what, h := range want {
		if kinds[what] < h.sent || kinds[what] > h.kinds || copies[what] > h.most {
			t.Errorf("%s (%s) has %d copies, of %d messages; the ledger says %+v", what, addressed[what], copies[what],
				kinds[what], *h)
		}
	}
	return len(taken)
}

// copied is a message that a relay took.
type copied struct{ address, id, hash string }

// taken gives all that the relays took. The name of a message is the left part of its
// Message-ID.
func (n *newsroom) taken(t *testing.T, ws witnesses) (all []copied) {
	t.Helper()
	for _, line := range ws.taken(t) {
		f := strings.Fields(line)
		id, _, _ := strings.Cut(strings.Trim(f[1], "<>"), "@")
		all = append(all, copied{f[0], id, f[2]})
	}
	return all
}
