package main

import (
	"testing"
	"time"
)

// entered is what the ledger says of a reader and an evening.
type entered struct {
	steps []string
	// ids are the steps of the messages by their names.
	ids map[string]string
	// opened is when the edition was, at when the last of it was sent.
	opened, at time.Time
}

// promised gives when a reader gets the edition of a day whose hour is six, where the reader
// is, and who sleeps from ten to seven.
func (s *subscription) promised(day, opened time.Time) time.Time {
	zone, err := time.LoadLocation(s.zone)
	if err != nil {
		return opened
	}
	here := opened.In(zone)
	at := func(d, hour int) time.Time { return time.Date(here.Year(), here.Month(), d, hour, 0, 0, 0, zone) }
	switch six := time.Date(day.Year(), day.Month(), day.Day(), 18, 0, 0, 0, zone); {
	case six.After(opened):
		return six
	case here.Hour() >= 22:
		return at(here.Day()+1, 7)
	case here.Hour() < 7:
		return at(here.Day(), 7)
	}
	return opened
}

// entered gives what the ledger has of the evening. The last edition's number is kept.
func (m *month) entered(t *testing.T, n *night) map[string]*entered {
	t.Helper()
	db := m.database(t)
	defer db.Close()
	names := currentKey(t, db, "message-id")
	rows, err := db.QueryContext(t.Context(), `
		SELECT s.address, d.subscriber, d.step, d.reason, e.number, e.opened_at, d.at FROM deliveries d
		JOIN editions e ON e.number = d.edition JOIN subscribers s ON s.id = d.subscriber
		WHERE e.date = $1 AND e.slot = $2`, n.day.Format(time.DateOnly), m.slot())
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	all := map[string]*entered{}
	for rows.Next() {
		var address, step, reason string
		var id, opened, at int64
		var number uint32
		if err := rows.Scan(&address, &id, &step, &reason, &number, &opened, &at); err != nil {
			t.Fatal(err)
		}
		if all[address] == nil {
			all[address] = &entered{ids: map[string]string{}}
		}
		e := all[address]
		e.ids[names.MessageID(number, id)] = step
		if reason != "" {
			step += ": " + reason
		}
		e.steps, m.last = append(e.steps, step), number
		e.opened, e.at = time.Unix(opened, 0), time.Unix(at, 0)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// relayTook holds the ledger to what the relay took since the evening began: who was sent a
// message has it, with the same bytes each time, and nobody else has any. It gives how many
// copies came beyond the first.
func (m *month) relayTook(t *testing.T, n *night, ledger map[string]*entered, said func(string, ...any)) (repeats int) {
	t.Helper()
	first := map[string]string{}
	for _, c := range m.taken(t, witnesses{m.w})[n.took:] {
		if m.subscribers[c.address] == nil {
			continue // A proof.
		}
		e := ledger[c.address]
		switch step := ""; {
		case e == nil:
			said("%s was mailed, and the ledger has nothing", c.address)
		default:
			if step = e.ids[c.id]; step != "sent" && step != "unknown" {
				said("%s was mailed, and the ledger says %q", c.address, step)
			}
		}
		if hash, again := first[c.id]; again {
			repeats++
			if hash != c.hash {
				said("%s has a repeat of other bytes", c.address)
			}
		}
		first[c.id] = c.hash
	}
	for address, e := range ledger {
		for id, step := range e.ids {
			if _, has := first[id]; step == "sent" && !has {
				said("%s is sent, and the relay has nothing", address)
			}
		}
	}
	return repeats
}
