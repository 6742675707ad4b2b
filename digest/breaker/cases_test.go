package breaker_test

import (
	"cmp"
	"slices"
	"testing"
	"time"

	"vesper/digest"
)

// quiet gives an evening of so many readers at ten domains, over so many connections.
func quiet(seed uint64, readers, workers, relays int) *world {
	w := newWorld(seed)
	w.readers, w.faults, w.relays, w.workers, w.messages = nil, nil, nil, workers, 1
	w.restarts = 5 // there are no more than that
	w.until = w.begun.Add(6 * time.Hour)
	for i := range relays {
		w.relays = append(w.relays, &mta{name: string(rune('a' + i)), backends: 1})
	}
	for i := range readers {
		r := &reader{step: digest.Pending, before: true}
		r.d = digest.Delivery{Key: int64(i + 1), Address: "r@d" + string(rune('0'+i%10)) + ".example", Due: w.now}
		w.readers = append(w.readers, r)
	}
	return w
}

// dead makes readers from low up to below high say this.
func (w *world) dead(low, high, step int, says digest.Outcome) {
	for i := low; i < high; i += step {
		w.readers[i].says = says
	}
}

// wrong lets a relay say this to everybody, after so many were taken, till the end.
func (w *world) wrong(relay, after int, says digest.Outcome) {
	w.faults = append(w.faults, &fault{name: "wrong", relay: relay, to: 24 * time.Hour, after: after, says: says})
}

// TestWhoFailsAndWhoWaits has one of each kind of evening.
func TestWhoFailsAndWhoWaits(t *testing.T) {
	unknown, denied := permanent(550, "5.1.1", "User unknown"), permanent(554, "5.7.1", "Relay access denied")
	limit, spam := refused(550, "5.4.5", "daily limit"), refused(554, "", "no")
	full, gone := permanent(552, "5.2.2", "over quota"), permanent(550, "5.1.2", "no such domain")
	dead := func(low, high, step int, says digest.Outcome) func(*world) {
		return func(w *world) { w.dead(low, high, step, says) }
	}
	wrong := func(after int, says digest.Outcome) func(*world) {
		return func(w *world) { w.wrong(0, after, says) }
	}
	for name, c := range map[string]struct {
		make func(w *world)
		// readers and relays are 300 and 1 unless they are given.
		readers, relays int
		// sent and failed are the sums when all is done that can be within the hour.
		sent, failed int
		pauses       bool
	}{
		"all are alive":                          {make: func(*world) {}, sent: 300},
		"one whose server refuses us":            {make: dead(99, 100, 1, denied), sent: 299, failed: 1},
		"the last one's server refuses us":       {make: dead(299, 300, 1, denied), sent: 299, failed: 1},
		"a relay's mood, twice":                  {make: moody(denied), sent: 300},
		"a mood about the message, twice":        {make: moody(spam), sent: 300},
		"one over quota":                         {make: dead(9, 10, 1, full), sent: 299, failed: 1},
		"one over quota, after the dot":          {make: dead(9, 10, 1, refused(552, "5.2.2", "")), sent: 299, failed: 1},
		"thirty dead at the head":                {make: dead(0, 30, 1, unknown), sent: 270, failed: 30},
		"thirty dead, scattered":                 {make: dead(0, 300, 10, unknown), sent: 270, failed: 30},
		"a domain that closed":                   {make: dead(3, 300, 10, gone), sent: 270, failed: 30},
		"six in ten dead":                        {make: sixInTen, sent: 120, failed: 180},
		"only the dead are left":                 {make: dead(280, 300, 1, unknown), sent: 280, failed: 20},
		"all at one domain":                      {make: oneDomain, sent: 280, failed: 20},
		"refused to everybody":                   {make: wrong(0, denied), readers: 60, pauses: true},
		"refused to everybody, another relay":    {make: wrong(0, denied), readers: 60, relays: 2, sent: 60},
		"refused after 24 of 200":                {make: wrong(24, denied), readers: 200, sent: 24, pauses: true},
		"refused after 24 of 200, another relay": {make: wrong(24, denied), readers: 200, relays: 2, sent: 200},
		"unknown to everybody":                   {make: wrong(0, unknown), readers: 60, pauses: true},
		"a daily limit after 100 of 500":         {make: wrong(100, limit), readers: 500, sent: 100, pauses: true},
		"a daily limit, another relay":           {make: wrong(100, limit), readers: 500, relays: 2, sent: 500},
		"the message after the first":            {make: wrong(1, spam), sent: 1, pauses: true},
		"the message, and another relay":         {make: wrong(1, spam), relays: 2, sent: 1, pauses: true},
		"the message in two ways":                {make: inTurn, pauses: true},
		"one relay dies, the other refuses":      {make: bothRefuse, readers: 200, relays: 2, sent: 24, pauses: true},
		behindOneName:                            {make: oneServer, sent: 300},
	} {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(5) {
				for _, workers := range []int{1, 2, 8, 16} {
					if name == behindOneName && workers == 1 {
						continue // it may be the wrong one each time it is tried
					}
					w := quiet(seed, cmp.Or(c.readers, 300), workers, max(1, c.relays))
					c.make(w)
					sent, failed := w.firstHour()
					paused := w.pauses > 0
					// With few connections, all may come to the wrong one.
					paused = paused && name != behindOneName
					if sent != c.sent || failed != c.failed || paused != c.pauses || len(w.problems) > 0 {
						t.Fatalf("seed %d, %d workers: %d sent, %d failed, paused %v, want %d, %d, %v; %v", seed, workers,
							sent, failed, paused, c.sent, c.failed, c.pauses, w.problems)
					}
				}
			}
		})
	}
}

