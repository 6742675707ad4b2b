package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
)

// lease is that of the stores of these promises.
const lease = 20 * time.Second

func whatWasUnderWayIsInDoubt(t *testing.T, open Open) {
	whole := digest.Whole()
	for day, c := range []struct {
		name    string
		r       digest.Range
		another bool
		hold    bool
		n       int
		want    digest.Tally
	}{
		{"resend", whole, false, false, 3, digest.Tally{Pending: 4, PossibleDuplicates: 3}},
		{"hold", whole, false, true, 3, digest.Tally{Pending: 1, Unknown: 3}},
		{"a range", digest.Range{Low: 2, High: 9}, false, false, 2, digest.Tally{
			Attempting: 1, Pending: 3, PossibleDuplicates: 2,
		}},
		{"another edition", whole, true, false, 0, digest.Tally{Attempting: 3, Pending: 1}},
	} {
		s := open(t, Options{})
		if day == 0 {
			addReaders(t, s, 4)
		}
		at := evening.AddDate(0, 0, day)
		n := mustOpen(t, s, day)
		intend(t, s.Ledger(n), owed(t, s.Ledger(n), at)[:3]...)
		swept := n
		if c.another {
			swept = n - 1
		}
		c.want.Opened = 4
		got := sweep(t, s.Ledger(swept), digest.Sweeping{Range: c.r, Now: evening, Hold: c.hold}).Recovered
		if got != c.n {
			t.Errorf("%s: recovered %d, want %d", c.name, got, c.n)
		}
		if got := tally(t, s, day); got != c.want {
			t.Errorf("%s: got %+v, want %+v", c.name, got, c.want)
		}
	}
}

// The third doubt is the last, whatever the policy, for deliveries and letters.
func theThirdDoubtIsTheLast(t *testing.T, open Open) {
	s := open(t, Options{})
	addReaders(t, s, 2)
	l := s.Ledger(mustOpen(t, s, 0))
	id := postTo(t, s, digest.Proof, "desk@post.example")
	for try := 1; try <= digest.MostDoubts; try++ {
		intend(t, l, owed(t, l, evening)[0])
		intend(t, s.Outbox, owed(t, s.Outbox, evening)[0])
		if n := cutShort(t, l, false) + cutShort(t, s.Outbox, false); n != 2 {
			t.Errorf("recovered %d, want 2", n)
		}
	}
	wantTally(t, s, 0, digest.Tally{Opened: 2, Pending: 1, Unknown: 1, PossibleDuplicates: 2})
	if got := letter(t, s, id); got.Step != digest.Unknown {
		t.Errorf("the letter is %s", got.Step)
	}
	if ds := owed(t, s.Outbox, evening); len(ds) > 0 {
		t.Errorf("%+v is owed", ds)
	}
	// An admin's word sends it once more.
	if n, err := s.Book.Resolve(t.Context(), 1, true, evening); n != 1 || err != nil {
		t.Errorf("resolved %d, %v", n, err)
	}
	if n := len(owed(t, l, evening)); n != 2 {
		t.Errorf("%d are owed, want 2", n)
	}
}

// killed gives an edition of which a process has n rows under way and is gone.
func killed(t *testing.T, open Open, n int) (digest.Delivery, uint32) {
	t.Helper()
	s := open(t, Options{Lease: lease})
	addReaders(t, s, n)
	number := mustOpen(t, s, 0)
	ds := owed(t, s.Ledger(number), evening)
	intend(t, s.Ledger(number), ds...)
	return ds[0], number
}

func aRowIsTakenOverOnlyWhenItsProcessIsGone(t *testing.T, open Open) {
	d, n := killed(t, open, 2)
	if d.Lease != lease {
		t.Errorf("the row says a lease of %v, want %v", d.Lease, lease)
	}
	s := open(t, Options{})
	l := s.Ledger(n)
	if got := sweep(t, l, digest.Sweeping{Now: evening.Add(lease - time.Second)}).Recovered; got != 0 {
		t.Errorf("recovered %d while the lease runs", got)
	}
	later := evening.Add(lease)
	if got := sweep(t, l, digest.Sweeping{Now: later}); got.Recovered != 2 || !got.Next.Equal(later) {
		t.Errorf("got %+v, want two that are due at once", got)
	}
	receipt, err := s.Book.Receipt(t.Context(), Opening(0).Edition.ID, d.Key)
	want := digest.Receipt{
		Edition: Opening(0).Edition.ID, Step: digest.Pending, Variant: digest.Designed, Doubts: 1, Due: later,
		Reply: "the attempt was cut short; it may have arrived", At: later,
	}
	if diff := cmp.Diff(want, receipt); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	// What this very process left under way is taken over at once: no pass is under
	// way when it sweeps.
	d = owed(t, l, later)[0]
	intend(t, l, d)
	if got := sweep(t, l, digest.Sweeping{Now: later}).Recovered; got != 1 {
		t.Errorf("recovered %d of its own, want 1", got)
	}
}

