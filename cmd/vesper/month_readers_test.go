package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"vesper/subscribers"
	"vesper/subscribers/returns"
)

// zones are where the readers of the month live: daylight saving ends in them on three
// days, on none, or begins.
var zones = []string{
	"America/New_York", "America/Los_Angeles", "America/Sao_Paulo", "America/St_Johns", "Europe/Berlin", "Europe/Lisbon",
	"Africa/Nairobi", "Asia/Kolkata", "Asia/Tokyo", "Australia/Lord_Howe", "Pacific/Auckland", "Pacific/Honolulu",
}

// subscription is what the test knows of a reader, beside the ledger.
type subscription struct {
	address, zone string
	// dead says that the relay knows nobody of this name.
	dead bool
	// on says whether the reader is on the list, left that it was in mid-run today.
	on, left bool
	// evenings are the days that the reader wants, and until the first day after a pause.
	evenings subscribers.Evenings
	until    string
}

// wants says whether an edition of a day is for the reader.
func (s *subscription) wants(day time.Time) bool {
	return day.Format(time.DateOnly) >= s.until && s.evenings&(1<<day.Weekday()) != 0
}

// joins puts so many new readers on the list, by a file of the admin's.
func (m *month) joins(t *testing.T, n int) {
	t.Helper()
	var list strings.Builder
	for range n {
		number := len(m.subscribers)
		s := &subscription{on: true, zone: zones[number%len(zones)], evenings: subscribers.EveryEvening}
		s.address = fmt.Sprintf("reader%05d@reader.example", number)
		if number%101 == 100 {
			s.address, s.dead = fmt.Sprintf("rcpt550.%d@reader.example", number), true
		}
		if m.random.IntN(5) == 0 { // some want the working days, or a few
			s.evenings = subscribers.Evenings(1 + m.random.IntN(int(subscribers.EveryEvening)))
		}
		m.subscribers[s.address] = s
		m.order = append(m.order, s.address)
		line, err := json.Marshal(map[string]any{
			"address": s.address, "status": "active", "evenings": s.evenings.String(),
			"timezone": s.zone, "confirmed_at": m.clock().UTC().Format(time.RFC3339),
			"variant": []string{subscribers.Designed, subscribers.Plain}[number%2],
		})
		if err != nil {
			t.Fatal(err)
		}
		list.Write(append(line, '\n'))
	}
	m.write(t, "list.jsonl", list.String())
	m.asks(t, "subscribers", "import", filepath.Join(m.dir, "list.jsonl"), "--confirmed")
}

// someone draws a reader who is on the list.
func (m *month) someone() *subscription {
	for {
		if s := m.subscribers[m.order[m.random.IntN(len(m.order))]]; s.on && !s.dead {
			return s
		}
	}
}

// comesAndGoes is what readers do between two evenings: some join, leave by the footer's
// link, pause and choose their evenings, and of some the last edition comes back.
func (m *month) comesAndGoes(t *testing.T) {
	t.Helper()
	m.joins(t, max(3, len(m.subscribers)/400))
	_, h := m.house(t, m.clock)
	defer h.close()
	public := m.public(t)
	for range max(2, len(m.order)/500) {
		s := m.someone()
		if _, err := h.list.Unsubscribe(t.Context(), public[s.address], m.clock()); err != nil {
			t.Fatal(err)
		}
		s.on = false
		s = m.someone()
		s.until = m.day.AddDate(0, 0, 1+m.random.IntN(7)).Format(time.DateOnly)
		s.evenings = subscribers.Evenings(1 + m.random.IntN(int(subscribers.EveryEvening)))
		p := subscribers.Preferences{Evenings: s.evenings, PausedUntil: s.until, Variant: subscribers.Plain, Timezone: s.zone}
		if err := h.list.Prefer(t.Context(), public[s.address], p); err != nil {
			t.Fatal(err)
		}
		m.did["pauses"]++
		m.did["leave"]++
	}
	m.comeBack(t, h, public)
}

// comeBack has the last edition come back from two readers who had it: nobody of this name
// is there any more.
func (m *month) comeBack(t *testing.T, h *house, public map[string]uint64) {
	t.Helper()
	if m.last == 0 {
		return
	}
	db := m.database(t)
	defer db.Close()
	key := currentKey(t, db, "link")
	for range 2 {
		s := m.someone()
		if !m.had[s.address] {
			continue
		}
		to := "bounces+" + key.ReturnPath(public[s.address], m.last) + "@bounce.news.example"
		if _, err := h.returns.Take(t.Context(), returns.Came{
			To: []string{to}, HasEnvelope: true, By: "LMTP", Raw: []byte(dsn(s.address, "5.1.1", "550 5.1.1 no such user")),
		}); err != nil {
			t.Fatal(err)
		}
		s.on = false
		m.did["bounces"]++
	}
	if _, err := h.returns.Weigh(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// leavesInMidRun has a reader leave while the edition is being sent: who has it already
// has it, who has it not gets none.
func (m *month) leavesInMidRun(t *testing.T) {
	t.Helper()
	_, h := m.house(t, m.clock)
	defer h.close()
	s := m.someone()
	if _, err := h.list.Unsubscribe(t.Context(), m.public(t)[s.address], m.clock()); err != nil {
		t.Fatal(err)
	}
	s.left = true
	m.did["leave in mid-run"]++
}

// public gives the number by which links name each reader.
func (m *month) public(t *testing.T) map[string]uint64 {
	t.Helper()
	db := m.database(t)
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), `SELECT address, public_id FROM subscribers`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	all := map[string]uint64{}
	for rows.Next() {
		var address string
		var id int64
		if err := rows.Scan(&address, &id); err != nil {
			t.Fatal(err)
		}
		all[address] = uint64(id)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// done says what happened how often.
func (m *month) done() string {
	var all []string
	for _, what := range slices.Sorted(maps.Keys(m.did)) {
		all = append(all, fmt.Sprintf("%d %s", m.did[what], what))
	}
	return strings.Join(all, ", ")
}
