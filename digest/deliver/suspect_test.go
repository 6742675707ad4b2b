package deliver_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"vesper/digest"
)

// breaks is how a connection ends whose reader's RCPT was on the wire.
var breaks = digest.Outcome{
	Class: digest.Session, Reply: "the relay closed the connection at RCPT", Relay: "one",
	Ended: digest.Ended{Recipient: true},
}

func TestAReaderWhoBreaksConnectionsStopsNobody(t *testing.T) {
	for name, c := range map[string]struct {
		bad         []int64
		connections int
		atMost      time.Duration
	}{
		"the first, over one":   {[]int64{1}, 1, time.Second},
		"the first":             {[]int64{1}, 4, time.Second},
		"the last":              {[]int64{50}, 4, time.Second},
		"two":                   {[]int64{1, 2}, 4, time.Second},
		"two in different ways": {[]int64{7, 30}, 4, time.Second},
		"two over one":          {[]int64{1, 2}, 1, time.Second},
		"ten over two":          {[]int64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 2, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, v := newLedger(50), newServer()
				for _, id := range c.bad {
					v.scripts[id] = []digest.Outcome{breaks}
				}
				run, start := over(t, l, v), time.Now()
				run.Connections, run.Patience = c.connections, 1
				report, err := deliverer().Work(t.Context(), run)
				if err != nil || report.Stopped.Class != "" || !report.Next.After(start.Add(4*time.Minute)) {
					t.Fatalf("got %+v, %v", report, err)
				}
				if took := time.Since(start); took > c.atMost {
					t.Errorf("it took %v", took)
				}
				if n := l.count(digest.Sent); n != 50-len(c.bad) {
					t.Errorf("%d are sent", n)
				}
				for _, id := range c.bad {
					w := l.rows[id]
					if w.suspect != digest.OfConnection || w.attempts != 1 || len(v.tried[id]) > 3 || !v.alone[id] {
						t.Errorf("row %d: suspected of %q, %d attempts, %d tries, alone: %v", id, w.suspect, w.attempts,
							len(v.tried[id]), v.alone[id])
					}
				}
			})
		})
	}
}

func TestWhereEveryConnectionEndsAlikeNobodyIsCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, v := newLedger(20), newServer()
		for id := range l.rows {
			v.scripts[id] = []digest.Outcome{breaks}
		}
		// Two were under suspicion before.
		l.rows[3].suspect, l.rows[4].suspect = digest.OfConnection, digest.OfConnection
		run := over(t, l, v)
		run.Patience = 7
		report, err := deliverer().Work(t.Context(), run)
		if err != nil || report.Stopped.Class != digest.Session {
			t.Fatalf("got %+v, %v", report, err)
		}
		for id, w := range l.rows {
			if w.attempts != 0 || (w.suspect != "") != (id == 3 || id == 4) {
				t.Errorf("row %d: suspected of %q, %d attempts", id, w.suspect, w.attempts)
			}
		}
	})
}

// Few readers, all of whose connections end, are tried ever more rarely.
func TestWhereEveryConnectionEndsTheRelayIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, v := newLedger(3), newServer()
		for id := range l.rows {
			v.scripts[id] = []digest.Outcome{breaks}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		if _, err := deliverer().Work(ctx, over(t, l, v)); err != nil {
			t.Fatal(err)
		}
		if len(v.order) > 60 {
			t.Errorf("%d tries in an hour", len(v.order))
		}
	})
}

// A row that ends every connection, and nothing proves it, holds up nobody who comes due
// while the run waits for ever longer.
func TestWhoComesDueDoesNotWaitForABackOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, v := newLedger(2), newServer()
		v.scripts[1] = []digest.Outcome{breaks}
		start := time.Now()
		due := start.Add(11 * time.Minute)
		l.rows[2].due = due
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		if _, err := deliverer().Work(ctx, over(t, l, v)); err != nil {
			t.Fatal(err)
		}
		if len(v.tried[2]) != 1 || v.tried[2][0].Sub(due) > firstWait {
			t.Errorf("it was tried %v after it was due", v.tried[2][0].Sub(due))
		}
		if len(v.tried[1]) > 25 {
			t.Errorf("%d tries of the other", len(v.tried[1]))
		}
	})
}

