package sqlite

import (
	"testing"
	"testing/synctest"
	"time"
)

// partyOf begins a party with a request, on a writer that writes nowhere.
func partyOf(first *request) (*writer, *party) {
	w := &writer{
		requests: requests{more: make(chan struct{}, 1)}, quit: make(chan struct{}), timer: time.NewTimer(time.Hour),
	}
	p := &party{writer: w}
	p.joins(first)
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
			w.hands.begin(handful{"deliveries", 1})
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