// behindOneName is the case of two servers behind a relay's name.
const behindOneName = "one of two servers behind a name"

func oneServer(w *world) {
	w.wrong(0, 0, permanent(554, "5.7.1", "Relay access denied"))
	w.faults[0].backend, w.relays[0].backends = 1, 2
}

// moody lets the relay refuse one message, take one, and refuse one again: the same
// reader, who is asked again between others.
func moody(says digest.Outcome) func(w *world) {
	return func(w *world) {
		for after := 24; after < 26; after++ {
			w.wrong(0, after, says)
			w.faults[len(w.faults)-1].most = 1
		}
	}
}

func sixInTen(w *world) {
	for _, first := range []int{0, 1, 3} {
		w.dead(first, 300, 5, permanent(550, "5.1.1", "User unknown"))
	}
}

func oneDomain(w *world) {
	for _, r := range w.readers {
		r.d.Address = "r@d.example"
	}
	w.dead(0, 20, 1, permanent(550, "5.1.1", "User unknown"))
}

func inTurn(w *world) {
	w.wrong(0, 0, refused(554, "", "no"))
	w.turns = []digest.Outcome{refused(550, "", "no"), refused(554, "", "no")}
}

func bothRefuse(w *world) {
	w.wrong(0, 24, permanent(554, "5.7.1", "Relay access denied"))
	w.wrong(1, 0, permanent(554, "5.7.1", "Relay access denied"))
}

// firstHour works for about an hour of the evening.
func (w *world) firstHour() (sent, failed int) {
	w.b = w.fresh(false)
	w.until = w.begun.Add(time.Hour)
	for len(w.problems) == 0 {
		due := w.due()
		if due.IsZero() || !due.Before(w.until) || !w.now.Before(w.until) {
			break
		}
		if due.After(w.now) {
			w.now = due
		}
		if w.round() {
			w.pause()
		}
	}
	for _, r := range w.readers {
		switch {
		case r.step == digest.Sent:
			sent++
		case r.step == digest.Failed:
			failed++
		}
		if r.says.Class == "" && r.step == digest.Failed || r.sent > 1 {
			w.problem("reader %d is %s, sent to %d times", r.d.Key, r.step, r.sent)
		}
	}
	if slices.ContainsFunc(w.faults, func(f *fault) bool { return f.refused > patient }) {
		w.problem("a fault met with %d refusals", w.faults[0].refused)
	}
	return sent, failed
}
