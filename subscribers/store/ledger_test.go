package store

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
)

// Of SQLite alone: its primary key.
func TestTheKeyOfTheLedgerTakesNobodyTwice(t *testing.T) {
	s := newFile(t)
	addReaders(t, s, 1)
	d := owed(t, s, mustOpen(t, s, 0).Number, evening)[0]
	intendAll(t, s, 1, []digest.Delivery{d})
	if err := s.Ledger(1).Settle(t.Context(), d, accepted(evening)); err != nil {
		t.Fatal(err)
	}
	execute(t, s, `INSERT OR IGNORE INTO deliveries (edition, subscriber, variant, step, due_at, first_due_at, at)
		VALUES (1, $1, 'designed', 'pending', 0, 0, 0)`, d.Key)
	if got, want := tally(t, s), (digest.Tally{Opened: 1, Sent: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// Of SQLite alone: another program may write to the file.
func TestWhoIsTakenOffByAnotherHandIsNotSentTo(t *testing.T) {
	s := newFile(t)
	readers := addReaders(t, s, 1)
	ds := owed(t, s, mustOpen(t, s, 0).Number, evening)
	// That hand does not look at the ledger.
	execute(t, s, `UPDATE subscribers SET status = 'suppressed' WHERE id = $1`, readers[0].ID)
	if ok, err := s.Ledger(1).Intend(t.Context(), ds[0], evening, nil); ok || err != nil {
		t.Errorf("intended: %v, %v", ok, err)
	}
	receipts, err := s.Book().Receipts(t.Context(), readers[0].ID)
	if diff := cmp.Diff([]digest.Receipt{{
		Edition: opening(0).Edition.ID, Step: digest.Skipped, Reason: "suppressed", Variant: digest.Designed,
		At: evening,
	}}, receipts); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
}

// The promise of every store, with readers who were taken off by another hand
// besides: those are left to the sweep.
func TestSweepSettlesWhoNeedsNoMessage(t *testing.T) {
	s := newFile(t)
	readers := addReaders(t, s, 5)
	n := mustOpen(t, s, 0).Number
	l := s.Ledger(n)
	// Another process attempts some.
	other := openFile(t, s.path).Ledger(n)
	intend := func(l *Ledger, d digest.Delivery) {
		t.Helper()
		if ok, err := l.Intend(t.Context(), d, evening, nil); !ok || err != nil {
			t.Fatal(ok, err)
		}
	}
	ds := owed(t, s, n, evening)
	intend(l, ds[0])
	intend(other, ds[1])
	later := evening.Add(5 * time.Minute)
	deferred := digest.Settlement{
		Step: digest.Pending, At: evening, Due: later, Counted: true,
		Outcome: digest.Outcome{Class: digest.Transient, Code: 451, Enhanced: "4.7.1", Reply: "come again"},
	}
	if err := l.Settle(t.Context(), ds[0], deferred); err != nil {
		t.Fatal(err)
	}
	execute(t, s, `UPDATE subscribers SET status = 'unconfirmed' WHERE id = $1`, readers[2].ID)
	execute(t, s, `DELETE FROM subscribers WHERE id = $1`, readers[3].ID)
	if got := owed(t, s, n, evening); len(got) != 1 || got[0].Key != readers[4].ID {
		t.Errorf("owed %+v, want only the last", got)
	}
	sweep := func(now, gaveUp time.Time) time.Time {
		t.Helper()
		swept, err := l.Sweep(t.Context(), digest.Sweeping{Range: digest.Whole(), Now: now, TooOld: gaveUp})
		if err != nil {
			t.Fatal(err)
		}
		return swept.Next
	}
	if next := sweep(evening, evening.Add(-6*time.Hour)); !next.Equal(evening) {
		t.Errorf("next due %v, want %v", next, evening)
	}
	if got, want := tally(t, s), (digest.Tally{Opened: 5, Skipped: 2, Pending: 2, Attempting: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	intend(other, ds[4])
	if next := sweep(evening, time.Time{}); !next.Equal(later) {
		t.Errorf("next due %v, want %v", next, later)
	}
	want := ds[0]
	want.Attempts, want.Due, want.Deferred = 1, later, evening
	if diff := cmp.Diff([]digest.Delivery{want}, owed(t, s, n, later)); diff != "" {
		t.Error(diff)
	}
	// First due at the very time before which we give up.
	if next := sweep(later, evening); !next.IsZero() {
		t.Errorf("next due %v, want none", next)
	}
	if got, want := tally(t, s), (digest.Tally{Opened: 5, Skipped: 2, Expired: 1, Attempting: 2}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	failures, err := s.Book().Failures(t.Context(), n, 10)
	if diff := cmp.Diff([]digest.Failure{{
		Subscriber: readers[0].ID, Address: "reader1@news.example", Step: digest.Expired,
		Code: 451, Enhanced: "4.7.1", Reply: "edition too old: come again", At: later,
	}}, failures); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
}

// Of SQLite alone: the columns that say whose a row is.
func TestAnIntentNamesItsOwner(t *testing.T) {
	s := newFile(t)
	s.owner = "17@desk"
	addReaders(t, s, 1)
	ds := owed(t, s, mustOpen(t, s, 0).Number, evening)
	intendAll(t, s, 1, ds)
	leased := `SELECT count(*) FROM deliveries WHERE owner = '17@desk' AND lease_until = $1`
	if number(t, s, leased, evening.Add(DefaultLease).Unix()) != 1 {
		t.Error("the row has no owner or lease")
	}
	if err := s.Ledger(1).Settle(t.Context(), ds[0], accepted(evening)); err != nil {
		t.Fatal(err)
	}
	if number(t, s, `SELECT count(*) FROM deliveries
			WHERE owner = '' AND lease_until IS NULL AND code = 250 AND reply = 'ok'`) != 1 {
		t.Error("the settled row kept its owner, or lost its reply")
	}
}

// Of SQLite alone: where a letter's doubts stand.
func TestALetterCutShortCountsItsDoubt(t *testing.T) {
	s := newFile(t)
	postTo(t, s, digest.Proof, "desk@post.example")
	intendLetter(t, s, owedLetters(t, s, evening)[0])
	swept, err := s.Outbox().Sweep(t.Context(), digest.Sweeping{Range: digest.Whole(), Now: evening})
	if swept.Recovered != 1 || err != nil {
		t.Errorf("got %+v, %v", swept, err)
	}
	if n := number(t, s, `SELECT doubts FROM letters WHERE step = 'pending'`); n != 1 {
		t.Errorf("got %d doubts, want 1", n)
	}
}
