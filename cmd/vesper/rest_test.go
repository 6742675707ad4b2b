package main

import (
	"testing"
	"time"
)

// rests has the service deliver what is left, each time an hour later, until nobody
// is owed anything. An admin lets go on what is paused.
func (n *newsroom) rests(t *testing.T, now func() time.Time) {
	t.Helper()
	for later := time.Duration(0); later <= 12*time.Hour; later += time.Hour {
		for _, id := range n.paused(t) {
			n.run(t, "edition", "resume", id)
		}
		clock := func() time.Time { return now().Add(later) }
		s := n.service(t, clock)
		s.says(t, "serving")
		owed := n.quiet(t, clock)
		s.ends(t)
		if owed == 0 {
			return
		}
	}
	t.Errorf("somebody is still owed something:\n%s", n.run(t, "edition", "list"))
}

// quiet waits until nothing is due, not for ever, and gives how much is owed.
func (n *newsroom) quiet(t *testing.T, now func() time.Time) (owed int) {
	t.Helper()
	db := n.database(t)
	defer db.Close()
	over := time.After(20 * time.Second)
	for tick := time.NewTicker(50 * time.Millisecond); ; {
		due := 0
		// An edition that nobody is owed any more is yet to be closed.
		if err := db.QueryRowContext(t.Context(), `
			SELECT coalesce(sum(step = 'attempting' OR due_at <= $1), 0), count(*) FROM (
				SELECT step, due_at FROM deliveries WHERE step IN ('pending', 'attempting')
				UNION ALL SELECT step, due_at FROM letters WHERE step IN ('pending', 'attempting')
				UNION ALL SELECT 'pending', 0 FROM editions e WHERE e.state IN ('open', 'sending') AND NOT EXISTS
					(SELECT 1 FROM deliveries d WHERE d.edition = e.number AND d.step IN ('pending', 'attempting')))`,
			now().Unix()).Scan(&due, &owed); err != nil {
			t.Fatal(err)
		}
		if due == 0 {
			return owed
		}
		select {
		case <-tick.C:
		case <-over:
			return owed
		}
	}
}

// paused gives the IDs of the editions that are.
func (n *newsroom) paused(t *testing.T) (all []string) {
	t.Helper()
	db := n.database(t)
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), `SELECT date || '-' || slot FROM editions WHERE state = 'paused'`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			t.Fatal(err)
		}
		all = append(all, id)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}
