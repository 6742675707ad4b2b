package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
)

// over has a connection take up a row as its message of that number.
func over(t *testing.T, l Ledger, connection, ordinal int64, d digest.Delivery, at time.Time) {
	t.Helper()
	d.Connection, d.Ordinal = connection, ordinal
	if ok, err := l.Intend(t.Context(), d, at, nil); err != nil || !ok {
		t.Fatalf("intend %d: %v, %v", d.Key, ok, err)
	}
}

// The dot of a message waits for the outcome of the one before, so what comes behind one
// that is under way was never sent: it keeps its place, and what was said of it.
func ofOneConnectionOnlyTheFirstIsInDoubt(t *testing.T, open Open) {
	s := open(t, Options{Lease: lease})
	addReaders(t, s, 7)
	ledgers := map[string]func(Store) Ledger{
		"resend": ofEdition, "hold": func(s Store) Ledger { return s.Ledger(2) }, "letters": ofLetters,
	}
	mustOpen(t, s, 0)
	mustOpen(t, s, 1)
	for range 7 {
		postTo(t, s, digest.Proof, "desk@post.example")
	}
	now := evening.AddDate(0, 0, 1)
	for name, ledger := range ledgers {
		l := ledger(s)
		ds := owed(t, l, now)
		over(t, l, 1, 9, ds[1], now)
		over(t, l, 1, 10, ds[0], now)
		over(t, l, 1, 11, ds[2], now)
		over(t, l, 2, 10, ds[3], now)
		// Of these nothing is known.
		over(t, l, 0, 0, ds[4], now)
		over(t, l, 0, 0, ds[5], now)
		later := now.Add(lease)
		l = ledger(open(t, Options{}))
		swept := sweep(t, l, digest.Sweeping{Now: later, Hold: name == "hold"})
		if swept.Recovered != 4 {
			t.Errorf("%s: %d may have been sent, want 4", name, swept.Recovered)
		}
		want := keysOf([]digest.Delivery{ds[0], ds[2], ds[6], ds[1], ds[3], ds[4], ds[5]})
		if name == "hold" {
			want = want[:3]
		}
		got := owed(t, l, later)
		if diff := cmp.Diff(want, keysOf(got)); diff != "" {
			t.Errorf("%s: %s", name, diff)
			continue
		}
		for i, d := range got {
			if doubts := min(1, i/3); d.Doubts != doubts {
				t.Errorf("%s: %d has %d doubts, want %d", name, d.Key, d.Doubts, doubts)
			}
		}
		// What goes over the same number again is not measured by what was before.
		over(t, l, 1, 1, got[0], later)
		if n := sweep(t, l, digest.Sweeping{Now: later}).Recovered; n != 1 {
			t.Errorf("%s: recovered %d, want 1", name, n)
		}
	}
	wantTally(t, s, 0, digest.Tally{Opened: 7, Pending: 7, PossibleDuplicates: 5})
	wantTally(t, s, 1, digest.Tally{Opened: 7, Pending: 3, Unknown: 4, PossibleDuplicates: 1})
}

// If a later row stayed under way, it would be the first of its connection by then.
func rowsOfOneConnectionAreTakenOverTogether(t *testing.T, open Open) {
	s := open(t, Options{Lease: lease})
	addReaders(t, s, 3)
	n := mustOpen(t, s, 0)
	l := s.Ledger(n)
	ds := owed(t, l, evening)
	over(t, l, 1, 1, ds[0], evening)
	over(t, l, 1, 2, ds[1], evening.Add(10*time.Second))
	over(t, l, 2, 2, ds[2], evening)
	l = open(t, Options{}).Ledger(n)
	for _, step := range []struct {
		after time.Duration
		want  int
	}{{lease - time.Second, 0}, {lease, 1}, {lease + 9*time.Second, 0}, {lease + 10*time.Second, 1}} {
		if got := sweep(t, l, digest.Sweeping{Now: evening.Add(step.after)}).Recovered; got != step.want {
			t.Errorf("after %v: recovered %d, want %d", step.after, got, step.want)
		}
	}
	wantTally(t, s, 0, digest.Tally{Opened: 3, Pending: 3, PossibleDuplicates: 2})
}
