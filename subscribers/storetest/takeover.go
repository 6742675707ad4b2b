package storetest

import (
	"errors"
	"fmt"
	"sync"
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
		{"resend", whole, false, false, 3, digest.Tally{Opened: 4, Pending: 4, PossibleDuplicates: 3}},
		{"hold", whole, false, true, 3, digest.Tally{Opened: 4, Pending: 1, Unknown: 3}},
		{"a range", digest.Range{Low: 2, High: 9}, false, false, 2, digest.Tally{Opened: 4, Attempting: 1, Pending: 3, PossibleDuplicates: 2}},
		{"another edition", whole, true, false, 0, digest.Tally{Opened: 4, Attempting: 3, Pending: 1}},
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
		if got := sweep(t, s.Ledger(swept), digest.Sweeping{Range: c.r, Now: evening, Hold: c.hold}).Recovered; got != c.n {
			t.Errorf("%s: recovered %d, want %d", c.name, got, c.n)
		}
		if got := tally(t, s, day); got != c.want {
			t.Errorf("%s: got %+v, want %+v", c.name, got, c.want)
		}
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
	if got := sweep(t, l, digest.Sweeping{Now: evening.Add(lease)}); got.Recovered != 2 || !got.Next.Equal(evening) {
		t.Errorf("got %+v, want two that are due at once", got)
	}
	receipt, err := s.Book.Receipt(t.Context(), opening(0).Edition.ID, d.Key)
	want := digest.Receipt{
		Edition: opening(0).Edition.ID, Step: digest.Pending, Variant: digest.Designed, Doubts: 1, Due: evening,
		Reply: "the attempt was cut short; it may have arrived", At: evening.Add(lease),
	}
	if diff := cmp.Diff(want, receipt); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	// What this very process left under way is taken over at once: no pass is under
	// way when it sweeps.
	d = owed(t, l, evening)[0]
	intend(t, l, d)
	if got := sweep(t, l, digest.Sweeping{Now: evening.Add(lease)}).Recovered; got != 1 {
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
	if got := sweep(t, s.Ledger(n), digest.Sweeping{Range: digest.Range{Low: 2, High: 2}, Now: evening}).Recovered; got != 1 {
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
		r, err := s.Book.Record(t.Context(), opening(day).Edition.ID)
		if r.Recovered != want || err != nil {
			t.Errorf("edition %d says %d, %v, want %d", day+1, r.Recovered, err, want)
		}
	}
	un, err := s.Book.Unfinished(t.Context())
	if err != nil || len(un) != 2 || un[0].Recovered != 3 || un[1].Recovered != 2 {
		t.Errorf("got %+v, %v", un, err)
	}
}

// stopped gives an edition for one that a process has sent and stopped before it
// was told so, and the process that takes the row over after the lease.
func stopped(t *testing.T, open Open, hold bool) (first, second Store, d digest.Delivery, number uint32) {
	t.Helper()
	first, second = open(t, Options{Lease: lease}), open(t, Options{Lease: lease})
	addReaders(t, first, 1)
	number = mustOpen(t, first, 0)
	d = owed(t, first.Ledger(number), evening)[0]
	intend(t, first.Ledger(number), d)
	if got := sweep(t, second.Ledger(number), digest.Sweeping{Now: evening.Add(lease), Hold: hold}).Recovered; got != 1 {
		t.Fatalf("recovered %d, want 1", got)
	}
	return first, second, d, number
}

func aLateOutcomeIsKept(t *testing.T, open Open) {
	first, second, d, n := stopped(t, open, false)
	late := evening.Add(time.Hour)
	settle(t, first.Ledger(n), d, accepted(late))
	if got, want := tally(t, second, 0), (digest.Tally{Opened: 1, Sent: 1, PossibleDuplicates: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if ds := owed(t, second.Ledger(n), late); len(ds) != 0 {
		t.Errorf("got %+v, want nobody owed: it was sent", ds)
	}
	if ok, err := second.Ledger(n).Intend(t.Context(), d, late); ok || err != nil {
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
		if got := tally(t, s, 0); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
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

// wire counts what was sent to whom.
type wire struct {
	mu   sync.Mutex
	sent map[string]int
	now  time.Time
}

// send is a message on the wire; a second goes by.
func (w *wire) send(d digest.Delivery) time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent[fmt.Sprintf("%d %s", d.Key, d.MessageID)]++
	w.now = w.now.Add(time.Second / 10)
	return w.now
}

func (w *wire) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

// work goes through a ledger as deliver does, over several connections, until
// nobody is owed or stop says so.
func (w *wire) work(t *testing.T, l Ledger, stop func() bool) {
	for !stop() {
		swept, err := l.Sweep(t.Context(), digest.Sweeping{Range: digest.Whole(), Now: w.clock()})
		if err != nil {
			t.Error(err)
			return
		}
		if swept.Next.IsZero() {
			return
		}
		ds, err := l.Owed(t.Context(), digest.Whole(), w.clock(), nil, 10)
		if err != nil {
			t.Error(err)
			return
		}
		var connections sync.WaitGroup
		for _, d := range ds {
			connections.Go(func() { w.deliver(t, l, d, stop) })
		}
		connections.Wait()
	}
}

func (w *wire) deliver(t *testing.T, l Ledger, d digest.Delivery, stop func() bool) {
	ok, err := l.Intend(t.Context(), d, w.clock())
	if err != nil {
		t.Error(err)
	}
	if !ok || err != nil {
		return
	}
	now := w.send(d)
	if stop() {
		return
	}
	if err := l.Settle(t.Context(), d, accepted(now)); err != nil {
		t.Error(err)
	}
}

func never() bool { return false }

func twoProcessesShareARange(t *testing.T, open Open) {
	stores := []Store{open(t, Options{Lease: lease}), open(t, Options{Lease: lease})}
	const size = 120
	addReaders(t, stores[0], size)
	n := mustOpen(t, stores[0], 0)
	w := &wire{sent: map[string]int{}, now: evening}
	var all sync.WaitGroup
	for _, s := range stores {
		all.Go(func() { w.work(t, s.Ledger(n), never) })
	}
	all.Wait()
	for who, times := range w.sent {
		if times != 1 {
			t.Errorf("%s was sent %d messages", who, times)
		}
	}
	if got, want := tally(t, stores[0], 0), (digest.Tally{Opened: size, Sent: size}); got != want || len(w.sent) != size {
		t.Errorf("got %+v, want %+v; %d on the wire", got, want, len(w.sent))
	}
}

func aKilledProcessLeavesItsRows(t *testing.T, open Open) {
	first, second := open(t, Options{Lease: lease}), open(t, Options{Lease: lease})
	const size, connections = 60, 10
	addReaders(t, first, size)
	n := mustOpen(t, first, 0)
	w := &wire{sent: map[string]int{}, now: evening}
	// The first is gone when half are on the wire, and says nothing of the last ones.
	w.work(t, first.Ledger(n), func() bool { return w.clock().After(evening.Add(size / 20 * time.Second)) })
	before := tally(t, second, 0)
	if before.Attempting == 0 || before.Attempting > connections {
		t.Fatalf("got %+v, want some under way", before)
	}
	w.work(t, second.Ledger(n), never)
	if got := tally(t, second, 0); got.Attempting != before.Attempting || got.Sent != size-before.Attempting {
		t.Errorf("got %+v, want all but those that the first may have sent", got)
	}
	w.now = w.now.Add(lease)
	w.work(t, second.Ledger(n), never)
	want := digest.Tally{Opened: size, Sent: size, PossibleDuplicates: before.Attempting}
	if got := tally(t, second, 0); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	twice := 0
	for _, times := range w.sent {
		twice += times - 1
	}
	if twice > before.Attempting || len(w.sent) != size {
		t.Errorf("%d repeats to %d readers, want at most %d to %d", twice, len(w.sent), before.Attempting, size)
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

func outcomesAreThere(t *testing.T, open Open) {
	const size = 200
	s := open(t, Options{})
	addReaders(t, s, size)
	n := mustOpen(t, s, 0)
	w := &wire{sent: map[string]int{}, now: evening}
	var all sync.WaitGroup
	for _, d := range owed(t, s.Ledger(n), evening) {
		all.Go(func() { w.deliver(t, s.Ledger(n), d, never) })
	}
	all.Wait()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if got, want := tally(t, open(t, Options{}), 0), (digest.Tally{Opened: size, Sent: size}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