// firstWait is the longest that the first wait after a failure takes, and a look.
const firstWait = 7 * time.Second

// While a relay is silent for a row that ended a connection before, the relay hears of
// others that come due.
func TestASilentRowHearsOfOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, v := newLedger(3), newServer()
		l.rows[2].suspect = digest.OfConnection
		l.rows[3].due = time.Now().Add(20 * time.Second)
		start, told := time.Now(), time.Duration(0)
		v.onEnvelope = func(e digest.Envelope) {
			if e.Delivery.Key == 2 {
				<-e.Others
				told = time.Since(start)
			} else if e.Others != nil {
				t.Errorf("row %d is told of others", e.Delivery.Key)
			}
		}
		if _, err := deliverer().Work(t.Context(), over(t, l, v)); err != nil {
			t.Fatal(err)
		}
		if told < 20*time.Second || told > 22*time.Second || l.count(digest.Sent) != 3 {
			t.Errorf("told after %v, %d sent", told, l.count(digest.Sent))
		}
	})
}

func TestASuspectIsClearedByAnAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, v := newLedger(20), newServer()
		l.rows[1].suspect, l.rows[2].suspect = digest.OfConnection, digest.OfConnection
		v.scripts[2] = []digest.Outcome{{Class: digest.Transient, Code: 450}}
		run := over(t, l, v)
		run.Connections = 1
		if _, err := deliverer().Work(t.Context(), run); err != nil {
			t.Fatal(err)
		}
		if n := len(v.order); !slices.Equal(v.order[n-2:], []int64{1, 2}) {
			t.Errorf("they were sent to in the order %d, want the suspects last", v.order)
		}
		if l.rows[1].step != digest.Sent || l.rows[2].suspect != "" || l.rows[2].attempts != 1 {
			t.Errorf("got %+v and %+v", l.rows[1], l.rows[2])
		}
	})
}

// A suspect that costs half a minute each time waits for whoever is due meanwhile.
func TestWhoComesDueDoesNotWaitForAllSuspects(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, v := newLedger(11), newServer()
		for id := int64(1); id <= 10; id++ {
			l.rows[id].suspect = digest.OfConnection
			v.scripts[id] = []digest.Outcome{breaks}
		}
		start := time.Now()
		l.rows[11].due = start.Add(20 * time.Second)
		v.perMessage = 30 * time.Second
		if _, err := deliverer().Work(t.Context(), over(t, l, v)); err != nil {
			t.Fatal(err)
		}
		if took := v.tried[11][0].Sub(start); took > 40*time.Second {
			t.Errorf("it was tried after %v", took)
		}
		if l.rows[11].step != digest.Sent || l.count(digest.Pending) != 10 || l.rows[10].attempts != 1 {
			t.Errorf("%d are pending", l.count(digest.Pending))
		}
	})
}

func TestTheThirdDoubtIsTheLast(t *testing.T) {
	for _, hold := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			l, v := newLedger(5), newServer()
			v.scripts[2] = []digest.Outcome{{Class: digest.InDoubt}}
			d, tries := deliverer(), 3
			if d.Hold = hold; hold {
				tries = 1
			}
			untilNobodyIsOwed(t, func() (time.Time, error) {
				report, err := d.Work(t.Context(), over(t, l, v))
				return report.Next, err
			})
			if w := l.rows[2]; w.step != digest.Unknown || len(v.tried[2]) != tries || w.doubts != tries-1 {
				t.Errorf("hold %v: %s after %d tries, %d doubts", hold, w.step, len(v.tried[2]), w.doubts)
			}
			// It is unknown before the relay is asked again, when the word comes late.
			if hold && l.count(digest.Sent) != 4 {
				t.Errorf("%d are sent", l.count(digest.Sent))
			}
		})
	}
}
