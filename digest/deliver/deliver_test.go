package deliver_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"vesper/digest"
)

// untilNobodyIsOwed works and waits as the service does.
func untilNobodyIsOwed(t *testing.T, work func() (time.Time, error)) {
	t.Helper()
	for range 100 {
		next, err := work()
		if err != nil {
			t.Fatal(err)
		}
		if next.IsZero() {
			return
		}
		time.Sleep(time.Until(next)) // the bubble's time
	}
	t.Fatal("somebody is owed for ever")
}

func TestEveryReaderIsSentToOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, v := newLedger(1200), newServer()
		report, err := deliverer().Work(t.Context(), over(t, l, v))
		if err != nil || !report.Next.IsZero() || report.Stopped.Class != "" {
			t.Fatalf("got %+v, %v", report, err)
		}
		for id := range l.rows {
			if v.accepted[id] != 1 {
				t.Fatalf("reader %d was sent %d messages", id, v.accepted[id])
			}
		}
		if l.count(digest.Sent) != 1200 {
			t.Errorf("%d are sent", l.count(digest.Sent))
		}
	})
}

func TestWhatEachOutcomeMakesOfADelivery(t *testing.T) {
	accepted := digest.Outcome{Class: digest.Accepted, Code: 250}
	greylisted := digest.Outcome{Class: digest.Transient, Code: 450}
	for name, c := range map[string]struct {
		script   []digest.Outcome
		hold     bool
		want     digest.Step
		attempts int
		doubts   int
		tries    int
	}{
		"accepted":          {nil, false, digest.Sent, 0, 0, 1},
		"refused reader":    {[]digest.Outcome{{Class: digest.Permanent, Code: 550}}, false, digest.Failed, 0, 0, 1},
		"refused message":   {[]digest.Outcome{{Class: digest.Refused, Code: 554}}, false, digest.Failed, 0, 0, 3},
		"greylisted":        {[]digest.Outcome{greylisted, accepted}, false, digest.Sent, 1, 0, 2},
		"never taken":       {[]digest.Outcome{{Class: digest.Transient, Code: 450}}, false, digest.Expired, 10, 0, 10},
		"broken connection": {[]digest.Outcome{{Class: digest.Session}, accepted}, false, digest.Sent, 0, 0, 2},
		"slowed down": {
			[]digest.Outcome{{Class: digest.Pace, Code: 451}, accepted},
			false, digest.Sent, 0, 0,
			2,
		},
		"in doubt, resend":   {[]digest.Outcome{{Class: digest.InDoubt}, accepted}, false, digest.Sent, 1, 1, 2},
		"in doubt, hold":     {[]digest.Outcome{{Class: digest.InDoubt}, accepted}, true, digest.Unknown, 0, 0, 1},
		"not to be composed": {[]digest.Outcome{{Class: digest.Local}, accepted}, false, digest.Sent, 1, 0, 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, v := newLedger(200), newServer()
				v.scripts[7], v.perMessage = c.script, time.Millisecond
				d := deliverer()
				d.Hold = c.hold
				untilNobodyIsOwed(t, func() (time.Time, error) {
					report, err := d.Work(t.Context(), over(t, l, v))
					return report.Next, err
				})
				got := l.rows[7]
				if got.step != c.want || got.attempts != c.attempts || got.doubts != c.doubts ||
					len(v.tried[7]) != c.tries {
					t.Errorf("got %s after %d tries, %d counted, %d in doubt", got.step, len(v.tried[7]), got.attempts,
						got.doubts)
				}
				if others := l.count(digest.Sent); others < 199 {
					t.Errorf("only %d others are sent", others)
				}
			})
		})
	}
}

func TestDeferredDeliveriesAreTriedAgainAfter5_15_30_60Minutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, v := newLedger(1), newServer()
		v.scripts[1] = []digest.Outcome{{Class: digest.Transient, Code: 450}}
		d, start := deliverer(), time.Now()
		untilNobodyIsOwed(t, func() (time.Time, error) {
			report, err := d.Work(t.Context(), over(t, l, v))
			return report.Next, err
		})
		var waits []time.Duration
		last := start
		for _, at := range v.tried[1][1:] {
			waits = append(waits, at.Sub(last).Round(time.Minute)/time.Minute)
			last = at
		}
		want := []time.Duration{5, 15, 30, 60, 60, 60, 60, 60}
		for i := range want {
			if i >= len(waits) || waits[i] != want[i] {
				t.Fatalf("waits of %d minutes, want %d", waits, want)
			}
		}
		if over := time.Since(start); over != 6*time.Hour {
			t.Errorf("it was over after %v, want 6h", over)
		}
	})
}

