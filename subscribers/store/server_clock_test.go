package store

import (
	"testing"
	"time"

	"vesper/digest"
	"vesper/subscribers/pgtest"
)

// openWithClock opens a database from a machine whose clock is so far off the server's.
func openWithClock(t *testing.T, url string, off time.Duration) *File {
	t.Helper()
	s := openServerAt(t, url, Options{Machine: func() time.Time { return time.Now().Add(off) }})
	s.core.now = func() time.Time { return evening.Add(off) }
	return s
}

// One machine's clock is ahead, so that it takes each lease to be over. What another one has in hand
// is left to that all the same, until the lease is over by the server's clock.
func TestAMachineWhoseClockIsAheadTakesNothingOverEarly(t *testing.T) {
	url := pgtest.New(t)
	right, ahead := openServerAt(t, url, Options{}), openWithClock(t, url, time.Hour)
	addReaders(t, right, 1)
	n := mustOpen(t, right, 0).Number
	intendAll(t, right, n, owed(t, right, n, evening))
	sweeps := func(s *File, at time.Time) int {
		t.Helper()
		swept, err := s.Ledger(n).Sweep(t.Context(), digest.Sweeping{Range: digest.Whole(), Now: at})
		if err != nil {
			t.Fatal(err)
		}
		return swept.Recovered
	}
	if got := sweeps(ahead, ahead.now()); got != 0 {
		t.Errorf("it took %d messages over at once", got)
	}
	if got := sweeps(ahead, ahead.now().Add(DefaultLease-time.Minute)); got != 0 {
		t.Errorf("it took %d messages over before their leases were over", got)
	}
	if got := sweeps(ahead, ahead.now().Add(DefaultLease)); got != 1 {
		t.Errorf("it took %d messages over once their leases were over, want 1", got)
	}
}

// What a machine has in hand whose clock is behind is its own for as long as any other's.
func TestAMachineWhoseClockIsBehindHasItsLease(t *testing.T) {
	url := pgtest.New(t)
	right, behind := openServerAt(t, url, Options{}), openWithClock(t, url, -time.Hour)
	addReaders(t, right, 1)
	n := mustOpen(t, right, 0).Number
	d := onlyOwed(t, right, n, 1)[0]
	if taken, err := behind.Ledger(n).Intend(t.Context(), d, behind.now(), nil); !taken || err != nil {
		t.Fatal(taken, err)
	}
	swept, err := right.Ledger(n).Sweep(t.Context(), digest.Sweeping{Range: digest.Whole(), Now: evening})
	if swept.Recovered != 0 || err != nil {
		t.Errorf("another one took %d messages over, %v", swept.Recovered, err)
	}
	if got := recoverAll(t, right, n, false); got != 1 {
		t.Errorf("once the lease was over %d messages were taken over, want 1", got)
	}
	if _, err := behind.Beat(t.Context(), digest.Beat{Role: "serve"}); err != nil || behind.skew.Load() != 3600 {
		t.Errorf("after a beat it is %d s behind, %v", behind.skew.Load(), err)
	}
}
