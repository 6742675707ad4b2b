package main

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vesper/digest/whole"
)

// id is the evening's edition.
func (m *month) id() string { return m.day.Format(time.DateOnly) + "-" + m.slot() }

func (m *month) slot() string {
	if d := m.day.Weekday(); d == time.Saturday || d == time.Sunday {
		return "weekend"
	}
	return "evening"
}

// evening is one day and its edition.
func (m *month) evening(t *testing.T, kind string) {
	t.Helper()
	took, _ := m.w.count()
	n := &night{day: m.day, kind: kind, took: took, had: map[string]bool{}, cells: map[string]string{}}
	m.table, m.killed = append(m.table, n), 0
	m.at(m.day, "12:00:00")
	m.comesAndGoes(t)
	m.stories(t, kind)
	for _, s := range m.subscribers {
		if s.on && s.wants(m.day) {
			n.had[s.address] = true // Who is to have it.
		}
	}
	switch kind {
	case "held for a while", "held":
		m.asks(t, "edition", "hold", m.id(), "--by", "maria", "--reason", "the court rules at six")
	case "approved", "approved, then changed", "approved, crash":
		m.proved(t, kind)
	case killedAgain:
		m.killsBefore(t)
	}
	switch m.at(m.day, "18:00:00"); {
	case kind == "held" || kind == "unapproved":
		m.at(m.day, "22:30:00")
	case whole.Asked() && m.random.IntN(3) == 0: // The clock strikes, for which two seconds pass.
		m.start = m.start.Add(-200 * time.Millisecond)
	}
	if kind == "outage" {
		weathers := []string{"greeting 1 421 4.3.2 come again", "greeting 1 rst", "mail 40 421 4.3.2 closing"}
		m.w.has(t, weathers[m.random.IntN(len(weathers))])
	}
	m.up(t)
	m.happens(t, kind, len(n.had)/3)
	m.rest(t)
	m.down()
	m.enters(t, n)
}

// stories puts the day's on the desk, and on the site that the feed is of.
func (m *month) stories(t *testing.T, kind string) {
	t.Helper()
	if kind == "quiet" {
		return
	}
	m.story(t, m.day.Format("0102")+".txt", m.day.Format("Monday, 2 January")+": a Bridge Opens", m.clock())
	m.feed.publishes(1+m.random.IntN(2), m.clock())
	m.asks(t, "articles", "fetch")
	m.waiting["evening"], m.waiting["weekend"] = true, true
}

// proved has the evening's proof mailed, and approved.
func (m *month) proved(t *testing.T, kind string) {
	t.Helper()
	m.at(m.day, "17:40:00")
	took, _ := m.w.count()
	m.up(t)
	m.until(t, "the proof is mailed", func() bool { n, _ := m.w.count(); return n > took })
	m.service.kill()
	if kind == killedAgain {
		m.counts()
		m.halfDone(t, "edition", "approve", m.id(), "--by", "maria")
		m.halfDone(t, "edition", "approve", m.id(), "--by", "maria")
	}
	m.finally(t, "edition", "approve", m.id(), "--by", "maria")
	if kind == "approved, then changed" {
		m.story(t, "late.txt", m.day.Format("2 January")+": Too Late for the Proof", m.clock())
	}
}

