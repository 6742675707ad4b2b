package deliver_test

import (
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"vesper/digest"
)

// onlyOneMayBeSent holds that nothing before a row is under way over its connection when
// its dot goes out: the ledger takes what comes behind such a row for unsent.
func (l *ledger) onlyOneMayBeSent(t *testing.T, id int64) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	this := l.rows[id]
	for other, w := range l.rows {
		if w.step == digest.Attempting && w.connection == this.connection && w.ordinal < this.ordinal {
			t.Errorf("the dot of %d goes out while %d, before it, is under way", id, other)
		}
	}
}

func TestTheNextMessageBeginsBeforeTheDotAndItsDotWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, v := newLedger(6), newServer()
		v.overlaps, v.onDot = true, func(id int64) { l.onlyOneMayBeSent(t, id) }
		run := over(t, l, v)
		run.Connections = 1
		written := make(chan struct{})
		l.placed = func(id int64) {
			if id == 2 {
				<-written
			}
		}
		done := make(chan error, 1)
		go func() {
			_, err := deliverer().Work(t.Context(), run)
			done <- err
		}()
		synctest.Wait()
		v.mu.Lock()
		// Nobody was taken before the first; 3 began behind 2, and 4 behind 3.
		if want := []int64{1, 2}; !slices.Equal(v.order, want) || v.ahead != 2 {
			t.Errorf("the dots of %v are out, %d began ahead, want %v and 2", v.order, v.ahead, want)
		}
		v.mu.Unlock()
		close(written)
		if err := <-done; err != nil || l.count(digest.Sent) != 6 {
			t.Errorf("%v: %d sent, want 6", err, l.count(digest.Sent))
		}
	})
}

func TestOnceAnEditionIsStoppedNothingGoesThatWasTakenAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, v := newLedger(9), newServer()
		var stopped atomic.Bool
		v.overlaps, v.onDot = true, func(id int64) { stopped.Store(stopped.Load() || id == 3) }
		l.intendErr = func(int64) error {
			if stopped.Load() {
				return digest.ErrStopped
			}
			return nil
		}
		run := over(t, l, v)
		run.Connections = 1
		report, err := deliverer().Work(t.Context(), run)
		if err != nil || !report.Halted {
			t.Errorf("got %+v, %v, want a halt", report, err)
		}
		if want := []int64{1, 2, 3}; !slices.Equal(v.order, want) {
			t.Errorf("the dots of %v are out, want %v: 4 was taken ahead", v.order, want)
		}
		if w := l.rows[4]; l.count(digest.Pending) != 6 || w.attempts != 0 || w.suspect != "" {
			t.Errorf("%d are pending, want 6; the one that was taken ahead is %+v", l.count(digest.Pending), w)
		}
	})
}

func TestWhoIsBehindAMessageThatEndsAConnectionIsBlamedForNothing(t *testing.T) {
	for _, class := range []digest.Class{digest.Session, digest.InDoubt} {
		synctest.Test(t, func(t *testing.T) {
			l, v := newLedger(9), newServer()
			v.overlaps, v.onDot = true, func(id int64) { l.onlyOneMayBeSent(t, id) }
			v.scripts[3] = []digest.Outcome{
				{Class: class, Ended: digest.Ended{Recipient: class == digest.Session}},
				{Class: digest.Accepted, Code: 250},
			}
			run := over(t, l, v)
			run.Connections = 1
			d := deliverer()
			for report, err := d.Work(t.Context(), run); !report.Next.IsZero(); report, err = d.Work(t.Context(), run) {
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Until(report.Next)) // the bubble's time
			}
			if w := l.rows[4]; l.count(digest.Sent) != 9 || w.attempts != 0 || w.doubts != 0 || w.suspect != "" {
				t.Errorf("%s: %d sent; the one behind is %+v", class, l.count(digest.Sent), w)
			}
			for id := range l.rows {
				if v.accepted[id] != 1 {
					t.Errorf("%s: row %d was accepted %d times", class, id, v.accepted[id])
				}
			}
		})
	}
}

func TestNothingBeginsAheadWhileSomebodyIsUnderSuspicion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, v := newLedger(12), newServer()
		v.overlaps = true
		v.scripts[5] = []digest.Outcome{{Class: digest.Permanent, Code: 550, Enhanced: "5.1.1"}}
		began := 0
		v.onDot = func(id int64) {
			v.mu.Lock()
			defer v.mu.Unlock()
			switch {
			case id == 5:
				began = v.ahead
			case id == 6 && v.ahead != began:
				t.Error("another began behind 6 before it was known what its answer says of 5")
			}
		}
		run := over(t, l, v)
		run.Connections = 1
		if _, err := deliverer().Work(t.Context(), run); err != nil {
			t.Fatal(err)
		}
		if l.count(digest.Sent) != 11 || l.count(digest.Failed) != 1 {
			t.Errorf("%d sent and %d failed, want 11 and 1", l.count(digest.Sent), l.count(digest.Failed))
		}
		if began == 0 {
			t.Error("nothing was overlapped")
		}
	})
}

// Whatever fails to be written, the dots keep the order that the ledger goes by.
func TestALedgerThatFailsNowAndThenKeepsTheOrder(t *testing.T) {
	for seed := range int64(30) {
		synctest.Test(t, func(t *testing.T) {
			l, v := newLedger(60), newServer()
			v.overlaps, v.onDot = true, func(id int64) { l.onlyOneMayBeSent(t, id) }
			n := seed
			fails := func(int64) error {
				if n = (n*1103515245 + 12345) % (1 << 31); n>>16%7 == 0 {
					return errors.New("disk full")
				}
				return nil
			}
			l.intendErr, l.settleErr = fails, fails
			run := over(t, l, v)
			run.Connections = 3
			d := deliverer()
			for rounds := 0; l.count(digest.Sent) < 60 && rounds < 200; rounds++ {
				if _, err := d.Work(t.Context(), run); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Hour) // the bubble's time
			}
			for id := range l.rows {
				if v.accepted[id] != 1 {
					t.Errorf("seed %d: row %d was accepted %d times and is %s", seed, id, v.accepted[id], l.rows[id].step)
				}
			}
		})
	}
}
