package store

import (
	"testing"
	"testing/synctest"
	"time"
)

// partyOf begins a party with a request, on a writer that writes nowhere.
func partyOf(first *request) (*writer, *party) {
	w := &writer{
		requests: requests{more: make(chan struct{}, 1)}, quit: make(chan struct{}), timer: time.NewTimer(time.Hour),
		company: company,
	}
	p := &party{writer: w}
	p.joins(first.intends, first.goesOn)
	return w, p
}

// A single connection's outcome and its next intent share a commit: the message waits
// for one fsync and not for two.
func TestAnOutcomeWaitsForTheNextIntentOfItsConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, p := partyOf(&request{goesOn: true})
		intent := &request{ctx: t.Context(), intends: true}
		began := time.Now()
		go func() {
			time.Sleep(company / 2)
			w.hands.begin(handful{"deliveries", 1}, 1)
			if err := w.put(intent); err != nil {
				t.Error(err)
			}
		}()
		if got := p.next(); got != intent {
			t.Errorf("got %v, want the intent", got)
		}
		if got := p.next(); got != nil || time.Since(began) != company/2 {
			t.Errorf("got %v after %s, want the commit after %s", got, time.Since(began), company/2)
		}
	})
}

// The last outcome of all waits for company no longer than others do, and an outcome
// that somebody waits for does not wait at all.
func TestAnOutcomeWaitsForNobodyForLong(t *testing.T) {
	for _, c := range []struct {
		goesOn bool
		want   time.Duration
	}{{true, company}, {false, 0}} {
		synctest.Test(t, func(t *testing.T) {
			_, p := partyOf(&request{goesOn: c.goesOn})
			began := time.Now()
			if got := p.next(); got != nil || time.Since(began) != c.want {
				t.Errorf("goes on %t: got %v after %s, want the commit after %s", c.goesOn, got, time.Since(began), c.want)
			}
		})
	}
}

// Over a long way few messages begin in a millisecond, and none waits for the others there.
func TestACommitWaitsForCompanyOnlyWhereMessagesFollowClosely(t *testing.T) {
	for _, c := range []struct {
		every time.Duration
		want  time.Duration
	}{{company / 4, company}, {2 * company, 0}} {
		synctest.Test(t, func(t *testing.T) {
			w, p := partyOf(&request{intends: true})
			for key := range int64(2 * crowdOf) {
				time.Sleep(c.every)
				w.crowd.begins()
				w.hands.begin(handful{"deliveries", key}, key+1)
			}
			began := time.Now()
			if got := p.next(); got != nil || time.Since(began) != c.want {
				t.Errorf("one every %s: got %v after %s, want the commit after %s", c.every, got, time.Since(began), c.want)
			}
		})
	}
}

// A connection that has two messages in hand is one, for whose next request a commit may
// wait.
func TestHandsAreCountedByConnection(t *testing.T) {
	var h hands
	for _, step := range []struct {
		key, connection int64
		ends            bool
		want            int
	}{
		{1, 7, false, 1},
		{2, 7, false, 1},
		{3, 8, false, 2},
		{4, 0, false, 3},
		{5, 0, false, 4},
		{1, 0, true, 4},
		{1, 0, true, 4},
		{2, 0, true, 3},
		{4, 0, true, 2},
		{3, 0, true, 1},
		{5, 0, true, 0},
	} {
		row := handful{"deliveries", step.key}
		if step.ends {
			h.end(row)
		} else {
			h.begin(row, step.connection)
		}
		if got := h.full(); got != step.want {
			t.Errorf("after row %d: %d, want %d", step.key, got, step.want)
		}
	}
}