// happens is what becomes of the edition from its time on.
func (m *month) happens(t *testing.T, kind string, readers int) {
	t.Helper()
	took, _ := m.w.count()
	sent := func(n int) { m.w.wait(took+n, m.service.ended) }
	switch kind {
	case "held", "unapproved", "quiet":
	case killedAgain:
		m.killsAfter(t, readers)
	case "crash":
		m.crashes(t, readers)
		m.crashes(t, readers)
	case "approved, crash": // Of those who get it first.
		m.crashes(t, readers/2)
		m.crashes(t, readers/2)
	case "outage":
		m.until(t, "the relay is down, or has taken all the same", func() bool {
			return strings.Contains(m.service.logged(), "a connection to the relay failed") || m.state(t) == "done"
		})
		m.service.kill()
		m.killed++
		m.w.has(t, "")
		m.later(t, time.Duration(20+m.random.IntN(60))*time.Minute)
	case "held for a while":
		m.until(t, "it serves", func() bool { return strings.Contains(m.service.logged(), "msg=serving") })
		m.down()
		m.at(m.day, fmt.Sprintf("18:%02d:00", 10+m.random.IntN(45)))
		m.asks(t, "edition", "release", m.id(), "--by", "maria")
		m.up(t)
	case "paused":
		sent(1 + m.random.IntN(readers))
		m.perhaps(t, "edition", "pause", m.id(), "--by", "maria", "--reason", "a name")
		m.leavesInMidRun(t)
		m.perhaps(t, "edition", "release", m.id(), "--by", "maria")
	case "cancelled":
		sent(1 + m.random.IntN(readers))
		m.perhaps(t, "edition", "cancel", m.id(), "--yes", "--by", "maria")
	case "corrected":
		sent(1 + m.random.IntN(readers))
		m.story(t, m.day.Format("0102")+".txt", m.day.Format("Monday, 2 January")+": a Ferry Sails", m.clock())
		m.perhaps(t, "edition", "correct", m.id(), "--yes", "--note", "It is a ferry.")
	default:
		sent(1 + m.random.IntN(readers))
		if m.random.IntN(3) == 0 {
			m.leavesInMidRun(t)
		}
	}
}

// perhaps runs the program. An edition that is over can't be paused any more, and one may end
// with somebody whom nobody knows.
func (m *month) perhaps(t *testing.T, args ...string) {
	t.Helper()
	over := m.state(t) == "done"
	c := m.command(args...)
	out, err := c.CombinedOutput()
	if status := c.ProcessState.ExitCode(); err != nil && status != exitPartly && !over && m.state(t) != "done" {
		t.Fatalf("vesper %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// state gives the states of the evening's edition and its corrections, "" if there is none.
func (m *month) state(t *testing.T) string {
	t.Helper()
	db := m.database(t)
	defer db.Close()
	var state sql.NullString
	if err := db.QueryRowContext(t.Context(), `SELECT group_concat(state, ', ') FROM (SELECT state FROM editions
		WHERE date = $1 AND slot = $2 ORDER BY sequence)`, m.day.Format(time.DateOnly), m.slot()).Scan(&state); err != nil {
		t.Fatal(err)
	}
	return state.String
}

// rest waits until the evening is decided, and nobody is owed anything. What is deferred is
// sent later, by a service that starts then.
func (m *month) rest(t *testing.T) {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(m.dir, "vesper.db")+"?_busy_timeout=60000&mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	m.until(t, "the evening is over", func() bool {
		var decided, running, owed int
		var due sql.NullInt64
		err := db.QueryRowContext(t.Context(), `
			SELECT count(*), coalesce(sum(state IN ('open', 'sending', 'paused', 'due', 'held')), 0) FROM editions
			WHERE date = $1 AND slot = $2`, m.day.Format(time.DateOnly), m.slot()).Scan(&decided, &running)
		if err == nil {
			err = db.QueryRowContext(t.Context(), `SELECT count(*), min(due_at) FROM (SELECT due_at FROM deliveries
				WHERE step IN ('pending', 'attempting') UNION ALL
				SELECT due_at FROM letters WHERE step IN ('pending', 'attempting'))`).Scan(&owed, &due)
		}
		if err != nil {
			t.Fatal(err)
		}
		// What waits longer than a second waits by the clock.
		if wait := time.Unix(due.Int64, 0).Sub(m.clock()); owed > 0 && wait > time.Second {
			if m.table[len(m.table)-1].kind == killedAgain {
				m.killsOfAWave(t, wait)
				return false
			}
			m.down()
			m.later(t, wait)
		}
		return decided > 0 && running == 0 && owed == 0
	})
}