func TestAReaderWhoLeavesDuringARunIsNotSentWhatIsPending(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, v := newLedger(50), newServer()
		v.perMessage = time.Second
		// Reader 40 leaves while the first messages are out; reader 5 when its
		// envelope is in a connection's hand already.
		v.onMessage = func(id int64) {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.rows[40].left = true
		}
		l.intendErr = func(id int64) error {
			l.rows[5].left = true
			return nil
		}
		if _, err := deliverer().Work(t.Context(), over(t, l, v)); err != nil {
			t.Fatal(err)
		}
		if l.rows[40].step != digest.Skipped || len(v.tried[40]) != 0 {
			t.Errorf("reader 40 is %s after %d tries", l.rows[40].step, len(v.tried[40]))
		}
		if l.rows[5].step != digest.Skipped || len(v.tried[5]) != 0 {
			t.Errorf("reader 5 is %s after %d tries", l.rows[5].step, len(v.tried[5]))
		}
		if l.count(digest.Sent) != 48 {
			t.Errorf("%d are sent, want 48", l.count(digest.Sent))
		}
	})
}

func TestTheRelayRefusingUsStopsTheRunAndFailsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, v := newLedger(100), newServer()
		v.down = func() digest.Outcome { return digest.Outcome{Class: digest.Account, Code: 535} }
		report, err := deliverer().Work(t.Context(), over(t, l, v))
		if err != nil || report.Stopped.Class != digest.Account {
			t.Fatalf("got %+v, %v", report, err)
		}
		if l.count(digest.Pending) != 100 {
			t.Errorf("%d are pending, want all 100", l.count(digest.Pending))
		}
	})
}

func TestARelayThatIsDownForThreeHoursCostsNobodyTheEdition(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, v := newLedger(200), newServer()
		back := time.Now().Add(3 * time.Hour)
		v.down = func() digest.Outcome {
			if time.Now().Before(back) {
				return digest.Outcome{Class: digest.Session, Reply: "connection refused"}
			}
			return digest.Outcome{}
		}
		if _, err := deliverer().Work(t.Context(), over(t, l, v)); err != nil {
			t.Fatal(err)
		}
		if l.count(digest.Sent) != 200 {
			t.Errorf("%d are sent", l.count(digest.Sent))
		}
		if late := v.tried[1][0].Sub(back); late > 5*time.Minute {
			t.Errorf("sending went on %v after the relay's return", late)
		}
		if v.dials > 4*3*60 {
			t.Errorf("it was dialled %d times", v.dials)
		}
	})
}

func TestASendByHandDoesNotWaitForADeadRelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, v := newLedger(10), newServer()
		v.down = func() digest.Outcome { return digest.Outcome{Class: digest.Session, Reply: "connection refused"} }
		d, run, start := deliverer(), over(t, l, v), time.Now()
		run.Patience = 3
		report, err := d.Work(t.Context(), run)
		if err != nil || report.Stopped.Class != digest.Session || report.Next.IsZero() {
			t.Fatalf("got %+v, %v", report, err)
		}
		if time.Since(start) > time.Minute || l.count(digest.Pending) != 10 {
			t.Errorf("after %v %d are pending", time.Since(start), l.count(digest.Pending))
		}
	})
}

func TestOneReaderWhoBreaksEveryConnectionHoldsUpNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, v := newLedger(100), newServer()
		v.scripts[3] = []digest.Outcome{{Class: digest.Session}}
		run := over(t, l, v)
		run.Until = 6 * time.Hour
		if _, err := deliverer().Work(t.Context(), run); err != nil {
			t.Fatal(err)
		}
		if l.count(digest.Sent) != 99 || l.rows[3].step != digest.Expired {
			t.Errorf("%d are sent, reader 3 is %s", l.count(digest.Sent), l.rows[3].step)
		}
		if len(v.tried[3]) > 200 {
			t.Errorf("it was tried %d times", len(v.tried[3]))
		}
	})
}

func TestAMessageThatCannotBeComposedIsTheOnlyOneNotSent(t *testing.T) {
	for _, quick := range []bool{false, true} {
		t.Run(fmt.Sprintf("quick %t", quick), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { oneCantBeComposed(t, quick) })
		})
	}
}

