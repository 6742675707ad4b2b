package storetest

import (
	"errors"
	"testing"
	"time"

	"vesper/digest"
)

// stopped gives an edition for one that a process has sent and stopped before it
// was told so, and the process that takes the row over after the lease.
func stopped(t *testing.T, open Open, hold bool) (first, second Store, d digest.Delivery, number uint32) {
	t.Helper()
	first, second = open(t, Options{Lease: lease}), open(t, Options{Lease: lease})
	addReaders(t, first, 1)
	number = mustOpen(t, first, 0)
	d = owed(t, first.Ledger(number), evening)[0]
	intend(t, first.Ledger(number), d)
	got := sweep(t, second.Ledger(number), digest.Sweeping{Now: evening.Add(lease), Hold: hold}).Recovered
	if got != 1 {
		t.Fatalf("recovered %d, want 1", got)
	}
	return first, second, d, number
}

func aLateOutcomeIsKept(t *testing.T, open Open) {
	first, second, d, n := stopped(t, open, false)
	late := evening.Add(time.Hour)
	settle(t, first.Ledger(n), d, accepted(late))
	wantTally(t, second, 0, digest.Tally{Opened: 1, Sent: 1, PossibleDuplicates: 1})
	if ds := owed(t, second.Ledger(n), late); len(ds) != 0 {
		t.Errorf("got %+v, want nobody owed: it was sent", ds)
	}
	if ok, err := second.Ledger(n).Intend(t.Context(), d, late, nil); ok || err != nil {
		t.Errorf("intended what was sent: %v, %v", ok, err)
	}
	// No time passes that would make a row refuse its own process's outcome.
	third := open(t, Options{Lease: lease})
	number := mustOpen(t, third, 1)
	d = owed(t, third.Ledger(number), evening.AddDate(0, 0, 1))[0]
	intend(t, third.Ledger(number), d)
	settle(t, third.Ledger(number), d, accepted(evening.AddDate(1, 0, 0)))
}

func aLateOutcomeIsRefused(t *testing.T, open Open) {
	first, second, d, n := stopped(t, open, false)
	intend(t, second.Ledger(n), d)
	late := evening.Add(time.Hour)
	refused := func(s Store, outcome digest.Settlement, want digest.Tally) {
		t.Helper()
		if err := s.Ledger(n).Settle(t.Context(), d, outcome); !errors.Is(err, digest.ErrTaken) {
			t.Errorf("got %v, want ErrTaken", err)
		}
		wantTally(t, s, 0, want)
		verified(t, s, n)
	}
	// The other attempts it now, which was counted when the row was taken over.
	refused(first, accepted(late), digest.Tally{Opened: 1, Attempting: 1, PossibleDuplicates: 1})
	settle(t, second.Ledger(n), d, accepted(late))
	refused(first, accepted(late.Add(time.Minute)), digest.Tally{Opened: 1, Sent: 1, PossibleDuplicates: 1})
	begins(t, second, n, digest.Sending)
	closeEdition(t, second, n)
	refused(first, accepted(late.Add(time.Hour)), digest.Tally{Opened: 1, Sent: 1, PossibleDuplicates: 1})
}

func aLateOutcomeIsNotCounted(t *testing.T, open Open) {
	first, second, d, n := stopped(t, open, true)
	l := first.Ledger(n)
	want := digest.Tally{Opened: 1, Unknown: 1}
	for _, class := range []digest.Class{
		digest.Session, digest.Transient, digest.Permanent, digest.Local,
		// Only these may have arrived, and one doubt is all that a row can say.
		digest.InDoubt, digest.Accepted,
	} {
		err := l.Settle(t.Context(), d, digest.Settlement{
			Step: digest.Pending, At: evening, Due: evening, Outcome: digest.Outcome{Class: class},
		})
		if !errors.Is(err, digest.ErrTaken) {
			t.Errorf("%s: got %v, want ErrTaken", class, err)
		}
		if class == digest.InDoubt {
			want.PossibleDuplicates = 1
		}
		if got := tally(t, second, 0); got != want {
			t.Errorf("%s: got %+v, want %+v", class, got, want)
		}
	}
}