func whoHasTheLockTakesOverAtOnce(t *testing.T, open Open) {
	_, n := killed(t, open, 2)
	s := open(t, Options{})
	unlock, err := s.Lock("send")
	if err != nil {
		t.Fatal(err)
	}
	if !s.Alone {
		// A machine that is cut off may go on with what it has in hand.
		if got := sweep(t, s.Ledger(n), digest.Sweeping{Now: evening}).Recovered; got != 0 {
			t.Errorf("recovered %d before their leases ended", got)
		}
		return
	}
	got := sweep(t, s.Ledger(n), digest.Sweeping{Range: digest.Range{Low: 2, High: 2}, Now: evening}).Recovered
	if got != 1 {
		t.Errorf("recovered %d of the range, want 1", got)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	if got := sweep(t, s.Ledger(n), digest.Sweeping{Now: evening}).Recovered; got != 0 {
		t.Errorf("recovered %d without the lock", got)
	}
	if unlock, err = s.Lock("serve"); err != nil {
		t.Fatal(err)
	}
	if got := sweep(t, s.Ledger(n), digest.Sweeping{Now: evening}).Recovered; got != 1 {
		t.Errorf("recovered %d, want the last one", got)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
}

func recoveryIsCountedPerLedger(t *testing.T, open Open) {
	s := open(t, Options{Lease: lease})
	addReaders(t, s, 3)
	first, second := mustOpen(t, s, 0), mustOpen(t, s, 1)
	intend(t, s.Ledger(first), owed(t, s.Ledger(first), evening)...)
	intend(t, s.Ledger(second), owed(t, s.Ledger(second), evening.AddDate(0, 0, 1))[:1]...)
	postTo(t, s, digest.Proof, "desk@post.example")
	intend(t, s.Outbox, owed(t, s.Outbox, evening)...)

	s = open(t, Options{})
	later := evening.Add(lease)
	recovered := func(l Ledger, hold bool, want int) {
		t.Helper()
		if got := sweep(t, l, digest.Sweeping{Now: later, Hold: hold}).Recovered; got != want {
			t.Errorf("recovered %d, want %d", got, want)
		}
	}
	recovered(s.Outbox, false, 1)
	recovered(s.Ledger(first), true, 3)
	recovered(s.Ledger(first), true, 0)
	recovered(s.Ledger(second), false, 1)
	intend(t, s.Ledger(second), owed(t, s.Ledger(second), evening.AddDate(0, 0, 1))[0])
	recovered(s.Ledger(second), false, 1)
	for day, want := range []int{3, 2} {
		r, err := s.Book.Record(t.Context(), Opening(day).Edition.ID)
		if r.Recovered != want || err != nil {
			t.Errorf("edition %d says %d, %v, want %d", day+1, r.Recovered, err, want)
		}
	}
	un, err := s.Book.Unfinished(t.Context())
	if err != nil || len(un) != 2 || un[0].Recovered != 3 || un[1].Recovered != 2 {
		t.Errorf("got %+v, %v", un, err)
	}
}

func oneProcessHasTheLock(t *testing.T, open Open) {
	a, b := open(t, Options{}), open(t, Options{})
	unlock, err := a.Lock("serve")
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.Lock("send")
	held, ok := errors.AsType[*digest.HeldError](err)
	if !ok || held.Role != "serve" || held.PID == 0 || held.Since.IsZero() {
		t.Fatalf("got %#v (%v), want this process as serve", held, err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	if unlock, err = b.Lock("send"); err != nil {
		t.Fatal(err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
}