func oneCantBeComposed(t *testing.T, quick bool) {
	l, v := newLedger(30), newServer()
	d, run := deliverer(), over(t, l, v)
	run.Composer = composer{bad: map[int64]bool{9: true}, quick: quick}
	untilNobodyIsOwed(t, func() (time.Time, error) {
		report, err := d.Work(t.Context(), run)
		return report.Next, err
	})
	if l.count(digest.Sent) != 29 || l.rows[9].step != digest.Expired {
		t.Errorf("%d are sent, reader 9 is %s", l.count(digest.Sent), l.rows[9].step)
	}
}

func TestStoppingBringsToAnEndWhatIsOnTheWire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, v := newLedger(1000), newServer()
		v.perMessage = 2 * time.Second
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(9*time.Second, cancel)
		start := time.Now()
		if _, err := deliverer().Work(ctx, over(t, l, v)); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took > 12*time.Second {
			t.Errorf("it took %v", took)
		}
		sent := l.count(digest.Sent)
		if sent == 0 || sent+l.count(digest.Pending) != 1000 || len(v.accepted) != sent {
			t.Errorf("%d sent, %d pending, %d accepted", sent, l.count(digest.Pending), len(v.accepted))
		}
	})
}

func TestARelayThatHangsIsCutOffAfterTheDrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, v := newLedger(8), newServer()
		v.perMessage = time.Hour
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Minute, cancel)
		start := time.Now()
		if _, err := deliverer().Work(ctx, over(t, l, v)); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took != time.Minute+23*time.Second {
			t.Errorf("it took %v", took)
		}
		if l.count(digest.Attempting) != 0 {
			t.Errorf("%d are left attempting", l.count(digest.Attempting))
		}
	})
}

// TestAStopTakesNoLongerThanTheDrain has a ledger that another process keeps from
// being written until long after the stop, and one that is free again in time.
func TestAStopTakesNoLongerThanTheDrain(t *testing.T) {
	for kept, want := range map[time.Duration]int{20 * time.Second: 0, time.Hour: 4} {
		synctest.Test(t, func(t *testing.T) {
			l, v := newLedger(40), newServer()
			v.perMessage = time.Second
			ctx, stop := context.WithCancel(t.Context())
			l.locked = make(chan struct{})
			close(l.locked)
			var stopped time.Time
			time.AfterFunc(1500*time.Millisecond, func() {
				free := make(chan struct{})
				l.mu.Lock()
				l.locked = free
				l.mu.Unlock()
				time.AfterFunc(kept, func() { close(free) })
				stopped = time.Now()
				stop()
			})
			report, err := deliverer().Work(ctx, over(t, l, v))
			if err != nil || report.Next.IsZero() {
				t.Errorf("%v, next %v", err, report.Next)
			}
			if took := time.Since(stopped); took > 25*time.Second {
				t.Errorf("it took %v after the stop", took)
			}
			if n := l.count(digest.Attempting); n != want {
				t.Errorf("the lock kept for %v: %d are left under way, want %d", kept, n, want)
			}
		})
	}
}

func TestNothingIsSentWhoseIntentIsNotRecorded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, v := newLedger(40), newServer()
		full := time.Now().Add(2 * time.Minute)
		l.intendErr = func(int64) error {
			if time.Now().Before(full) {
				return errors.New("the disk is full")
			}
			return nil
		}
		if _, err := deliverer().Work(t.Context(), over(t, l, v)); err != nil {
			t.Fatal(err)
		}
		for id, times := range v.tried {
			if len(times) != 1 || times[0].Before(full) {
				t.Errorf("reader %d was sent to at %v", id, times)
			}
		}
		if l.count(digest.Sent) != 40 {
			t.Errorf("%d are sent after it cleared", l.count(digest.Sent))
		}
	})
}

func TestAnOutcomeIsKeptUntilTheLedgerTakesIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, v := newLedger(40), newServer()
		full := time.Now().Add(2 * time.Minute)
		l.settleErr = func(int64) error {
			if time.Now().Before(full) {
				return errors.New("the disk is full")
			}
			return nil
		}
		if _, err := deliverer().Work(t.Context(), over(t, l, v)); err != nil {
			t.Fatal(err)
		}
		for id := range l.rows {
			if v.accepted[id] != 1 || l.rows[id].step != digest.Sent {
				t.Errorf("reader %d: %d messages, %s", id, v.accepted[id], l.rows[id].step)
			}
		}
	})
}
