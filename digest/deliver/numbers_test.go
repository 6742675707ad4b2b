package deliver_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"vesper/digest"
)

// The ledger goes by these numbers to tell what may have been sent from what was not.
func TestEachConnectionNumbersItsMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, v := newLedger(40), newServer()
		v.perMessage = time.Second // so that none does all the work before another begins
		if _, err := deliverer().Work(t.Context(), over(t, l, v)); err != nil {
			t.Fatal(err)
		}
		latest := map[int64]int64{}
		for _, id := range v.order {
			w := l.rows[id]
			if w.connection == 0 || w.ordinal <= latest[w.connection] {
				t.Errorf("row %d has number %d of connection %d, after %d", id, w.ordinal, w.connection, latest[w.connection])
			}
			latest[w.connection] = w.ordinal
		}
		if len(latest) != 4 {
			t.Errorf("%d connections, want 4", len(latest))
		}
	})
}

func TestWhatMayStayUnderWayMakesNothingElseLookUnsent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, v := newLedger(4), newServer()
		failing := errors.New("disk full")
		fails := func(id int64) error {
			if id == 2 && len(v.tried[2]) == 0 && l.rows[4].connection == 0 {
				return failing
			}
			return nil
		}
		// The intent may hold although the ledger says that it failed, and the row can't be
		// given back.
		l.intendErr, l.settleErr = fails, fails
		run := over(t, l, v)
		run.Connections = 1
		d := deliverer()
		if _, err := d.Work(t.Context(), run); err != nil {
			t.Fatal(err)
		}
		if n := len(v.tried); n != 4 {
			t.Errorf("%d were sent, want 4", n)
		}
		first, third, fourth := l.rows[1], l.rows[3], l.rows[4]
		if third.connection == first.connection || third.ordinal != 1 {
			t.Errorf("the row behind it has number %d of connection %d, as the first of %d", third.ordinal,
				third.connection, first.connection)
		}
		if fourth.connection != third.connection || fourth.ordinal != 2 {
			t.Errorf("the one after that has number %d of connection %d", fourth.ordinal, fourth.connection)
		}
	})
}

// What is before such a row in the order is sent: only what is behind it would look unsent.
func TestWhatMayStayUnderWayDoesNotHoldUpTheMessageBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, v := newLedger(4), newServer()
		v.overlaps, v.onDot = true, func(id int64) { l.onlyOneMayBeSent(t, id) }
		fails := func(id int64) error {
			if id == 3 && len(v.tried[4]) == 0 {
				return errors.New("disk full")
			}
			return nil
		}
		l.intendErr, l.settleErr = fails, fails
		run := over(t, l, v)
		run.Connections = 1
		if _, err := deliverer().Work(t.Context(), run); err != nil {
			t.Fatal(err)
		}
		if w := l.rows[2]; v.accepted[2] != 1 || w.attempts != 0 || w.step != digest.Sent {
			t.Errorf("the one before it was accepted %d times: %+v", v.accepted[2], w)
		}
	})
}
