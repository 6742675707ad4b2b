package main

import (
	"errors"
	"io"
	"path/filepath"
	"testing"
	"time"

	"vesper/digest"
)

// rests has the service deliver what is left, ever later, until nobody is owed
// anything. An admin lets go on what is paused.
func (n *newsroom) rests(t *testing.T, now func() time.Time) {
	t.Helper()
	later := time.Duration(0)
	for _, wait := range []time.Duration{0, 75 * time.Minute, 75 * time.Minute, 3 * time.Hour, 25 * time.Hour} {
		later += wait
		clock := func() time.Time { return now().Add(later) }
		n.resume(t, clock)
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

// quiet waits until nothing is due, as long as somebody is served, and gives how much
// is owed. Who breaks connections, or whom only a policy keeps out, may stay due for
// long: such readers are not waited for.
func (n *newsroom) quiet(t *testing.T, now func() time.Time) (owed int) {
	t.Helper()
	db := n.database(t)
	defer db.Close()
	over := time.NewTimer(0)
	defer over.Stop()
	var due, slow int
	var before [2]int
	for tick := time.NewTicker(50 * time.Millisecond); ; before = [2]int{owed, due - slow} {
		// An edition that nobody is owed any more is yet to be closed.
		if err := db.QueryRowContext(t.Context(), `
			SELECT coalesce(sum(due), 0), coalesce(sum(due AND slow), 0), count(*) FROM (
				SELECT step = 'attempting' OR due_at <= $1 AS due, coalesce(address GLOB 'rcpt[5fr]*', 0) AS slow
				FROM deliveries LEFT JOIN subscribers ON id = subscriber WHERE step IN ('pending', 'attempting')
				UNION ALL SELECT step = 'attempting' OR due_at <= $1, 0 FROM letters
				WHERE step IN ('pending', 'attempting')
				UNION ALL SELECT 1, 0 FROM editions e WHERE e.state IN ('open', 'sending') AND NOT EXISTS
					(SELECT 1 FROM deliveries d WHERE d.edition = e.number AND d.step IN ('pending', 'attempting')))`,
			now().Unix()).Scan(&due, &slow, &owed); err != nil {
			t.Fatal(err)
		}
		switch {
		case due == 0:
			return owed
		case before == [2]int{owed, due - slow}:
		case due > slow:
			over.Reset(20 * time.Second)
		default:
			over.Reset(time.Second)
		}
		select {
		case <-tick.C:
		case <-over.C:
			return owed
		}
	}
}

// resume is an admin's word that what is paused is to go on. An edition that the relay
// paused until it was too old gets a new time.
func (n *newsroom) resume(t *testing.T, now func() time.Time) {
	t.Helper()
	a := &app{env: none, now: now, stderr: io.Discard, configFile: filepath.Join(n.dir, "vesper.toml")}
	h, err := a.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer h.close()
	all, err := h.book.Unfinished(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range all {
		if u.State == digest.Paused {
			err := h.publisher.Resume(t.Context(), u.Record, 0)
			if errors.Is(err, digest.ErrTooOld) {
				err = h.publisher.Resume(t.Context(), u.Record, 3*time.Hour)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}
